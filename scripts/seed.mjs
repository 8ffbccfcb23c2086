// Fills a data folder with tickets, faster than the API could. Runs on Node 20: see own-node.mjs.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, onOwnNode, root } from './own-node.mjs'

const USAGE = 'npm run seed -- [--data DIR] [--instance acme] [--tickets N]'

await onOwnNode()
const { data, instance, tickets } = readOptions()
const { build } = await import('./build.mjs')
const { serve } = await import('./serve.mjs')
const { fill } = await import('./fill.mjs')

try {
  await build(['worker'])
  const deployment = await serve({ port: 0, data, sweep: false })
  const began = performance.now()
  const rate = (/** @type {number} */ done) => {
    const seconds = (performance.now() - began) / 1_000
    return `${done} tickets in ${seconds.toFixed(1)} s (${Math.round(done / seconds)} a second)`
  }
  try {
    const database = await deployment.runtime.getD1Database('DB')
    await fill(database, instance, tickets, (done) => {
      if (process.stdout.isTTY) process.stdout.write(`\r${rate(done)}`)
    })
    process.stdout.write(`${process.stdout.isTTY ? '\r' : ''}${instance}: ${rate(tickets)}\n`)
  } finally {
    await deployment.stop()
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string', default: join(root, '.data') },
        instance: { type: 'string', default: 'acme' },
        tickets: { type: 'string', default: '1000' },
      },
    })
    const count = Number(values.tickets)
    if (!Number.isInteger(count) || count < 1 || count > 1_000_000)
      fail(`--tickets takes a number from 1 to 1000000, not "${values.tickets}".`)
    return { ...values, tickets: count }
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('.')
    fail(`${reason}. Usage: ${USAGE}`)
  }
}
