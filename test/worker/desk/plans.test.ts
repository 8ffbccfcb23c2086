import { env } from 'cloudflare:test'
import { expect, test } from 'vitest'
import { ticketCountQuery, ticketsQuery, type TicketFilter } from '../../../worker/desk/tickets'
import { openDb } from '../../../worker/platform/database'
import { linksQuery } from '../../../worker/sync/links'

// The migrations tell the planner how a desk looks after years (db/migrations: query_plans), so what it decides here on an empty
// database is what it decides on a large one.

const db = openDb(env, 1)

interface Asked {
  toSQL: () => { sql: string; params: unknown[] }
}

/** The steps in which the database would answer a query. */
async function planOf(query: Asked): Promise<string[]> {
  const { sql, params } = query.toSQL()
  const { results } = await env.DB.prepare(`explain query plan ${sql}`)
    .bind(...params)
    .all<{ detail: string }>()
  return results.map(({ detail }) => detail)
}

const waysTo = async (table: string, query: Asked): Promise<string[]> =>
  (await planOf(query)).filter((step) => new RegExp(`^(SEARCH|SCAN) ${table}\\b`).test(step))

const lists: [what: string, filter: TicketFilter, index: string][] = [
  ['open tickets', { open: true }, 'ticket_closed (t=? AND is_closed=?)'],
  ['closed tickets', { open: false }, 'ticket_closed (t=? AND is_closed=?)'],
  [
    'one agent\u2019s open tickets',
    { agentIds: [2], open: true },
    'ticket_agent (t=? AND agent_id=? AND is_closed=?)',
  ],
  [
    'tickets nobody has taken',
    { agentIds: [null], open: true },
    'ticket_agent (t=? AND agent_id=? AND is_closed=?)',
  ],
  [
    'a team\u2019s open tickets',
    { teamIds: [1], open: true },
    'ticket_team (t=? AND team_id=? AND is_closed=?)',
  ],
  ['tickets of a status', { statusIds: [1] }, 'ticket_status (t=? AND status_id=?)'],
  ['a customer\u2019s tickets', { customerIds: [2] }, 'ticket_customer (t=? AND customer_id=?)'],
  ['a user\u2019s tickets', { personId: 3 }, 'ticket_person (t=? AND person_id=?)'],
]

test.each(lists)('the list of %s reads its page alone, in order', async (_, filter, index) => {
  const page = ticketsQuery(db, filter, { by: 'id', desc: true }, { limit: 51, offset: 0 })
  expect(await waysTo('ticket', page)).toEqual([`SEARCH ticket USING INDEX ${index}`])
  expect((await planOf(page)).join()).not.toContain('ORDER BY')
  expect(await waysTo('ticket', ticketCountQuery(db, filter, 51))).toEqual([
    `SEARCH ticket USING INDEX ${index}`,
  ])
})

test('tickets with a problem between desks are found without reading the others', async () => {
  const found = await waysTo('ticket', ticketCountQuery(db, { syncProblem: true }))
  expect(found.join()).toContain('ticket_sync_problem')
})

test('a save reads the links of its own ticket', async () => {
  expect(await waysTo('link', linksQuery(db, 1001))).toEqual([
    'SEARCH link USING INDEX link_all (t=? AND ticket_id=?)',
  ])
})
