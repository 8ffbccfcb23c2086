import { and, eq, gt, gte, lt, lte, ne, not, or, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { Problem } from '../platform/problem'

/** A page of a list with the total of its filter. */
export interface Listed<T> {
  rows: T[]
  total: number
}

export interface Slice {
  limit: number
  offset: number
}

/** Which rows of a list to show by their switch "inactive". */
export interface Activity {
  active: boolean
  inactive: boolean
}

export const activityIs = (column: SQLiteColumn, { active, inactive }: Activity): SQL | undefined =>
  active && inactive ? undefined : active === inactive ? sql`0` : eq(column, inactive)

/**
 * Whether one of the columns holds the text somewhere, in any case. SQLite knows the case of ASCII letters only, so a text with others is
 * looked for as typed, in capitals and in small letters. Not LIKE: D1 takes patterns of at most 50 bytes.
 */
export function contains(typed: string, ...columns: (SQLiteColumn | SQL)[]): SQL | undefined {
  const text = typed.trim().normalize('NFC')
  const forms = [...new Set([text, text.toLowerCase(), text.toUpperCase()].map(asciiLower))]
  return or(
    ...columns.flatMap((column) => forms.map((form) => sql`instr(lower(${column}), ${form}) > 0`)),
  )
}

const asciiLower = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** One condition of Halo's `advanced_search` (halo-api.md §8): 0 in, 1 not in, 2 =, 3 ≠, 4 like, 5 not like, 7 >, 8 ≥, 9 <, 10 ≤. */
export interface Condition {
  name: string
  type: number
  value: string
}

/** All conditions together. Throws VALIDATION in Halo's words for a field that may not be searched. */
export const conditionsOf = (
  columns: Record<string, SQLiteColumn>,
  conditions: Condition[],
): SQL | undefined =>
  and(...conditions.map((one) => conditionOf(columns[one.name.toLowerCase()], one)))

function conditionOf(
  column: SQLiteColumn | undefined,
  { name, type, value }: Condition,
): SQL | undefined {
  if (!column) throw invalid(`${name} cannot be searched`)
  const folded = sql`lower(${column})`
  const text = value.toLowerCase()
  const several = text
    .split(',')
    .map((one) => one.trim())
    .slice(0, 50)
  switch (type) {
    case 0:
      return among(folded, several)
    case 1:
      return not(among(folded, several))
    case 2:
      return eq(folded, text)
    case 3:
      return ne(folded, text)
    case 4:
      return contains(value.replaceAll('%', ''), column)
    case 5: {
      const holds = contains(value.replaceAll('%', ''), column)
      return holds && not(holds)
    }
    case 7:
      return gt(column, value)
    case 8:
      return gte(column, value)
    case 9:
      return lt(column, value)
    case 10:
      return lte(column, value)
    default:
      throw invalid(`there is no filter_type ${type}`)
  }
}

const invalid = (why: string) =>
  new Problem('VALIDATION', {
    message: 'Invalid advanced search parameter',
    fields: { advanced_search: why },
  })

/** The name of a field of the n-th of several things sent: `[1].name`, or `name` where only one was sent. */
export const fieldAt = (index: number, of: { length: number }, name: string): string =>
  of.length === 1 ? name : `[${index}].${name}`

/**
 * Whether the column is one of many values: they travel as one, since D1 binds at most 100. A single one is compared as such, so that an
 * index gives its rows in the order of the list.
 */
export const among = (column: SQLiteColumn | SQL, values: (number | string)[]): SQL =>
  values.length === 1
    ? sql`${column} = ${values[0]}`
    : sql`${column} in (select value from json_each(${JSON.stringify(values)}))`
