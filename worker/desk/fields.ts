import { and, asc, eq, inArray, sql, type SQL } from 'drizzle-orm'
import { field, fieldOption, ticketType, ticketTypeField } from '../../db/schema'
import { idOf, nextId } from '../platform/counter'
import { found, isKeyCollision, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { audited } from './audit'
import type { FieldType } from './fieldValue'
import { among, fieldAt } from './lists'
import { foldedName } from './sameName'
import { saveAll } from './saving'

export interface Option {
  id: number
  name: string
}
export type FieldRow = typeof field.$inferSelect
export type Field = FieldRow & {
  options: Option[]
  /** Other fields that people cannot tell apart from it by their labels. */
  sameAs?: FieldRow[]
}

const fieldsQuery = ({ orm, t }: Db, which?: SQL) =>
  orm
    .select()
    .from(field)
    .where(and(eq(field.t, t), which))
    .orderBy(asc(field.id))

/** The choices of all fields that have any. */
export const optionsQuery = ({ orm, t }: Db, which?: SQL) =>
  orm
    .select({ fieldId: fieldOption.fieldId, id: fieldOption.id, name: fieldOption.name })
    .from(fieldOption)
    .where(and(eq(fieldOption.t, t), eq(fieldOption.inactive, false), which))
    .orderBy(asc(fieldOption.fieldId), asc(fieldOption.sequence), asc(fieldOption.id))

export const optionsOf = (options: (Option & { fieldId: number })[], fieldId: number): Option[] =>
  options.filter((one) => one.fieldId === fieldId).map(({ id, name }) => ({ id, name }))

/** Every field of the desk with its choices. For an end user: those that a type of theirs shows. */
export async function listFields(db: Db, forUser: boolean): Promise<Field[]> {
  const [fields, options] = await db.orm.batch([
    fieldsQuery(db, and(eq(field.inactive, false), forUser ? shownToUsers(db) : undefined)),
    optionsQuery(db),
  ])
  return fields.map((row) => ({ ...row, options: optionsOf(options, row.id) }))
}

/** One field with its choices. Throws NOT_FOUND. */
export async function readField(db: Db, id: number, forUser: boolean): Promise<Field> {
  const [[row], options] = await db.orm.batch([
    fieldsQuery(db, and(eq(field.id, id), forUser ? shownToUsers(db) : undefined)),
    optionsQuery(db, eq(fieldOption.fieldId, id)),
  ])
  return { ...found(row), options: optionsOf(options, id) }
}

const shownToUsers = ({ orm, t }: Db): SQL =>
  inArray(
    field.id,
    orm
      .select({ id: ticketTypeField.fieldId })
      .from(ticketTypeField)
      .innerJoin(
        ticketType,
        and(eq(ticketType.t, ticketTypeField.t), eq(ticketType.id, ticketTypeField.ticketTypeId)),
      )
      .where(
        and(
          eq(ticketTypeField.t, t),
          eq(ticketType.endUsersCanSelect, true),
          eq(ticketType.inactive, false),
          sql`${ticketTypeField.userNew} + ${ticketTypeField.userDetail} > 0`,
        ),
      ),
  )

export interface NewField {
  id?: undefined
  name: string
  label: string
  hint?: string
  type: FieldType
  options: string[]
}

/** Makes own fields of tickets; their names begin with CF. They are on no ticket type yet. Throws VALIDATION for a name that is taken. */
export async function makeFields(db: Db, drafts: NewField[], actor: string): Promise<Field[]> {
  const { orm, t } = db
  const id = idOf(db, 'field')
  const named = drafts.map((draft) => ({ ...draft, name: ownName(draft.name) }))
  try {
    const rows = await saveAll(
      db,
      named,
      audited(db, actor, 'made fields', { names: named.map(({ name }) => name) }),
      {
        name: 'field',
        idColumn: field.id,
        make: ({ options, ...draft }) => [
          nextId(db, 'field'),
          orm.insert(field).values({ ...draft, t, id, scope: 'ticket' }),
          ...(options.length === 0
            ? []
            : [nextId(db, 'fieldOption', options.length), orm.run(insertOptions(db, options))]),
        ],
        change: () => [],
        show: (which) => fieldsQuery(db, which),
      },
    )
    const [options, all] = await db.orm.batch([
      optionsQuery(
        db,
        among(
          fieldOption.fieldId,
          rows.map((row) => row.id),
        ),
      ),
      fieldsQuery(db, and(eq(field.inactive, false), eq(field.scope, 'ticket'))),
    ])
    return rows.map((row) => ({
      ...row,
      options: optionsOf(options, row.id),
      sameAs: all.filter(
        ({ id: other, label }) => other !== row.id && foldedName(label) === foldedName(row.label),
      ),
    }))
  } catch (error) {
    if (isKeyCollision(error))
      throw Problem.field(fieldAt(0, drafts, 'name'), 'another field has this name')
    throw error
  }
}

function insertOptions(db: Db, options: string[]) {
  const first = idOf(db, 'fieldOption', options.length - 1)
  return sql`insert into ${fieldOption} (t, field_id, id, name, sequence)
    select ${db.t}, ${idOf(db, 'field')}, ${first} + key, value, key + 1 from json_each(${JSON.stringify(options)})`
}

const ownName = (name: string): string => `CF${name.trim().replace(/^cf/i, '').replace(/\W+/g, '')}`
