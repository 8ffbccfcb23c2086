import { and, asc, eq } from 'drizzle-orm'
import { lookup } from '../../db/schema'
import type { Db } from '../platform/database'

export type LookupRow = typeof lookup.$inferSelect

/** The entries of one lookup list, or of all. */
export const listLookups = ({ orm, t }: Db, lookupId?: number): Promise<LookupRow[]> =>
  orm
    .select()
    .from(lookup)
    .where(and(eq(lookup.t, t), lookupId === undefined ? undefined : eq(lookup.lookupId, lookupId)))
    .orderBy(asc(lookup.lookupId), asc(lookup.sequence), asc(lookup.id))
