import { and, asc, eq, ne, or, type SQL } from 'drizzle-orm'
import { category, priority, sla, status } from '../../db/schema'
import { found, type Db } from '../platform/database'

/** What tickets are sorted by: status, priority under an SLA, category. Short lists that are read whole. */

export type Status = typeof status.$inferSelect

/** Statuses in their order; those switched off only where asked for. */
export const statusesQuery = ({ orm, t }: Db, withInactive: boolean) =>
  orm
    .select()
    .from(status)
    .where(and(eq(status.t, t), withInactive ? undefined : eq(status.inactive, false)))
    .orderBy(asc(status.sequence), asc(status.id))

/** One status. Throws NOT_FOUND. */
export async function readStatus({ orm, t }: Db, id: number): Promise<Status> {
  const [row] = await orm
    .select()
    .from(status)
    .where(and(eq(status.t, t), eq(status.id, id)))
  return found(row)
}

export type Priority = typeof priority.$inferSelect

const prioritiesQuery = ({ orm, t }: Db, which?: SQL) =>
  orm
    .select()
    .from(priority)
    .where(and(eq(priority.t, t), which))
    .orderBy(asc(priority.slaId), asc(priority.sequence), asc(priority.id))

export const listPriorities = (db: Db, slaId?: number): Promise<Priority[]> =>
  prioritiesQuery(
    db,
    and(eq(priority.inactive, false), slaId === undefined ? undefined : eq(priority.slaId, slaId)),
  )

/** One priority by its number or by its uid, which is its `id` on the wire. Throws NOT_FOUND. */
export async function readPriority(db: Db, numberOrUid: string): Promise<Priority> {
  const number = /^\d{1,9}$/.test(numberOrUid) ? Number(numberOrUid) : 0
  const [row] = await prioritiesQuery(
    db,
    or(eq(priority.uid, numberOrUid), eq(priority.id, number)),
  )
  return found(row)
}

export type Sla = typeof sla.$inferSelect

export const listSlas = ({ orm, t }: Db): Promise<Sla[]> =>
  orm.select().from(sla).where(eq(sla.t, t)).orderBy(asc(sla.id))

/** One SLA with its priorities. Throws NOT_FOUND. */
export async function readSla(db: Db, id: number): Promise<Sla & { priorities: Priority[] }> {
  const { orm, t } = db
  const [[row], priorities] = await orm.batch([
    orm
      .select()
      .from(sla)
      .where(and(eq(sla.t, t), eq(sla.id, id))),
    prioritiesQuery(db, and(eq(priority.slaId, id), eq(priority.inactive, false))),
  ])
  return { ...found(row), priorities }
}

export type Category = typeof category.$inferSelect

/** Categories by their whole path, so that a branch follows its parent. */
export const listCategories = ({ orm, t }: Db): Promise<Category[]> =>
  orm
    .select()
    .from(category)
    .where(and(eq(category.t, t), ne(category.inactive, true)))
    .orderBy(asc(category.path))

/** One category. Throws NOT_FOUND. */
export async function readCategory({ orm, t }: Db, id: number): Promise<Category> {
  const [row] = await orm
    .select()
    .from(category)
    .where(and(eq(category.t, t), eq(category.id, id)))
  return found(row)
}
