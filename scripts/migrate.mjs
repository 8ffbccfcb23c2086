import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unstable_splitSqlQuery as statementsOf } from 'wrangler'

/** The table that `wrangler d1 migrations apply` keeps, so that either tool knows what the other did. */
const LEDGER = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`

/**
 * Applies what a local database has not seen yet, each file as one transaction.
 * @param {import('@cloudflare/workers-types').D1Database} database
 * @param {string} folder
 * @returns {Promise<string[]>} the files applied now
 */
export async function migrate(database, folder) {
  await database.prepare(LEDGER).run()
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all()
  const applied = new Set(results.map((row) => row['name']))
  const missing = readdirSync(folder)
    .filter((name) => name.endsWith('.sql') && !applied.has(name))
    .toSorted()
  for (const name of missing) {
    const statements = statementsOf(readFileSync(join(folder, name), 'utf8'))
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ])
  }
  return missing
}
