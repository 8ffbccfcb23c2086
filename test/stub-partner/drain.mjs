// The whole drain after an outage (Q10): `npm run drain -- --links 100 --messages 1000 --down 300`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { onOwnNode } from '../../scripts/own-node.mjs'

await onOwnNode()
const { build } = await import('../../scripts/build.mjs')
const { RealDesk } = await import('./realDesk.ts')
const { drain, inWords } = await import('./drain.ts')
const { values } = parseArgs({
  options: {
    links: { type: 'string', default: '100' },
    messages: { type: 'string', default: '1000' },
    down: { type: 'string', default: '300' },
  },
})
await build(['worker'])
const folder = mkdtempSync(join(tmpdir(), 'baton-drain-'))
const desk = await RealDesk.start(folder)
const plan = {
  links: Number(values.links),
  messages: Number(values.messages),
  downMs: Number(values.down) * 1000,
}
const tell = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`)
const drained = await drain(desk, plan, tell)
tell(inWords(plan, drained))
await desk.stop()
rmSync(folder, { recursive: true, force: true })
const { arrived, outOfOrder, doubled, drainedMs, perSecond, probes, messagesWhileDown } = drained
process.exit(
  arrived === plan.messages &&
    outOfOrder + doubled === 0 &&
    drainedMs <= 300_000 &&
    perSecond <= 10.5 &&
    messagesWhileDown === 0 &&
    probes <= plan.downMs / 60_000 + 4
    ? 0
    : 1,
)
