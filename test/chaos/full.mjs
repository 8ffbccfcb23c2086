// The whole chaos: npm run chaos -- --actions 10000 --faults 500 --kills 60 --seed 8123
// `--broken NAME` breaks a rule of the product first: then the run must find it.
import { parseArgs } from 'node:util'
import { onOwnNode } from '../../scripts/own-node.mjs'

await onOwnNode()
const { values } = parseArgs({
  options: {
    actions: { type: 'string', default: '10000' },
    faults: { type: 'string', default: '500' },
    kills: { type: 'string', default: '60' },
    silences: { type: 'string' },
    hands: { type: 'string', default: '12' },
    seed: { type: 'string' },
    broken: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
})
const { runOnce } = await import('./run.ts')
const { guarantees } = await runOnce(
  {
    seed: Number(values.seed ?? Math.floor(Math.random() * 100_000)),
    actions: Number(values.actions),
    faults: Number(values.faults),
    kills: Number(values.kills),
    silences: Number(values.silences ?? (values.short ? 1 : 6)),
    hands: Number(values.hands),
    long: !values.short,
  },
  values.broken ?? null,
)
process.exit(guarantees.every(({ faults }) => faults.length === 0) ? 0 : 1)
