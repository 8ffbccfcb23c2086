import assert from 'node:assert/strict'
import type { Id, Person, World } from './world.ts'

type Sent = { sync: { remote_ticket_id: number } | null }
type Draft = {
  summary: string
  agent_id?: number
  priority_id?: number
  status_id?: number
  category_1?: string
}

const queue: Draft[] = [
  {
    summary: 'New starter on Monday: laptop and accounts',
    priority_id: 3,
    agent_id: 3,
    status_id: 2,
    category_1: 'Access>New starter',
  },
  {
    summary: 'VPN drops every hour',
    priority_id: 2,
    agent_id: 3,
    status_id: 2,
    category_1: 'Network>VPN',
  },
  { summary: 'Invoice PDF is blank', priority_id: 3 },
  {
    summary: 'Shared mailbox of Accounts cannot be opened since the password was changed',
    priority_id: 3,
    agent_id: 2,
    status_id: 4,
    category_1: 'Software>Email',
  },
  { summary: 'Meeting room screen flickers', priority_id: 4 },
  {
    summary: 'Second factor of Priya is lost',
    priority_id: 2,
    agent_id: 2,
    status_id: 2,
    category_1: 'Access>Password',
  },
  { summary: 'Teams calls echo', priority_id: 3, status_id: 28 },
  {
    summary: 'Disk almost full on FS01',
    priority_id: 1,
    agent_id: 3,
    status_id: 2,
    category_1: 'Hardware',
  },
  { summary: 'Headset for the front desk', priority_id: 4 },
  {
    summary: 'Browser asks for the proxy password again and again',
    priority_id: 3,
    category_1: 'Software>Browser',
  },
]

/**
 * A desk that has been used: a queue, a ticket that went to the supplier and back, and one whose
 * update was refused there.
 */
export async function liveIn(
  world: World,
  { pat, ana, lena }: { pat: Person; ana: Person; lena: Person },
): Promise<{ ours: number; twin: number }> {
  for (const ticket of queue)
    await ana.post('/api/tickets', {
      ...ticket,
      user_id: 3,
      details_html: '<p>Please see the summary.</p>',
    })
  const [supplier] = (await ana.get<{ suppliers: Id[] }>('/api/supplier')).suppliers
  assert.ok(supplier)
  const escalate = async (ticketId: number, note: string) => {
    const { sync } = await act(ana, ticketId, 'Escalate to MSP', note, { supplier_id: supplier.id })
    assert.ok(sync)
    return sync.remote_ticket_id
  }

  const refused = await pat.post('/api/tickets', {
    summary: 'Wi-Fi on floor 3 is slow',
    details: 'Since the move.',
  })
  const refusedTwin = await escalate(refused.id, 'Access point 3-02 answers, but slowly.')
  await withoutAction(world, 'Internal note', async () => {
    await act(ana, refused.id, 'Private note', 'It is only the east wing.')
  })
  await act(lena, refusedTwin, 'Note', 'We look at the controller today.')

  const { id: ours } = await pat.post('/api/tickets', {
    summary: 'Cannot print to HQ-3',
    details_html:
      '<p>Since this morning nothing prints on <b>HQ-3</b>. The queue shows my pages, then they vanish.</p>',
  })
  await ana.post('/api/tickets', {
    id: ours,
    priority_id: 2,
    agent_id: 3,
    category_1: 'Hardware>Printer',
  })
  const twin = await escalate(ours, 'Spooler restarted, no luck. Over to you.')
  await act(
    lena,
    twin,
    'Note',
    'Driver mismatch after patch <code>KB5042</code>. We can roll it back tonight.',
  )
  await act(ana, ours, 'Private note', 'Go ahead, nobody needs it after seven.')
  await act(
    lena,
    twin,
    'Indirect email to end user',
    'The driver is rolled back. Please print a test page and tell us whether it comes out.',
  )
  return { ours, twin }
}

const act = (person: Person, ticketId: number, outcome: string, note: string, more: object = {}) =>
  person.post<Sent>('/api/actions', {
    ticket_id: ticketId,
    outcome,
    note_html: `<p>${note}</p>`,
    ...more,
  })

/** Does something while Skyline's workflow does not allow an action. */
async function withoutAction(world: World, name: string, act: () => Promise<void>): Promise<void> {
  const putBack = await world.offWorkflow('skyline', name)
  await act()
  await putBack()
}
