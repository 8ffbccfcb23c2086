import { integer, text } from 'drizzle-orm/sqlite-core'

/** The instance's number: first in every key, so a query cannot name a row without naming its tenant. */
export const tenant = () => integer().notNull()
/** A number for people, from the tenant's counter; it only rises and is never given out twice. */
export const smallId = () => integer().notNull()
/** UTC milliseconds. */
export const time = () => integer()
export const flag = (on = false) => integer({ mode: 'boolean' }).notNull().default(on)
/** Enums are checked in zod, not by CHECK: changing one must not rebuild a table (protocol.md §9). */
export const oneOf = <const T extends [string, ...string[]]>(...values: T) => text({ enum: values })
