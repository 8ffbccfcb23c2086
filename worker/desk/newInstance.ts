import { eq, getTableColumns, sql, type SQL } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import * as schema from '../../db/schema'
import type { Desk } from '../../db/seed/desk'
import type { Counted } from '../platform/counter'
import { isKeyCollision, openDb, type Db } from '../platform/database'
import { forgetInstances, type Instance } from '../platform/directory'
import { RESERVED_SLUGS } from '../platform/address'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'

/** Somebody who works tickets and so has an account of the deployment. An account that exists keeps its password. */
export interface AccountOfAgent {
  agentId: number
  name: string
  email: string
  /** As `hashPassword` made it. */
  password: string | null
}

/** The first number of a new desk's tickets, less one. */
const TICKETS_FROM = 1000

/**
 * Writes an instance with all it is born with, in one batch: the directory's row, accounts, configuration, counters. Whatever goes
 * wrong, there is the whole of it or nothing. Throws VALIDATION on `slug` when it is taken or
 * cannot be one, CONFLICT where this tenant exists.
 */
export async function newInstance(
  env: Env,
  {
    slug,
    name,
    desk,
    accounts,
    tenantId = seams.uid(),
    also = [],
  }: {
    slug: string
    name: string
    desk: Desk
    accounts: AccountOfAgent[]
    /** Given where the instance was asked for before: it is made once, however often that is confirmed. */
    tenantId?: string
    /** What must happen in the same batch. */
    also?: BatchItem<'sqlite'>[]
  },
): Promise<Instance> {
  checkSlug(slug)
  const db = openDb(env, 0) // its number is given by the first statement
  const { orm } = db
  const now = seams.now()
  const no = sql`(select no from instance where tenant_id = ${tenantId})`
  try {
    const [made] = await orm.batch([
      orm
        .insert(schema.instance)
        .values({ tenantId, slug, name, createdAt: now })
        .returning({ t: schema.instance.no }),
      ...accounts.map(({ email, name, password }) =>
        orm
          .insert(schema.account)
          .values({ email, name, password, createdAt: now })
          .onConflictDoNothing(),
      ),
      ...tablesOf(desk).flatMap(([table, rows]) =>
        rows.length > 0 ? [insertAll(db, no, table, rows, now)] : [],
      ),
      ...accounts.map(({ email, agentId }) =>
        orm.insert(schema.membership).values({
          t: no,
          agentId,
          accountId: sql`(select id from account where email = ${email})`,
        }),
      ),
      insertAll(db, no, schema.counter, countersOf(desk), now),
      orm
        .insert(schema.audit)
        .values({ t: no, at: now, uid: seams.uid(), actor: 'system', what: 'instance made' }),
      ...also,
    ])
    const [row] = made
    if (!row) throw new Error('The instance was not written')
    return { t: row.t, tenantId, slug, name }
  } catch (error) {
    if (isKeyCollision(error, 'instance.tenant_id')) throw new Problem('CONFLICT')
    if (isKeyCollision(error, 'instance')) throw Problem.field('slug', 'this name is taken')
    throw error
  } finally {
    forgetInstances()
  }
}

/** Whether the deployment has an instance of that slug. */
export async function slugTaken(env: Env, slug: string): Promise<boolean> {
  const { orm } = openDb(env, 0)
  return (
    (
      await orm
        .select({ no: schema.instance.no })
        .from(schema.instance)
        .where(eq(schema.instance.slug, slug))
    ).length > 0
  )
}

/** Throws VALIDATION where an instance cannot be called that. */
export function checkSlug(slug: string): void {
  if (!/^[a-z0-9](-?[a-z0-9]){1,39}$/.test(slug))
    throw Problem.field('slug', 'use 2 to 40 letters a to z, digits and single hyphens')
  if (RESERVED_SLUGS.has(slug)) throw Problem.field('slug', 'this name is reserved')
}

const tablesOf = (desk: Desk): [SQLiteTable, object[]][] => [
  [schema.module, desk.module],
  [schema.team, desk.team],
  [schema.agent, desk.agent],
  [schema.agentTeam, desk.agentTeam],
  [schema.customer, desk.customer],
  [schema.site, desk.site],
  [schema.person, desk.person],
  [schema.status, desk.status],
  [schema.sla, desk.sla],
  [schema.priority, desk.priority],
  [schema.category, desk.category],
  [schema.field, desk.field],
  [schema.fieldOption, desk.fieldOption],
  [schema.emailTemplate, desk.emailTemplate],
  [schema.actionType, desk.actionType],
  [schema.actionTypeField, desk.actionTypeField],
  [schema.workflow, desk.workflow],
  [schema.workflowStep, desk.workflowStep],
  [schema.stepAction, desk.stepAction],
  [schema.ticketType, desk.ticketType],
  [schema.ticketTypeField, desk.ticketTypeField],
  [schema.lookup, desk.lookup],
  [schema.apiApp, desk.apiApp],
]

/** One statement for a whole table: the rows travel as one value, so the limit of 100 parameters does not count them. */
function insertAll({ orm }: Db, t: SQL, table: SQLiteTable, rows: object[], now: number) {
  const columns = Object.entries(getTableColumns(table))
  const whole = rows.map((row) => {
    const given: Record<string, unknown> = { ...row }
    const own: Record<string, unknown> = { uid: seams.uid(), createdAt: now }
    return Object.fromEntries(
      columns.map(([key, column]) => [key, given[key] ?? own[key] ?? column.default ?? null]),
    )
  })
  const values = columns.map(([key]) => (key === 't' ? t : sql`json_extract(value, ${`$.${key}`})`))
  return orm
    .insert(table)
    .select(sql`select ${sql.join(values, sql`, `)} from json_each(${JSON.stringify(whole)})`)
}

/** Above the largest number of each kind, so that none is given out twice. */
function countersOf(desk: Desk): { name: Counted; value: number }[] {
  const last = (name: Counted, rows: { id: number }[]) => ({
    name,
    value: Math.max(1, ...rows.map(({ id }) => id)),
  })
  return [
    { name: 'ticket', value: TICKETS_FROM },
    last('agent', desk.agent),
    last('team', desk.team),
    last('customer', desk.customer),
    last('site', desk.site),
    last('person', desk.person),
    last('apiApp', desk.apiApp),
    last('status', desk.status),
    last('sla', desk.sla),
    last('priority', desk.priority),
    last('category', desk.category),
    last('field', desk.field),
    last('fieldOption', desk.fieldOption),
    last('emailTemplate', desk.emailTemplate),
    last('actionType', desk.actionType),
    last('workflow', desk.workflow),
    last('ticketType', desk.ticketType),
  ]
}
