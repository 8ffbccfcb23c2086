import type { BatchItem } from 'drizzle-orm/batch'
import { DrizzleD1Database, SQLiteD1Session } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { SQLiteRaw } from 'drizzle-orm/sqlite-core/query-builders/raw'
import { z } from 'zod'
import { cost } from './cost'
import { noteSize, tooMuchFor } from './databaseFull'
import { Problem } from './problem'
import { seams } from './seams'

/** A check that must hold before anything read is shown: the caller's session, application or connection still stands. */
export interface Guard {
  sql: string
  params: (string | number | null)[]
  /** Throws the refusal that the row, or its absence, means. */
  judge: (row: Record<string, unknown> | undefined) => void
}

/** A statement of drizzle's as text and values. */
type Sayable = { toSQL: () => { sql: string; params: unknown[] } }

/** One tenant's data: its number, drizzle over the database of its shard, and the rest of the guard. */
export interface Db {
  t: number
  orm: DrizzleD1Database
  /** The database below drizzle, for the few statements that drizzle cannot say. */
  d1: D1Database
  /** Runs a guard that no query has carried yet, for a route that would answer without asking the database. */
  settle: () => Promise<void>
  /** The guard goes along to an object, whose first query carries it: it need not be asked here too. */
  handOn: () => void
  /** This statement rides behind the first batch that makes a row of that table, in its transaction (R1). */
  along: (table: string, statement: Sayable) => void
}

/** The database of a shard below all tenants: for the directory, the sweep and the witness alone, which are no tenant's. */
export const shardOf = (env: Pick<Env, 'DB'>): D1Database => env.DB

// One for all requests: it keeps the names of the columns, which it would otherwise derive again for each.
const dialect = new SQLiteAsyncDialect({ casing: 'snake_case' })

/**
 * Opens the database for one tenant. The guard costs no round trip of its own: it rides in front of the first query, and when it
 * fails, nothing of that query is given out. A first query that writes waits for it (a failed guard must not leave a write behind).
 */
export function openDb(env: Pick<Env, 'DB'>, t: number, guard?: Guard): Db {
  const d1 = new GuardedD1(env.DB, guard)
  return {
    t,
    d1,
    orm: new DrizzleD1Database(
      'async',
      dialect,
      new SQLiteD1Session(d1, dialect, undefined),
      undefined,
    ),
    settle: () => d1.settle(),
    handOn: () => d1.handOn(),
    along: (table, statement) => d1.along(table, statement),
  }
}

class GuardedD1 implements D1Database {
  #rider: { makes: string; statement: GuardedStatement } | undefined

  constructor(
    readonly inner: D1Database,
    private guard?: Guard,
  ) {}

  prepare(sql: string): D1PreparedStatement {
    return new GuardedStatement(this, sql, [])
  }

  async batch<T = unknown>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> {
    const sent = statements.flatMap((one) => (isLeftOut(one) ? [] : [this.#own(one)]))
    const results = (await this.send<T>(sent)).values()
    return statements.map((one) => (isLeftOut(one) ? NO_ROWS : results.next().value) ?? NO_ROWS)
  }

  #own(statement: D1PreparedStatement | RawStatement): GuardedStatement {
    if (statement instanceof GuardedStatement) return statement
    if (statement instanceof RawStatement)
      return new GuardedStatement(this, statement.sql, statement.params)
    throw new Error('Only statements of this database can be sent in its batch')
  }

  handOn(): void {
    delete this.guard
  }

  along(table: string, statement: Sayable): void {
    const { sql, params } = statement.toSQL()
    this.#rider = {
      makes: `insert into "${table}"`,
      statement: new GuardedStatement(this, sql, params),
    }
  }

  async settle(): Promise<void> {
    if (this.guard) await this.send([])
  }

  async send<T>(statements: GuardedStatement[]): Promise<D1Result<T>[]> {
    const guard = this.guard
    const texts = statements.map((statement) => statement.sql)
    if (!guard) return this.#run<T>(texts, statements)
    delete this.guard
    const first = new GuardedStatement(this, guard.sql, guard.params)
    const alone = !texts.every(onlyReads)
    const [verdict, ...rest] = await this.#run<T>(
      alone ? [guard.sql] : [guard.sql, ...texts],
      alone ? [first] : [first, ...statements],
    )
    guard.judge(z.record(z.string(), z.unknown()).optional().parse(verdict?.results[0]))
    return alone ? this.#run<T>(texts, statements) : rest
  }

  async #run<T>(asked: string[], wanted: GuardedStatement[]): Promise<D1Result<T>[]> {
    const rider = this.#rider
    const rides = rider !== undefined && asked.some((text) => text.startsWith(rider.makes))
    const statements = rides ? [...wanted, rider.statement] : wanted
    const texts = rides ? [...asked, rider.statement.sql] : asked
    if (rides) this.#rider = undefined
    try {
      await seams.beforeQuery?.(texts)
      const results = await this.inner.batch<T>(statements.map((statement) => statement.real()))
      cost.spend({ batches: 1, statements: statements.length })
      for (const { meta } of results)
        cost.spend({ read: meta.rows_read, written: meta.rows_written })
      noteSize(results.at(-1)?.meta.size_after ?? 0)
      await seams.afterQuery?.(texts)
      return results.slice(0, wanted.length)
    } catch (error) {
      throw tooMuchFor(error) ?? error
    }
  }

  exec(): Promise<D1ExecResult> {
    throw new Error('Statements are prepared, so that their values are bound')
  }
  withSession(): D1DatabaseSession {
    throw new Error('Reads after a write go to the primary; there is no session')
  }
  dump(): Promise<ArrayBuffer> {
    throw new Error('A database is exported per tenant')
  }
}

