import { and, asc, count, desc, eq, isNull, ne, sql, type SQL } from 'drizzle-orm'
import { connection, supplier } from '../../db/schema'
import { idOf, nextId } from '../platform/counter'
import { found, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { audited } from './audit'
import { activityIs, among, contains, type Activity, type Listed, type Slice } from './lists'
import { moduleQuery, mustBeOn } from './modules'
import { profileConnection } from './profileConnection'
import { idsOf, mustKnow, saveAll } from './saving'

export interface SupplierFilter extends Activity {
  search?: string
  order: { by: 'id' | 'name'; desc: boolean }
}

/** A supplier to make (without id) or to change; contact details are optional (G18). */
export interface SupplierDraft {
  id?: number
  name?: string
  contactName?: string
  email?: string | null
  phone?: string
  website?: string
  address?: string
  notes?: string
  inactive?: boolean
}

export type SupplierRow = Awaited<ReturnType<typeof suppliersQuery>>[number]

const stands = (t: number, where?: SQL) => and(eq(supplier.t, t), isNull(supplier.deletedAt), where)

const suppliersQuery = ({ orm, t }: Db, where: SQL | undefined) =>
  orm
    .select({
      id: supplier.id,
      name: supplier.name,
      contactName: supplier.contactName,
      email: supplier.email,
      phone: supplier.phone,
      website: supplier.website,
      address: supplier.address,
      notes: supplier.notes,
      inactive: supplier.inactive,
      createdAt: supplier.createdAt,
      ...profileConnection,
    })
    .from(supplier)
    .leftJoin(
      connection,
      and(
        eq(connection.t, supplier.t),
        eq(connection.supplierId, supplier.id),
        ne(connection.state, 'ended'),
      ),
    )
    .where(stands(t, where))
    .$dynamic()

const whereOf = ({ search, ...activity }: SupplierFilter): SQL | undefined =>
  and(
    activityIs(supplier.inactive, activity),
    search === undefined
      ? undefined
      : contains(search, supplier.name, supplier.contactName, supplier.email, supplier.phone),
  )

/** A page of suppliers. Throws MODULE_OFF (G16). */
export async function listSuppliers(
  db: Db,
  filter: SupplierFilter,
  page: Slice,
): Promise<Listed<SupplierRow>> {
  const where = whereOf(filter)
  const direction = filter.order.desc ? desc : asc
  const byName = filter.order.by === 'name' ? [direction(sql`lower(${supplier.name})`)] : []
  const [on, rows, [total]] = await db.orm.batch([
    moduleQuery(db, 'suppliers'),
    suppliersQuery(db, where)
      .orderBy(...byName, direction(supplier.id))
      .limit(page.limit)
      .offset(page.offset),
    db.orm
      .select({ n: count().as('n') })
      .from(supplier)
      .where(stands(db.t, where)),
  ])
  mustBeOn(on)
  return { rows, total: total?.n ?? 0 }
}

/** One supplier. Throws MODULE_OFF, NOT_FOUND. */
export async function readSupplier(db: Db, id: number): Promise<SupplierRow> {
  const [on, [row]] = await db.orm.batch([
    moduleQuery(db, 'suppliers'),
    suppliersQuery(db, eq(supplier.id, id)),
  ])
  mustBeOn(on)
  return found(row)
}

/** Makes and changes suppliers (G17). Throws MODULE_OFF, NOT_FOUND for an unknown id, before anything is written. */
export async function saveSuppliers(
  db: Db,
  drafts: SupplierDraft[],
  actor: string,
): Promise<SupplierRow[]> {
  const { orm, t } = db
  const [on, known] = await orm.batch([
    moduleQuery(db, 'suppliers'),
    orm
      .select({ id: supplier.id })
      .from(supplier)
      .where(stands(t, among(supplier.id, idsOf(drafts)))),
  ])
  mustBeOn(on)
  mustKnow(drafts, known)
  const createdAt = seams.now()
  return saveAll(
    db,
    drafts,
    audited(db, actor, 'saved suppliers', {
      suppliers: drafts.map(({ id, name }) => ({ id, name })),
    }),
    {
      name: 'supplier',
      idColumn: supplier.id,
      make: (draft) => [
        nextId(db, 'supplier'),
        orm
          .insert(supplier)
          .values({ ...draft, t, id: idOf(db, 'supplier'), name: draft.name ?? '', createdAt }),
      ],
      change: (draft, id) => [
        orm
          .update(supplier)
          .set(draft)
          .where(and(eq(supplier.t, t), eq(supplier.id, id))),
      ],
      show: (which) => suppliersQuery(db, which),
    },
  )
}

/** Deletes a supplier; tickets that name it keep its name. Throws MODULE_OFF, NOT_FOUND, and IN_USE while it has a connection. */
export async function deleteSupplier(db: Db, id: number, actor: string): Promise<SupplierRow> {
  const { orm, t } = db
  const row = await readSupplier(db, id)
  if (row.connectionId !== null) {
    throw new Problem('IN_USE', {
      message: `${row.name} has a connection`,
      fix: 'End the connection on its API Access tab first.',
    })
  }
  await orm.batch([
    orm
      .update(supplier)
      .set({ deletedAt: seams.now() })
      .where(and(eq(supplier.t, t), eq(supplier.id, id))),
    audited(db, actor, 'deleted a supplier', { id, name: row.name }),
  ])
  return row
}
