import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { oneTime, throttle } from '../../../db/schema'
import { bySession, Client, later, nowAgain, pair, type TestDesk } from '../pair'
import { lettersOf } from './letters'

let acme: TestDesk, skyline: TestDesk
let nobody: Client
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  nobody = new Client(acme.url, () => Promise.resolve({ origin: new URL(acme.url).origin }))
})
beforeEach(() => acme.db.orm.delete(throttle))
afterEach(nowAgain)

/** The mails that asking for links brings, once what the answer did not wait for is done. */
const asked = (...emails: string[]) =>
  lettersOf(async () => {
    for (const email of emails)
      expect((await nobody.ask('POST', '/auth/link', { email })).status).toBe(202)
  }, emails.length)
const linkFor = async (email: string) => {
  const [letter] = await asked(email)
  if (!letter) throw new Error('No mail was sent')
  return letter
}
const open = (token: string, password?: string, at = nobody) =>
  at.ask('POST', '/auth/link/open', { token, ...(password !== undefined && { password }) })

describe('a link that signs in', () => {
  test.each([
    ['an end user', () => acme.demo.user.email, 'user'],
    ['an agent', () => acme.demo.agent.email, 'agent'],
  ])('comes to %s and opens the desk', async (_, email, kind) => {
    const { to, token, url } = await linkFor(email())
    expect([to, url.startsWith(`${acme.url}/sign-in/link#`)]).toEqual([email(), true])
    const answer = await open(token)
    expect([answer.status, answer.body]).toMatchObject([200, { kind, email: email() }])
    expect(answer.headers.getSetCookie()[0]).toContain('HttpOnly')
  })

  test('T11: an unknown address is answered alike and gets no mail', async () => {
    const ask = (email: string) => nobody.ask('POST', '/auth/link', { email })
    const letters = await lettersOf(async () => {
      const [unknown, known] = [await ask('who@acme.example'), await ask(acme.demo.user.email)]
      expect([unknown.status, Object.keys(unknown.body)]).toEqual([
        known.status,
        Object.keys(known.body),
      ])
    })
    expect(letters.map(({ to }) => to)).toEqual([acme.demo.user.email])
  })

  test('T28: works once, also for ten at the same moment, for 15 minutes and at no other desk', async () => {
    const first = await linkFor(acme.demo.user.email)
    const there = new Client(skyline.url, () =>
      Promise.resolve({ origin: new URL(skyline.url).origin }),
    )
    expect((await open(first.token, undefined, there)).status).toBe(410)
    const answers = await Promise.all(Array.from({ length: 10 }, () => open(first.token)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      200,
      ...Array<number>(9).fill(410),
    ])

    const second = await linkFor(acme.demo.user.email)
    expect(JSON.stringify(await acme.db.orm.select().from(oneTime))).not.toContain(second.token)
    later(15 * 60_000 + 1)
    expect((await open(second.token)).status).toBe(410)
  })

  test('T24: sets a new password and ends every other session; a password that is refused leaves the link good', async () => {
    const { user } = skyline.demo
    const elsewhere = new Client(skyline.url, bySession(user))
    await elsewhere.get('/auth/session')
    const at = new Client(skyline.url, () =>
      Promise.resolve({ origin: new URL(skyline.url).origin }),
    )
    const [letter] = await lettersOf(async () => {
      await at.ask('POST', '/auth/link', { email: user.email })
    })
    const token = letter?.token ?? ''
    expect((await open(token, 'password', at)).body).toMatchObject({
      fields: { password: expect.any(String) },
    })
    expect((await open(token, 'grey otters swim', at)).status).toBe(200)
    expect(await elsewhere.get<{ kind: string }>('/auth/session')).toMatchObject({ kind: 'nobody' })
    const again = new Client(
      skyline.url,
      bySession({ email: user.email, password: 'grey otters swim' }),
    )
    expect(await again.get<{ kind: string }>('/auth/session')).toMatchObject({ kind: 'user' })
  })

  test('T39: nobody fills a mailbox with links', async () => {
    const { user } = acme.demo
    const letters = await lettersOf(async () => {
      for (let i = 0; i < 6; i++) await nobody.ask('POST', '/auth/link', { email: user.email })
    }, 3)
    expect(letters).toHaveLength(3)
  })
})
