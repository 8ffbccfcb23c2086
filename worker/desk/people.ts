import { and, asc, count, desc, eq, isNull, sql, type SQL } from 'drizzle-orm'
import { customer, person, site } from '../../db/schema'
import { endSessionsOfPerson } from '../auth/sessions'
import { idOf, nextId } from '../platform/counter'
import { found, isKeyCollision, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { audited } from './audit'
import {
  activityIs,
  conditionsOf,
  contains,
  type Activity,
  type Condition,
  type Listed,
  type Slice,
} from './lists'
import { addressTaken, settleDrafts, type PersonDraft } from './personDraft'
import { saveAll } from './saving'

export interface PersonFilter extends Activity {
  search?: string
  customerId?: number
  siteId?: number
  withoutGeneral?: boolean
  conditions?: Condition[]
  order: { by: 'id' | 'name'; desc: boolean }
}

export type PersonRow = Awaited<ReturnType<typeof peopleQuery>>[number]

const stands = (t: number, where?: SQL) => and(eq(person.t, t), isNull(person.deletedAt), where)

const peopleQuery = ({ orm, t }: Db, where: SQL | undefined) =>
  orm
    .select({
      id: person.id,
      name: sql<string>`${person.name}`.as('person_name'),
      email: person.email,
      customerId: sql<number>`${person.customerId}`.as('person_customer_id'),
      customerName: sql<string>`${customer.name}`.as('customer_name'),
      siteId: person.siteId,
      siteName: sql<string | null>`${site.name}`.as('site_name'),
      phone: person.phone,
      mobile: person.mobile,
      notes: person.notes,
      isGeneral: person.isGeneral,
      source: person.source,
      inactive: person.inactive,
      canSignIn: sql<number>`${person.password} is not null`.as('can_sign_in'),
      createdAt: person.createdAt,
    })
    .from(person)
    .innerJoin(customer, and(eq(customer.t, person.t), eq(customer.id, person.customerId)))
    .leftJoin(site, and(eq(site.t, person.t), eq(site.id, person.siteId)))
    .where(stands(t, where))
    .$dynamic()

const searchable = {
  id: person.id,
  name: person.name,
  emailaddress: person.email,
  client_id: person.customerId,
  site_id: person.siteId,
  phonenumber: person.phone,
  mobilenumber: person.mobile,
  notes: person.notes,
}

function whereOf({
  search,
  customerId,
  siteId,
  withoutGeneral,
  conditions,
  ...activity
}: PersonFilter): SQL | undefined {
  return and(
    activityIs(person.inactive, activity),
    customerId === undefined ? undefined : eq(person.customerId, customerId),
    siteId === undefined ? undefined : eq(person.siteId, siteId),
    withoutGeneral ? eq(person.isGeneral, false) : undefined,
    search === undefined
      ? undefined
      : contains(search, person.name, person.email, person.phone, person.mobile),
    conditions && conditionsOf(searchable, conditions),
  )
}

/** A page of end users. Throws VALIDATION for a condition that cannot be. */
export async function listPeople(
  db: Db,
  filter: PersonFilter,
  page: Slice,
): Promise<Listed<PersonRow>> {
  const where = whereOf(filter)
  const direction = filter.order.desc ? desc : asc
  const byName = filter.order.by === 'name' ? [direction(sql`lower(${person.name})`)] : []
  const [rows, [total]] = await db.orm.batch([
    peopleQuery(db, where)
      .orderBy(...byName, direction(person.id))
      .limit(page.limit)
      .offset(page.offset),
    db.orm
      .select({ n: count().as('n') })
      .from(person)
      .where(stands(db.t, where)),
  ])
  return { rows, total: total?.n ?? 0 }
}

/** One end user. Throws NOT_FOUND. */
export async function readPerson(db: Db, id: number): Promise<PersonRow> {
  const [row] = await peopleQuery(db, eq(person.id, id))
  return found(row)
}

/**
 * Makes and changes end users. Moving one to another customer is allowed; their tickets stay where they were logged.
 * Throws NOT_FOUND for an unknown id; VALIDATION for an unknown customer or site, one that do not belong together, an address that
 * somebody has, a password that is easily guessed: before anything is written.
 */
export async function savePeople(
  db: Db,
  drafts: PersonDraft[],
  actor: string,
): Promise<PersonRow[]> {
  const { orm, t } = db
  const settled = await settleDrafts(db, drafts)
  const now = seams.now()
  const note = audited(db, actor, 'saved users', {
    users: drafts.map(({ id, name, password }) => ({
      id,
      name,
      ...(password !== undefined && { password: password === '' ? 'taken away' : 'set' }),
    })),
  })
  try {
    return await saveAll(db, settled, note, {
      name: 'person',
      idColumn: person.id,
      make: ({ customerId, ...draft }) => [
        nextId(db, 'person'),
        orm.insert(person).values({
          ...draft,
          t,
          id: idOf(db, 'person'),
          uid: seams.uid(),
          customerId: customerId ?? 0,
          name: draft.name ?? '',
          createdAt: now,
        }),
      ],
      change: (set, id) => [
        orm
          .update(person)
          .set(set)
          .where(and(eq(person.t, t), eq(person.id, id))),
        ...(set.password !== undefined || set.inactive || set.customerId !== undefined
          ? [endSessionsOfPerson(db, id)]
          : []),
      ],
      show: (which) => peopleQuery(db, which),
    })
  } catch (error) {
    if (isKeyCollision(error, 'person')) throw addressTaken('emailaddress')
    throw error
  }
}

/** Deletes an end user: a tombstone, since their tickets name them; the address is free again. Throws NOT_FOUND, IN_USE. */
export async function deletePerson(db: Db, id: number, actor: string): Promise<PersonRow> {
  const { orm, t } = db
  const row = await readPerson(db, id)
  if (row.isGeneral) {
    throw new Problem('IN_USE', {
      message: 'The general user stands for everybody of the customer',
      fix: 'Delete the customer instead.',
    })
  }
  await orm.batch([
    orm
      .update(person)
      .set({ deletedAt: seams.now(), password: null })
      .where(and(eq(person.t, t), eq(person.id, id))),
    endSessionsOfPerson(db, id),
    audited(db, actor, 'deleted a user', { id }),
  ])
  return row
}
