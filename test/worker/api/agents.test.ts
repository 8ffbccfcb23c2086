import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { throttle } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { lettersOf } from '../auth/letters'
import { bySession, Client, later, nowAgain, pair, type TestDesk } from '../pair'
import type { Wire } from '../wire'

type Refused = { error: string; message: string; fields?: Record<string, string> }
let acme: TestDesk, skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
beforeEach(() => acme.db.orm.delete(throttle))
afterEach(nowAgain)

let people = 0
/** A new agent of a desk, and the token of the invitation. */
async function hired(desk: TestDesk, more: object = {}) {
  const n = ++people
  const wanted = { name: `New Hand ${n}`, email: `hand-${n}@acme.example`, ...more }
  let made: Wire.Agent | undefined
  const [letter] = await lettersOf(async () => {
    made = await desk.boss.post<Wire.Agent>('agent', wanted)
  })
  if (!made || !letter) throw new Error('Nobody was invited')
  return { ...wanted, agent: made, token: letter.token, to: letter.to }
}
const at = (desk: TestDesk) =>
  new Client(desk.url, () => Promise.resolve({ origin: new URL(desk.url).origin }))
const join = (desk: TestDesk, token: string, password?: string) =>
  at(desk).ask('POST', '/auth/link/open', { token, ...(password && { password }) })

describe('a new agent', () => {
  test('is invited by mail, and can do nothing before accepting', async () => {
    const { agent, email, to, token } = await hired(acme, { teams: [{ team_id: 1 }] })
    expect(to).toBe(email)
    expect(agent).toMatchObject({ joined: false, role: 'agent', team: 'Service desk' })
    await expect(bySession({ email, password: 'anything at all' })(acme.url)).rejects.toThrow('401')

    expect((await join(acme, token, 'grey otters swim')).body).toMatchObject({
      kind: 'agent',
      role: 'agent',
      email,
    })
    expect(await acme.boss.get<Wire.Agent>(`agent/${agent.id}`)).toMatchObject({ joined: true })
    const hand = new Client(acme.url, bySession({ email, password: 'grey otters swim' }))
    expect(await hand.get<Wire.Agent>('agent/me')).toMatchObject({ id: agent.id })
  })

  test('who has an account elsewhere joins with it, password and all', async () => {
    const { email, password } = skyline.demo.agent
    const { token } = await hired(acme, { email })
    expect((await join(acme, token)).status).toBe(200)
    expect(
      await new Client(acme.url, bySession({ email, password })).get('/auth/session'),
    ).toMatchObject({ kind: 'agent', email })
  })

  test('T28: an invitation is good for 7 days, once, and can be sent again until it is accepted', async () => {
    const { agent, token } = await hired(acme)
    later(7 * 24 * 60 * 60_000 + 1)
    expect((await join(acme, token)).status).toBe(410)
    nowAgain()
    const [second] = await lettersOf(() =>
      acme.boss.ask('POST', `agent/${agent.id}/invitation`, {}),
    )
    expect((await join(acme, second?.token ?? '')).status).toBe(200)
    expect((await join(acme, second?.token ?? '')).status).toBe(410)
    const again = await acme.boss.ask<Refused>('POST', `agent/${agent.id}/invitation`, {})
    expect([again.status, again.body.message]).toEqual([409, `${agent.name} has joined already`])
  })

  test('whose mail does not leave is saved all the same, and the refusal says how to go on', async () => {
    const { sendMail } = seams
    seams.sendMail = () => Promise.reject(new Error('E_DOWN'))
    try {
      const answer = await acme.boss.ask<Refused & { fix: string }>('POST', 'agent', {
        name: 'Unsent',
        email: 'unsent@acme.example',
      })
      expect(answer.body).toMatchObject({
        error: 'MAIL_NOT_SENT',
        fix: 'Send the invitation again from the list of agents.',
      })
    } finally {
      seams.sendMail = sendMail
    }
    const all = await acme.boss.get<Wire.Agent[]>('agent?search=unsent')
    expect(all).toMatchObject([{ joined: false }])
  })
})