class GuardedStatement implements D1PreparedStatement {
  constructor(
    private readonly db: GuardedD1,
    readonly sql: string,
    private readonly params: unknown[],
  ) {}

  bind(...params: unknown[]): GuardedStatement {
    return new GuardedStatement(this.db, this.sql, params)
  }
  real(): D1PreparedStatement {
    return this.db.inner.prepare(this.sql).bind(...this.params)
  }
  async all<T = Record<string, unknown>>(): Promise<D1Result<T>> {
    const [result] = await this.db.send<T>([this])
    if (!result) throw new Error('The database gave no result')
    return result
  }
  run<T = Record<string, unknown>>(): Promise<D1Result<T>> {
    return this.all<T>()
  }
  first<T = unknown>(column: string): Promise<T | null>
  first<T = Record<string, unknown>>(): Promise<T | null>
  async first(column?: string): Promise<unknown> {
    const row = (await this.all()).results[0]
    return column === undefined ? (row ?? null) : (row?.[column] ?? null)
  }
  raw<T = unknown[]>(options: { columnNames: true }): Promise<[string[], ...T[]]>
  raw<T = unknown[]>(options?: { columnNames?: false }): Promise<T[]>
  async raw(): Promise<unknown> {
    // Rows come as objects from a batch, so two columns of one name would fall together: name them apart with `.as(...)`.
    return (await this.all()).results.map((row) => Object.values(row))
  }
}

/** Raw SQL of drizzle's on its way into a batch. */
export class RawStatement {
  constructor(
    readonly sql: string,
    readonly params: unknown[],
  ) {}
}

// Drizzle 0.45 gives raw SQL no statement of its own, and its D1 batch then fails as soon as there are values to bind.
Object.defineProperty(SQLiteRaw.prototype, 'stmt', {
  get(this: SQLiteRaw<unknown>) {
    return { bind: (...params: unknown[]) => new RawStatement(this.getQuery().sql, params) }
  },
})

/**
 * A query that is left out of its batch where nothing needs its rows; there are none then. Half of what saving an action could have to
 * know concerns what most actions do not change.
 */
export function when<Q extends BatchItem<'sqlite'>>(needed: boolean, query: () => Q): Q
export function when(needed: boolean, query: () => unknown): unknown {
  return needed ? query() : leftOut
}

const LEFT_OUT = {}
const isLeftOut = (statement: object): boolean => statement === LEFT_OUT
/** As much of a query as drizzle's batch asks for. */
export const leftOut = {
  _prepare: () => ({
    getQuery: () => ({ sql: '', params: [null] }),
    stmt: { bind: () => LEFT_OUT },
    mapResult: () => [],
  }),
}
const NO_ROWS: D1Result<never> = {
  success: true,
  results: [],
  meta: {
    duration: 0,
    size_after: 0,
    rows_read: 0,
    rows_written: 0,
    last_row_id: 0,
    changed_db: false,
    changes: 0,
  },
}

const onlyReads = (sql: string): boolean => /^\s*(select|with)\b/i.test(sql)

/** Runs statements of any kind and number as one transaction; their rows come in the same order. */
export async function runBatch({ orm }: Db, statements: BatchItem<'sqlite'>[]): Promise<unknown[]> {
  const [first, ...rest] = statements
  return first ? orm.batch([first, ...rest]) : []
}

/** A statement whose rows are known to the compiler. */
export type Query<Rows> = BatchItem<'sqlite'> & { _: { result: Rows } }

/** Writes, and reads what then stands, as one transaction; the rows of the reads in their order. */
export async function writeAndRead<R extends unknown[]>(
  db: Db,
  writes: BatchItem<'sqlite'>[],
  reads: [...{ [K in keyof R]: Query<R[K]> }],
): Promise<R> {
  return rowsOf<R>(reads, (await runBatch(db, [...writes, ...reads])).slice(-reads.length))
}

/** A batch of any length forgets what its statements answer; the queries still know. */
function rowsOf<R extends unknown[]>(
  reads: [...{ [K in keyof R]: Query<R[K]> }],
  answers: unknown[],
): R
function rowsOf(_reads: unknown, answers: unknown): unknown {
  return answers
}

/** Whether a write failed because a row of that key stands already, such as the fence (`key` narrows it to a `table` or a `table.column`). */
export function isKeyCollision(error: unknown, key?: string): boolean {
  const named = key === undefined || key.includes('.') ? key : `${key}.`
  for (let at = error; at instanceof Error; at = at.cause) {
    if (
      /UNIQUE constraint failed|PRIMARY KEY constraint failed/.test(at.message) &&
      (!named || at.message.includes(named))
    )
      return true
  }
  return false
}

/**
 * Whether the database or an object went away under a call, at a deploy for instance: what was asked may be done or not. An overloaded
 * one must not be asked again. The texts are the platform's own (reliability.md §2).
 */
export function isCutOff(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('overloaded' in at && at.overloaded === true) return false
    if ('retryable' in at && at.retryable === true) return true
    if (/Network connection lost|because its code was updated|object to be reset/i.test(at.message))
      return true
  }
  return false
}

/** The row a look-up found, or the refusal that is the same for unknown and foreign ids (T1). */
export function found<T>(row: T | null | undefined, name?: string): T {
  if (row === null || row === undefined)
    throw name ? Problem.field(name, 'there is nothing of that id') : new Problem('NOT_FOUND')
  return row
}
