import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { outbox } from '../../../db/schema'
import { byToken, Client, later, nowAgain, pair, settle, type TestDesk } from '../pair'
import { anotherDesk, connect, type Connected } from '../third'
import type { Wire } from '../wire'
import { messenger } from './partner'
import { act, escalated, map, setAction, ticketAt, timeline, tried, type Pairing } from './story'

let acme: TestDesk
let skyline: TestDesk
let vendor: TestDesk
/** Skyline's tickets to its vendor; the vendor's to Acme, which closes the ring; Skyline's to Acme, the pair linked both ways. */
let onward: Connected
let ring: Connected
let back: Connected
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  vendor = await anotherDesk('vendor', 'Vendor')
  onward = await connect(skyline, vendor)
  ring = await connect(vendor, acme)
  back = await connect(skyline, acme)
})
afterEach(nowAgain)

/** A minute and more passes, and all that is due is sent. */
async function quiet(): Promise<void> {
  for (let minute = 0; minute < 2; minute++) {
    await settle()
    later(61_000)
  }
  await settle()
}

const count = async (desk: TestDesk, ticketId: number, note: string) =>
  (await timeline(desk, ticketId)).filter((one) => one.note === note).length

/** Messages that an action caused on its way, over all desks. */
async function messages(uid: string): Promise<number> {
  const rows = await acme.db.orm
    .select({ connectionId: outbox.connectionId, linkId: outbox.linkId })
    .from(outbox)
    .where(and(eq(outbox.uid, uid)))
  return rows.filter(({ linkId }) => linkId !== null).length
}

const logTo = (ticketId: number, supplierId: number) => ({
  ticket_id: ticketId,
  outcome: 'Log to supplier',
  supplier_id: supplierId,
  note_html: 'On it goes',
})

async function sendOn(desk: TestDesk, ticketId: number, supplierId: number): Promise<number> {
  const { sync } = await desk.agent.post<Wire.Action>('actions', [logTo(ticketId, supplierId)])
  expect(sync).toMatchObject({ state: 'synced' })
  return sync?.remote_ticket_id ?? 0
}

describe('an action mapped to one that itself sends (G85, Q12)', () => {
  let at: Pairing
  beforeAll(async () => {
    at = await escalated(acme)
    // Each is mapped to the other, and both send: the guide's loop.
    await map(acme, 'outcome', skyline.outcome('Note'), acme.outcome('Private note'))
    await map(skyline, 'outcome', acme.outcome('Private note'), skyline.outcome('Note'))
  })

  test('G85 Q12 from the supplier: exactly one action on each side after a minute and more, one message', async () => {
    const sent = await act(skyline, at.twin, 'Note', 'Round one')
    await quiet()
    expect(await count(acme, at.ours, 'Round one')).toBe(1)
    expect(await count(skyline, at.twin, 'Round one')).toBe(1)
    expect(await messages(sent.guid)).toBe(1)
  })

  test('G85 Q12 from the company: exactly one action on each side after a minute and more, one message', async () => {
    const sent = await act(acme, at.ours, 'Private note', 'Round two')
    await quiet()
    expect(await count(acme, at.ours, 'Round two')).toBe(1)
    expect(await count(skyline, at.twin, 'Round two')).toBe(1)
    expect(await messages(sent.guid)).toBe(1)
  })

  test('l03 the type that the partner’s notes map to is set to send: once on each desk', async () => {
    await map(acme, 'outcome', skyline.outcome('Note'), acme.outcome('Internal update'))
    await setAction(acme, 'Internal update', { sendToConnected: true })
    await act(skyline, at.twin, 'Note', 'echo l03')
    await quiet()
    expect(await count(acme, at.ours, 'echo l03')).toBe(1)
    expect(await count(skyline, at.twin, 'echo l03')).toBe(1)
    await setAction(acme, 'Internal update', { sendToConnected: false })
  })
})

describe('a chain: Acme, Skyline, and Skyline’s vendor (R11, G14)', () => {
  let at: Pairing
  let third: number
  beforeAll(async () => {
    await map(acme, 'outcome', skyline.outcome('Note'), acme.outcome('Internal update'))
    at = await escalated(acme)
    third = await sendOn(skyline, at.twin, onward.supplierId)
  })

  test('G14 R11 a ticket passes on to a third desk, which gets its own number and its customer', async () => {
    const ticket = await ticketAt(vendor, third)
    expect(ticket.client_id).toBe(onward.customerId)
    expect(ticket.links).toMatchObject([
      { kind: 'customer', remote_ticket_id: at.twin, state: 'live' },
    ])
    const middle = await ticketAt(skyline, at.twin)
    expect(middle.links.map(({ kind }) => kind)).toEqual(['customer', 'supplier'])
  })

  test('Q12 a note of the last desk goes up the chain where the mapped action sends: once on each, two messages', async () => {
    await skyline.admin.put(`connection/${onward.atCompany}/mappings`, [
      {
        kind: 'outcome',
        remote_id: String(vendor.outcome('Note')),
        local_id: skyline.outcome('Note'),
      },
    ])
    const sent = await act(vendor, third, 'Note', 'From the end')
    await quiet()
    expect(await count(skyline, at.twin, 'From the end')).toBe(1)
    expect(await count(acme, at.ours, 'From the end')).toBe(1)
    expect(await count(vendor, third, 'From the end')).toBe(1)
    expect(await messages(sent.guid)).toBe(2)
  })

  test('R11 in the middle, a person names the partners; unnamed it is refused in words, named it goes there alone', async () => {
    const body = { ticket_id: at.twin, outcome: 'Note', note_html: '<p>For one</p>' }
    const refused = await tried(skyline.agent, 'actions', body)
    expect(refused.status).toBe(422)
    expect(refused.body).toMatchObject({ error: 'CHOOSE_PARTNER' })
    const sent = await skyline.agent.post<Wire.Action>('actions', [
      { ...body, connection_ids: [onward.atCompany] },
    ])
    expect(sent.deliveries.map(({ state }) => state)).toEqual(['synced'])
    expect(await count(vendor, third, 'For one')).toBe(1)
    expect(await count(acme, at.ours, 'For one')).toBe(0)
  })

  test('Q12 everything in the middle set to send: an action of the first desk reaches each desk once', async () => {
    await map(skyline, 'outcome', acme.outcome('Private note'), skyline.outcome('Note'))
    const sent = await act(acme, at.ours, 'Private note', 'From the start')
    await quiet()
    expect(await count(acme, at.ours, 'From the start')).toBe(1)
    expect(await count(skyline, at.twin, 'From the start')).toBe(1)
    expect(await count(vendor, third, 'From the start')).toBe(1)
    expect(await messages(sent.guid)).toBe(2)
  })
})

