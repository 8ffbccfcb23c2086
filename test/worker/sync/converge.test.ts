import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connection, register } from '../../../db/schema'
import { nowAgain, pair, settle, type TestDesk } from '../pair'
import { anotherDesk, connect, type Connected } from '../third'
import type { Wire } from '../wire'
import { passes } from './line'
import { act, escalated, map, setAction, ticketAt } from './story'

/**
 * F54: mappings that are not each other's inverse, three desks in a chain, a customer and two suppliers on one ticket. The stamps are
 * equal on all of them, no desk's own value flips after its own action, and comparing everything once more changes nothing.
 */

let acme: TestDesk
let skyline: TestDesk
let vendor: TestDesk
let printers: TestDesk
let toVendor: Connected
let toPrinters: Connected
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  vendor = await anotherDesk('vendor', 'Vendor')
  printers = await anotherDesk('printers', 'Printers')
  toVendor = await connect(skyline, vendor)
  toPrinters = await connect(skyline, printers)
  // Skyline passes on whatever comes, from whichever side.
  for (const [connectionId, desk] of [
    [toVendor.atCompany, vendor],
    [toPrinters.atCompany, printers],
  ] as const)
    await skyline.admin.put(`connection/${connectionId}/mappings`, [
      {
        kind: 'outcome',
        remote_id: String(desk.outcome('Note')),
        local_id: skyline.outcome('Note'),
      },
      ...['New', 'In progress', 'On hold', 'Resolved', 'Closed'].map((name) => ({
        kind: 'status',
        remote_id: String(desk.status(name)),
        local_id: skyline.status(name === 'Resolved' ? 'Closed' : name), // many to one: no inverse
      })),
      ...['Low', 'Medium', 'High', 'Critical'].map((name) => ({
        kind: 'priority',
        remote_id: String(desk.priority(name)),
        local_id: skyline.priority(name),
      })),
    ])
  for (const [connectionId, desk] of [
    [toVendor.atSupplier, vendor],
    [toPrinters.atSupplier, printers],
  ] as const)
    await desk.admin.put(`connection/${connectionId}/mappings`, [
      ...['New', 'In progress', 'On hold', 'Resolved', 'Closed'].map((name) => ({
        kind: 'status',
        remote_id: String(skyline.status(name)),
        local_id: desk.status(name === 'Closed' ? 'Resolved' : name), // their Closed is our Resolved
      })),
      ...['Low', 'Medium', 'High', 'Critical'].map((name) => ({
        kind: 'priority',
        remote_id: String(skyline.priority(name)),
        local_id: desk.priority(name),
      })),
    ])
  await map(skyline, 'outcome', acme.outcome('Private note'), skyline.outcome('Note'))
})
afterAll(nowAgain)

const quiet = async () => {
  await passes(90_000)
  await settle()
}

/** The stamps of status and priority, which all of these desks map. */
async function stamps(desk: TestDesk, ticketId: number): Promise<Record<string, string>> {
  const rows = await desk.db.orm
    .select()
    .from(register)
    .where(and(eq(register.t, desk.t), eq(register.ticketId, ticketId)))
  return Object.fromEntries(
    rows
      .filter(({ name, clock }) => clock > 0 && (name === 'status' || name === 'priority'))
      .map(({ name, clock, writer }) => [name, `${clock} ${writer}`]),
  )
}

type Place = [TestDesk, number]
const shown = async ([desk, id]: Place) => {
  const { status_name, priority, hasbeenclosed } = await ticketAt(desk, id)
  return { status_name, priority: priority.name, hasbeenclosed }
}
const sendOn = async (ticketId: number, supplierId: number): Promise<number> => {
  const sent: Wire.Action = await act(skyline, ticketId, 'Log to supplier', 'Please look.', {
    supplier_id: supplierId,
  })
  return sent.sync?.remote_ticket_id ?? 0
}

/** All equal, and comparing every link of the middle desk once more changes neither stamps nor values anywhere. */
async function allEqual(places: Place[]): Promise<void> {
  const [first, ...others] = await Promise.all(places.map(([desk, id]) => stamps(desk, id)))
  for (const one of others) expect(one).toEqual(first)
  const before = await Promise.all(places.map(shown))
  for (const id of [skyline.connectionId, toVendor.atCompany, toPrinters.atCompany]) {
    await skyline.db.orm
      .update(connection)
      .set({ state: 'paused', restoredAt: 1 })
      .where(and(eq(connection.t, skyline.t), eq(connection.id, id)))
    await skyline.admin.post('connection', { id, state: 'live' })
  }
  await quiet()
  expect(await Promise.all(places.map(shown))).toEqual(before)
  expect(await Promise.all(places.map(([desk, id]) => stamps(desk, id)))).toEqual([
    first,
    ...others,
  ])
}

