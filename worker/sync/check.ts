import { and, eq, sql } from 'drizzle-orm'
import {
  actionType,
  category,
  field,
  priority,
  status,
  stepAction,
  ticketType,
} from '../../db/schema'
import { found, type Db } from '../platform/database'
import { catalogueQuery, readCatalogue } from './catalogue'
import { mappingsQuery, rowQuery } from './connections'
import { mismatchesQuery } from './mismatch'
import { findingsOf, type Finding, type Thing } from './findings'

/** Looks through a connection's mappings and defaults. Throws NOT_FOUND. */
export async function checkConnection(db: Db, id: number): Promise<Finding[]> {
  const { orm, t } = db
  const things = (table: typeof status | typeof priority | typeof ticketType | typeof actionType) =>
    orm
      .select({
        id: sql<number>`id`,
        name: sql<string>`name`,
        inactive: sql<number>`inactive`,
      })
      .from(table)
      .where(sql`t = ${t}`)
  const [
    rows,
    mappings,
    catalogues,
    statuses,
    priorities,
    categories,
    fields,
    types,
    outcomes,
    steps,
    mismatches,
  ] = await orm.batch([
    rowQuery(db, id),
    mappingsQuery(db, id),
    catalogueQuery(db, [id]),
    things(status),
    things(priority),
    orm
      .select({ id: category.id, name: category.path, inactive: category.inactive })
      .from(category)
      .where(eq(category.t, t)),
    orm
      .select({ id: field.id, name: field.label, inactive: field.inactive, type: field.type })
      .from(field)
      .where(and(eq(field.t, t), eq(field.scope, 'ticket'))),
    things(ticketType),
    orm
      .select({
        id: actionType.id,
        name: actionType.name,
        inactive: actionType.inactive,
        sendEmail: actionType.sendEmail,
        sends: actionType.sendToConnected,
      })
      .from(actionType)
      .where(eq(actionType.t, t)),
    orm.selectDistinct({ id: stepAction.actionTypeId }).from(stepAction).where(eq(stepAction.t, t)),
    mismatchesQuery(db, id),
  ])
  const plain = (list: { id: number; name: string; inactive: number }[]): Thing[] =>
    list.map((one) => ({ ...one, inactive: one.inactive !== 0 }))
  return findingsOf({
    connection: found(rows[0]),
    mappings,
    remote: readCatalogue(catalogues[0])?.catalogue ?? null,
    local: {
      status: plain(statuses),
      priority: plain(priorities),
      category: categories,
      field: fields,
      tickettype: plain(types),
      outcome: outcomes,
    },
    fields,
    outcomes,
    mismatches: mismatches.map(({ ticketId }) => ticketId),
    onWorkflow: steps.map((one) => one.id),
  })
}
