import { beforeAll, describe, expect, test } from 'vitest'
import { desks, type TestDesk } from '../pair'
import type { Wire } from '../wire'

let acme: TestDesk
let ticketId = 0
beforeAll(async () => {
  ;({ acme } = await desks())
  const ticket = await acme.user.post<Wire.Ticket>('tickets', [
    { summary: 'Screen flickers', details: 'Since the move.' },
  ])
  ticketId = ticket.id
  const add = (outcome: string, note: string) =>
    acme.agent.post('actions', [{ ticket_id: ticketId, outcome, note }])
  await add('Internal note', 'Suspect a counterfeit adapter.')
  await add('Public note', 'Please try another socket.')
})

const found = async (query: string) => {
  const { tickets } = await acme.user.get<{ tickets: Wire.Ticket[] }>(`tickets?${query}`)
  return tickets.map(({ id }) => id)
}

describe('what an end user’s list tells of what is hidden from them (G119)', () => {
  test.each(['flickers', 'move', 'socket'])('a search finds the public word %s', async (word) => {
    expect(await found(`search=${word}`)).toEqual([ticketId])
  })

  test('a search does not find a word of a hidden note, which agents find', async () => {
    expect(await found('search=counterfeit')).toEqual([])
    const { tickets } = await acme.agent.get<{ tickets: Wire.Ticket[] }>(
      'tickets?search=counterfeit',
    )
    expect(tickets.map(({ id }) => id)).toEqual([ticketId])
  })

  test('a new summary is found, although the entry of the change is hidden', async () => {
    await acme.agent.post('tickets', [{ id: ticketId, summary: 'Display trembles' }])
    expect(await found('search=trembles')).toEqual([ticketId])
  })

  test.each(['supplier_id=999', 'agent_id=999', 'team=999', 'sync_problem=true'])(
    'a filter by %s, which only agents see, tells nothing',
    async (query) => {
      expect(await found(query)).toEqual([ticketId])
    },
  )
})
