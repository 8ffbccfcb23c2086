import { beforeAll, expect, test } from 'vitest'
import { pair, type TestDesk } from '../pair'
import type { Wire } from '../wire'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

test('G104 the text that travels has what the supplier template names: type, user, priority, details', async () => {
  const ticket = await acme.user.post<Wire.Ticket>('tickets', [
    {
      summary: 'No sound',
      details: 'Since the update.',
      tickettype_id: acme.ticketType('Incident'),
    },
  ])
  const sent = await acme.agent.post<Wire.Action>('actions', [
    {
      ticket_id: ticket.id,
      outcome: 'Escalate to MSP',
      supplier_id: acme.supplierId,
      note: 'Please help.',
      priority_id: acme.priority('High'),
    },
  ])
  const twin = await skyline.agent.get<Wire.Ticket>(`tickets/${sent.sync?.remote_ticket_id}`)
  expect(twin.details).toBe(
    [
      'Please help.',
      `Acme, Incident ${ticket.id}: No sound\nRaised by Pat Quinn, priority High`,
      'Since the update.',
    ].join('\n\n'),
  )
})
