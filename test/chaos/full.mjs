// The whole chaos: 20 kills, each followed by silence until what was open has arrived; about ten minutes.
// CHAOS_KILLS=60 kills more often, CHAOS_SEED=8123 runs a plan again.
import { onOwnNode } from '../../scripts/own-node.mjs'

await onOwnNode()
process.env['CHAOS_KILLS'] ??= '20'
process.env['CHAOS_SILENCE'] ??= 'each'
await import('./chaos.test.ts')
