import { beforeAll, describe, expect, test } from 'vitest'
import { pair, settle, type Desks, type TestDesk } from '../pair'
import type { Wire } from '../wire'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = (await pair()) satisfies Desks)
})

const newest = async (desk: TestDesk, ticketId: number) => {
  const { actions } = await desk.agent.get<{ actions: Wire.Action[] }>(
    `actions?ticket_id=${ticketId}`,
  )
  const [first] = actions
  if (!first) throw new Error('The timeline is empty')
  return first
}

describe('the worked example, over HTTP', () => {
  let ticketId = 0
  let twinId = 0

  test('G100 step 1: a user logs a ticket in the portal and the agents see it', async () => {
    const ticket = await acme.user.post<Wire.Ticket>('tickets', [
      {
        summary: 'Cannot print',
        details: 'Nothing comes out of HQ-3.',
        tickettype_id: acme.ticketType('Incident'),
      },
    ])
    ticketId = ticket.id
    const { tickets } = await acme.agent.get<{ tickets: Wire.Ticket[] }>('tickets?search=print')
    expect(tickets.map(({ id }) => id)).toContain(ticketId)
  })

  test('G101 G102 G104 G107 step 2 and 3: the agent escalates, and a twin with both texts stands under the right customer', async () => {
    const action = await acme.agent.post<Wire.Action>('actions', [
      {
        ticket_id: ticketId,
        outcome: 'Escalate to MSP',
        supplier_id: acme.supplierId,
        note_html: '<p>Spooler restarted, no luck.</p>',
      },
    ])
    expect(action.sync).toMatchObject({ state: 'synced', direction: 'out' })
    expect(action.sync?.endpoint).toBe(`${skyline.url}/api/tickets`)
    twinId = action.sync?.remote_ticket_id ?? 0
    const twin = await skyline.agent.get<Wire.Ticket>(`tickets/${twinId}?includedetails=true`)
    expect(twin).toMatchObject({
      client_name: 'Acme',
      user_name: 'Ana Ito',
      summary: 'Cannot print',
    })
    expect(twin.details).toContain('Spooler restarted, no luck.')
    expect(twin.details).toContain('Nothing comes out of HQ-3.')
    const ours = await acme.agent.get<Wire.Ticket>(`tickets/${ticketId}`)
    expect(ours).toMatchObject({
      supplier_ref: String(twinId),
      status_name: 'With supplier',
      default_send_to: 'supplier',
    })
  })

  test('G105 G109 G110 G111 step 4: an update of the MSP arrives as the mapped action under its agent\u2019s name', async () => {
    const action = await skyline.agent.post<Wire.Action>('actions', [
      { ticket_id: twinId, outcome: 'Note', note_html: '<p>Driver <b>mismatch</b>.</p>' },
    ])
    expect(action.sync).toMatchObject({ state: 'synced' })
    const arrived = await newest(acme, ticketId)
    expect(arrived).toMatchObject({
      outcome: 'Internal update',
      who: 'Lena Berg',
      note_html: '<p>Driver <b>mismatch</b>.</p>',
      hiddenfromuser: true,
    })
    expect(arrived.partner).toBe('Skyline')
    expect(arrived.sync).toMatchObject({
      state: 'synced',
      direction: 'in',
      url: `${skyline.url}/tickets/${twinId}`,
    })
  })

  test('G112 step 5: the company answers the MSP the same way', async () => {
    const action = await acme.agent.post<Wire.Action>('actions', [
      { ticket_id: ticketId, outcome: 'Private note', note_html: '<p>Go ahead.</p>' },
    ])
    expect(action.sync).toMatchObject({ state: 'synced', partner: 'Skyline' })
    expect(await newest(skyline, twinId)).toMatchObject({
      outcome: 'Internal note',
      who: 'Ana Ito',
      note: 'Go ahead.',
    })
  })

  test('G93 G94 G113 G114 G115 step 6: the MSP emails the user indirectly, from the company\u2019s mailbox', async () => {
    const action = await skyline.agent.post<Wire.Action>('actions', [
      {
        ticket_id: twinId,
        outcome: 'Indirect email to end user',
        note_html: '<p>Please try <i>again</i>.</p>',
      },
    ])
    expect(action.sync).toMatchObject({ state: 'synced' })
    await settle()
    const mails = (await acme.mail()).filter((mail) => mail.ticketId === ticketId)
    expect(mails).toHaveLength(1)
    expect(mails[0]).toMatchObject({ toAddress: acme.demo.user.email, state: 'sent' })
    expect(mails[0]?.html).toContain('<i>again</i>')
    const seen = await newest(acme, ticketId)
    expect(seen).toMatchObject({ outcome: 'Email user', emailto: acme.demo.user.email })
    expect((await skyline.mail()).map(({ toAddress }) => toAddress)).not.toContain(
      acme.demo.user.email,
    )
    expect(JSON.stringify(await skyline.agent.get(`tickets/${twinId}`))).not.toContain(
      acme.demo.user.email,
    )
  })

  test('G97 G99 G117 step 8: the MSP resolves, the company\u2019s ticket closes, and one confirmation leaves from the company', async () => {
    await skyline.agent.post('actions', [
      { ticket_id: twinId, outcome: 'Resolve third party ticket', note_html: '<p>Fixed.</p>' },
    ])
    await settle()
    const [ours, theirs] = await Promise.all([
      acme.agent.get<Wire.Ticket>(`tickets/${ticketId}`),
      skyline.agent.get<Wire.Ticket>(`tickets/${twinId}`),
    ])
    expect(ours).toMatchObject({ status_name: 'Closed', hasbeenclosed: true })
    expect(theirs.hasbeenclosed).toBe(true)
    expect((await acme.mail()).filter((mail) => mail.ticketId === ticketId)).toHaveLength(2)
    expect((await skyline.mail()).filter((mail) => mail.ticketId === twinId)).toHaveLength(0)
  })

  test('G118 G119 step 9: the user sees the public actions in the portal, and neither notes nor the escalation', async () => {
    const { actions } = await acme.user.get<{ actions: Wire.Action[] }>(
      `actions?ticket_id=${ticketId}`,
    )
    expect(actions.map(({ outcome }) => outcome)).toEqual(
      ['Resolved', 'Emailed user', 'Logged'].map((name) =>
        expect.stringMatching(new RegExp(name.slice(0, 5))),
      ),
    )
    expect(JSON.stringify(actions)).not.toMatch(/Spooler|mismatch|Go ahead|Skyline/)
  })

  test('G98 either side closes: the company resolves and the MSP\u2019s ticket closes without a mail of its own', async () => {
    const ticket = await acme.user.post<Wire.Ticket>('tickets', [{ summary: 'Second' }])
    const sent = await acme.agent.post<Wire.Action>('actions', [
      { ticket_id: ticket.id, outcome: 'Escalate to MSP', supplier_id: acme.supplierId, note: 'x' },
    ])
    await acme.agent.post('actions', [{ ticket_id: ticket.id, outcome: 'Resolve', note: 'done' }])
    await settle()
    const twin = await skyline.agent.get<Wire.Ticket>(`tickets/${sent.sync?.remote_ticket_id}`)
    expect(twin.hasbeenclosed).toBe(true)
    expect((await acme.mail()).filter((mail) => mail.ticketId === ticket.id)).toHaveLength(1)
    expect((await skyline.mail()).filter((mail) => mail.ticketId === twin.id)).toHaveLength(0)
  })
})
