import { and, eq, inArray, sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import {
  category,
  connection,
  field,
  fieldOption,
  mapping,
  priority,
  status,
} from '../../db/schema'
import type { Db } from '../platform/database'
import { onceAll } from '../platform/once'
import type { Vocabulary } from './translate'

/** The statements that read what a connection's published mapping turns the partner's values into. Only what is mapped is read. */
export const vocabularyQueries = onceAll(({ orm, t }: Db, connectionId: number) => {
  const published = and(
    eq(mapping.t, t),
    eq(mapping.connectionId, connectionId),
    eq(
      mapping.version,
      sql`(select ${connection.mappingVersion} from ${connection} where ${connection.t} = ${t} and ${connection.id} = ${connectionId})`,
    ),
  )
  const mappedIds = (kind: 'category' | 'field') =>
    orm
      .select({ id: mapping.localId })
      .from(mapping)
      .where(and(published, eq(mapping.kind, kind)))
  return [
    orm.select().from(mapping).where(published),
    orm.select().from(status).where(eq(status.t, t)),
    orm.select().from(priority).where(eq(priority.t, t)),
    orm
      .select()
      .from(category)
      .where(and(eq(category.t, t), inArray(category.id, mappedIds('category')))),
    orm
      .select()
      .from(field)
      .where(and(eq(field.t, t), inArray(field.id, mappedIds('field')))),
    orm
      .select()
      .from(fieldOption)
      .where(and(eq(fieldOption.t, t), inArray(fieldOption.fieldId, mappedIds('field')))),
  ] as const
})

/** The rows by name; which fields the ticket's type has comes with the ticket. */
export const vocabularyOf = (
  [mappings, statuses, priorities, categories, fields, options]: BatchResponse<
    ReturnType<typeof vocabularyQueries>
  >,
  typeFields: { fieldId: number }[],
): Vocabulary => ({
  mappings,
  statuses,
  priorities,
  categories,
  fields,
  options,
  typeFields: typeFields.map(({ fieldId }) => fieldId),
})
