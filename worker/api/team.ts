import { Hono } from 'hono'
import { z } from 'zod'
import { listTeams, readTeam, type Team } from '../desk/staff'
import { answers, may, query, type Door } from './declare'
import { pathId, QueryBool } from './wire'

const TeamQuery = z.object({
  includeenabled: QueryBool.optional(),
  includedisabled: QueryBool.optional(),
})

const TeamOut = z
  .object({
    id: z.int(),
    name: z.string(),
    sequence: z.int(),
    forrequests: z.literal(true),
    department_id: z.literal(0),
    department_name: z.literal(''),
    inactive: z.boolean(),
    ticket_count: z.int(),
    agents: z.array(z.object({ id: z.int(), name: z.string() })),
    use: z.literal('team'),
  })
  .meta({ id: 'Team' })

const teamOut = (row: Team): z.infer<typeof TeamOut> => ({
  id: row.id,
  name: row.name,
  sequence: row.sequence,
  forrequests: true,
  department_id: 0,
  department_name: '',
  inactive: row.inactive,
  ticket_count: row.openTickets,
  agents: row.members,
  use: 'team',
})

/** Teams, with how many tickets are open in each. */
export const team = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists teams'),
    query(TeamQuery),
    answers(200, z.array(TeamOut)),
    async (c) => {
      const { includeenabled, includedisabled } = c.req.valid('query')
      return c.json(
        (
          await listTeams(c.var.db, {
            active: includeenabled ?? true,
            inactive: includedisabled ?? false,
          })
        ).map(teamOut),
      )
    },
  )
  .get('/:id', may(['agent'], 'Shows a team'), answers(200, TeamOut), async (c) =>
    c.json(teamOut(await readTeam(c.var.db, pathId(c)))),
  )
