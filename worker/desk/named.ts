import { and, eq, or, sql } from 'drizzle-orm'
import { agent, category, team } from '../../db/schema'
import { when, type Db } from '../platform/database'
import type { Changes } from './draft'

/** The statements that read the category, the agent and the team that somebody names for a ticket, by number or by name. */
export const namedQueries = (
  { orm, t }: Db,
  { categoryId, categoryPath, agentId, teamId, teamName }: Changes,
) =>
  [
    when(Boolean(categoryId || categoryPath), () =>
      orm
        .select()
        .from(category)
        .where(
          and(
            eq(category.t, t),
            or(
              categoryId ? eq(category.id, categoryId) : undefined,
              categoryPath
                ? eq(sql`lower(${category.path})`, categoryPath.toLowerCase())
                : undefined,
            ),
          ),
        ),
    ),
    when(Boolean(agentId), () =>
      orm
        .select({ id: agent.id, name: agent.name })
        .from(agent)
        .where(and(eq(agent.t, t), eq(agent.disabled, false), eq(agent.id, agentId ?? 0))),
    ),
    when(Boolean(teamId || teamName), () =>
      orm
        .select({ id: team.id, name: team.name })
        .from(team)
        .where(
          and(
            eq(team.t, t),
            or(
              teamId ? eq(team.id, teamId) : undefined,
              teamName ? eq(sql`lower(${team.name})`, teamName.toLowerCase()) : undefined,
            ),
          ),
        ),
    ),
  ] as const
