// The table of docs/security.md that says who may call what, from what the routes declare.
// `--check` fails when the page says something else.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, onOwnNode, root } from './own-node.mjs'

await onOwnNode()
const { runnerImport } = await import('vite')

const PAGE = join(root, 'docs/security.md')
const BEGIN = '<!-- permissions: written from the routes by `npm run fix` -->'
const END = '<!-- end of permissions -->'
/** @typedef {{method: string, path: string, who?: string[]}} Operation */

const page = readFileSync(PAGE, 'utf8')
const [before, rest] = page.split(BEGIN)
const after = rest?.split(END)[1]
if (before === undefined || after === undefined)
  fail(`docs/security.md has lost the marks around its table: ${BEGIN} and ${END}`)
const wanted = `${before}${BEGIN}\n\n${tableOf(rowsOf(await operations()))}\n\n${END}${after}`

if (wanted !== page) {
  if (process.argv.includes('--check'))
    fail('The table of docs/security.md is not what the routes declare.')
  writeFileSync(PAGE, wanted)
}
process.exit() // the module runner would keep the process

/** @returns {Promise<Operation[]>} */
async function operations() {
  const entry = `
    import { app } from '/worker/app.ts'
    import { operationsOf } from '/worker/api/openapi.ts'
    export const operations = operationsOf(app.routes)`
  const parts = { 'virtual:routes': entry, 'cloudflare:workers': 'export class DurableObject {}' }
  /** @type {{module: {operations: Operation[]}}} */
  const { module } = await runnerImport('virtual:routes', {
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'parts',
        enforce: 'pre',
        resolveId: (id) => (id in parts ? `\0${id}` : undefined),
        load: (id) => Object.entries(parts).find(([name]) => id === `\0${name}`)?.[1],
      },
    ],
  })
  return module.operations
}

/** A row for each path and those who may. The bare host has the same routes once more. */
function rowsOf(/** @type {Operation[]} */ all) {
  /** @type {Map<string, {methods: string[], path: string, who: string}>} */
  const rows = new Map()
  for (const { method, path, who } of all) {
    if (!path.startsWith('/:slug/') || !who) continue
    const row = {
      methods: [],
      path: `\`${path.replace('/:slug', '').replace(/\{[^}]*\}/g, '')}\``,
      who: who.join(', '),
    }
    const key = row.path + row.who
    rows.set(key, rows.get(key) ?? row)
    rows.get(key)?.methods.push(method)
  }
  return [...rows.values()]
    .map(({ methods, path, who }) => [methods.join(' '), path, who])
    .toSorted(([, a = ''], [, b = '']) => a.localeCompare(b, 'en'))
}

/** Padded as the formatter pads it. */
function tableOf(/** @type {string[][]} */ rows) {
  const all = [['methods', 'path below `/SLUG`', 'who'], ...rows]
  const widths = [0, 1, 2].map((at) => Math.max(...all.map((row) => row[at]?.length ?? 0)))
  const line = (/** @type {string[]} */ cells, fill = ' ') =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width, fill)).join(' | ')} |`
  const [head = [], ...body] = all
  return [line(head), line([], '-'), ...body.map((row) => line(row))].join('\n')
}
