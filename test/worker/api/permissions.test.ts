import { expect, test } from 'vitest'
import page from '../../../docs/security.md?raw'
import { app } from '../../../worker/app'
import { operationsOf } from '../../../worker/api/openapi'

/** What the routes declare, a row for each path and those who may: methods, path, who. */
function declared(): string[] {
  const rows = new Map<string, string[]>()
  for (const { method, path, who } of operationsOf(app.routes)) {
    if (!path.startsWith('/:slug/') || !who) continue
    const key = `\`${path.replace('/:slug', '').replace(/\{[^}]*\}/g, '')}\` | ${who.join(', ')}`
    rows.set(key, [...(rows.get(key) ?? []), method])
  }
  return [...rows].map(([key, methods]) => `| ${methods.join(' ')} | ${key} |`).sort()
}

/** The rows of the table in the page, without the padding of its columns. */
const documented = () =>
  page
    .split('\n')
    .filter((line) => /^\|\s+(GET|POST|PUT|DELETE)\b/.test(line))
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .sort()

test('docs/security.md says who may call what as the routes do (T26, reliability.md §7.6)', () => {
  expect(documented()).toEqual(declared())
})