describe('changing an agent', () => {
  test('T24: role, standing and address act at once', async () => {
    const { agent, email, token } = await hired(acme)
    await join(acme, token, 'grey otters swim')
    const signIn = () => new Client(acme.url, bySession({ email, password: 'grey otters swim' }))
    let hand = signIn()
    await hand.get('agent/me')
    await acme.boss.post('agent', { id: agent.id, role: 'admin' })
    expect((await hand.ask('GET', 'agent/me')).status).toBe(401)
    hand = signIn()
    expect((await hand.ask('GET', 'connection')).status).toBe(200)
    await acme.boss.post('agent', { id: agent.id, isdisabled: true })
    expect((await hand.ask('GET', 'agent/me')).status).toBe(401)
    await expect(signIn().get('agent/me')).rejects.toThrow('401')
    await acme.boss.post('agent', { id: agent.id, isdisabled: false })

    // The address is another person's now: who had the old one is out, who has the new one is asked.
    const letters = await lettersOf(() =>
      acme.boss.post('agent', { id: agent.id, email: 'successor@acme.example' }),
    )
    expect(letters.map(({ to }) => to)).toEqual(['successor@acme.example'])
    await expect(signIn().get('agent/me')).rejects.toThrow('401')
    expect((await join(acme, letters[0]?.token ?? '')).body).toMatchObject({ id: agent.id })
  })

  test('teams are those that are named', async () => {
    const { agent } = await hired(acme, { teams: [{ team_id: 1 }] })
    expect(
      (await acme.boss.post<Wire.Agent>('agent', { id: agent.id, teams: [{ team_id: 2 }] })).teams,
    ).toEqual([{ team_id: 2, team_name: 'Infrastructure' }])
    expect(
      (await acme.boss.post<Wire.Agent>('agent', { id: agent.id, jobtitle: 'Lead' })).teams,
    ).toHaveLength(1)
  })

  test.each<[string, object, string]>([
    ['an address that another agent has', { name: 'X', email: 'ana@acme.example' }, 'email'],
    ['no address', { name: 'X' }, 'email'],
    ['no name', { email: 'x@acme.example' }, 'name'],
    ['a role that is none', { name: 'X', email: 'x@acme.example', role: 'owner' }, 'role'],
    [
      'a team that is not there',
      { name: 'X', email: 'x@acme.example', teams: [{ team_id: 99 }] },
      'teams',
    ],
  ])('%s is refused by name', async (_, wanted, field) => {
    const answer = await acme.boss.ask<Refused>('POST', 'agent', wanted)
    expect([answer.status, Object.keys(answer.body.fields ?? {})]).toEqual([400, [field]])
  })

  test('somebody stays admin', async () => {
    const admins = (await skyline.boss.get<Wire.Agent[]>('agent')).filter(
      ({ role, isapiagent }) => role === 'admin' && !isapiagent,
    )
    expect(admins).toHaveLength(1)
    for (const change of [{ role: 'agent' }, { isdisabled: true }])
      expect(
        (await skyline.boss.ask<Refused>('POST', 'agent', { id: admins[0]?.id, ...change })).body
          .fields,
      ).toBeTruthy()
    expect(await skyline.boss.get('agent/me')).toMatchObject({ role: 'admin' })
  })

  test('T1: an agent of another desk is as unknown as none', async () => {
    const { agent } = await hired(acme) // a number that the other desk has not given yet
    const change = (id: number) => skyline.boss.ask('POST', 'agent', { id, name: 'X' })
    const [foreign, none] = [await change(agent.id), await change(agent.id + 1000)]
    expect([foreign.status, foreign.body]).toEqual([404, none.body])
    expect(await acme.boss.get<Wire.Agent>(`agent/${agent.id}`)).toMatchObject({ name: agent.name })
  })
})
