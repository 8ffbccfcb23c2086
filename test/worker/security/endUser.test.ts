import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { ticketTypeField } from '../../../db/schema'
import { pair, type TestDesk } from '../pair'
import { escalated, fresh, logged, newest, ticketAt } from '../sync/story'
import type { Wire } from '../wire'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

describe('what an end user sends beside what the portal\u2019s forms have (T1)', () => {
  test('a reply changes nothing of the ticket but its timeline', async () => {
    const { id } = await logged(acme)
    const before = await ticketAt(acme, id)
    const reply = await acme.user.ask('POST', 'actions', [
      {
        ticket_id: id,
        outcome: 'User update',
        note: 'Any news?',
        status_id: acme.status('Closed'),
        priority_id: acme.priority('Critical'),
        agent_id: 3,
        team: 'Infrastructure',
        category_1: 'Hardware>Printer',
        targetdate: '2030-01-01',
        client_reference: 'x',
        new_customer_ref: 'x',
        supplier_ref: '77',
        customfields: [{ name: 'CFasset', value: 'stolen' }],
      },
    ])
    expect(reply.status, reply.text).toBe(201)
    const after = await ticketAt(acme, id)
    const same = ({ lastactiondate: _, lastupdate: __, last_update: ___, ...rest }: Wire.Ticket) =>
      rest
    expect(same(after)).toEqual(same(before))
    expect((await newest(acme, id)).changes).toEqual([])
  })

  test('a reply goes where the desk sends replies, and not where the user says', async () => {
    const { ours, twin } = await escalated(acme)
    const count = async () =>
      (await skyline.agent.get<{ record_count: number }>(`actions?ticket_id=${twin}`)).record_count
    const before = await count()
    await acme.user.post('actions', [
      { ticket_id: ours, outcome: 'User update', note: 'Mine.', send_to: 'none' },
    ])
    expect(await count()).toBe(before + 1)
  })

  test('a field that is not on the portal\u2019s form cannot be filled there', async () => {
    const ofType = and(
      eq(ticketTypeField.t, acme.t),
      eq(ticketTypeField.fieldId, acme.field('CFasset')),
    )
    const [row] = await acme.db.orm.select().from(ticketTypeField).where(ofType)
    await acme.db.orm.update(ticketTypeField).set({ userNew: 0 }).where(ofType)
    const ticket = [{ summary: fresh(), customfields: [{ name: 'CFasset', value: 'x' }] }]
    expect((await acme.user.ask('POST', 'tickets', ticket)).status).toBe(400)
    expect((await acme.agent.ask('POST', 'tickets', ticket)).status).toBe(201)
    await acme.db.orm.update(ticketTypeField).set({ userNew: row?.userNew }).where(ofType)
    expect((await acme.user.ask('POST', 'tickets', ticket)).status).toBe(201)
  })
})
