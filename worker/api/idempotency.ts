import { and, eq } from 'drizzle-orm'
import { idem } from '../../db/schema'
import type { Db } from '../platform/database'
import { sha256 } from '../platform/keys'
import { Problem } from '../platform/problem'
import type { At } from './declare'

/**
 * The Idempotency-Key of a creating POST with the hash of what it asks for; one for each element of an array. Undefined without the
 * header: Halo's clients send none (R1). Throws VALIDATION for a key that cannot be one.
 */
export async function idempotencyOf(
  c: At,
  element: unknown,
  index: number,
): Promise<{ key: string; hash: string } | undefined> {
  const key = c.req.header('idempotency-key')?.trim()
  if (!key) return undefined
  if (key.length > 200)
    throw new Problem('VALIDATION', {
      message: 'Idempotency-Key: must be at most 200 characters',
      fields: { 'idempotency-key': 'must be at most 200 characters' },
    })
  return {
    key: index === 0 ? key : `${key}#${index}`,
    hash: await sha256(`${c.req.path} ${JSON.stringify(element)}`),
  }
}

/** Whether this key made something before, for a door that stores files before it saves: a repeat must leave none behind. */
export async function wasTaken({ orm, t }: Db, actor: string, key: string): Promise<boolean> {
  const [row] = await orm
    .select({ at: idem.at })
    .from(idem)
    .where(and(eq(idem.t, t), eq(idem.actor, actor), eq(idem.key, key)))
  return row !== undefined
}
