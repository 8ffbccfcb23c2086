import type { TypedResponse } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'
import type { JSONParsed } from 'hono/utils/types'
import { z } from 'zod'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import type { At } from './declare'

/**
 * What the wire schemas of all resources share: how Halo's clients write numbers, switches, texts and dates (halo-api.md §2), pages
 * (§3) and answers (§4). On the way in null means "not given". What a transform takes is said by `meta`, for the document of the API.
 */

const HIGHEST_ID = 2 ** 31 - 1
/** Says apart what was left out and what is of the wrong kind. */
const must = (words: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is missing' : words),
})
const quoted = (given: unknown) => `“${String(given).slice(0, 40)}”`

/** A whole number as it may be sent: 2, "2", 18.0. Anything else is refused in words. */
export const Whole = (lowest: number, highest = HIGHEST_ID) =>
  z
    .union([z.number(), z.string()], must('must be a whole number'))
    .transform((given, c): number => {
      const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
      if (
        typeof number === 'number' &&
        Number.isInteger(number) &&
        number >= lowest &&
        number <= highest
      )
        return number
      const words =
        typeof number === 'number' && !Number.isNaN(number)
          ? `there is no such number as ${quoted(given)}`
          : `must be a whole number, not ${quoted(given)}`
      c.addIssue({ code: 'custom', message: words })
      return z.NEVER
    })
    .meta({ minimum: lowest, maximum: highest, multipleOf: 1, pattern: '^\\d{1,9}$' })

/** The number of a thing. Whether the thing exists is for whoever looks it up. */
export const Id = Whole(1)

/** A number for which 0 and -1 mean "none" (null here), and null or nothing means "not given" (undefined). */
export const OptionalId = Whole(-1)
  .nullish()
  .transform((given): number | null | undefined =>
    given === null || given === undefined ? undefined : given > 0 ? given : null,
  )

/** `agent_id`: 1 is "Unassigned" beside 0 and -1. */
export const OptionalAgentId = OptionalId.transform((given) => (given === 1 ? null : given))

/** A switch in a body: true, "True", 1. */
export const Bool = z
  .union([z.boolean(), z.string(), z.number()], must('must be true or false'))
  .transform((given, c): boolean => {
    const text = String(given).toLowerCase()
    if (text === 'true' || text === '1') return true
    if (text === 'false' || text === '0') return false
    c.addIssue({ code: 'custom', message: 'must be true or false' })
    return z.NEVER
  })
  .meta({ enum: [true, false, 'true', 'false', 1, 0, '1', '0'] })

/** A switch in a query: `true` in any case is on, all else is off, `1` too (as a live Halo takes it). */
export const QueryBool = z
  .union([z.boolean(), z.string()])
  .transform((given): boolean => String(given).toLowerCase() === 'true')

/** Text of at most so many characters as people count them: an emoji family is one (case h01). A number is taken as its digits. */
export const Text = (most: number) =>
  z
    .union([z.string(), z.number()], must('must be text'))
    .transform((given, c): string => {
      const text = String(given)
      if (text.length <= most || graphemes(text, most) <= most) return text
      const sent = Array.from(text).length // as the reader counts, but for characters made of several
      c.addIssue({ code: 'custom', message: `must be at most ${most} characters, not ${sent}` })
      return z.NEVER
    })
    .meta({ maxLength: most })

/** A text on one line that must not be empty, such as a name. */
export const Name = (most = 200) =>
  Text(most)
    .transform((given, c): string => {
      const text = given.replace(/\s+/g, ' ').trim()
      if (text !== '') return text
      c.addIssue({ code: 'custom', message: 'must not be empty' })
      return z.NEVER
    })
    .meta({ pattern: '[^\\s\\p{Cc}]' })

/** Rich text as it came, bounded; the desk cleans it before it is stored. */
export const Html = z
  .string(must('must be text'))
  .refine((html) => html.length <= limits.noteBytes * 4, 'is too long; attach it as a file')
  .meta({ maxLength: limits.noteBytes * 4 })

