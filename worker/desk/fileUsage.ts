import { eq, sql } from 'drizzle-orm'
import { fileUsage } from '../../db/schema'
import type { Db } from '../platform/database'
import { limits } from '../platform/limits'
import { once } from '../platform/once'
import { Problem } from '../platform/problem'

/** How much the tenant has stored; no row before its first file. */
export const usageQuery = once(({ orm, t }: Db) =>
  orm.select({ bytes: fileUsage.bytes }).from(fileUsage).where(eq(fileUsage.t, t)),
)

/** The statement that counts files that came, in the batch of their rows. */
export const addUsage = once(({ orm, t }: Db, bytes: number) =>
  orm
    .insert(fileUsage)
    .values({ t, bytes })
    .onConflictDoUpdate({
      target: fileUsage.t,
      set: { bytes: sql`${fileUsage.bytes} + ${bytes}` },
    }),
)

/** Throws STORAGE_FULL where a desk would have stored more than it may (T16). */
export function mustHaveRoom(used: number | undefined, bytes: number): void {
  if ((used ?? 0) + bytes <= limits.storageBytes) return
  const most = `${limits.storageBytes / 1024 ** 3} GB`
  throw new Problem('STORAGE_FULL', {
    message: `The storage for files of this desk is full: it holds ${most}`,
    fields: { file: `there is no room for it in ${most}` },
  })
}
