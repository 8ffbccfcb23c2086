import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { instance, link, outbox } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { courierObject } from '../../../worker/sync/objects'
import { sweep } from '../../../worker/sync/wake'
import { later, nowAgain, pair, type TestDesk } from '../pair'
import { faraway, passes, type Line } from './line'
import { connectionOf, messenger } from './partner'
import { act, again, escalated, setConnection, timeline, type Pairing } from './story'

/** A connection that rests: paused by an admin, or its desk suspended. */

const MINUTE = 60_000

let acme: TestDesk
let skyline: TestDesk
let line: Line
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  line = await faraway(acme, skyline)
})
afterEach(() => line.heal())
afterAll(() => {
  line.hangUp()
  nowAgain()
})

const note = (at: Pairing, text: string) => act(acme, at.ours, 'Private note', text)
const courier = () => courierObject(env, acme.t, acme.connectionId)
const alarmOf = () => runInDurableObject(courier(), (_, { storage }) => storage.getAlarm())
const shown = () =>
  acme.admin.get<{ state: string; waiting: number; waiting_since: string | null; health: string }>(
    `connection/${acme.connectionId}`,
  )
/** Calls on the line, answered as a partner that takes everything, and when each was made. */
function taking(line: Line): { at: number; uid: string; link: string }[] {
  const calls: { at: number; uid: string; link: string }[] = []
  line.always = (_, text) => {
    const [{ ticket_id: ticketId, baton }] = JSON.parse(text)
    calls.push({ at: seams.now(), uid: baton.uid, link: baton.link })
    const have = { n: baton.prev.n + 1, uid: baton.uid }
    const { v, uid, link, ticket, clock } = baton
    const taken = { v, uid, link, ticket, have, clock, registers: [], parts: [] }
    return Promise.resolve(Response.json({ id: 9, ticket_id: ticketId, baton: taken }))
  }
  return calls
}

/** Copies the rows of one ticket, whole, under other numbers: so many tickets as no test has the time to log. */
async function copies(of: number, many: number, first: number): Promise<void> {
  const d1 = env.DB
  const { t } = acme
  for (const table of ['ticket', 'action', 'action_body', 'link', 'register', 'outbox']) {
    const { results } = await d1
      .prepare('select name from pragma_table_info(?)')
      .bind(table)
      .all<{ name: string }>()
    const names = results.map(({ name }) => name)
    const key = table === 'ticket' ? 'id' : 'ticket_id'
    const value = (name: string) => {
      if (name === key) return 'n.value'
      if (name === 'link_id' || (table === 'link' && name === 'id')) return 'n.value + 100000'
      if (name === 'remote_ticket_id' && table === 'link') return 'n.value'
      if (name === 'uid' || (table === 'link' && name === 'remote_ticket_uid'))
        return `substr(o.${name}, 1, 28) || printf('%08x', n.value)`
      return `o.${name}`
    }
    const rows = Array.from({ length: many }, (_, i) => first + i)
    await d1
      .prepare(
        `insert into "${table}" (${names.join(', ')}) select ${names.map(value).join(', ')} from "${table}" o, json_each(?) n where o.t = ? and o.${key} = ?`,
      )
      .bind(JSON.stringify(rows), t, of)
      .run()
  }
}

describe('R17 a pause', () => {
  test('F56 200 links wait; resumed and killed in the middle, with no request afterwards: all drain, in order, at most 10 a second', async () => {
    const at = await escalated(acme)
    await setConnection(acme, { state: 'paused' })
    await note(at, 'One')
    await note(at, 'Two')
    await copies(at.ours, 199, 5_001)
    expect(await shown()).toMatchObject({
      state: 'paused',
      waiting: 400,
      waiting_since: expect.any(String),
      health: expect.stringContaining('400 messages wait'),
    })
    line.others = []
    line.tried.length = 0
    await courier().wake()
    await passes(10 * MINUTE)
    expect([line.tried, line.others, await alarmOf()]).toEqual([[], [], null])

    const calls = taking(line)
    acme.admin.forget()
    await setConnection(acme, { state: 'live' })
    await scheduler.wait(300)
    await evictDurableObject(courier())
    later(3_000) // as long as a restart takes
    expect(calls.length).toBeLessThan(400)
    const resumed = seams.now()
    await passes(3 * MINUTE)

    expect(new Set(calls.map(({ uid }) => uid)).size).toBe(400)
    const open = await env.DB.prepare(
      'select count(*) as n from outbox where next_at is not null',
    ).first('n')
    expect(open).toBe(0)
    // Over five seconds, for a call may leave a little later than its turn.
    for (let i = 50; i < calls.length; i++)
      expect((calls[i]?.at ?? 0) - (calls[i - 50]?.at ?? 0)).toBeGreaterThan(4_800)
    const actions = await env.DB.prepare('select uid, action_id as n from outbox').all<{
      uid: string
      n: number
    }>()
    const order = new Map(actions.results.map(({ uid, n }) => [uid, n]))
    for (const link of new Set(calls.map((one) => one.link))) {
      const sent = calls.filter((one) => one.link === link).map(({ uid }) => order.get(uid) ?? 0)
      expect(sent).toEqual(sent.toSorted((a, b) => a - b))
    }
    // The claims of what was under way at the kill end after 40 s.
    expect((calls.at(-1)?.at ?? 0) - resumed).toBeLessThan(2 * MINUTE)
  }, 120_000)

  test('R17 a message to a paused desk is answered 503 PAUSED with Retry-After 300, and nothing of it is kept', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    await setConnection(skyline, { state: 'paused' })
    const reply = await partner.send(await partner.message('Not now'))
    expect(reply).toMatchObject({ status: 503, body: { error: 'PAUSED' } })
    expect(reply.headers.get('retry-after')).toBe('300')
    await setConnection(skyline, { state: 'live' })
    expect(await timeline(skyline, at.twin)).toHaveLength(1)
    expect((await partner.send(await partner.message('Now'))).status).toBe(201)
  })

  test('R17 what its saver read as live a moment before the pause is not sent after it', async () => {
    const at = await escalated(acme)
    const to = await connectionOf(acme)
    await setConnection(acme, { state: 'paused' })
    const waits = await note(at, 'Saved while paused')
    line.tried.length = 0
    // As the saver would hand it over who has read the connection before.
    await acme.db.orm
      .update(outbox)
      .set({ attempts: 1, nextAt: seams.now() + 40_000 })
      .where(and(eq(outbox.t, acme.t), eq(outbox.uid, waits.guid)))
    const parcel = {
      connectionId: to.id,
      to,
      ticketId: at.ours,
      actionId: waits.id,
      uid: waits.guid,
      linkUid: crypto.randomUUID(),
      kind: 'action' as const,
      waits: false,
      prev: { n: 0, uid: null },
      files: [],
      message: { path: 'actions' as const, ticketId: null, body: [], registers: [] },
    }
    await courier().send(acme.t, parcel, acme.url)
    expect(line.tried).toEqual([])
    await setConnection(acme, { state: 'live' })
    await passes(MINUTE)
    expect((await again(acme, waits)).sync?.state).toBe('synced')
  })
})

