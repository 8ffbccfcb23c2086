import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import {
  unstable_getMiniflareWorkerOptions as workerOptionsFrom,
  unstable_readConfig as readConfig,
} from 'wrangler'
import { keepMail, mailWorker } from './mail.mjs'
import { migrate } from './migrate.mjs'

/**
 * @typedef {object} ServeOptions
 * @property {number} port 0 takes a free one
 * @property {string} data the folder that holds everything; made when missing
 * @property {boolean} [cost] counts database trips and answers them in a header
 * @property {boolean} [sweep] calls the scheduled handler, which nothing else does locally
 * @property {boolean} [demo] seeds the demo pair when the database is empty
 * @property {(mail: import('./mail.mjs').Mail) => void | Promise<void>} [sendMail] throws to refuse; writes files by default
 * @property {(line: string) => void} [log] what the Worker prints
 * @property {Record<string, string>} [vars] further variables of the Worker
 * @property {string} [bundle] another Worker on the same data; the product by default
 *
 * @typedef {object} Deployment
 * @property {string} url
 * @property {string} data
 * @property {Demo | null} demo
 * @property {Miniflare} runtime
 * @property {() => Promise<void>} sweep one turn of the scheduled handler
 * @property {() => Promise<void>} reload takes the newest bundle, keeps the data
 * @property {() => Promise<void>} stop
 *
 * @typedef {{email: string, password: string}} SignIn
 * @typedef {object} DemoInstance
 * @property {string} url
 * @property {string} tenant_id
 * @property {SignIn} admin
 * @property {SignIn} agent
 * @property {SignIn} user
 * @property {{client_id: string, client_secret: string}} api
 * @typedef {{base: string, instances: Record<string, DemoInstance>}} Demo
 */

const root = fileURLToPath(new URL('..', import.meta.url))
const HOST = '127.0.0.1'
const SWEEP_EVERY_MS = 30_000
const CRON = '* * * * *'

/** Why a deployment could not start, in words for the person who started it. */
export class CannotServe extends Error {}

/**
 * Runs a whole deployment in this process: the built Worker in workerd, all data in one folder.
 * Several may run side by side; each is a world of its own.
 * @param {ServeOptions} options
 * @returns {Promise<Deployment>}
 */
export async function serve({
  port,
  data,
  cost = false,
  sweep = true,
  demo = true,
  sendMail,
  log,
  vars = {},
  bundle = join(root, 'dist/worker/index.js'),
}) {
  const folder = openFolder(data)
  const held = lock(folder)
  /** @type {Miniflare | undefined} */
  let runtime
  try {
    const at = await freePort(port)
    const url = `http://${HOST}:${at}`
    const demoKey = randomBytes(24).toString('base64url')
    const options = () =>
      runtimeOptions({
        at,
        folder,
        bundle,
        vars: {
          ...secretsOf(folder),
          ENVIRONMENT: 'development',
          DEMO_KEY: demoKey,
          ...(cost ? { COST: '1' } : {}),
          ...vars,
        },
        sendMail: sendMail ?? ((mail) => keepMail(join(folder, 'mail'), mail)),
        log: log ?? ((line) => process.stderr.write(`${line}\n`)),
      })
    const started = new Miniflare(options())
    runtime = started
    await started.ready
    held.note()
    const database = await started.getD1Database('DB')
    await migrate(database, join(root, 'db/migrations'))
    const shown = demo ? await demoPair(database, url, demoKey, join(folder, 'demo.json')) : null

    const sweepOnce = async () => {
      const worker = await started.getWorker('baton')
      await worker.scheduled({ cron: CRON })
    }
    // A sweep that fails is tried again by the next one; what went wrong stands in the Worker's log.
    const timer = sweep
      ? setInterval(() => void sweepOnce().catch(() => {}), SWEEP_EVERY_MS)
      : undefined
    return {
      url,
      data: folder,
      demo: shown,
      runtime: started,
      sweep: sweepOnce,
      reload: async () => {
        await started.setOptions(options())
        held.note()
        await migrate(await started.getD1Database('DB'), join(root, 'db/migrations'))
      },
      stop: async () => {
        clearInterval(timer)
        await started.dispose()
        held.release()
      },
    }
  } catch (error) {
    await runtime?.dispose()
    held.release()
    throw error
  }
}

/**
 * @param {{at: number, folder: string, bundle: string, vars: Record<string, string>,
 *   sendMail: (mail: import('./mail.mjs').Mail) => void | Promise<void>, log: (line: string) => void}} world
 */
function runtimeOptions({ at, folder, bundle, vars, sendMail, log }) {
  // The folder has its own secrets, so wrangler need not look for them and warn.
  const { secrets: _secrets, ...config } = readConfig({ config: join(root, 'wrangler.toml') })
  const { workerOptions } = workerOptionsFrom(config)
  // Wrangler's own declaration of this type names no members.
  const {
    modulesRules: _rules,
    email: _email,
    ...worker
  } = /** @type {import('miniflare').V4WorkerOptionsShape} */ (workerOptions)
  return convertV4MiniflareOptions({
    host: HOST,
    port: at,
    cf: false,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ message }) => log(message),
    resourcePersistencePath: join(folder, 'state'),
    unsafeTriggerHandlers: true,
    workers: [
      {
        ...worker,
        name: 'baton',
        modules: [{ type: 'ESModule', path: bundle, contents: readFileSync(bundle, 'utf8') }],
        modulesRoot: dirname(bundle),
        bindings: { ...worker.bindings, ...vars },
        // Named after the binding: an account's database id in wrangler.toml must not lose local data.
        d1Databases: Object.fromEntries(
          Object.keys(worker.d1Databases ?? {}).map((name) => [name, name]),
        ),
        serviceBindings: { ...worker.serviceBindings, EMAIL: { name: 'mail', entrypoint: 'Mail' } },
      },
      mailWorker(sendMail, worker.compatibilityDate),
    ],
  })
}