describe('rings are refused (R11, F46)', () => {
  async function untouched(desk: TestDesk, ticketId: number, supplierId: number) {
    const before = [await ticketAt(desk, ticketId), await timeline(desk, ticketId)]
    const refused = await tried(desk.agent, 'actions', logTo(ticketId, supplierId))
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({
      error: 'ANCESTOR',
      message:
        'This ticket came from that organisation, so it cannot be sent back to it as a new one',
      fix: 'Send an update to the customer instead.',
    })
    expect([await ticketAt(desk, ticketId), await timeline(desk, ticketId)]).toEqual(before)
  }

  test('F46 a ring of three is refused before anything is saved, in words', async () => {
    const { twin } = await escalated(acme)
    await untouched(vendor, await sendOn(skyline, twin, onward.supplierId), ring.supplierId)
  })

  test('F46 Q12 two desks linked both ways: a ticket is not sent back to where it came from', async () => {
    const { twin } = await escalated(acme)
    await untouched(skyline, twin, back.supplierId)
  })

  const theVendor = () => new Client(acme.url, byToken(ring.bySupplier))
  const create = (via: string[], more: object = {}) => [
    {
      summary: 'Round and round',
      note_html: 'x',
      tickettype_id: 1,
      client_reference: '4711',
      outcome_id: 5,
      baton: {
        v: 1,
        kind: 'create',
        uid: crypto.randomUUID(),
        link: crypto.randomUUID(),
        ticket: crypto.randomUUID(),
        prev: { n: 0, uid: null },
        clock: 9,
        at: new Date().toISOString(),
        via,
        author: { kind: 'agent', uid: 'a', name: 'A', email: 'agent@vendor.example' },
        registers: [],
        ...more,
      },
    },
  ]
  const tickets = async (desk: TestDesk) =>
    (await desk.agent.get<{ record_count: number }>('tickets?count=1')).record_count

  test('R11 a create that has passed this desk is refused at receipt (LOOP), and nothing is made', async () => {
    const before = await tickets(acme)
    const via = [acme.tenantId, skyline.tenantId, vendor.tenantId]
    const refused = await theVendor().ask('POST', 'tickets', create(via))
    expect(refused).toMatchObject({
      status: 422,
      body: { error: 'LOOP', message: 'This ticket has passed this desk before' },
    })
    expect(await tickets(acme)).toBe(before)
    expect((await theVendor().ask('POST', 'tickets', create([vendor.tenantId]))).status).toBe(201)
  })

  test('R11 a create under the uid of an action that this desk made is refused, also where via was lost', async () => {
    const { ours } = await escalated(acme)
    const own = (await timeline(acme, ours)).at(-1)
    const refused = await theVendor().ask('POST', 'tickets', create([], { uid: own?.guid }))
    expect(refused).toMatchObject({
      status: 422,
      body: { error: 'LOOP', message: 'This message was made by this desk itself' },
    })
  })

  test('R11 a create under the uid of an action that another partner sent is refused, and says so', async () => {
    const { ours } = await escalated(acme)
    const { message, send } = await messenger(acme, ours, skyline)
    const note = await message('From Skyline')
    expect((await send(note)).status).toBe(201)
    const refused = await theVendor().ask('POST', 'tickets', create([], { uid: note.baton.uid }))
    expect(refused).toMatchObject({
      status: 422,
      body: { error: 'LOOP', message: 'This message is here already, by another connection' },
    })
  })

  test('R11 an action under a uid that this desk itself made is refused, and the position stays', async () => {
    const { ours } = await escalated(acme)
    const mine = await act(acme, ours, 'Private note', 'Mine')
    const { message, send, link } = await messenger(acme, ours, skyline)
    const before = await link()
    const refused = await send(await message('Mine again', {}, { uid: mine.guid }))
    expect(refused).toMatchObject({ status: 422, body: { error: 'LOOP' } })
    expect(await link()).toEqual(before)
    expect((await send(await message('Another'))).status).toBe(201)
  })
})
