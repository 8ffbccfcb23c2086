// Runs on Node 20: everything that is imported here must too.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')
const ownNode = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')
const OLDEST_MAJOR = 24 // wrangler and vitest need 22, tests in TypeScript need 24

/**
 * Installs what the lockfile says, then goes on with the Node that came with it: a machine needs
 * Node 20 to begin. Does not return when the script has to run again on that Node.
 */
export async function onOwnNode() {
  installWhenStale()
  process.env['PATH'] = `${bin}${delimiter}${process.env['PATH'] ?? ''}`
  process.env['WRANGLER_SEND_METRICS'] = 'false'
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR) return

  const child = spawn(ownNode, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  await new Promise((_, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}

function installWhenStale() {
  if (installed()) return
  process.stderr.write('Installing packages (this takes a minute the first time) ...\n')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) fail('`npm ci` failed; its own words stand above.')
}

/** Compares contents: a checkout changes the times of files and says nothing about packages. */
function installed() {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record) || !existsSync(ownNode)) return false
  const wanted = packagesIn(join(root, 'package-lock.json'))
  const present = packagesIn(record)
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const found = present[path]
    return path === '' || (found ? found.version === version : optional === true)
  })
}

/** @returns {Record<string, {version?: string, optional?: boolean}>} */
function packagesIn(/** @type {string} */ lockfile) {
  return JSON.parse(readFileSync(lockfile, 'utf8')).packages
}

/** Ends the script with one sentence for the person who started it. @returns {never} */
export function fail(/** @type {string} */ sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}
