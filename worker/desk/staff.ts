import { and, asc, eq, getTableColumns, inArray, or, sql, type SQL } from 'drizzle-orm'
import { agent, agentTeam, team, ticket } from '../../db/schema'
import { found, type Db } from '../platform/database'
import { activityIs, among, contains, type Activity } from './lists'

export interface AgentFilter extends Activity {
  search?: string
  /** A team by number or by name. */
  team?: string
}

export type Agent = typeof agent.$inferSelect & {
  teams: { id: number; name: string }[]
  /** Whether somebody has accepted to be them; an application's identity needs nobody. */
  joined: boolean
}

/** Everybody who works tickets here, by name. */
export async function listAgents(db: Db, filter: AgentFilter): Promise<Agent[]> {
  const { orm } = db
  const where = and(
    activityIs(agent.disabled, filter),
    filter.search === undefined ? undefined : contains(filter.search, agent.name, agent.email),
    filter.team === undefined ? undefined : inArray(agent.id, membersOf(db, filter.team)),
  )
  const [agents, teams] = await orm.batch([
    agentsQuery(db, where).orderBy(asc(sql`lower(${agent.name})`), asc(agent.id)),
    teamsOfAgents(db),
  ])
  return agents.map((row) => withTeams(row, teams))
}

/** One agent. Throws NOT_FOUND. */
export async function readAgent(db: Db, id: number): Promise<Agent> {
  const [[row], teams] = await db.orm.batch([
    agentsQuery(db, eq(agent.id, id)),
    teamsOfAgents(db, eq(agentTeam.agentId, id)),
  ])
  return withTeams(found(row), teams)
}

/** Agents that were just read, with their teams. */
export async function withTheirTeams(db: Db, rows: AgentRow[]): Promise<Agent[]> {
  const ids = rows.map(({ id }) => id)
  const teams = await teamsOfAgents(db, among(agentTeam.agentId, ids))
  return rows.map((row) => withTeams(row, teams))
}

const membersOf = ({ orm, t }: Db, named: string) =>
  orm
    .select({ id: agentTeam.agentId })
    .from(agentTeam)
    .innerJoin(team, and(eq(team.t, agentTeam.t), eq(team.id, agentTeam.teamId)))
    .where(
      and(
        eq(agentTeam.t, t),
        or(
          eq(sql`lower(${team.name})`, named.toLowerCase()),
          /^\d+$/.test(named) ? eq(team.id, Number(named)) : undefined,
        ),
      ),
    )

/** An agent's row, and whether an account is them. */
export const agentsQuery = ({ orm, t }: Db, where: SQL | undefined) =>
  orm
    .select({
      ...getTableColumns(agent),
      accountId: sql<
        number | null
      >`(select m.account_id from membership m where m.t = ${t} and m.agent_id = agent.id)`.as(
        'account_id',
      ),
    })
    .from(agent)
    .where(and(eq(agent.t, t), where))
    .$dynamic()
type AgentRow = Awaited<ReturnType<typeof agentsQuery>>[number]

const teamsOfAgents = ({ orm, t }: Db, which?: SQL) =>
  orm
    .select({ agentId: agentTeam.agentId, id: team.id, name: team.name })
    .from(agentTeam)
    .innerJoin(team, and(eq(team.t, agentTeam.t), eq(team.id, agentTeam.teamId)))
    .where(and(eq(agentTeam.t, t), which))
    .orderBy(asc(team.sequence), asc(team.id))

const withTeams = (
  { accountId, ...row }: AgentRow,
  teams: { agentId: number; id: number; name: string }[],
): Agent => ({
  ...row,
  joined: row.isApi || accountId !== null,
  teams: teams.filter(({ agentId }) => agentId === row.id).map(({ id, name }) => ({ id, name })),
})

export type Team = typeof team.$inferSelect & {
  openTickets: number
  members: { id: number; name: string }[]
}

/** The teams in their order. */
export const listTeams = (db: Db, activity: Activity): Promise<Team[]> =>
  teamsOf(db, activityIs(team.inactive, activity))

/** One team. Throws NOT_FOUND. */
export async function readTeam(db: Db, id: number): Promise<Team> {
  const [row] = await teamsOf(db, eq(team.id, id))
  return found(row)
}

async function teamsOf({ orm, t }: Db, where: SQL | undefined): Promise<Team[]> {
  const [teams, members, counts] = await orm.batch([
    orm
      .select()
      .from(team)
      .where(and(eq(team.t, t), where))
      .orderBy(asc(team.sequence), asc(team.id)),
    orm
      .select({ teamId: agentTeam.teamId, id: agent.id, name: agent.name })
      .from(agentTeam)
      .innerJoin(agent, and(eq(agent.t, agentTeam.t), eq(agent.id, agentTeam.agentId)))
      .where(and(eq(agentTeam.t, t), eq(agent.disabled, false)))
      .orderBy(asc(agent.id)),
    openTicketsBy({ orm, t }, ticket.teamId),
  ])
  return teams.map((row) => ({
    ...row,
    openTickets: counts.find(({ id }) => id === row.id)?.n ?? 0,
    members: members
      .filter(({ teamId }) => teamId === row.id)
      .map(({ id, name }) => ({ id, name })),
  }))
}

/** How many tickets are open for each value of a column. */
export const openTicketsBy = (
  { orm, t }: Pick<Db, 'orm' | 't'>,
  column: typeof ticket.teamId | typeof ticket.statusId | typeof ticket.typeId,
) =>
  orm
    .select({
      id: sql<number | null>`${column}`.as('counted_id'),
      n: sql<number>`count(*)`.as('n'),
    })
    .from(ticket)
    .where(and(eq(ticket.t, t), eq(ticket.isClosed, false), sql`${ticket.deletedAt} is null`))
    .groupBy(column)
