import { and, asc, eq } from 'drizzle-orm'
import { module } from '../../db/schema'
import type { Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { audited } from './audit'

/** The switchable parts of the product. */
export const modules = ['suppliers'] as const
export type Module = (typeof modules)[number]

export const moduleQuery = ({ orm, t }: Db, name: Module) =>
  orm
    .select({ enabled: module.enabled })
    .from(module)
    .where(and(eq(module.t, t), eq(module.name, name)))

/** Throws MODULE_OFF where the rows of `moduleQuery` say so (G16). */
export function mustBeOn(rows: { enabled: boolean }[]): void {
  if (!rows[0]?.enabled) throw new Problem('MODULE_OFF')
}

/** Every module and whether it is on; one that was never switched is off. */
export async function listModules({ orm, t }: Db): Promise<{ name: Module; enabled: boolean }[]> {
  const rows = await orm
    .select({ name: module.name, enabled: module.enabled })
    .from(module)
    .where(eq(module.t, t))
    .orderBy(asc(module.name))
  return modules.map((name) => ({
    name,
    enabled: rows.find((row) => row.name === name)?.enabled ?? false,
  }))
}

/** Switches a module; what it holds stays (G16). */
export async function switchModule(
  db: Db,
  name: Module,
  enabled: boolean,
  actor: string,
): Promise<{ name: Module; enabled: boolean }> {
  const { orm, t } = db
  await orm.batch([
    orm
      .insert(module)
      .values({ t, name, enabled })
      .onConflictDoUpdate({ target: [module.t, module.name], set: { enabled } }),
    audited(db, actor, `module ${name} switched ${enabled ? 'on' : 'off'}`),
  ])
  return { name, enabled }
}
