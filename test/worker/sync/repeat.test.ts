import { beforeAll, describe, expect, test } from 'vitest'
import { and, eq } from 'drizzle-orm'
import { outbox, ticket } from '../../../db/schema'
import { runBatch } from '../../../worker/platform/database'
import { outcomeOf, type UnderWay } from '../../../worker/sync/settle'
import { settleStatements } from '../../../worker/sync/writeOutcome'
import { pair, type TestDesk } from '../pair'
import { messenger } from './partner'
import { escalated, newest, ticketAt, type Pairing } from './story'

let acme: TestDesk
let skyline: TestDesk
let linked: Pairing
let from: Awaited<ReturnType<typeof messenger>>
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  linked = await escalated(acme)
  from = await messenger(skyline, linked.twin)
})

const priority = (name: string, clock: number) => ({
  name: 'priority',
  label: 'Priority',
  clock,
  writer: from.partnerTenant,
  value: { id: String(acme.priority(name)), name },
})

describe('a repeat', () => {
  test('R2 adds no entry, and its registers are still merged: they are of now', async () => {
    const message = await from.message('once', {}, { registers: [priority('High', 60)] })
    const first = await from.send(message)
    expect(first.status).toBe(201)
    const before = await newest(skyline, linked.twin)

    const again = await from.send({
      ...message,
      baton: { ...message.baton, registers: [priority('Critical', 70)] },
    })
    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ id: first.body.id, baton: { have: first.body.baton.have } })
    expect(again.body.baton.registers).toContainEqual(
      expect.objectContaining({ name: 'priority', clock: 70 }),
    )
    expect(await ticketAt(skyline, linked.twin)).toMatchObject({ priority: { name: 'Critical' } })
    const after = await newest(skyline, linked.twin)
    expect(after).toMatchObject({ id: before.id + 1, who_type: 0, note: '' })
  })

  test('the same once more changes nothing', async () => {
    const message = await from.message('twice', {}, { registers: [priority('Low', 80)] })
    await from.send(message)
    const before = await newest(skyline, linked.twin)
    expect((await from.send(message)).status).toBe(200)
    expect(await newest(skyline, linked.twin)).toEqual(before)
  })

  test('cannot bring a clock that wins for ever', async () => {
    const message = await from.message('far', {}, { registers: [priority('High', 90)] })
    await from.send(message)
    await from.send({
      ...message,
      baton: { ...message.baton, registers: [priority('Critical', 9_000_000)] },
    })
    expect(await ticketAt(skyline, linked.twin)).toMatchObject({ priority: { name: 'High' } })
  })
})

test('an answer cannot bring a clock that wins for ever either', async () => {
  const { db, t } = acme
  const ofTicket = and(eq(outbox.t, t), eq(outbox.ticketId, linked.ours))
  const [sent] = await db.orm.select().from(outbox).where(ofTicket)
  if (!sent) throw new Error('Nothing was sent')
  const row: UnderWay = {
    ...sent,
    linkUid: from.linkUid,
    prev: { n: 0, uid: null },
    profile: 'supplier',
    othersPass: false,
  }
  const have = { n: 1, uid: sent.uid }
  const taken = {
    id: linked.twin,
    ticket_id: linked.twin,
    baton: { uid: sent.uid, have, clock: 9_000_000_000, registers: [], parts: [] },
  }
  const outcome = outcomeOf({ kind: 'synced', taken }, row, Date.now(), 0)
  const answered = { status: 201, ms: 1, sentClock: 9 }
  await runBatch(db, settleStatements(db, { ...row, files: [] }, outcome, answered))
  const [now] = await db.orm
    .select({ clock: ticket.clock })
    .from(ticket)
    .where(and(eq(ticket.t, t), eq(ticket.id, linked.ours)))
  expect(now?.clock).toBeLessThan(2_000_000)
})
