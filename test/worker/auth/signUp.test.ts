import { env } from 'cloudflare:test'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { actionType, instance, oneTime, throttle } from '../../../db/schema'
import { openDb } from '../../../worker/platform/database'
import { forgetInstances } from '../../../worker/platform/directory'
import { seams } from '../../../worker/platform/seams'
import { call, Client, later, nowAgain, ORIGIN } from '../pair'
import { lettersOf } from './letters'

const { orm } = openDb(env, 0)
const host = new Client(ORIGIN, () => Promise.resolve({ origin: ORIGIN }))
const wish = {
  name: 'Birch Ltd',
  slug: 'birch',
  template: 'internal_it',
  email: 'kim.owner@birch.example',
}

beforeEach(() => orm.delete(throttle))
afterEach(nowAgain)

let made = 0
/** A wish of its own name, and the token it was mailed. */
async function asked(more: Partial<typeof wish> = {}) {
  const wanted = {
    ...wish,
    slug: `birch-${++made}`,
    email: `kim.owner-${made}@birch.example`,
    ...more,
  }
  const letters = await lettersOf(() => host.post('signup', wanted))
  const [letter] = letters
  if (!letter) throw new Error('No mail was sent')
  return { ...wanted, ...letter, letters }
}
const confirm = (token: string, slug?: string) =>
  host.ask<{ slug: string }>('POST', 'signup/confirm', { token, ...(slug && { slug }) })
const cookieOf = (headers: Headers) => headers.getSetCookie()[0]?.split(';')[0] ?? ''

describe('signing up', () => {
  test('makes nothing until the mailed link is confirmed, and then a desk whose admin is signed in', async () => {
    const { slug, token, to, email } = await asked()
    expect(to).toBe(email)
    expect((await host.ask('GET', `/${slug}/api/instanceinfo`)).status).toBe(404)

    expect((await host.ask('POST', 'signup/look', { token })).body).toMatchObject({
      name: wish.name,
      slug,
      template: 'internal_it',
      email,
    })
    const answer = await confirm(token)
    expect([answer.status, answer.body.slug]).toEqual([201, slug])

    const me = await call(
      new Request(`${ORIGIN}/${slug}/auth/session`, {
        headers: { cookie: cookieOf(answer.headers) },
      }),
    )
    expect(await me.json()).toMatchObject({
      kind: 'agent',
      role: 'admin',
      email,
      name: `Kim Owner ${made}`,
      instance: { slug },
    })
  })

  test('T28: the link works once, whoever follows it how often: a look uses nothing up, of ten at once one makes the desk', async () => {
    const { token } = await asked()
    for (let i = 0; i < 3; i++) await host.post('signup/look', { token })
    const before = await orm.$count(instance)
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(token)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      201,
      ...Array<number>(9).fill(410),
    ])
    expect(await orm.$count(instance)).toBe(before + 1)
    expect((await confirm(token)).body).toMatchObject({
      error: 'LINK_USED',
      fix: 'Ask for a new one.',
    })
  })

  test('T28: the link is good for a day, and its token is nowhere in the database', async () => {
    const { token } = await asked()
    expect(JSON.stringify(await orm.select().from(oneTime))).not.toContain(token)
    later(24 * 60 * 60_000 + 1)
    expect((await confirm(token)).status).toBe(410)
  })

  test('T11: who has an account is answered and mailed like who has none, and keeps their password', async () => {
    const first = await asked()
    await confirm(first.token)
    const { token, email } = await asked({ email: first.email })
    const answer = await confirm(token)
    expect([answer.status, email]).toEqual([201, first.email])
    const one = await call(
      new Request(`${ORIGIN}/${first.slug}/auth/session`, {
        headers: { cookie: cookieOf(answer.headers) },
      }),
    )
    expect(await one.json()).toMatchObject({ kind: 'agent', email }) // the same person in both
  })

  test('T25: another site can neither ask nor confirm', async () => {
    const { token } = await asked()
    for (const path of ['signup', 'signup/look', 'signup/confirm'])
      expect(
        (await host.ask('POST', path, { ...wish, token }, { origin: 'https://evil.example' })).body,
      ).toMatchObject({ error: 'BAD_ORIGIN' })
  })
})

describe('what is wrong is said, with the field', () => {
  test.each([
    ['name', { name: ' ' }],
    ['slug', { slug: 'a' }],
    ['slug', { slug: 'api' }],
    ['slug', { slug: 'bad slug' }],
    ['email', { email: 'kim@' }],
    ['email', { email: '' }],
    ['template', { template: 'other' }],
  ])('%s in %o', async (field, wrong) => {
    const answer = await host.ask<{ fields: object }>('POST', 'signup', { ...wish, ...wrong })
    expect([answer.status, Object.keys(answer.body.fields)]).toEqual([400, [field]])
  })

  test('a taken name is refused at once, and at the end lets one choose another without a new mail', async () => {
    const [first, second] = [await asked(), await asked({ slug: 'wanted-twice' })]
    const third = await asked({ slug: 'wanted-twice' })
    await confirm(second.token)
    expect(
      (await host.ask('POST', 'signup', { ...wish, slug: 'wanted-twice' })).body,
    ).toMatchObject({ fields: { slug: 'this name is taken' } })
    const late = await confirm(third.token)
    expect([late.status, late.body]).toMatchObject([
      400,
      { fields: { slug: 'this name is taken' } },
    ])
    expect((await confirm(third.token, 'chosen-instead')).body.slug).toBe('chosen-instead')
    expect((await confirm(first.token)).status).toBe(201)
  })

  test('T39: nobody fills a mailbox with sign-ups', async () => {
    const email = 'victim@birch.example'
    const sent = await lettersOf(async () => {
      for (let i = 0; i < 6; i++)
        await host.ask('POST', 'signup', { ...wish, slug: `flood-${i}`, email })
    }, 3)
    expect(sent).toHaveLength(3)
    const answer = await host.ask('POST', 'signup', { ...wish, slug: 'flood-7', email })
    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true])
  })

  test('a mail that cannot be sent is said, so that one tries again', async () => {
    const { sendMail } = seams
    seams.sendMail = () => Promise.reject(new Error('E_DOWN'))
    try {
      expect((await host.ask('POST', 'signup', { ...wish, slug: 'unsent' })).body).toMatchObject({
        error: 'MAIL_NOT_SENT',
      })
    } finally {
      seams.sendMail = sendMail
    }
  })
})

test('G13: each kind of desk is born with the action types of its kind', async () => {
  const names = async (template: string) => {
    const { token } = await asked({ template })
    const { body } = await confirm(token)
    forgetInstances()
    const rows = await orm
      .select({ name: actionType.name, slug: instance.slug })
      .from(actionType)
      .innerJoin(instance, eq(instance.no, actionType.t))
    return rows.filter(({ slug }) => slug === body.slug).map(({ name }) => name)
  }
  expect(await names('internal_it')).toEqual(
    expect.arrayContaining(['Escalate to MSP', 'Private note', 'Internal update']),
  )
  expect(await names('msp')).toEqual(
    expect.arrayContaining(['Note', 'Indirect email to end user', 'Resolve third party ticket']),
  )
  expect(await names('supplier')).not.toContain('Indirect email to end user')
  expect(await names('customer_service')).toContain('Ask the supplier')
})
