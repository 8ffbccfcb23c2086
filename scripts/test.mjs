// Every test, cheapest first; the last line says how many. `npm test -- test/worker/sync` runs a part,
// `-t WORDS` those with the words in their name.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { onOwnNode, root } from './own-node.mjs'

const NODE_TESTS = [
  'test/scripts/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/stub-partner/**/*.test.ts',
  'test/chaos/**/*.test.ts',
]
const RESULTS = join(root, 'test-results')

await onOwnNode()
const { globSync } = await import('node:fs') // Node 20 has none
const { build } = await import('./build.mjs')
const { run } = await import('./run.mjs')

const { values, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string', short: 't' } },
})
const asked = (/** @type {string} */ file) =>
  filters.length === 0 || filters.some((filter) => file.includes(filter.replace(/^\.\//, '')))
const filesOf = (/** @type {string[]} */ globs) =>
  globSync(globs, { cwd: root }).filter(asked).toSorted()

rmSync(RESULTS, { recursive: true, force: true })
mkdirSync(RESULTS, { recursive: true })
const parts = [await inVitest(), await inNode()]
const passed = parts.reduce((sum, part) => sum + part.passed, 0)
let failed = parts.reduce((sum, part) => sum + part.failed, 0)
if (passed + failed === 0) {
  process.stderr.write(`No test has ${filters.join(' or ')} in its path.\n`)
  failed = 1
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

/** Units, components, and the Worker inside its own runtime. */
async function inVitest() {
  const files = filesOf(['test/worker/**/*.test.ts', 'test/web/**/*.test.{ts,tsx}'])
  if (files.length === 0) return { passed: 0, failed: 0 }
  const report = join(RESULTS, 'vitest.json')
  const { code } = await run(
    [
      'vitest',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...(values.name === undefined ? [] : ['-t', values.name]),
      ...(filters.length === 0 ? [] : files),
    ],
    { show: true },
  )
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {}
  return verdict(code, counts.numPassedTests, counts.numFailedTests)
}

/** Whole deployments, driven from outside: over HTTP and with a browser. */
async function inNode() {
  const files = filesOf(NODE_TESTS)
  if (files.length === 0) return { passed: 0, failed: 0 }
  await build()
  const report = join(RESULTS, 'node.tap')
  const { code } = await run(
    [
      process.execPath,
      '--test',
      '--test-concurrency=1', // each starts servers of its own and measures time
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${report}`,
      ...(values.name === undefined ? [] : [`--test-name-pattern=${values.name}`]),
      ...files,
    ],
    { show: true },
  )
  const tap = existsSync(report) ? readFileSync(report, 'utf8') : ''
  const count = (/** @type {string} */ what) =>
    Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0)
  return verdict(code, count('pass'), count('fail') + count('cancelled'))
}

/** A run that broke without a failing test (a file that does not load) has failed all the same. */
function verdict(/** @type {number} */ code, passed = 0, failed = 0) {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
}
