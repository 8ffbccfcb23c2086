import { and, asc, count, desc, eq, isNull, ne, sql, type SQL } from 'drizzle-orm'
import { connection, customer, person, session, site, ticket } from '../../db/schema'
import { idOf, nextId } from '../platform/counter'
import { found, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { audited } from './audit'
import {
  activityIs,
  among,
  conditionsOf,
  contains,
  type Activity,
  type Condition,
  type Listed,
  type Slice,
} from './lists'
import { UNKNOWN_CUSTOMER } from './newTicket'
import { profileConnection } from './profileConnection'
import { idsOf, mustKnow, saveAll } from './saving'

export interface CustomerFilter extends Activity {
  search?: string
  nameOnly?: boolean
  conditions?: Condition[]
  order: { by: 'id' | 'name'; desc: boolean }
}

/** A customer to make (without id) or to change; what is left out stays, "" empties. */
export interface CustomerDraft {
  id?: number
  name?: string
  website?: string
  phone?: string
  notes?: string
  colour?: string
  inactive?: boolean
}

export type CustomerRow = Awaited<ReturnType<typeof customersQuery>>[number]

const stands = (t: number, where?: SQL) => and(eq(customer.t, t), isNull(customer.deletedAt), where)

const customersQuery = ({ orm, t }: Db, where: SQL | undefined) =>
  orm
    .select({
      id: customer.id,
      name: sql<string>`${customer.name}`.as('customer_name'),
      website: customer.website,
      phone: customer.phone,
      notes: customer.notes,
      colour: customer.colour,
      inactive: customer.inactive,
      createdAt: customer.createdAt,
      mainSiteId: sql<number | null>`${site.id}`.as('main_site_id'),
      mainSiteName: sql<string | null>`${site.name}`.as('main_site_name'),
      ...profileConnection,
    })
    .from(customer)
    .leftJoin(
      site,
      and(
        eq(site.t, customer.t),
        eq(site.customerId, customer.id),
        eq(site.isMain, true),
        isNull(site.deletedAt),
      ),
    )
    .leftJoin(
      connection,
      and(
        eq(connection.t, customer.t),
        eq(connection.customerId, customer.id),
        ne(connection.state, 'ended'),
      ),
    )
    .where(stands(t, where))
    .$dynamic()

const searchable = {
  id: customer.id,
  name: customer.name,
  website: customer.website,
  main_phonenumber: customer.phone,
  notes: customer.notes,
}

function whereOf({ search, nameOnly, conditions, ...activity }: CustomerFilter): SQL | undefined {
  const columns = nameOnly ? [customer.name] : [customer.name, customer.phone, customer.website]
  return and(
    activityIs(customer.inactive, activity),
    search === undefined ? undefined : contains(search, ...columns),
    conditions && conditionsOf(searchable, conditions),
  )
}

/** A page of customers. Throws VALIDATION for a condition that cannot be. */
export async function listCustomers(
  db: Db,
  filter: CustomerFilter,
  page: Slice,
): Promise<Listed<CustomerRow>> {
  const where = whereOf(filter)
  const direction = filter.order.desc ? desc : asc
  const byName = filter.order.by === 'name' ? [direction(sql`lower(${customer.name})`)] : []
  const [rows, [total]] = await db.orm.batch([
    customersQuery(db, where)
      .orderBy(...byName, direction(customer.id))
      .limit(page.limit)
      .offset(page.offset),
    db.orm
      .select({ n: count().as('n') })
      .from(customer)
      .where(stands(db.t, where)),
  ])
  return { rows, total: total?.n ?? 0 }
}

/** One customer. Throws NOT_FOUND. */
export async function readCustomer(db: Db, id: number): Promise<CustomerRow> {
  const [row] = await customersQuery(db, eq(customer.id, id))
  return found(row)
}

/**
 * Makes and changes customers. A new one gets a site "Main" and a general user, so that tickets can be logged for it at once.
 * Throws NOT_FOUND for an unknown id, before anything is written.
 */
export async function saveCustomers(
  db: Db,
  drafts: CustomerDraft[],
  actor: string,
): Promise<CustomerRow[]> {
  const { orm, t } = db
  const ids = idsOf(drafts)
  if (ids.length > 0)
    mustKnow(
      drafts,
      await orm
        .select({ id: customer.id })
        .from(customer)
        .where(stands(t, among(customer.id, ids))),
    )
  const now = seams.now()
  const id = idOf(db, 'customer')
  return saveAll(
    db,
    drafts,
    audited(db, actor, 'saved customers', {
      customers: drafts.map(({ id, name }) => ({ id, name })),
    }),
    {
      name: 'customer',
      idColumn: customer.id,
      make: (draft) => [
        nextId(db, 'customer'),
        orm.insert(customer).values({ ...draft, t, id, name: draft.name ?? '', createdAt: now }),
        nextId(db, 'site'),
        orm
          .insert(site)
          .values({ t, id: idOf(db, 'site'), customerId: id, name: 'Main', isMain: true }),
        nextId(db, 'person'),
        orm.insert(person).values({
          t,
          id: idOf(db, 'person'),
          uid: seams.uid(),
          customerId: id,
          siteId: idOf(db, 'site'),
          name: 'General user',
          isGeneral: true,
          createdAt: now,
        }),
      ],
      change: (draft, which) => [
        orm
          .update(customer)
          .set(draft)
          .where(and(eq(customer.t, t), eq(customer.id, which))),
      ],
      show: (which) => customersQuery(db, which),
    },
  )
}

/**
 * Deletes a customer with its sites and users: all become tombstones, since closed tickets still name them. Throws NOT_FOUND, and IN_USE
 * while it has open tickets or a connection, or where the desk needs it.
 */
export async function deleteCustomer(db: Db, id: number, actor: string): Promise<CustomerRow> {
  const { orm, t } = db
  const [rows, [open]] = await orm.batch([
    customersQuery(db, eq(customer.id, id)),
    orm
      .select({ n: count().as('n') })
      .from(ticket)
      .where(
        and(
          eq(ticket.t, t),
          eq(ticket.customerId, id),
          eq(ticket.isClosed, false),
          isNull(ticket.deletedAt),
        ),
      ),
  ])
  const row = found(rows[0])
  if (id === UNKNOWN_CUSTOMER)
    throw inUse(
      'Tickets go to this customer where nothing better is known',
      'Rename it, or leave it.',
    )
  if (row.connectionId !== null)
    throw inUse(`${row.name} has a connection`, 'End the connection on its API Access tab first.')
  if (open && open.n > 0)
    throw inUse(
      `${row.name} has ${open.n} open ${open.n === 1 ? 'ticket' : 'tickets'}`,
      'Close or move them first.',
    )
  const deletedAt = seams.now()
  const people = orm
    .select({ id: person.id })
    .from(person)
    .where(and(eq(person.t, t), eq(person.customerId, id)))
  await orm.batch([
    orm
      .update(customer)
      .set({ deletedAt })
      .where(and(eq(customer.t, t), eq(customer.id, id))),
    orm
      .update(site)
      .set({ deletedAt })
      .where(and(eq(site.t, t), eq(site.customerId, id), isNull(site.deletedAt))),
    orm.delete(session).where(and(eq(session.t, t), sql`${session.personId} in ${people}`)),
    orm
      .update(person)
      .set({ deletedAt, password: null })
      .where(and(eq(person.t, t), eq(person.customerId, id), isNull(person.deletedAt))),
    audited(db, actor, 'deleted a customer', { id, name: row.name }),
  ])
  return row
}

const inUse = (message: string, fix: string) => new Problem('IN_USE', { message, fix })