test('F54 G39 a mapping that is not its own inverse: what was set stands, on the desk that set it too', async () => {
  const at = await escalated(acme)
  await map(skyline, 'status', acme.status('Resolved'), skyline.status('Closed'))
  await map(acme, 'status', skyline.status('Closed'), acme.status('Closed'))
  const places: Place[] = [
    [acme, at.ours],
    [skyline, at.twin],
  ]
  await act(acme, at.ours, 'Private note', 'Set', { new_status: acme.status('Resolved') })
  await quiet()
  expect((await shown([acme, at.ours])).status_name).toBe('Resolved')
  expect((await shown([skyline, at.twin])).status_name).toBe('Closed')
  await act(skyline, at.twin, 'Note', 'Seen')
  await act(acme, at.ours, 'Private note', 'Thanks')
  await quiet()
  expect((await shown([acme, at.ours])).status_name).toBe('Resolved')
  await allEqual(places)
})

describe('F54 three desks in a chain', () => {
  test('F54 Q5 a value set at either end or in the middle is the same change on all three', async () => {
    const at = await escalated(acme)
    await setAction(skyline, 'Note', { sendToConnected: true })
    const third = await sendOn(at.twin, toVendor.supplierId)
    const places: Place[] = [
      [acme, at.ours],
      [skyline, at.twin],
      [vendor, third],
    ]
    await act(vendor, third, 'Note', 'From the end', {
      new_priority: vendor.priority('Critical'),
      new_status: vendor.status('On hold'),
    })
    await quiet()
    await allEqual(places)
    expect((await Promise.all(places.map(shown))).map(({ priority }) => priority)).toEqual([
      'Critical',
      'Critical',
      'Critical',
    ])
    await act(acme, at.ours, 'Private note', 'From the start', {
      new_priority: acme.priority('Low'),
    })
    await quiet()
    await allEqual(places)
    expect((await shown([vendor, third])).priority).toBe('Low')
    // Closed at the end of the chain by a status that comes back as another one.
    await act(vendor, third, 'Note', 'Done', { new_status: vendor.status('Closed') })
    await quiet()
    expect((await shown([vendor, third])).status_name).toBe('Closed')
    await allEqual(places)
  })
})

describe('F54 a customer and two suppliers on one ticket', () => {
  test('F54 Q5 what one of them sets reaches those it is sent to, and the others say that they may differ', async () => {
    const at = await escalated(acme)
    const [one, two] = [
      await sendOn(at.twin, toVendor.supplierId),
      await sendOn(at.twin, toPrinters.supplierId),
    ]
    await act(vendor, one, 'Note', 'Set by the vendor', {
      new_priority: vendor.priority('High'),
    })
    await quiet()
    const middle = await ticketAt(skyline, at.twin)
    // Nobody is there to choose a partner for what comes by itself (R11), so the others have not heard of it.
    expect(middle.priority.name).toBe('High')
    const unheard = middle.links.filter((link) => link.may_differ).map(({ partner }) => partner)
    expect(unheard).toHaveLength(2)
    await skyline.agent.post('actions', [
      {
        ticket_id: at.twin,
        outcome: 'Note',
        note: 'For all',
        connection_ids: [skyline.connectionId, toVendor.atCompany, toPrinters.atCompany],
      },
    ])
    await quiet()
    expect((await ticketAt(skyline, at.twin)).links.map((link) => link.may_differ)).toEqual([
      false,
      false,
      false,
    ])
    await allEqual([
      [acme, at.ours],
      [skyline, at.twin],
      [vendor, one],
      [printers, two],
    ])
    expect((await shown([printers, two])).priority).toBe('High')
    // Both suppliers at once: one of the two values stands, everywhere.
    await act(vendor, one, 'Note', 'Mine', { new_priority: vendor.priority('Low') })
    await act(printers, two, 'Note', 'Mine', { new_priority: printers.priority('Critical') })
    await quiet()
    await skyline.agent.post('actions', [
      {
        ticket_id: at.twin,
        outcome: 'Note',
        note: 'Once more',
        connection_ids: [skyline.connectionId, toVendor.atCompany, toPrinters.atCompany],
      },
    ])
    await quiet()
    await allEqual([
      [acme, at.ours],
      [skyline, at.twin],
      [vendor, one],
      [printers, two],
    ])
  })
})
