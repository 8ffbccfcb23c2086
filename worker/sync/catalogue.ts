import { and, asc, eq, inArray, ne, notInArray, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import {
  actionType,
  catalogue,
  category,
  field,
  fieldOption,
  priority,
  status,
  ticketType,
  ticketTypeField,
} from '../../db/schema'
import type { FieldType } from '../desk/fieldValue'
import { among } from '../desk/lists'
import type { Db } from '../platform/database'
import { sha256 } from '../platform/keys'
import { seams } from '../platform/seams'

/** The built-in fields that can be mapped (G48). In a mapping and on the wire they are called by these names, own fields by number. */
export const MAPPABLE_BUILTINS = ['summary', 'startdate', 'targetdate'] as const

const MOST = 1_000
const Text = z.string().max(500)
const Id = z.union([z.string().max(64), z.number()]).transform(String)
const Item = z.object({ id: Id, name: Text })
const list = <S extends z.ZodType>(one: S) => z.array(one).max(MOST).default([])

/**
 * What a desk tells a partner of its configuration, so that a mapping is picked from two lists: numbers, labels, types (T9). Fields are
 * those of a ticket that can be mapped (G48); a built-in one is called by its register, an own one by its number.
 */
export const Catalogue = z.object({
  statuses: list(Item.extend({ kind: Text.optional() })),
  priorities: list(Item),
  categories: list(Item),
  fields: list(
    Item.extend({
      number: z.number().optional(),
      label: Text,
      type: z.enum([
        'text',
        'longtext',
        'number',
        'date',
        'datetime',
        'checkbox',
        'choice',
        'choices',
      ] satisfies FieldType[]),
      options: list(Item),
    }),
  ),
  outcomes: list(
    Item.extend({
      button: Text.optional(),
      sends_email: z.boolean().default(false),
      sends: z.boolean().default(false),
      hidden: z.boolean().default(false),
    }),
  ),
  tickettypes: list(Item),
})
export type Catalogue = z.infer<typeof Catalogue>

/** This desk's lists for a partner: active things only, every column named. With the tag that changes when they do. */
export async function ownCatalogue({
  orm,
  t,
}: Db): Promise<{ catalogue: Catalogue; etag: string }> {
  const shown = orm
    .select({ id: ticketTypeField.fieldId })
    .from(ticketTypeField)
    .innerJoin(
      ticketType,
      and(eq(ticketType.t, ticketTypeField.t), eq(ticketType.id, ticketTypeField.ticketTypeId)),
    )
    .where(
      and(
        eq(ticketTypeField.t, t),
        eq(ticketType.inactive, false),
        or(ne(ticketTypeField.agentNew, 0), ne(ticketTypeField.agentDetail, 0)),
      ),
    )
  const mappable = and(
    eq(field.t, t),
    eq(field.scope, 'ticket'),
    eq(field.inactive, false),
    or(
      inArray(field.builtin, MAPPABLE_BUILTINS),
      and(sql`${field.builtin} is null`, inArray(field.id, shown)),
    ),
  )
  const [statuses, priorities, categories, fields, options, outcomes, tickettypes] =
    await orm.batch([
      orm
        .select({ id: status.id, name: status.name, kind: status.kind })
        .from(status)
        .where(and(eq(status.t, t), eq(status.inactive, false)))
        .orderBy(asc(status.sequence), asc(status.id)),
      orm
        .select({ id: priority.id, name: priority.name })
        .from(priority)
        .where(and(eq(priority.t, t), eq(priority.inactive, false)))
        .orderBy(asc(priority.sequence), asc(priority.id)),
      orm
        .select({ id: category.id, name: category.path })
        .from(category)
        .where(and(eq(category.t, t), eq(category.inactive, false)))
        .orderBy(asc(category.path)),
      orm
        .select({
          id: field.id,
          name: field.name,
          label: field.label,
          type: field.type,
          builtin: field.builtin,
        })
        .from(field)
        .where(mappable)
        .orderBy(asc(field.label), asc(field.id)),
      orm
        .select({ fieldId: fieldOption.fieldId, id: fieldOption.id, name: fieldOption.name })
        .from(fieldOption)
        .where(
          and(
            eq(fieldOption.t, t),
            eq(fieldOption.inactive, false),
            inArray(fieldOption.fieldId, orm.select({ id: field.id }).from(field).where(mappable)),
          ),
        )
        .orderBy(asc(fieldOption.sequence), asc(fieldOption.id)),
      orm
        .select({
          id: actionType.id,
          name: actionType.name,
          button: actionType.button,
          systemUse: actionType.systemUse,
          sendEmail: actionType.sendEmail,
          sends: actionType.sendToConnected,
          hidden: actionType.hideFromUser,
        })
        .from(actionType)
        .where(
          and(
            eq(actionType.t, t),
            eq(actionType.inactive, false),
            notInArray(actionType.systemUse, ['logged', 'changed']),
          ),
        )
        .orderBy(asc(actionType.sequence), asc(actionType.id)),
      orm
        .select({ id: ticketType.id, name: ticketType.name })
        .from(ticketType)
        .where(and(eq(ticketType.t, t), eq(ticketType.inactive, false)))
        .orderBy(asc(ticketType.sequence), asc(ticketType.id)),
    ])
  const own = Catalogue.parse({
    statuses: statuses.slice(0, MOST),
    priorities: priorities.slice(0, MOST),
    categories: categories.slice(0, MOST),
    fields: fields.slice(0, MOST).map(({ id, builtin, ...rest }) => ({
      ...rest,
      id: builtin ?? id,
      number: id,
      options: options
        .filter(({ fieldId }) => fieldId === id)
        .map((option) => ({ id: option.id, name: option.name })),
    })),
    // Log to supplier is set to send an email and never does (G74), so it does not count as an email action.
    outcomes: outcomes.slice(0, MOST).map(({ systemUse, sendEmail, ...rest }) => ({
      ...rest,
      sends_email: sendEmail && systemUse !== 'log_to_supplier',
    })),
    tickettypes: tickettypes.slice(0, MOST),
  })
  return { catalogue: own, etag: await sha256(JSON.stringify(own)) }
}

export interface StoredCatalogue {
  catalogue: Catalogue
  etag: string
  fetchedAt: number
}

export const catalogueQuery = ({ orm, t }: Db, connectionIds: number[]) =>
  orm
    .select()
    .from(catalogue)
    .where(and(eq(catalogue.t, t), among(catalogue.connectionId, connectionIds)))

/** The stored lists of a partner; null where none were fetched yet. */
export const readCatalogue = (
  row: typeof catalogue.$inferSelect | undefined,
): StoredCatalogue | null =>
  row
    ? { catalogue: Catalogue.parse(JSON.parse(row.data)), etag: row.etag, fetchedAt: row.fetchedAt }
    : null

/** Keeps a partner's lists as they are now. */
export function storeCatalogue(
  { orm, t }: Db,
  connectionId: number,
  lists: Catalogue,
  etag: string,
) {
  const values = { data: JSON.stringify(lists), etag, fetchedAt: seams.now() }
  return orm
    .insert(catalogue)
    .values({ t, connectionId, ...values })
    .onConflictDoUpdate({ target: [catalogue.t, catalogue.connectionId], set: values })
}
