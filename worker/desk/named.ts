import { and, eq, or, sql } from 'drizzle-orm'
import { agent, category, team } from '../../db/schema'
import type { Db } from '../platform/database'
import type { Changes } from './draft'

const nothing = sql`0`

/** The statements that read the category, the agent and the team that somebody names for a ticket, by number or by name. */
export const namedQueries = ({ orm, t }: Db, changes: Changes) =>
  [
    orm
      .select()
      .from(category)
      .where(
        and(
          eq(category.t, t),
          or(
            changes.categoryId ? eq(category.id, changes.categoryId) : nothing,
            changes.categoryPath
              ? eq(sql`lower(${category.path})`, changes.categoryPath.toLowerCase())
              : nothing,
          ),
        ),
      ),
    orm
      .select({ id: agent.id, name: agent.name })
      .from(agent)
      .where(
        and(
          eq(agent.t, t),
          eq(agent.disabled, false),
          changes.agentId ? eq(agent.id, changes.agentId) : nothing,
        ),
      ),
    orm
      .select({ id: team.id, name: team.name })
      .from(team)
      .where(
        and(
          eq(team.t, t),
          or(
            changes.teamId ? eq(team.id, changes.teamId) : nothing,
            changes.teamName
              ? eq(sql`lower(${team.name})`, changes.teamName.toLowerCase())
              : nothing,
          ),
        ),
      ),
  ] as const
