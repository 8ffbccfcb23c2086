import { and, asc, count, desc, eq, isNull, ne, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { customer, person, site } from '../../db/schema'
import { idOf, nextId } from '../platform/counter'
import { found, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { audited } from './audit'
import {
  activityIs,
  among,
  contains,
  fieldAt,
  type Activity,
  type Listed,
  type Slice,
} from './lists'
import { idsOf, mustKnow, saveAll } from './saving'

export interface SiteFilter extends Activity {
  search?: string
  customerId?: number
  order: { by: 'id' | 'name'; desc: boolean }
}

/** A site to make (without id) or to change. It stays with its customer for ever. */
export interface SiteDraft {
  id?: number
  customerId?: number
  name?: string
  phone?: string
  notes?: string
  inactive?: boolean
}

export type SiteRow = Awaited<ReturnType<typeof sitesQuery>>[number]

const stands = (t: number, where?: SQL) => and(eq(site.t, t), isNull(site.deletedAt), where)

const sitesQuery = ({ orm, t }: Db, where: SQL | undefined) =>
  orm
    .select({
      id: site.id,
      customerId: site.customerId,
      customerName: sql<string>`${customer.name}`.as('customer_name'),
      name: sql<string>`${site.name}`.as('site_name'),
      phone: site.phone,
      notes: site.notes,
      isMain: site.isMain,
      inactive: site.inactive,
    })
    .from(site)
    .innerJoin(customer, and(eq(customer.t, site.t), eq(customer.id, site.customerId)))
    .where(stands(t, where))
    .$dynamic()

const whereOf = ({ search, customerId, ...activity }: SiteFilter): SQL | undefined =>
  and(
    activityIs(site.inactive, activity),
    customerId === undefined ? undefined : eq(site.customerId, customerId),
    search === undefined
      ? undefined
      : contains(
          search,
          site.name,
          site.phone,
          sql`(select c.name from ${customer} c where c.t = ${site.t} and c.id = ${site.customerId})`,
        ),
  )

/** A page of sites. */
export async function listSites(db: Db, filter: SiteFilter, page: Slice): Promise<Listed<SiteRow>> {
  const where = whereOf(filter)
  const direction = filter.order.desc ? desc : asc
  const byName = filter.order.by === 'name' ? [direction(sql`lower(${site.name})`)] : []
  const [rows, [total]] = await db.orm.batch([
    sitesQuery(db, where)
      .orderBy(...byName, direction(site.id))
      .limit(page.limit)
      .offset(page.offset),
    db.orm
      .select({ n: count().as('n') })
      .from(site)
      .where(stands(db.t, where)),
  ])
  return { rows, total: total?.n ?? 0 }
}

/** One site. Throws NOT_FOUND. */
export async function readSite(db: Db, id: number): Promise<SiteRow> {
  const [row] = await sitesQuery(db, eq(site.id, id))
  return found(row)
}

/** Makes and changes sites. Throws NOT_FOUND for an unknown id, VALIDATION for an unknown customer, before anything is written. */
export async function saveSites(db: Db, drafts: SiteDraft[], actor: string): Promise<SiteRow[]> {
  const { orm, t } = db
  const wanted = drafts.flatMap(({ customerId }) => (customerId === undefined ? [] : [customerId]))
  const [known, customers] = await orm.batch([
    orm
      .select({ id: site.id, customerId: site.customerId })
      .from(site)
      .where(stands(t, among(site.id, idsOf(drafts)))),
    orm
      .select({ id: customer.id })
      .from(customer)
      .where(and(eq(customer.t, t), isNull(customer.deletedAt), among(customer.id, wanted))),
  ])
  mustKnow(drafts, known)
  for (const [index, { id, customerId }] of drafts.entries()) {
    const now = known.find((row) => row.id === id)
    if (customerId === undefined || customerId === now?.customerId) continue
    if (now)
      throw Problem.field(fieldAt(index, drafts, 'client_id'), 'a site stays with its customer')
    if (!customers.some((one) => one.id === customerId))
      throw Problem.field(
        fieldAt(index, drafts, 'client_id'),
        'there is no customer of that number',
      )
  }
  return saveAll(
    db,
    drafts,
    audited(db, actor, 'saved sites', { sites: drafts.map(({ id, name }) => ({ id, name })) }),
    {
      name: 'site',
      idColumn: site.id,
      make: (draft) => [
        nextId(db, 'site'),
        orm.insert(site).values({
          ...draft,
          t,
          id: idOf(db, 'site'),
          customerId: draft.customerId ?? 0,
          name: draft.name ?? '',
        }),
      ],
      change: (draft, id) => [
        orm
          .update(site)
          .set(draft)
          .where(and(eq(site.t, t), eq(site.id, id))),
      ],
      show: (which) => sitesQuery(db, which),
    },
  )
}

/** Deletes a site; its people move to the customer's main one. Throws NOT_FOUND, and IN_USE for a main site. */
export async function deleteSite(db: Db, id: number, actor: string): Promise<SiteRow> {
  const { orm, t } = db
  const row = await readSite(db, id)
  if (row.isMain)
    throw new Problem('IN_USE', {
      message: 'This is the main site of its customer',
      fix: 'Rename it, or delete the customer.',
    })
  const main = alias(site, 'main')
  const mainSite = orm
    .select({ id: main.id })
    .from(main)
    .where(
      and(
        eq(main.t, t),
        eq(main.customerId, row.customerId),
        eq(main.isMain, true),
        ne(main.id, id),
      ),
    )
    .limit(1)
  await orm.batch([
    orm
      .update(site)
      .set({ deletedAt: seams.now() })
      .where(and(eq(site.t, t), eq(site.id, id))),
    orm
      .update(person)
      .set({ siteId: sql`${mainSite}` })
      .where(and(eq(person.t, t), eq(person.customerId, row.customerId), eq(person.siteId, id))),
    audited(db, actor, 'deleted a site', { id, name: row.name }),
  ])
  return row
}
