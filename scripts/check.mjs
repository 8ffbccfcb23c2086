// What a change must pass besides the tests, cheapest first: one line a stage, and the words of those
// that fail. `--count` ends with a line that counts the stages.
import { onOwnNode } from './own-node.mjs'

await onOwnNode()
const { run } = await import('./run.mjs')

const ownNode = process.execPath
const stages = [
  { name: 'format', commands: [['oxfmt', '--check', '.']] },
  { name: 'binding types', commands: [[ownNode, 'scripts/types.mjs', '--check']] },
  {
    name: 'permissions',
    commands: [[ownNode, 'scripts/permissions.mjs', '--check']],
  },
  { name: 'dead code', commands: [['knip']] },
  {
    name: 'types',
    commands: [['tsc', '-b', 'worker', 'web', 'test', 'test/worker', 'scripts']],
  },
  { name: 'lint', commands: [['oxlint', '--deny-warnings']] },
]

let failed = 0
for (const { name, commands } of stages) {
  const began = performance.now()
  const results = []
  for (const command of commands) results.push(await run(command))
  const broken = results.filter(({ code }) => code !== 0)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stdout.write(
    `${broken.length === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(14)} ${seconds} s\n`,
  )
  for (const { output } of broken) process.stdout.write(`${output.trimEnd()}\n`)
  if (broken.length > 0) failed += 1
}
if (failed > 0) process.stdout.write('`npm run fix` repairs what can be repaired.\n')
if (process.argv.includes('--count'))
  process.stdout.write(`${stages.length - failed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)