describe('F31 a suspended desk', () => {
  const setState = (desk: TestDesk, state: 'active' | 'suspended') =>
    desk.db.orm.update(instance).set({ state }).where(eq(instance.no, desk.t))

  test('F31 what it had queued is not delivered, and goes when it stands again', async () => {
    const at = await escalated(acme)
    line.down = true
    const sent = await note(at, 'Queued')
    await setState(acme, 'suspended')
    line.heal()
    line.tried.length = 0
    line.others = []
    await passes(2 * 60 * MINUTE)
    await sweep(env)
    expect([line.tried, line.others]).toEqual([[], []])
    await setState(acme, 'active')
    await passes(11 * MINUTE)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
  })

  test('F31 its partner is held, not failed: nothing counts, nothing parks, nothing breaks, and all arrives in the end', async () => {
    const at = await escalated(acme)
    await setState(skyline, 'suspended')
    const sent = await note(at, 'While suspended')
    expect(sent.sync).toMatchObject({ state: 'pending', error: 'This instance is suspended' })
    // Without a token in its hand, it is refused at the token door.
    await evictDurableObject(courier())
    await passes(5 * 60 * MINUTE)
    const [row] = await acme.db.orm
      .select()
      .from(outbox)
      .where(and(eq(outbox.t, acme.t), eq(outbox.uid, sent.guid)))
    expect(row).toMatchObject({ state: 'pending', failures: 0 })
    expect((await connectionOf(acme)).state).toBe('live')
    await setState(skyline, 'active')
    await passes(20 * MINUTE)
    acme.agent.forget()
    skyline.agent.forget()
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect((await timeline(skyline, at.twin)).map((one) => one.note)).toContain('While suspended')
  })
})

test('F30 a ticket that goes to another customer while a message waits: skipped with that reason, and nothing leaves', async () => {
  for (const who of [acme.agent, acme.user, skyline.admin, skyline.agent]) who.forget()
  const at = await escalated(acme)
  await skyline.admin.post('client', [{ name: 'Somebody else' }])
  const { clients } = await skyline.admin.get<{ clients: { id: number; name: string }[] }>('client')
  const other = clients.find(({ name }) => name === 'Somebody else')?.id
  await setConnection(skyline, { state: 'paused' })
  const sent = await act(skyline, at.twin, 'Note', 'For the old customer')
  expect(sent.sync?.state).toBe('pending')
  await skyline.agent.put('tickets', [{ id: at.twin, client_id: other }])
  await setConnection(skyline, { state: 'live' })
  await passes(MINUTE)
  expect((await again(skyline, sent)).sync).toMatchObject({
    state: 'skipped',
    reason: 'The customer on this ticket is not the one of the connection.',
  })
  expect((await timeline(acme, at.ours)).map((one) => one.note)).not.toContain(
    'For the old customer',
  )
})

test('F30 a ticket that is deleted while its message is under way: what was lost stays skipped, what was taken is synced, and nothing is tried again', async () => {
  for (const who of [acme.agent, acme.user]) who.forget()
  for (const [text, lost] of [
    ['Lost on the way', true],
    ['Taken', false],
  ] as const) {
    const at = await escalated(acme)
    line.tried.length = 0
    line.always = async (pass) => {
      const response = await pass()
      await acme.agent.delete(`tickets/${at.ours}`)
      if (lost) throw new Error('connection reset')
      return response
    }
    const { guid } = await note(at, text)
    await passes(2 * 60 * MINUTE)
    line.heal()
    acme.agent.forget()
    expect(line.tried).toHaveLength(1)
    const [row] = await acme.db.orm
      .select()
      .from(outbox)
      .where(and(eq(outbox.t, acme.t), eq(outbox.uid, guid)))
    expect(row).toMatchObject({ state: lost ? 'skipped' : 'synced', nextAt: null })
    const [linked] = await acme.db.orm
      .select({ state: link.state })
      .from(link)
      .where(and(eq(link.t, acme.t), eq(link.ticketId, at.ours)))
    expect(linked?.state).toBe('gone')
  }
})
