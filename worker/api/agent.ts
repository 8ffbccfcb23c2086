import { Hono } from 'hono'
import { z } from 'zod'
import { inviteAgent } from '../auth/signInLink'
import { saveAgents } from '../desk/agents'
import { listAgents, readAgent, type Agent } from '../desk/staff'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { actor, staffOf } from './caller'
import { answers, bodies, may, query, refuses, type At, type Door } from './declare'
import { Search } from './filters'
import { saveOnce } from './idempotency'
import { initialsOf } from './users'
import {
  Bool,
  created,
  createdOf,
  EmailNeeded,
  given,
  Id,
  List,
  Name,
  opt,
  pathId,
  QueryBool,
  Returnall,
  Text,
} from './wire'

const AgentQuery = z.object({
  search: Search.optional(),
  team: z.string().optional(),
  includeenabled: QueryBool.optional(),
  includedisabled: QueryBool.optional(),
  includeunassigned: QueryBool.optional(),
})

const AgentIn = z
  .object({
    id: opt(Id),
    name: opt(Name()),
    email: opt(EmailNeeded),
    role: opt(z.enum(['agent', 'admin'])),
    jobtitle: opt(Text(100)),
    isdisabled: opt(Bool),
    teams: opt(List(z.object({ team_id: Id }), limits.elements)),
  })
  .transform((wire) =>
    given({
      id: wire.id,
      name: wire.name,
      email: wire.email,
      role: wire.role,
      jobTitle: wire.jobtitle,
      disabled: wire.isdisabled,
      teamIds: wire.teams && [...new Set(wire.teams.map(({ team_id }) => team_id))],
    }),
  )
  .refine(({ id, name }) => id !== undefined || name !== undefined, {
    path: ['name'],
    message: 'is missing',
  })
  .refine(({ id, email }) => id !== undefined || email !== undefined, {
    path: ['email'],
    message: 'is missing',
  })

export const AgentOut = z
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
    /** False while an invitation waits to be accepted. */
    joined: z.boolean(),
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
  joined: row.joined,
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
  joined: true,
  onlinestatus: 0,
  use: 'agent',
}

/** Invites somebody who has just become an agent. They stay one where the mail does not leave; the refusal says so. */
async function invited(c: At, one: Agent): Promise<void> {
  try {
    await inviteAgent(c.env, c.var, one)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Problem(error.code, {
      message: `${one.name} is saved, but the invitation has not left. ${error.message}`,
      fix: 'Send the invitation again from the list of agents.',
    })
  }
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
  .on(
    ['POST', 'PUT'],
    '/',
    may(['admin'], 'Makes or changes agents; who is new is invited by mail'),
    query(Returnall),
    bodies(AgentIn),
    answers(201, createdOf(AgentOut)),
    refuses('IDEMPOTENCY_MISMATCH'),
    async (c) => {
      const drafts = c.req.valid('json')
      const save = async () => {
        const { agents, invite } = await saveAgents(c.var.db, drafts, actor(c))
        for (const one of invite) await invited(c, one)
        return agents
      }
      const saved = await saveOnce(c, 'agent', drafts, save, (id) => readAgent(c.var.db, id))
      return created(c, saved.map(agentOut), c.req.valid('query').returnall)
    },
  )
  .post(
    '/:id/invitation',
    may(['admin'], 'Sends an agent the invitation again'),
    answers(202, AgentOut),
    async (c) => {
      const row = await readAgent(c.var.db, pathId(c))
      if (row.disabled || row.isApi || row.joined)
        throw new Problem('CONFLICT', {
          message: row.joined ? `${row.name} has joined already` : `${row.name} cannot sign in`,
          fix: 'Only an agent who has not joined yet is invited.',
        })
      await inviteAgent(c.env, c.var, row, actor(c))
      return c.json(agentOut(row), 202)
    },
  )
  .get('/:id', may(['agent'], 'Shows an agent'), answers(200, AgentOut), async (c) => {
    const id = pathId(c)
    return c.json(id === UNASSIGNED ? unassigned : agentOut(await readAgent(c.var.db, id)))
  })
