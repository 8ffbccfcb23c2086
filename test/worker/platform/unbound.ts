import { getTableColumns, getTableName, is } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import * as schema from '../../../db/schema'

/**
 * Reads a statement as far as T2 needs: which tables of a tenant it names, and whether each of them is held to one tenant, by `t = ?` or
 * by an equal `t` of a table that is. A condition under an `or` or a `not` holds nothing.
 */

/** The tables whose rows are some tenant's. */
export const tenantTables: ReadonlySet<string> = new Set([
  ...Object.values(schema)
    .filter((one) => is(one, SQLiteTable))
    .filter((table) => 't' in getTableColumns(table))
    .map(getTableName),
  'search',
])

/** The tables that a statement reads or writes without naming their tenant; none when all is well. */
export function unboundTables(sql: string): string[] {
  const items = treeOf(sql.match(TOKENS) ?? [])
  return [...new Set(unboundIn(items, new Set()))]
}

const TOKENS = /'(?:[^']|'')*'|"[^"]*"|\w+|\?\d*|<<|>>|<>|[<>]=|\|\||\S/g
type Item = string | Item[]

function treeOf(tokens: string[]): Item[] {
  const open: Item[][] = [[]]
  for (const token of tokens) {
    if (token === '(') open.push([])
    else if (token === ')') {
      const closed = open.pop() ?? []
      open.at(-1)?.push(closed)
    } else open.at(-1)?.push(token.startsWith('"') ? token.slice(1, -1) : token.toLowerCase())
  }
  return open[0] ?? []
}

const isQuery = (item: Item | undefined): item is Item[] =>
  Array.isArray(item) && (item[0] === 'select' || item[0] === 'with' || isQuery(item[0]))

const AFTER_A_TABLE = new Set(
  'where on join inner left outer cross group order limit set values select union returning default and using indexed not'.split(
    ' ',
  ),
)

/** What stands on one level: its tables by the name they go by, what is equal there, and the queries inside. */
interface Scope {
  tables: Map<string, string>
  equal: [string, string][]
  inside: Item[][]
  unbound: string[]
}

function unboundIn(items: Item[], outer: ReadonlySet<string>): string[] {
  const cut = items.findIndex((item) => item === 'union')
  if (cut >= 0)
    return [
      ...unboundIn(items.slice(0, cut), outer),
      ...unboundIn(
        items.slice(cut + 1).filter((item) => item !== 'all'),
        outer,
      ),
    ]
  const scope: Scope = { tables: new Map(), equal: [], inside: [], unbound: [] }
  read(items, scope, true)
  const bound = new Set([...outer].filter((name) => !scope.tables.has(name)))
  bound.add('?')
  for (let grown = true; grown;) {
    grown = false
    for (const [a, b] of scope.equal) {
      if (bound.has(a) === bound.has(b)) continue
      bound.add(a).add(b)
      grown = true
    }
  }
  bound.delete('?')
  const alone = scope.tables.size === 1 ? [...scope.tables.keys()] : []
  if (bound.delete('')) for (const name of alone) bound.add(name)
  return [
    ...scope.unbound,
    ...[...scope.tables]
      .filter(([name, table]) => tenantTables.has(table) && !bound.has(name))
      .map(([, table]) => table),
    ...scope.inside.flatMap((query) => unboundIn(query, bound)),
  ]
}

/** Takes a level apart. `holds` is false where a condition need not be true. */
function read(items: Item[], scope: Scope, holds: boolean): void {
  const counts = holds && !items.includes('or')
  for (const [i, item] of items.entries()) {
    const before = items[i - 1]
    const next = items[i + 1]
    if (isQuery(item)) scope.inside.push(item)
    else if (Array.isArray(item)) read(item, scope, counts && before !== 'not')
    else if (item === 'into' && typeof next === 'string') readInsert(items, i + 1, scope)
    else if (
      (item === 'from' ||
        item === 'join' ||
        item === 'update' ||
        (item === ',' && inFrom(items, i))) &&
      typeof next === 'string' &&
      next !== 'set'
    )
      readTable(items, i + 1, scope)
    else if (item === 'match' && before === 'search') scope.equal.push(['search', '?'])
    else if (item === '=' && counts) {
      const sides = [sideBefore(items, i), sideAfter(items, i)]
      const [a, b] = sides
      if (a !== undefined && b !== undefined && sides.some((one) => one !== '?'))
        scope.equal.push([a, b])
    }
  }
}

function inFrom(items: Item[], at: number): boolean {
  for (let i = at - 1; i >= 0; i--) {
    const item = items[i]
    if (item === 'from') return true
    if (typeof item === 'string' && ['where', 'select', 'set', 'values', 'by', 'on'].includes(item))
      return false
  }
  return false
}

function readTable(items: Item[], at: number, scope: Scope): void {
  const table = items[at]
  if (typeof table !== 'string' || Array.isArray(items[at + 1])) return // a function such as json_each
  const alias = items[at + 1] === 'as' ? items[at + 2] : items[at + 1]
  const named = typeof alias === 'string' && /^[a-z_]\w*$/i.test(alias) && !AFTER_A_TABLE.has(alias)
  scope.tables.set(named ? alias : table, table)
}

/** A new row names its tenant in its own column. */
function readInsert(items: Item[], at: number, scope: Scope): void {
  const table = items[at]
  const columns = items[at + 1]
  if (typeof table !== 'string' || !tenantTables.has(table) || table === 'search') return
  const names = Array.isArray(columns) ? columns.filter((one) => one !== ',') : []
  const place = names.indexOf('t')
  const rest = items.slice(at + 2)
  const row = rest[0] === 'values' ? rest[1] : rest[0] === 'select' ? rest.slice(1) : []
  const named = place >= 0 && partsOf(row)[place]?.[0] === '?'
  if (!named) scope.unbound.push(table)
}

function partsOf(row: Item | undefined): Item[][] {
  const parts: Item[][] = [[]]
  for (const item of Array.isArray(row) ? row : [])
    if (item === ',') parts.push([])
    else parts.at(-1)?.push(item)
  return parts
}

/** The table whose `t` stands on one side of `=`; "" where it is not said whose; "?" for a value that is bound. */
function sideBefore(items: Item[], at: number): string | undefined {
  const [table, dot, column] = [items[at - 3], items[at - 2], items[at - 1]]
  if (typeof column === 'string' && column.startsWith('?')) return '?'
  if (column !== 't') return undefined
  return dot === '.' ? nameOf(table) : ''
}
function sideAfter(items: Item[], at: number): string | undefined {
  const [first, dot, column] = [items[at + 1], items[at + 2], items[at + 3]]
  if (typeof first === 'string' && first.startsWith('?')) return '?'
  if (dot === '.') return column === 't' ? nameOf(first) : undefined
  return first === 't' ? '' : undefined
}
const nameOf = (item: Item | undefined): string | undefined =>
  typeof item === 'string' ? item : undefined
