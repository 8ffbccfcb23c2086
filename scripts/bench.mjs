// Measures the product against a floor: the same runtime, tables and data, and of each operation only
// what cannot be left out (test/bench/floor.ts). Runs on Node 20: see own-node.mjs.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, onOwnNode, root } from './own-node.mjs'

const USAGE = 'npm run bench -- [--sizes 1000,100000] [--requests 200] [--only list,sync]'

await onOwnNode()
const { sizes, requests, only } = readOptions()
const { transformWithOxc } = await import('vite')
const { build } = await import('./build.mjs')
const { serve } = await import('./serve.mjs')
const { fill } = await import('./fill.mjs')
const { commits, mean, measure, percentile } = await import('./bench-measure.mjs')
const { meet, operationsOf, savesOf } = await import('./bench-operations.mjs')

try {
  await build(['worker'])
  for (const size of sizes) await bench(size)
  process.exit(0)
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}

/** Both Workers on a desk of that size, each with its own copy of the data. */
async function bench(/** @type {number} */ size) {
  const folder = mkdtempSync(join(tmpdir(), 'baton-bench-'))
  const [ours, theirs] = [join(folder, 'product'), join(folder, 'floor')]
  /** @type {import('./serve.mjs').Deployment[]} */
  const running = []
  const start = async (/** @type {Omit<import('./serve.mjs').ServeOptions, 'port'>} */ options) => {
    const given = { port: 0, sweep: false, cost: true, sendMail: () => {}, vars: { RATES: 'off' } }
    const deployment = await serve({ ...given, ...options })
    running.push(deployment)
    return deployment
  }
  const stop = async () => {
    for (const deployment of running.splice(0)) await deployment.stop()
  }
  try {
    const seeded = await start({ data: ours })
    await fill(await seeded.runtime.getD1Database('DB'), 'acme', size)
    await stop()
    cpSync(ours, theirs, { recursive: true })
    const product = await start({ data: ours })
    const floor = await start({ data: theirs, demo: false, bundle: await floorBundle() })
    await compare(await meet(product, floor), size)
  } finally {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function floorBundle() {
  const source = join(root, 'test/bench/floor.ts')
  const { code } = await transformWithOxc(readFileSync(source, 'utf8'), source)
  const folder = join(root, 'dist/floor')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'index.js'), code)
  return join(folder, 'index.js')
}

async function compare(
  /** @type {import('./bench-operations.mjs').World} */ world,
  /** @type {number} */ size,
) {
  const wanted = (/** @type {string} */ name) =>
    only.length === 0 || only.some((one) => name.startsWith(one))
  const rows = []
  for (const operation of operationsOf(world))
    if (wanted(operation.name)) rows.push(rowOf(await measure(operation, requests)))
  process.stdout.write(
    `\n${size} tickets, ${requests} requests each, one after another\n${table(rows)}\n`,
  )
  if (!wanted('commit')) return
  const { linked, unlinked, trips } = await commits(savesOf(world), requests)
  const says = (/** @type {number[]} */ times) =>
    `p50 ${percentile(times, 0.5)}, p95 ${percentile(times, 0.95)}, mean ${mean(times).toFixed(1)} ms`
  const p95 = percentile(linked, 0.95) / percentile(unlinked, 0.95)
  process.stdout.write(
    `commit of a save: linked ${says(linked)}; unlinked ${says(unlinked)}; p95 ${p95.toFixed(2)} times (aim 1.5), mean ${(mean(linked) / mean(unlinked)).toFixed(2)} times\n`,
  )
  process.stdout.write(
    `trips to D1: a save ${trips.unlinked} (aim 2), a delivery ${trips.linked - trips.unlinked} on both desks together (aim 4 on each)\n`,
  )
}

function rowOf(
  /** @type {import('./bench-measure.mjs').Measured} */ { name, aim, product, floor, cost },
) {
  const base = percentile(floor, 0.5)
  const ratio = percentile(product, 0.5) / base
  return {
    operation: name,
    p50: percentile(product, 0.5).toFixed(1),
    p95: percentile(product, 0.95).toFixed(1),
    'floor p50': base.toFixed(1),
    'floor p95': percentile(floor, 0.95).toFixed(1),
    ratio: ratio.toFixed(2),
    aim: `${ratio <= aim ? 'met' : 'over'} ${aim.toFixed(1)}`,
    trips: cost.batches,
    statements: cost.statements,
    'rows read': cost.read,
    written: cost.written,
    objects: cost.do,
    hops: cost.hops,
  }
}

function table(/** @type {Record<string, string | number>[]} */ rows) {
  const names = Object.keys(rows[0] ?? {})
  const widths = new Map(
    names.map((name) => [
      name,
      Math.max(name.length, ...rows.map((row) => String(row[name]).length)),
    ]),
  )
  const line = (/** @type {(name: string) => string | number | undefined} */ cell) =>
    names
      .map((name, i) => {
        const text = String(cell(name))
        const width = widths.get(name) ?? 0
        return i === 0 ? text.padEnd(width) : text.padStart(width)
      })
      .join('  ')
  return [line((name) => name), ...rows.map((row) => line((name) => row[name]))].join('\n')
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        sizes: { type: 'string', default: '1000,100000' },
        requests: { type: 'string', default: '200' },
        only: { type: 'string', default: '' },
      },
    })
    const numbers = values.sizes.split(',').map(Number)
    const count = Number(values.requests)
    if (![...numbers, count].every((n) => Number.isInteger(n) && n > 0))
      fail(`--sizes and --requests take numbers. Usage: ${USAGE}`)
    return { sizes: numbers, requests: count, only: values.only.split(',').filter(Boolean) }
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('.')
    fail(`${reason}. Usage: ${USAGE}`)
  }
}