/** One mail address, in lower case; "" for none. */
export const Email = z
  .string(must('must be an email address'))
  .transform((given, c): string => {
    const address = given.trim().toLowerCase()
    if (address === '') return ''
    if (address.length <= 254 && /^[^\s@<>(),;:"\\]+@[^\s@<>(),;:"\\]+$/.test(address))
      return address
    c.addIssue({ code: 'custom', message: `is not an email address: ${quoted(given)}` })
    return z.NEVER
  })
  .meta({ format: 'email', maxLength: 254 })

/** One mail address that must be there. */
export const EmailNeeded = Email.refine((address) => address !== '', 'is missing')

/** A moment, with or without time and zone; no zone means UTC (halo-api.md §2). UTC milliseconds. */
export const DateIn = z
  .string(must('must be a date such as 2026-08-09T10:00:00Z'))
  .transform((given, c): number => {
    const at = momentOf(given)
    if (at !== null) return at
    c.addIssue({
      code: 'custom',
      message: `must be a date such as 2026-08-09T10:00:00Z, not ${quoted(given)}`,
    })
    return z.NEVER
  })
  .meta({ format: 'date-time' })

/**
 * A date without a time, `YYYY-MM-DD`; a time behind it is dropped. "" and Halo's "no date" (before 1980) empty it (null here); null or
 * nothing means "not given" (undefined).
 */
export const OptionalDay = z
  .string(must('must be a date such as 2026-08-09'))
  .meta({ format: 'date' })
  .nullish()
  .transform((given, c): string | null | undefined => {
    if (given === null || given === undefined) return undefined
    const text = given.trim()
    const at = momentOf(text)
    if (text === '' || (at !== null && at < Date.UTC(1980))) return null
    if (at !== null) return text.slice(0, 10)
    c.addIssue({
      code: 'custom',
      message: `must be a date such as 2026-08-09, not ${quoted(given)}`,
    })
    return z.NEVER
  })

/** Comma-separated ids of a query, at most 1,000: `1,2,3`. */
export const Ids = z
  .union([z.string(), z.number()])
  .transform((given, c): number[] => {
    const parts = String(given)
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)
    const ids = parts.map(Number)
    if (
      ids.length <= 1_000 &&
      ids.every((id) => Number.isInteger(id) && Math.abs(id) <= HIGHEST_ID)
    )
      return [...new Set(ids)]
    c.addIssue({ code: 'custom', message: 'must be whole numbers with commas between' })
    return z.NEVER
  })
  .meta({ pattern: '^\\d{1,9}(,\\d{1,9}){0,99}$', multipleOf: 1, minimum: 0, maximum: HIGHEST_ID })

/** A list of at most so many; the refusal says how many came. */
export const List = <S extends z.ZodType>(one: S, most: number) =>
  z.array(one).max(most, { error: ({ input }) => `must be at most ${most}, not ${countOf(input)}` })
const countOf = (sent: unknown): number => (Array.isArray(sent) ? sent.length : 0)

/** A field of a body that may be left out; null is as good as left out. Not for what has a "none" of its own: that would be lost. */
export const opt = <S extends z.ZodType>(schema: S) =>
  schema.nullish().transform((given) => given ?? undefined)

/** The same without the fields that are undefined, for domain types whose optional fields are absent or have a value. */
export type Given<T> = {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
} & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
}
export function given<T extends object>(fields: T): Given<T>
export function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** What is beyond any page is the last one: times its size it must still be a whole number to the database. */
const LAST_PAGE = 1_000_000

/** Where a number is no number it is ignored: a known client sends `count=true` (halo-api.md §3). */
const Loose = z.union([z.number(), z.string()]).transform((given): number | undefined => {
  const number = String(given).trim() === '' ? Number.NaN : Number(given)
  return Number.isInteger(number) && number > 0 ? Math.min(number, LAST_PAGE) : undefined
})

