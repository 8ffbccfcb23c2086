import { seams } from './seams'

/** What the directory says of an instance. Never changes but for the name; that it is active is the guard's question. */
export interface Instance {
  t: number
  tenantId: string
  slug: string
  name: string
}

/** Remembered for half a minute, by slug and by tenant id: an instance's number stands for ever. */
const remembered = new Map<string, { instance: Instance; until: number }>()
const REMEMBER_MS = 30_000
const MOST = 5_000

/** Finds an instance by its slug or its tenant id; null when there is none. */
export async function findInstance(
  env: Pick<Env, 'DB'>,
  slugOrTenantId: string,
): Promise<Instance | null> {
  const key = slugOrTenantId.toLowerCase()
  const known = remembered.get(key)
  if (known && known.until > seams.now()) return known.instance
  const row = await env.DB.prepare(
    'select no as t, tenant_id as tenantId, slug, name from instance where slug = ?1 or tenant_id = ?1',
  )
    .bind(key)
    .first<{ t: number; tenantId: string; slug: string; name: string }>()
  if (!row) return null
  if (remembered.size >= MOST) remembered.clear()
  for (const name of [row.slug, row.tenantId])
    remembered.set(name, { instance: row, until: seams.now() + REMEMBER_MS })
  return row
}

/** Forgets what is remembered of all instances, after one of them was made or renamed. */
export const forgetInstances = (): void => remembered.clear()
