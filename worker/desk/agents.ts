import { and, eq, sql } from 'drizzle-orm'
import { agent, agentTeam, membership, team } from '../../db/schema'
import { endSessionsOfAgent } from '../auth/sessions'
import { idOf, nextId } from '../platform/counter'
import { isKeyCollision, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { audited } from './audit'
import { among, fieldAt } from './lists'
import { idsOf, mustKnow, saveAll } from './saving'
import { agentsQuery, withTheirTeams, type Agent } from './staff'

/** Somebody who is to work tickets here (without id), or a change of somebody who does. */
export interface AgentDraft {
  id?: number
  name?: string
  email?: string
  role?: 'agent' | 'admin'
  jobTitle?: string
  disabled?: boolean
  /** All teams they are in; left out, those stay. */
  teamIds?: number[]
}

/** What was saved, and who has to be invited: those that are new or have another address now. */
export interface SavedAgents {
  agents: Agent[]
  invite: Agent[]
}

/**
 * Makes and changes agents. A change of role, address or standing ends their sessions (T24); a new address must be accepted by its
 * owner before anybody signs in with it. Throws NOT_FOUND for an unknown id; VALIDATION for an address that somebody has, a team that
 * is not there, and where no admin would be left.
 */
export async function saveAgents(
  db: Db,
  drafts: AgentDraft[],
  actor: string,
): Promise<SavedAgents> {
  const { orm, t } = db
  const before = await checked(db, drafts)
  const addressChanged = ({ id, email }: AgentDraft) =>
    id !== undefined && email !== undefined && before.find((row) => row.id === id)?.email !== email
  const note = audited(db, actor, 'saved agents', { agents: drafts })
  try {
    const saved = await saveAll(db, drafts, note, {
      name: 'agent',
      idColumn: agent.id,
      make: ({ teamIds = [], ...draft }) => [
        nextId(db, 'agent'),
        orm.insert(agent).values({
          ...draft,
          t,
          id: idOf(db, 'agent'),
          uid: seams.uid(),
          name: draft.name ?? '',
          email: draft.email ?? '',
          role: draft.role ?? 'agent',
        }),
        ...teamIds.map((teamId) =>
          orm.insert(agentTeam).values({ t, agentId: idOf(db, 'agent'), teamId }),
        ),
      ],
      change: ({ teamIds, id: _, ...set }, id) => [
        ...(Object.keys(set).length > 0
          ? [
              orm
                .update(agent)
                .set(set)
                .where(and(eq(agent.t, t), eq(agent.id, id))),
            ]
          : []),
        ...(teamIds === undefined
          ? []
          : [
              orm.delete(agentTeam).where(and(eq(agentTeam.t, t), eq(agentTeam.agentId, id))),
              ...teamIds.map((teamId) => orm.insert(agentTeam).values({ t, agentId: id, teamId })),
            ]),
        ...(set.role !== undefined || set.disabled || set.email !== undefined
          ? [endSessionsOfAgent(db, id)]
          : []),
        ...(addressChanged({ id, ...set })
          ? [orm.delete(membership).where(and(eq(membership.t, t), eq(membership.agentId, id)))]
          : []),
      ],
      show: (which) => agentsQuery(db, which),
    })
    const agents = await withTheirTeams(db, saved)
    return {
      agents,
      invite: agents.filter((_, i) => {
        const draft = drafts[i]
        return draft !== undefined && (draft.id === undefined || addressChanged(draft))
      }),
    }
  } catch (error) {
    if (isKeyCollision(error, 'agent')) throw addressTaken('email')
    throw error
  }
}

const addressTaken = (field: string) => Problem.field(field, 'another agent has this address')

/** Throws what `saveAgents` does; gives the agents that are to be changed, as they are. */
async function checked(db: Db, drafts: AgentDraft[]) {
  const { orm, t } = db
  const ids = idsOf(drafts)
  const emails = drafts.flatMap(({ email }) => (email === undefined ? [] : [email]))
  const wantedTeams = drafts.flatMap(({ teamIds = [] }) => teamIds)
  const [known, owners, teams, [admins]] = await orm.batch([
    orm
      .select()
      .from(agent)
      .where(and(eq(agent.t, t), among(agent.id, ids))),
    orm
      .select({ id: agent.id, email: agent.email })
      .from(agent)
      .where(and(eq(agent.t, t), among(agent.email, emails))),
    orm
      .select({ id: team.id })
      .from(team)
      .where(and(eq(team.t, t), among(team.id, wantedTeams))),
    orm
      .select({ others: sql<number>`count(*)`.as('others') })
      .from(agent)
      .where(
        and(
          eq(agent.t, t),
          eq(agent.role, 'admin'),
          eq(agent.disabled, false),
          eq(agent.isApi, false),
          sql`not (${among(agent.id, ids)})`,
        ),
      ),
  ])
  mustKnow(drafts, known)
  for (const [index, { id, email, teamIds = [] }] of drafts.entries()) {
    const at = (name: string) => fieldAt(index, drafts, name)
    if (email !== undefined && owners.some((one) => one.email === email && one.id !== id))
      throw addressTaken(at('email'))
    if (teamIds.some((wanted) => !teams.some((one) => one.id === wanted)))
      throw Problem.field(at('teams'), 'there is no team of that number')
  }
  const stay = known.filter((row) => {
    const now = { ...row, ...drafts.findLast(({ id }) => id === row.id) }
    return now.role === 'admin' && !now.disabled && !row.isApi
  })
  const made = drafts.filter(({ id, role }) => id === undefined && role === 'admin')
  if ((admins?.others ?? 0) + stay.length + made.length === 0) {
    const [draft] = drafts
    throw Problem.field(
      fieldAt(0, drafts, draft?.disabled ? 'isdisabled' : 'role'),
      'somebody must stay admin; make another agent an admin first',
    )
  }
  return known
}
