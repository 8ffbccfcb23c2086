import { and, eq, or, sql } from 'drizzle-orm'
import { agent, category, team } from '../../db/schema'
import { when, type Db } from '../platform/database'
import { onceAll } from '../platform/once'
import type { Changes } from './draft'

/** The statements that read the category, the agent and the team that somebody names for a ticket, by number or by name. */
export const namedQueries = (db: Db, changes: Changes) =>
  namedRead(
    db,
    { id: changes.categoryId || undefined, path: changes.categoryPath || undefined },
    changes.agentId || undefined,
    { id: changes.teamId || undefined, name: changes.teamName || undefined },
  )

interface CategoryNamed {
  id: number | undefined
  path: string | undefined
}
interface TeamNamed {
  id: number | undefined
  name: string | undefined
}

const namedRead = onceAll(
  ({ orm, t }: Db, ofCategory: CategoryNamed, agentId: number | undefined, ofTeam: TeamNamed) =>
    [
      when(ofCategory.id !== undefined || ofCategory.path !== undefined, () =>
        orm
          .select()
          .from(category)
          .where(
            and(
              eq(category.t, t),
              or(
                ofCategory.id === undefined ? undefined : eq(category.id, ofCategory.id),
                ofCategory.path === undefined
                  ? undefined
                  : sql`lower(${category.path}) = lower(${ofCategory.path})`,
              ),
            ),
          ),
      ),
      when(agentId !== undefined, () =>
        orm
          .select({ id: agent.id, name: agent.name })
          .from(agent)
          .where(and(eq(agent.t, t), eq(agent.disabled, false), eq(agent.id, agentId ?? 0))),
      ),
      when(ofTeam.id !== undefined || ofTeam.name !== undefined, () =>
        orm
          .select({ id: team.id, name: team.name })
          .from(team)
          .where(
            and(
              eq(team.t, t),
              or(
                ofTeam.id === undefined ? undefined : eq(team.id, ofTeam.id),
                ofTeam.name === undefined
                  ? undefined
                  : sql`lower(${team.name}) = lower(${ofTeam.name})`,
              ),
            ),
          ),
      ),
    ] as const,
)
