import { and, eq, gt } from 'drizzle-orm'
import { z } from 'zod'
import { oneTime } from '../../db/schema'
import { STARTS } from '../../db/seed/starts'
import type { Db } from '../platform/database'
import { sha256 } from '../platform/keys'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'

/** What each kind of link carries, and how long it is good for. */
const kinds = {
  sign_up: {
    data: z.object({
      name: z.string(),
      slug: z.string(),
      start: z.enum(STARTS),
      tenantId: z.string(),
    }),
    lifeMs: 24 * 60 * 60_000,
  },
  sign_in: { data: z.object({}), lifeMs: 15 * 60_000 },
}
type Kind = keyof typeof kinds
export type DataOf<K extends Kind> = z.infer<(typeof kinds)[K]['data']>

/** A new token of 256 bits and the statement that stores its hash (T28). The token stands in a link's fragment, so no log has it. */
export async function issueOneTime<K extends Kind>(
  { orm }: Db,
  given: { kind: K; t: number | null; email: string; data: DataOf<K> },
  lifeMs: number = kinds[given.kind].lifeMs,
) {
  const token = seams.secret()
  return {
    token,
    statement: orm.insert(oneTime).values({
      ...given,
      hash: await sha256(token),
      data: JSON.stringify(given.data),
      expiresAt: seams.now() + lifeMs,
    }),
  }
}

/** What a token stands for; it stays good. Throws LINK_USED for one that is unknown, used or expired, all alike. */
export async function readOneTime<K extends Kind>({ orm }: Db, kind: K, token: string) {
  const hash = await sha256(token)
  const [row] = await orm.select().from(oneTime).where(good(kind, hash))
  if (!row) throw new Problem('LINK_USED')
  return { hash, t: row.t, email: row.email, data: dataOf(kind, row.data) }
}

/** The statement that uses a token up; it goes in the batch of what the token was for. */
export const spendOneTime = ({ orm }: Db, kind: Kind, hash: string) =>
  orm.delete(oneTime).where(good(kind, hash)).returning({ t: oneTime.t, email: oneTime.email })

const good = (kind: Kind, hash: string) =>
  and(eq(oneTime.hash, hash), eq(oneTime.kind, kind), gt(oneTime.expiresAt, seams.now()))

function dataOf<K extends Kind>(kind: K, stored: string): DataOf<K>
function dataOf(kind: Kind, stored: string): unknown {
  return kinds[kind].data.parse(JSON.parse(stored))
}
