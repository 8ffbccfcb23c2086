import { fillPlaceholders, QueryPromise, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { leftOut, RawStatement, type Db } from './database'

type Query = BatchItem<'sqlite'>

/**
 * A query whose SQL is written once for each isolate and then only given its values: drizzle takes longer to write a query than the
 * database to answer it. `build` must do nothing with its numbers and strings but put them into the query, for on its first call they
 * are holes; booleans, null and undefined it may decide by, and each combination is written for itself. A property of a plain object
 * counts as an argument of its own, and so does the value of an array of one. Called with anything else (an expression, several values)
 * the query is written anew.
 */
export function once<A extends unknown[], Q extends Query>(
  build: (db: Db, ...args: A) => Q,
): (db: Db, ...args: A) => Q
export function once(
  build: (db: Db, ...args: unknown[]) => Query,
): (db: Db, ...args: unknown[]) => unknown {
  const all = onceAll((db: Db, ...args: unknown[]) => [build(db, ...args)])
  return (db, ...args) => all(db, ...args)[0]
}

/** The same for several queries that are always sent together. */
export function onceAll<A extends unknown[], Q extends readonly Query[]>(
  build: (db: Db, ...args: A) => Q,
): (db: Db, ...args: A) => Q
export function onceAll(
  build: (db: Db, ...args: unknown[]) => readonly Query[],
): (db: Db, ...args: unknown[]) => unknown {
  const known = new Map<string, (Written | null)[]>()
  return (db, ...args) => {
    const values: Record<string, unknown> = { t: db.t }
    const shapes = args.map((arg, i) => shapeOf(arg, `a${i}`, values))
    if (shapes.includes(null)) return build(db, ...args)
    const shape = shapes.join()
    let written = known.get(shape)
    if (!written) {
      if (known.size >= MOST_SHAPES) known.clear()
      const holes = args.map((arg, i) => holeOf(arg, `a${i}`))
      written = build(withHole(db), ...holes).map(writtenOf)
      known.set(shape, written)
    }
    return written.map((one) => (one ? new Filled(db, one, values) : leftOut))
  }
}

const MOST_SHAPES = 200

interface Written {
  sql: string
  params: unknown[]
  mapResult: (result: unknown, isFromBatch: boolean) => unknown
}

/** What of an argument decides how the query is written; its values are put among the others under the names of their holes. */
function shapeOf(arg: unknown, name: string, values: Record<string, unknown>): string | null {
  switch (typeof arg) {
    case 'number':
    case 'string':
      values[name] = arg
      return '?'
    case 'boolean':
    case 'undefined':
      return String(arg)
    case 'object': {
      if (arg === null) return 'null'
      if (Array.isArray(arg) && arg.length <= 1)
        return arg.length === 0 ? '[]' : bracketed(shapeOf(arg[0], `${name}.0`, values))
      if (Object.getPrototypeOf(arg) !== Object.prototype) return null
      const shapes = Object.entries(arg).map(([key, value]) => {
        const shape = shapeOf(value, `${name}.${key}`, values)
        return shape === null ? null : `${key}:${shape}`
      })
      return shapes.includes(null) ? null : `{${shapes.join()}}`
    }
    default:
      return null
  }
}

function withHole(db: Db): Db
function withHole(db: Db): unknown {
  return { ...db, t: sql.placeholder('t') }
}

const bracketed = (shape: string | null) => shape && `[${shape}]`

/** A hole for each value. Holes are no numbers: whatever would calculate with one fails at its first call. */
function holeOf(arg: unknown, name: string): unknown {
  if (typeof arg === 'number' || typeof arg === 'string') return sql.placeholder(name)
  if (typeof arg !== 'object' || arg === null) return arg
  if (Array.isArray(arg)) return arg.map((value, i) => holeOf(value, `${name}.${i}`))
  return Object.fromEntries(
    Object.entries(arg).map(([key, value]) => [key, holeOf(value, `${name}.${key}`)]),
  )
}

interface Preparable {
  _prepare: () => {
    getQuery: () => { sql: string; params: unknown[] }
    mapResult: Written['mapResult']
  }
}
const isPreparable = (query: object): query is Preparable => '_prepare' in query

/** Null for a query that is left out wherever the arguments have this shape. */
function writtenOf(query: object): Written | null {
  if (query === leftOut) return null
  if (!isPreparable(query)) throw new Error('Only a query of drizzle can be written once')
  const prepared = query._prepare()
  return {
    ...prepared.getQuery(),
    mapResult: (result, isFromBatch) => prepared.mapResult(result, isFromBatch),
  }
}

/** As much of a query as drizzle's batch asks for; awaited by itself it is a batch of one. */
class Filled extends QueryPromise<unknown> {
  constructor(
    private readonly db: Db,
    private readonly written: Written,
    private readonly values: Record<string, unknown>,
  ) {
    super()
  }
  _prepare() {
    const { sql: text, mapResult } = this.written
    const params = fillPlaceholders(this.written.params, this.values)
    return {
      getQuery: () => ({ sql: text, params }),
      stmt: { bind: (...bound: unknown[]) => new RawStatement(text, bound) },
      mapResult,
    }
  }
  toSQL() {
    return this._prepare().getQuery()
  }
  override async execute(): Promise<unknown> {
    const prepared = this._prepare()
    const { params } = prepared.getQuery()
    const result = await this.db.d1
      .prepare(this.written.sql)
      .bind(...params)
      .all()
    return prepared.mapResult(result, true)
  }
}
