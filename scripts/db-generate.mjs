// Writes the migration that db/schema asks for: `npm run db:generate -- NAME "Why it is needed."`
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, onOwnNode, root } from './own-node.mjs'

const folder = join(root, 'db/migrations')

await onOwnNode()
const [migration, why] = process.argv.slice(2)
if (!migration || !why) fail('Usage: npm run db:generate -- NAME "Why it is needed."')
const { run } = await import('./run.mjs')
const migrations = () => readdirSync(folder).filter((name) => name.endsWith('.sql'))

const before = new Set(migrations())
const { code } = await run(
  ['drizzle-kit', 'generate', '--config', 'db/drizzle.config.ts', '--name', migration],
  { show: true },
)
if (code !== 0) fail('No migration was written.')
for (const name of migrations().filter((one) => !before.has(one))) {
  const file = join(folder, name)
  writeFileSync(file, `-- ${why}\n${withoutRowid(readFileSync(file, 'utf8'))}`)
}

/**
 * A table with a composite key that keeps its rowid writes one row more for each insert, and rows
 * written are what the database costs. Drizzle cannot say it.
 * @param {string} sql
 */
function withoutRowid(sql) {
  return sql.replaceAll(/CREATE TABLE `(\w+)` \([\s\S]*?\n\);/g, (statement) =>
    /^\s*PRIMARY KEY\(/m.test(statement)
      ? statement.replace(/\);$/, ') WITHOUT ROWID;')
      : statement,
  )
}
