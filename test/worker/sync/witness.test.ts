import { env } from 'cloudflare:test'
import { and, desc, eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { action, actionBody, audit, link, outbox, ticket } from '../../../db/schema'
import { later, pair, settle, type TestDesk } from '../pair'
import type { Wire } from '../wire'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

const stateOf = async (desk: TestDesk) =>
  (await desk.admin.get<{ state: string }>(`connection/${desk.connectionId}`)).state

test('R16 F42 F52: a database that was set back is noticed before the next send, pauses, and after Resume both desks agree', async () => {
  const { id } = await acme.user.post<Wire.Ticket>('tickets', [{ summary: 'Before the restore' }])
  const note = (text: string) =>
    acme.agent.post<Wire.Action>('actions', [
      { ticket_id: id, outcome: 'Private note', note: text },
    ])
  const sent = await acme.agent.post<Wire.Action>('actions', [
    { ticket_id: id, outcome: 'Escalate to MSP', supplier_id: acme.supplierId, note: 'x' },
  ])
  const twinId = sent.sync?.remote_ticket_id ?? 0
  await note('kept')
  const lost = await note('sent, then forgotten by the restore')
  await settle()

  // Acme's database goes back to before the last note; Skyline and the objects do not.
  const { orm, t } = acme.db
  const ofLost = (table: typeof outbox | typeof actionBody) =>
    and(eq(table.t, t), eq(table.ticketId, id), eq(table.actionId, lost.id))
  const [before] = await orm
    .select()
    .from(outbox)
    .where(and(eq(outbox.t, t), eq(outbox.ticketId, id), eq(outbox.actionId, lost.id - 1)))
  await orm.batch([
    orm.delete(outbox).where(ofLost(outbox)),
    orm.delete(actionBody).where(ofLost(actionBody)),
    orm.delete(action).where(and(eq(action.t, t), eq(action.ticketId, id), eq(action.id, lost.id))),
    orm
      .update(ticket)
      .set({ lastAction: lost.id - 1 })
      .where(and(eq(ticket.t, t), eq(ticket.id, id))),
    orm
      .update(link)
      .set({ outN: 2, outUid: before?.uid ?? null })
      .where(and(eq(link.t, t), eq(link.ticketId, id))),
  ])
  await env.DB.prepare("update shard_meta set value = '0' where key = 'beat'").run()

  later(61_000)
  const held = await note('after the restore')
  expect(held.sync?.state).toBe('pending')
  expect(await stateOf(acme)).toBe('paused')
  const [entry] = await orm
    .select()
    .from(audit)
    .where(and(eq(audit.t, t), eq(audit.what, 'restored')))
  expect(entry?.detail).toContain('restored')
  const taken = async () => {
    const { actions } = await skyline.agent.get<{ actions: Wire.Action[] }>(
      `actions?ticket_id=${twinId}`,
    )
    return actions.map((one) => one.note)
  }
  expect(await taken()).not.toContain('after the restore')

  for (const desk of [skyline, acme])
    await desk.admin.post('connection', [{ id: desk.connectionId, state: 'live' }])
  await settle()
  expect(await taken()).toEqual(
    expect.arrayContaining(['kept', 'after the restore', 'sent, then forgotten by the restore']),
  )
  expect((await taken()).filter((text) => text === 'after the restore')).toHaveLength(1)
  const [linked] = await orm
    .select()
    .from(link)
    .where(and(eq(link.t, t), eq(link.ticketId, id)))
    .orderBy(desc(link.id))
  expect(linked).toMatchObject({ outN: 4 })
})
