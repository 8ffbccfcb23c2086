// Builds, migrates, seeds and serves everything on one port. Runs on Node 20: see own-node.mjs.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, onOwnNode, root } from './own-node.mjs'

const USAGE = 'npm start -- [--port N] [--data DIR] [--no-sweep] [--no-demo] [--cost]'
const DEFAULT_PORT = 8787
const STOP_WITHIN_MS = 5_000

await onOwnNode()
const options = readOptions()
const { build } = await import('./build.mjs')
const { serve } = await import('./serve.mjs')

try {
  await build()
  const deployment = await serve(options)
  let stopping = false
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.removeAllListeners(signal) // the runtime's own would end the process before its data is put away
    process.on(signal, () => {
      if (stopping) process.exit(1) // asked twice: go now
      stopping = true
      setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref()
      void deployment.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
  tell(deployment)
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}

/** @returns {import('./serve.mjs').ServeOptions} */
function readOptions() {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        port: { type: 'string', default: String(DEFAULT_PORT) },
        data: { type: 'string', default: join(root, '.data') },
        sweep: { type: 'boolean', default: true },
        demo: { type: 'boolean', default: true },
        cost: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(`${USAGE}\n`)
      process.exit(0)
    }
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      fail(`--port takes a number from 0 to 65535, not "${values.port}".`)
    return { port, data: values.data, sweep: values.sweep, demo: values.demo, cost: values.cost }
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('.')
    fail(`${reason}. Usage: ${USAGE}`)
  }
}

/** Addresses and sign-ins, for the person who wants to look around. */
function tell(/** @type {import('./serve.mjs').Deployment} */ { url, data, demo }) {
  const lines = ['', `Baton is running at ${url}`]
  for (const [slug, instance] of Object.entries(demo?.instances ?? {})) {
    lines.push('', `  ${slug}`)
    for (const [role, path] of /** @type {const} */ ([
      ['admin', '/config'],
      ['agent', ''],
      ['user', '/portal'],
    ]))
      lines.push(
        `    ${role.padEnd(6)} ${instance.url}${path}`.padEnd(52) +
          `${instance[role].email}  ${instance[role].password}`,
      )
    lines.push(
      `    api    ${instance.url}/api`.padEnd(52) +
        `${instance.api.client_id}  ${instance.api.client_secret}`,
    )
  }
  lines.push('', `Data and captured mail are in ${data}. Stop with Ctrl+C.`, '')
  process.stdout.write(`${lines.join('\n')}\n`)
}
