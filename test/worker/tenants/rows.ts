import { env } from 'cloudflare:test'
import { sha256 } from '../../../worker/platform/keys'
import { tenantTables } from '../platform/unbound'

/** The rows of the whole database and the files, so that two walks can begin from the same state. */

interface Snapshot {
  tables: { name: string; rows: Record<string, unknown>[] }[]
  /** Of the search index only the numbers can be read. */
  searched: number[]
  files: { key: string; bytes: ArrayBuffer }[]
}

const d1 = env.DB
const q = (name: string) => `"${name}"`

/** Every table but the search index, the runtime's own, and what the Witness compares itself with (a rewound one is a restore, R16). */
async function tableNames(): Promise<string[]> {
  const { results } = await d1
    .prepare("select name from sqlite_master where type = 'table' order by name")
    .all<{ name: string }>()
  return results
    .map(({ name }) => name)
    .filter((name) => !/^(sqlite_|_cf_|d1_|search)/.test(name) && name !== 'shard_meta')
}

export async function snapshot(): Promise<Snapshot> {
  const names = await tableNames()
  const read = await d1.batch<Record<string, unknown>>(
    names.map((name) => d1.prepare(`select * from ${q(name)}`)),
  )
  const { results: searched } = await d1
    .prepare('select rowid from search')
    .all<{ rowid: number }>()
  const files: Snapshot['files'] = []
  for (const { key } of (await env.FILES.list()).objects) {
    const object = await env.FILES.get(key)
    if (object) files.push({ key, bytes: await object.arrayBuffer() })
  }
  return {
    tables: names.map((name, at) => ({ name, rows: read[at]?.results ?? [] })),
    searched: searched.map(({ rowid }) => rowid),
    files,
  }
}

export async function restore({ tables, searched, files }: Snapshot): Promise<void> {
  await d1.batch([
    d1.prepare('pragma defer_foreign_keys = on'),
    ...tables.map(({ name }) => d1.prepare(`delete from ${q(name)}`)),
    ...tables.flatMap(({ name, rows }) => {
      const [first] = rows
      if (!first) return []
      const columns = Object.keys(first)
      const values = columns.map((column) => `json_extract(value, '$.${column}')`)
      return [
        d1
          .prepare(
            `insert into ${q(name)} (${columns.map(q).join()}) select ${values.join()} from json_each(?)`,
          )
          .bind(JSON.stringify(rows)),
      ]
    }),
    d1
      .prepare('delete from search where rowid not in (select value from json_each(?))')
      .bind(JSON.stringify(searched)),
  ])
  const kept = new Set(files.map(({ key }) => key))
  for (const { key } of (await env.FILES.list()).objects)
    if (!kept.has(key)) await env.FILES.delete(key)
  for (const { key, bytes } of files) await env.FILES.put(key, bytes)
}

/** Takes everything from a desk but its name in the directory. */
export async function empty(t: number): Promise<void> {
  const names = (await tableNames()).filter((name) => tenantTables.has(name))
  await d1.batch([
    d1.prepare('pragma defer_foreign_keys = on'),
    ...names.map((name) => d1.prepare(`delete from ${q(name)} where t = ?`).bind(t)),
    d1.prepare('delete from search where rowid >> 43 = ?').bind(t),
  ])
}

/** A hash of all that a desk has: its rows, its place in the directory, its sessions, the numbers of its search entries, its files. */
export async function hashOf(t: number, tenantId: string): Promise<string> {
  const names = await tableNames()
  const own = names.map((name) =>
    tenantTables.has(name)
      ? d1.prepare(`select * from ${q(name)} where t = ?`).bind(t)
      : name === 'instance'
        ? d1.prepare('select * from instance where no = ?').bind(t)
        : d1
            .prepare(
              name === 'account' || name === 'session'
                ? `select * from ${name} where ${name === 'account' ? 'id' : 'account_id'} in (select account_id from membership where t = ?) `
                : 'select ? as t',
            )
            .bind(t),
  )
  const rows = await d1.batch([
    ...own,
    d1.prepare('select rowid from search where rowid >> 43 = ?').bind(t),
  ])
  const files = await env.FILES.list({ prefix: `${tenantId}/` })
  return sha256(
    JSON.stringify([
      rows.map(({ results }) => results.map((row) => JSON.stringify(row)).toSorted()),
      files.objects.map(({ key, etag }) => [key, etag]),
    ]),
  )
}
