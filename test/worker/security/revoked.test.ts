import { and, eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { apiApp, instance } from '../../../db/schema'
import { byToken, Client, later, nowAgain, pair, settle, type TestDesk } from '../pair'
import { connectionOf } from '../sync/partner'
import { faraway, passes, type Line } from '../sync/line'
import { act, again, authenticate, escalated, setConnection, timeline } from '../sync/story'

/** Credentials that end: at the next request, with every way to end them. */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterEach(nowAgain)

interface Shown {
  issued: { client_id: string; client_secret: string }
  old_secret_until: string | null
}
const rotated = (body: object = {}) =>
  acme.admin.post<Shown>(`connection/${acme.connectionId}/rotate`, body)

/** Skyline's program at Acme, with a token in its hand. */
async function partner(): Promise<Client> {
  const { issued } = await rotated()
  const client = new Client(acme.url, byToken(issued))
  await client.get('connection/self')
  return client
}
const asked = async (who: Client, path: string) => (await who.ask('GET', path)).status

describe('Q11 a token that was good a moment ago, at the very next request', () => {
  const setInstance = (state: 'active' | 'suspended') =>
    acme.db.orm.update(instance).set({ state }).where(eq(instance.no, acme.t))
  const setApp = (set: Partial<typeof apiApp.$inferInsert>) =>
    acme.db.orm.update(apiApp).set(set).where(eq(apiApp.t, acme.t))

  test('Q11 rotated without overlap: refused', async () => {
    const client = await partner()
    await rotated()
    expect(await asked(client, 'connection/self')).toBe(401)
  })

  test('Q11 access switched off: refused, and good again when it is on', async () => {
    const client = await partner()
    await setConnection(acme, { allow_access: false })
    expect(await asked(client, 'connection/self')).toBe(403)
    await setConnection(acme, { allow_access: true })
    expect(await asked(client, 'connection/self')).toBe(200)
  })

  test('Q11 F31 the desk suspended: partner, program and people are refused in that word, and no token is given', async () => {
    const client = await partner()
    await acme.agent.get('agent/me')
    await acme.admin.get('agent/me')
    await setInstance('suspended')
    for (const [who, path] of [
      [client, 'connection/self'],
      [acme.admin, 'agent/me'],
      [acme.agent, 'agent/me'],
    ] as const)
      expect(await who.ask('GET', path)).toMatchObject({
        status: 403,
        body: { error: 'SUSPENDED' },
      })
    await expect(byToken(acme.demo.api)(acme.url)).rejects.toThrow('SUSPENDED')
    await setInstance('active')
    expect(await asked(client, 'connection/self')).toBe(200)
  })

  test('Q11 an API application switched off, rotated or deleted: refused', async () => {
    const [row] = await acme.db.orm.select().from(apiApp).where(eq(apiApp.t, acme.t))
    if (!row) throw new Error('The demo has no API application')
    const program = new Client(acme.url, byToken(acme.demo.api))
    await program.get('agent/me')
    await setApp({ disabled: true })
    expect(await asked(program, 'agent/me')).toBe(401)
    await setApp({ disabled: false, ver: row.ver + 1 })
    expect(await asked(program, 'agent/me')).toBe(401)
    await setApp({ ver: row.ver })
    expect(await asked(program, 'agent/me')).toBe(200)
    await acme.db.orm.delete(apiApp).where(and(eq(apiApp.t, acme.t), eq(apiApp.id, row.id)))
    expect(await asked(program, 'agent/me')).toBe(401)
    await acme.db.orm.insert(apiApp).values(row)
  })
})

describe('F27 a rotation that overlaps', () => {
  test('F27 both secrets and the tokens of both are good until the overlap is over, then only the new ones', async () => {
    const first = await rotated()
    const old = new Client(acme.url, byToken(first.issued))
    await old.get('connection/self')
    const second = await rotated({ overlap_hours: 1 })
    expect(second.old_secret_until).not.toBeNull()
    const fresh = new Client(acme.url, byToken(second.issued))
    expect(await asked(old, 'connection/self')).toBe(200)
    expect(await asked(fresh, 'connection/self')).toBe(200)
    old.forget()
    expect(await asked(old, 'connection/self')).toBe(200)

    later(3_500_000)
    old.forget()
    expect(await asked(old, 'connection/self')).toBe(200)
    later(200_000)
    expect(await asked(old, 'connection/self')).toBe(401)
    await expect(byToken(first.issued)(acme.url)).rejects.toThrow('client secret is wrong')
    fresh.forget()
    expect(await asked(fresh, 'connection/self')).toBe(200)
  })

  test('F27 of two rotations within an overlap only the last secret but one is still good', async () => {
    const first = await rotated()
    const second = await rotated({ overlap_hours: 1 })
    await rotated({ overlap_hours: 1 })
    await expect(byToken(first.issued)(acme.url)).rejects.toThrow('client secret is wrong')
    await byToken(second.issued)(acme.url)
    await rotated()
    await expect(byToken(second.issued)(acme.url)).rejects.toThrow('client secret is wrong')
  })

  test.each([-1, 169, 'long'])('F27 an overlap of %s hours is refused by name', async (hours) => {
    const reply = await acme.admin.ask('POST', `connection/${acme.connectionId}/rotate`, {
      overlap_hours: hours,
    })
    expect(reply).toMatchObject({
      status: 400,
      body: { fields: { overlap_hours: expect.anything() } },
    })
  })
})

describe('messages whose credentials were rotated away', () => {
  let line: Line
  beforeAll(async () => {
    const { issued } = await skyline.admin.post<Shown>(
      `connection/${skyline.connectionId}/rotate`,
      {},
    )
    await setConnection(acme, { partner: { client_secret: issued.client_secret } })
    await authenticate(acme)
    await settle()
    line = await faraway(acme, skyline)
  })
  afterAll(() => line.hangUp())

  test('F27 they wait in the guide’s words; no storm: one fresh token each time and none after; the new secret and Resume send all in order', async () => {
    const tickets = []
    for (let n = 0; n < 6; n++) tickets.push(await escalated(acme))
    const { issued } = await skyline.admin.post<Shown>(
      `connection/${skyline.connectionId}/rotate`,
      {},
    )
    line.down = true
    const sent = []
    for (const text of ['One', 'Two'])
      for (const at of tickets) sent.push(await act(acme, at.ours, 'Private note', text))
    line.heal()
    line.others = []
    await passes(120_000)
    expect((await connectionOf(acme)).state).toBe('broken')
    const tokens = line.others.filter((one) => one.endsWith('/auth/token'))
    expect(tokens.length).toBeLessThanOrEqual(2)
    line.others = []
    line.tried.length = 0
    await passes(3_600_000)
    expect([line.others, line.tried]).toEqual([[], []])
    acme.agent.forget()
    acme.admin.forget()
    skyline.agent.forget()
    for (const one of sent)
      expect((await again(acme, one)).sync).toMatchObject({
        state: 'pending',
        reason: 'The partner does not accept the credentials of the connection.',
      })

    await setConnection(acme, { partner: { client_secret: issued.client_secret }, state: 'live' })
    await passes(60_000)
    for (const one of sent) expect((await again(acme, one)).sync?.state).toBe('synced')
    for (const at of tickets)
      expect((await timeline(skyline, at.twin)).slice(1).map((one) => one.note)).toEqual([
        'One',
        'Two',
      ])
  })
})
