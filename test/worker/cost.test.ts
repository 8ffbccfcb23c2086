import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cost, type Cost } from '../../worker/platform/cost'
import { pair, settle, type TestDesk } from './pair'
import { act, escalate, escalated, fresh, logged, type Pairing } from './sync/story'
import type { Wire } from './wire'

// Counts do not tremble as times do: what a request costs in trips, rows and objects is fixed here, and `npm run bench` shows what
// that comes to in time. Both desks of the pair run in this isolate, so a synced action's figures are those of both together.

let acme: TestDesk
let skyline: TestDesk
let ticket: Wire.Ticket
let linked: Pairing

beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  ticket = await logged(acme)
  linked = await escalated(acme)
  // The first message each way fetches a token, and an isolate asks its witness before it sends at all.
  await act(acme, linked.ours, 'Private note', 'First')
  await act(skyline, linked.twin, 'Note', 'First')
})
beforeEach(async () => {
  await settle()
})

/** What a request costs; what an alarm does later is not in it. */
const costOf = async (request: () => Promise<unknown>): Promise<Cost> =>
  (await costAndAnswer(request)).spent

async function costAndAnswer<T>(request: () => Promise<T>): Promise<{ spent: Cost; answer: T }> {
  const before = cost.now()
  const answer = await request()
  return { spent: cost.since(before), answer }
}

describe('A read is one trip to the database, with the check of who asks in it', () => {
  const one = { batches: 1, written: 0, do: 0, hops: 0 }

  test('the list of open tickets', async () => {
    const list = 'tickets?pageinate=true&page_size=50&page_no=1&open_only=true&countlimit=1000'
    expect(await costOf(() => acme.agent.get(list))).toMatchObject(one)
  })
  test('a search', async () => {
    const search = 'tickets?pageinate=true&page_size=50&page_no=1&search=printer&countlimit=1000'
    expect(await costOf(() => acme.agent.get(search))).toMatchObject(one)
  })
  test('a ticket\u2019s page and its timeline', async () => {
    for (const { id } of [ticket, { id: linked.ours }]) {
      expect(await costOf(() => acme.agent.get(`tickets/${id}`))).toMatchObject(one)
      expect(await costOf(() => acme.agent.get(`actions?ticket_id=${id}`))).toMatchObject(one)
    }
  })
  test('the portal\u2019s list and page', async () => {
    expect(await costOf(() => acme.user.get('tickets?pageinate=true'))).toMatchObject(one)
    expect(await costOf(() => acme.user.get(`tickets/${ticket.id}`))).toMatchObject(one)
  })
})

describe('A write that stays on its desk is two trips: one to decide by, one to write and to show', () => {
  const two = { batches: 2, do: 0, hops: 0 }

  test('a new ticket, at most 13 rows', async () => {
    const spent = await costOf(() =>
      acme.agent.post('tickets', [{ summary: fresh(), details: 'It does not work.' }]),
    )
    expect(spent).toMatchObject(two)
    expect(spent.written).toBeLessThanOrEqual(13)
  })
  test('a new ticket of the portal', async () => {
    expect(await costOf(() => logged(acme))).toMatchObject(two)
  })
  test('a note, at most 5 rows', async () => {
    const spent = await costOf(() => act(acme, ticket.id, 'Public note', 'Have a look.'))
    expect(spent).toMatchObject(two)
    expect(spent.written).toBeLessThanOrEqual(5)
  })
  test('a reply in the portal', async () => {
    const reply = { ticket_id: ticket.id, outcome: 'User update', note: 'Thanks.' }
    const spent = await costOf(() => acme.user.post('actions', [reply]))
    expect(spent).toMatchObject(two)
    expect(spent.written).toBeLessThanOrEqual(5)
  })
})

describe('What passes between two desks is five trips on both together', () => {
  async function passes(
    request: () => Promise<Wire.Action>,
    mostWritten: number,
  ): Promise<Wire.Action> {
    const { spent, answer } = await costAndAnswer(request)
    expect(spent).toMatchObject({ batches: 5, hops: 1 })
    expect(spent.written).toBeLessThanOrEqual(mostWritten)
    expect(spent.do).toBeLessThanOrEqual(4)
    return answer
  }

  test('protocol.md §9: a synced note writes at most 24 rows and asks 4 objects, either way', async () => {
    const there = await passes(() => act(acme, linked.ours, 'Private note', 'Go ahead.'), 24)
    expect(there.sync?.state).toBe('synced')
    const back = await passes(() => act(skyline, linked.twin, 'Note', 'Done.'), 24)
    expect(back.sync?.state).toBe('synced')
  })

  test('a reply in the portal of a linked ticket', async () => {
    const reply = { ticket_id: linked.ours, outcome: 'User update', note: 'Still broken.' }
    const { id } = await passes(() => acme.user.post<Wire.Action>('actions', [reply]), 24)
    const stands = await acme.agent.get<Wire.Action>(`actions/${id}?ticket_id=${linked.ours}`)
    expect(stands.sync?.state).toBe('synced')
  })

  test('an escalation', async () => {
    const { id } = await logged(acme)
    const sent = await passes(() => escalate(acme, id), 60)
    expect(sent.sync?.state).toBe('synced')
  })
})