/** @returns {string} the folder's whole path */
function openFolder(/** @type {string} */ data) {
  const folder = resolve(data)
  try {
    mkdirSync(join(folder, 'state'), { recursive: true })
    writeFileSync(join(folder, '.writable'), '')
    rmSync(join(folder, '.writable'))
  } catch (error) {
    throw new CannotServe(
      `The data folder ${folder} cannot be used: ${reason(error)}. Choose another with --data DIR.`,
    )
  }
  return folder
}

/**
 * Two processes on one SQLite folder would undo each other's writes. The file names this process
 * and the runtime it started, which outlives it when it is killed.
 */
function lock(/** @type {string} */ folder) {
  const file = join(folder, 'lock')
  const [holder = 0, orphan = 0] = existsSync(file)
    ? readFileSync(file, 'utf8').split(' ').map(Number)
    : []
  if (holder === process.pid || (holder && isAlive(holder)))
    throw new CannotServe(
      `The data folder ${folder} is in use by process ${holder}. Stop it, or choose another with --data DIR.`,
    )
  if (orphan && isRuntime(orphan)) process.kill(orphan, 'SIGKILL')
  writeFileSync(file, `${process.pid}`)
  return {
    /** Called once the runtime is up; each runtime of this process is one of its children. */
    note: () =>
      writeFileSync(file, [process.pid, ...children().filter(isRuntime).slice(-1)].join(' ')),
    release: () => rmSync(file, { force: true }),
  }
}

/** @returns {number[]} nothing outside Linux: there a killed process leaves its runtime to be ended by hand */
function children() {
  const file = `/proc/${process.pid}/task/${process.pid}/children`
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').map(Number) : []
}

function isRuntime(/** @type {number} */ pid) {
  const file = `/proc/${pid}/cmdline`
  return existsSync(file) && readFileSync(file, 'utf8').includes('workerd')
}

function isAlive(/** @type {number} */ pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM' // it lives, and belongs to somebody else
  }
}

/** @returns {Promise<number>} */
function freePort(/** @type {number} */ wanted) {
  return new Promise((taken, refused) => {
    const probe = createServer()
    probe.once('error', (error) =>
      refused(
        new CannotServe(
          errorCode(error) === 'EADDRINUSE'
            ? `Port ${wanted} is in use. Choose another with --port N.`
            : `Port ${wanted} cannot be opened: ${reason(error)}.`,
        ),
      ),
    )
    probe.listen(wanted, HOST, () => {
      const address = probe.address()
      probe.close(() => taken(typeof address === 'object' && address ? address.port : wanted))
    })
  })
}

/** The keys of this folder, made once: sessions and partners' secrets must survive a restart. */
function secretsOf(/** @type {string} */ folder) {
  const file = join(folder, 'secrets.json')
  if (!existsSync(file)) {
    const made = {
      KEYS: `k1:${randomBytes(32).toString('base64')}`,
      SESSION_KEY: randomBytes(32).toString('base64'),
    }
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  }
  try {
    const { KEYS, SESSION_KEY } = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof KEYS === 'string' && typeof SESSION_KEY === 'string') return { KEYS, SESSION_KEY }
    throw new Error('it does not hold KEYS and SESSION_KEY')
  } catch (error) {
    // Never replaced in silence: what is encrypted with the old key could not be read again.
    throw new CannotServe(
      `The keys in ${file} cannot be read: ${reason(error)}. Restore the file, or start with an empty data folder.`,
    )
  }
}

/**
 * Seeds an empty database through the Worker's own local door, so that the seed runs the code that
 * people run.
 * @param {{prepare(sql: string): {first<T>(column: string): Promise<T | null>}}} database
 * @param {string} url @param {string} key @param {string} file
 * @returns {Promise<Demo | null>}
 */
async function demoPair(database, url, key, file) {
  const instances = await database.prepare('SELECT count(*) AS n FROM instance').first('n')
  if (instances !== 0) return rebased(url, file)
  const answer = await fetch(`${url}/api/demo`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  })
  const text = await answer.text()
  if (!answer.ok)
    throw new CannotServe(
      `The demo pair could not be made: ${answer.status} ${text}\nStart again with an empty data folder, or with --no-demo.`,
    )
  const demo = JSON.parse(text)
  writeFileSync(file, `${JSON.stringify(demo, null, 2)}\n`)
  return demo
}

/** The same folder may be served on another port tomorrow. @returns {Demo | null} */
function rebased(/** @type {string} */ url, /** @type {string} */ file) {
  if (!existsSync(file)) return null
  const before = readFileSync(file, 'utf8')
  /** @type {Demo} */
  const demo = JSON.parse(before)
  if (demo.base === url) return demo
  const after = before
    .replaceAll(`${demo.base}/`, `${url}/`)
    .replaceAll(`"${demo.base}"`, `"${url}"`)
  writeFileSync(file, after)
  return JSON.parse(after)
}

/** @param {unknown} error */
function reason(error) {
  return error instanceof Error ? error.message : String(error)
}

/** @param {unknown} error */
function errorCode(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
