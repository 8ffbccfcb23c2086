import { beforeAll, expect, test } from 'vitest'
import { pair, settle, type TestDesk } from '../pair'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

interface Ticket {
  id: number
  status_id: number
  client_id: number
  user_name: string
  links: { remote_ticket_id: number; state: string }[]
}
interface Action {
  id: number
  outcome: string
  who: string
  note: string
  sync: { state: string } | null
}

const timeline = async (desk: TestDesk, ticketId: number) => {
  const { actions } = await desk.agent.get<{ actions: Action[] }>(`actions?ticket_id=${ticketId}`)
  return actions.map(({ outcome, sync }) => `${outcome} ${sync?.state ?? 'here'}`).toReversed()
}

test('G100 to G118: the guide\u2019s worked example runs on the demo pair as it is seeded', async () => {
  const logged = await acme.user.post<Ticket>('tickets', {
    tickettype_id: acme.ticketType('Incident'),
    summary: 'Printer is on fire',
    details: 'Room 4',
  })
  const act = (desk: TestDesk, ticketId: number, outcome: string, note: string, more = {}) =>
    desk.agent.post<Action>('actions', { ticket_id: ticketId, outcome, note, ...more })

  await act(acme, logged.id, 'Escalate to MSP', 'Please help', { supplier_id: acme.supplierId })
  await settle()
  const [link] = (await acme.agent.get<Ticket>(`tickets/${logged.id}`)).links
  const twin = link?.remote_ticket_id ?? 0
  expect(await skyline.agent.get<Ticket>(`tickets/${twin}`)).toMatchObject({
    client_id: skyline.customerId,
    user_name: 'Ana Ito',
  })

  await act(skyline, twin, 'Note', 'Looking into it')
  await act(acme, logged.id, 'Private note', 'Room 4 is locked')
  await act(skyline, twin, 'Indirect email to end user', 'Which <printer>?')
  await acme.user.post('actions', {
    ticket_id: logged.id,
    outcome: 'User update',
    note: 'The big one',
  })
  await settle()
  await act(skyline, twin, 'Resolve third party ticket', 'Put out')
  expect(await settle()).toBe(0)

  expect(await timeline(acme, logged.id)).toEqual([
    'Logged here',
    'Escalate to MSP synced',
    'Internal update synced',
    'Private note synced',
    'Email user synced',
    'User update synced',
    'Resolve synced',
  ])
  const there = await timeline(skyline, twin)
  expect(there.filter((line) => line !== 'Changed here')).toEqual([
    'Logged synced',
    'Note synced',
    'Internal note synced',
    'Indirect email to end user synced',
    'Customer update synced',
    'Resolve third party ticket synced',
  ])
  for (const [desk, id] of [
    [acme, logged.id],
    [skyline, twin],
  ] as const) {
    expect((await desk.agent.get<Ticket>(`tickets/${id}`)).status_id).toBe(desk.status('Closed'))
  }

  const mail = await acme.mail()
  expect(mail.map(({ toAddress, subject }) => [toAddress, subject])).toEqual([
    ['pat@acme.example', 'Printer is on fire [ID:0001001]'],
    ['pat@acme.example', 'Closed: Printer is on fire [ID:0001001]'],
  ])
  expect(mail[0]?.html).toContain('Which &lt;printer&gt;?')
  expect(await skyline.mail()).toEqual([])

  const seen = await acme.user.get<{ actions: Action[] }>(`actions?ticket_id=${logged.id}`)
  expect(seen.actions.map(({ outcome }) => outcome).sort((a, b) => a.localeCompare(b))).toEqual([
    'Email user',
    'Logged',
    'Resolve',
    'User update',
  ])
})
