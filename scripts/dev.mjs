// A server that follows the sources: the Worker is bundled anew when its files change and keeps its
// data, the web app is replaced in the open page.
import { watch } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, onOwnNode, root } from './own-node.mjs'

const DOORS = '^/([^/]+/)?(api|auth)(/|$)|^/healthz$' // as run_worker_first in wrangler.toml
const WORKER_SOURCES = ['worker', 'db', 'wrangler.toml']
const SETTLED_MS = 150
let queue = Promise.resolve()

await onOwnNode()
const { build } = await import('./build.mjs')
const { serve } = await import('./serve.mjs')
const { createServer } = await import('vite')

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8787' },
    'web-port': { type: 'string', default: '5173' },
    data: { type: 'string', default: join(root, '.data') },
  },
})

try {
  await build()
  const deployment = await serve({ port: Number(values.port), data: values.data, cost: true })
  const vite = await createServer({
    root: join(root, 'web'),
    configFile: join(root, 'vite.config.ts'),
    server: {
      host: '127.0.0.1',
      port: Number(values['web-port']),
      // The Worker compares Origin with the host it was asked for, so that host must stay.
      proxy: { [DOORS]: { target: deployment.url, ws: true, changeOrigin: false } },
    },
  })
  await vite.listen()
  for (const source of WORKER_SOURCES)
    watch(join(root, source), { recursive: true }, later(rebuild))
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.removeAllListeners(signal)
    process.on(
      signal,
      () => void Promise.allSettled([vite.close(), deployment.stop()]).then(() => process.exit(0)),
    )
  }
  const web = `http://127.0.0.1:${vite.config.server.port}`
  process.stdout.write(`\nWeb app  ${web}\nWorker   ${deployment.url}\n`)
  for (const [slug, { admin, agent, user }] of Object.entries(deployment.demo?.instances ?? {}))
    process.stdout.write(
      `\n  ${slug}: ${web}/${slug}\n${[admin, agent, user].map(({ email, password }) => `    ${email}  ${password}\n`).join('')}`,
    )

  async function rebuild() {
    try {
      await build(['worker'])
      await deployment.reload()
      process.stdout.write('The Worker was built anew.\n')
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}

/** Runs after the last of a burst of changes, one run at a time. @param {() => Promise<void>} work */
function later(work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  return () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      queue = queue.then(work)
    }, SETTLED_MS)
  }
}
