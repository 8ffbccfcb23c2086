import { Hono } from 'hono'
import { z } from 'zod'
import { listAgents, readAgent, type Agent } from '../desk/staff'
import { staffOf } from './caller'
import { answers, may, query, type Door } from './declare'
import { Search } from './filters'
import { initialsOf } from './users'
import { pathId, QueryBool } from './wire'

const AgentQuery = z.object({
  search: Search.optional(),
  team: z.string().optional(),
  includeenabled: QueryBool.optional(),
  includedisabled: QueryBool.optional(),
  includeunassigned: QueryBool.optional(),
})

const AgentOut = z
  .object({
    id: z.int(),
    name: z.string(),
    firstname: z.string(),
    surname: z.string(),
    initials: z.string(),
    email: z.string(),
    team: z.string(),
    teams: z.array(z.object({ team_id: z.int(), team_name: z.string() })),
    role: z.enum(['agent', 'admin', 'none']),
    jobtitle: z.string(),
    colour: z.string(),
    isdisabled: z.boolean(),
    is_agent: z.literal(true),
    isapiagent: z.boolean(),
    onlinestatus: z.literal(0),
    use: z.literal('agent'),
  })
  .meta({ id: 'Agent' })

const agentOut = (row: Agent): z.infer<typeof AgentOut> => ({
  id: row.id,
  name: row.name,
  firstname: row.name.split(' ').slice(0, -1).join(' ') || row.name,
  surname: row.name.includes(' ') ? (row.name.split(' ').at(-1) ?? '') : '',
  initials: initialsOf(row.name),
  email: row.email,
  team: row.teams[0]?.name ?? '',
  teams: row.teams.map(({ id, name }) => ({ team_id: id, team_name: name })),
  role: row.role,
  jobtitle: row.jobTitle ?? '',
  colour: '',
  isdisabled: row.disabled,
  is_agent: true,
  isapiagent: row.isApi,
  onlinestatus: 0,
  use: 'agent',
})

/** Agent 1 of the wire: nobody (halo-api.md §2). */
const UNASSIGNED = 1
const unassigned: z.infer<typeof AgentOut> = {
  id: UNASSIGNED,
  name: 'Unassigned',
  firstname: 'Unassigned',
  surname: '',
  initials: 'U',
  email: '',
  team: '',
  teams: [],
  role: 'none',
  jobtitle: '',
  colour: '',
  isdisabled: false,
  is_agent: true,
  isapiagent: false,
  onlinestatus: 0,
  use: 'agent',
}

/** Who works tickets here. */
export const agent = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists agents'),
    query(AgentQuery),
    answers(200, z.array(AgentOut)),
    async (c) => {
      const { search, team, includeenabled, includedisabled, includeunassigned } =
        c.req.valid('query')
      const rows = await listAgents(c.var.db, {
        active: includeenabled ?? true,
        inactive: includedisabled ?? false,
        ...(search !== undefined && { search }),
        ...(team && { team }),
      })
      return c.json([...(includeunassigned ? [unassigned] : []), ...rows.map(agentOut)])
    },
  )
  .get('/me', may(['agent'], 'Shows the agent who asks'), answers(200, AgentOut), async (c) =>
    c.json(agentOut(await readAgent(c.var.db, staffOf(c).agentId))),
  )
  .get('/:id', may(['agent'], 'Shows an agent'), answers(200, AgentOut), async (c) => {
    const id = pathId(c)
    return c.json(id === UNASSIGNED ? unassigned : agentOut(await readAgent(c.var.db, id)))
  })