/** The query names of every list that comes in pages; spread into the schema of its filter. */
export const Paging = {
  pageinate: QueryBool.optional(),
  page_no: Loose.optional(),
  page_size: Loose.optional(),
  count: Loose.optional(),
}

export interface Page {
  no: number
  size: number
  limit: number
  offset: number
}

const DEFAULT_COUNT = 50

/** `page_size` and `page_no` count only with `pageinate=true`; else `count` bounds the list (halo-api.md §3). */
export function pageOf(query: z.output<z.ZodObject<typeof Paging>>): Page {
  const size = query.pageinate
    ? Math.min(query.page_size ?? DEFAULT_COUNT, limits.pageSize)
    : Math.min(query.count ?? DEFAULT_COUNT, limits.count)
  const no = query.pageinate ? (query.page_no ?? 1) : 1
  return { no, size, limit: size, offset: (no - 1) * size }
}

/** The schema of a list in an envelope, for the document of the API; `more` stands beside it. */
export const Enveloped = <S extends z.ZodType>(
  key: string,
  one: S,
  more: Record<string, z.ZodType> = {},
) =>
  z.object({
    record_count: z.int(),
    page_no: z.int(),
    page_size: z.int(),
    [key]: z.array(one),
    ...more,
  })

/** A page of rows with the total of the filter. Strict clients read all four (halo-api.md §3). */
export function envelope<K extends string, T>(
  key: K,
  rows: T[],
  total: number,
  page: Page,
): { record_count: number; page_no: number; page_size: number } & Record<K, T[]>
export function envelope(key: string, rows: unknown[], total: number, page: Page): object {
  return { record_count: total, page_no: page.no, page_size: page.size, [key]: rows }
}

/** Query of a creating POST: `returnall=true` asks for the array instead of the last object. */
export const Returnall = z.object({ returnall: QueryBool.optional() })

/** The schema of what a POST answers: the object, or all of them where `returnall` asks for that. */
export const createdOf = <S extends z.ZodType>(one: S) => z.union([one, z.array(one)])

type Answered<T, Status extends StatusCode> = Response &
  TypedResponse<JSONParsed<T>, Status, 'json'>

/** The answer to a POST: 201 with the bare object, the last one of several, or the array (halo-api.md §4). */
export function created<T extends object>(
  c: At,
  rows: T[],
  returnall: boolean | undefined,
): Answered<T | T[], 201> {
  const last = rows.at(-1)
  if (last === undefined) throw new Error('Nothing was created')
  return c.json(returnall ? rows : last, 201)
}

/** The number in the path. What cannot be a number is as unknown as one that nothing has. Throws NOT_FOUND. */
export function pathId(c: At, name = 'id'): number {
  const text = c.req.param(name) ?? ''
  const id = Number(text)
  if (!/^\d{1,10}$/.test(text) || id < 1 || id > HIGHEST_ID) throw new Problem('NOT_FOUND')
  return id
}

/** A stored time as the wire has it: ISO 8601 in UTC. */
export function isoUtc(ms: number): string
export function isoUtc(ms: number | null): string | null
export function isoUtc(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

function momentOf(given: string): number | null {
  const text = given.trim().replace(' ', 'T')
  const day = /^(\d{4}-\d{2}-\d{2})(?:T|$)/.exec(text)?.[1]
  if (!day) return null
  const zoned = text.length === 10 || /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`
  const at = Date.parse(zoned)
  // Date.parse takes 30 February for a day in March.
  const real = new Date(`${day}T00:00:00Z`)
  return Number.isNaN(at) || Number.isNaN(real.getTime()) || real.toISOString().slice(0, 10) !== day
    ? null
    : at
}

function graphemes(text: string, most: number): number {
  let n = 0
  for (const _ of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text))
    if (++n > most) break
  return n
}
