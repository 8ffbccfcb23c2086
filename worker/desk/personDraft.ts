import { and, eq, isNull, or, sql } from 'drizzle-orm'
import { customer, person, site } from '../../db/schema'
import { hashPassword, judgePassword } from '../auth/password'
import type { Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { among, fieldAt } from './lists'
import { idsOf, mustKnow } from './saving'

/** An end user to make (without id) or to change. The customer follows from the site where only that is named. */
export interface PersonDraft {
  id?: number
  name?: string
  email?: string | null
  customerId?: number
  siteId?: number | null
  phone?: string
  mobile?: string
  notes?: string
  inactive?: boolean
  /** Lets them sign in; "" takes it away. */
  password?: string
}

export const addressTaken = (field: string) => Problem.field(field, 'another user has this address')

/**
 * The drafts with site and customer agreed, and with the password hashed, ready to be written. Throws NOT_FOUND for an unknown id,
 * VALIDATION for what does not exist, does not belong together, is taken or is easily guessed.
 */
export async function settleDrafts(db: Db, drafts: PersonDraft[]) {
  const { orm, t } = db
  const wanted = drafts.flatMap(({ customerId }) => (customerId === undefined ? [] : [customerId]))
  const wantedSites = drafts.flatMap(({ siteId }) => (typeof siteId === 'number' ? [siteId] : []))
  const emails = drafts.flatMap(({ email }) => (email ? [email] : []))
  const [known, customers, sites, owners] = await orm.batch([
    orm
      .select({
        id: person.id,
        customerId: person.customerId,
        name: person.name,
        email: person.email,
        isGeneral: person.isGeneral,
      })
      .from(person)
      .where(and(eq(person.t, t), isNull(person.deletedAt), among(person.id, idsOf(drafts)))),
    orm
      .select({ id: customer.id })
      .from(customer)
      .where(and(eq(customer.t, t), isNull(customer.deletedAt), among(customer.id, wanted))),
    orm
      .select({ id: site.id, customerId: site.customerId, isMain: site.isMain })
      .from(site)
      .where(
        and(
          eq(site.t, t),
          isNull(site.deletedAt),
          or(
            among(site.id, wantedSites),
            and(eq(site.isMain, true), among(site.customerId, wanted)),
          ),
        ),
      ),
    orm
      .select({ id: person.id, email: person.email })
      .from(person)
      .where(
        and(
          eq(person.t, t),
          isNull(person.deletedAt),
          sql`${person.email} in (select value from json_each(${JSON.stringify(emails)}))`,
        ),
      ),
  ])
  mustKnow(drafts, known)
  const settled = []
  for (const [index, draft] of drafts.entries()) {
    const at = (name: string) => fieldAt(index, drafts, name)
    const now = known.find((row) => row.id === draft.id)
    const site =
      typeof draft.siteId === 'number' ? sites.find(({ id }) => id === draft.siteId) : undefined
    if (typeof draft.siteId === 'number' && !site)
      throw Problem.field(at('site_id'), 'there is no site of that number')
    if (draft.customerId !== undefined && !customers.some(({ id }) => id === draft.customerId))
      throw Problem.field(at('client_id'), 'there is no customer of that number')
    const customerId = draft.customerId ?? site?.customerId ?? now?.customerId
    if (customerId === undefined)
      throw Problem.field(at('client_id'), 'name the client_id or the site_id')
    if (site && site.customerId !== customerId)
      throw Problem.field(at('site_id'), 'this site is not one of the customer\u2019s')
    if (now?.isGeneral && (draft.email || draft.password))
      throw Problem.field(
        at('emailaddress'),
        'the general user stands for everybody and has no address',
      )
    if (draft.email && owners.some(({ id, email }) => email === draft.email && id !== draft.id))
      throw addressTaken(at('emailaddress'))
    const moved = customerId !== now?.customerId
    const siteId =
      draft.siteId !== undefined || !moved
        ? draft.siteId
        : (sites.find((one) => one.isMain && one.customerId === customerId)?.id ?? null)
    const { password, customerId: _, siteId: __, ...rest } = draft
    settled.push({
      ...rest,
      ...(moved && { customerId }),
      ...(siteId !== undefined && { siteId }),
      ...(password !== undefined && {
        password: await stored(password, draft, now, at('password')),
      }),
    })
  }
  return settled
}

async function stored(
  password: string,
  draft: PersonDraft,
  now: { name: string; email: string | null } | undefined,
  field: string,
): Promise<string | null> {
  if (password === '') return null
  const email = draft.email ?? now?.email
  if (!email) throw Problem.field(field, 'signing in needs an email address')
  judgePassword(
    password,
    [email, email.split('@')[0] ?? '', ...(draft.name ?? now?.name ?? '').split(' ')],
    field,
  )
  return hashPassword(password)
}
