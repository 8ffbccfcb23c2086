import { and, eq } from 'drizzle-orm'
import { idem } from '../../db/schema'
import { idOf, type Counted } from '../platform/counter'
import type { Db } from '../platform/database'
import { actor } from './caller'
import { sha256 } from '../platform/keys'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
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
    hash: await sha256(`${c.req.path} ${JSON.stringify(element, bytesAsText)}`),
  }
}

/** A file as one text: as an object it would be one entry for each byte. */
const bytesAsText = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? value.toBase64() : value

/** Whether this key made something before, for a door that stores files before it saves: a repeat must leave none behind. */
export async function wasTaken({ orm, t }: Db, actor: string, key: string): Promise<boolean> {
  const [row] = await orm
    .select({ at: idem.at })
    .from(idem)
    .where(and(eq(idem.t, t), eq(idem.actor, actor), eq(idem.key, key)))
  return row !== undefined
}

/**
 * Saves things that have numbers of their own, so that a repeat under the same key makes nothing and shows what the first one made, as it
 * is now (R1). What was only changed is changed again, to the same. Throws IDEMPOTENCY_MISMATCH, and NOT_FOUND where it is gone since.
 */
export async function saveOnce<R extends { id: number }>(
  c: At,
  kind: Counted,
  drafts: object[],
  save: () => Promise<R[]>,
  read: (id: number) => Promise<R>,
): Promise<R[]> {
  const given = await idempotencyOf(c, drafts, 0)
  if (!given) return save()
  const { db } = c.var
  const by = actor(c)
  const again = async (): Promise<R[] | undefined> => {
    const [known] = await db.orm
      .select()
      .from(idem)
      .where(and(eq(idem.t, db.t), eq(idem.actor, by), eq(idem.key, given.key)))
    if (!known) return undefined
    if (known.requestHash !== given.hash) throw new Problem('IDEMPOTENCY_MISMATCH')
    let next = known.ticketId - drafts.filter((draft) => idIn(draft) === undefined).length
    const rows = []
    for (const draft of drafts) rows.push(await read(idIn(draft) ?? ++next))
    return rows
  }
  const before = await again()
  if (before) return before
  const { key, hash: requestHash } = given
  const ref = { ticketId: idOf(db, kind), actionId: 0 }
  db.along(
    kind,
    db.orm.insert(idem).values({ t: db.t, actor: by, key, requestHash, ...ref, at: seams.now() }),
  )
  try {
    return await save()
  } catch (error) {
    // Another request with this key was first: on the key itself, or on a name that only one may have.
    const first = await again()
    if (first) return first
    throw error
  }
}

const idIn = (draft: object): number | undefined =>
  'id' in draft && typeof draft.id === 'number' ? draft.id : undefined
