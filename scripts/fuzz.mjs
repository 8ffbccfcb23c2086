// Sends generated requests to every route inside the Worker's own runtime and judges each answer by the
// document of the API (test/worker/fuzz). The same seed makes the same requests again.
import { parseArgs } from 'node:util'
import { fail, onOwnNode } from './own-node.mjs'

const USAGE = 'npm run fuzz -- [--requests 20000] [--seed 8123]'

await onOwnNode()
const { requests, seed } = readOptions()
const { run } = await import('./run.mjs')
process.stdout.write(`fuzz: ${requests} requests, seed ${seed}\n`)
const env = { FUZZ_REQUESTS: requests, FUZZ_SEED: seed }
const { code } = await run(['vitest', 'run', '--project', 'worker', 'test/worker/fuzz'], {
  env,
  show: true,
})
process.exit(code)

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        requests: { type: 'string', default: '20000' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 100_000)) },
      },
    })
    if (![values.requests, values.seed].every((one) => /^\d{1,9}$/.test(one)))
      fail(`--requests and --seed take numbers. Usage: ${USAGE}`)
    return values
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('.')
    fail(`${reason}. Usage: ${USAGE}`)
  }
}
