import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { root } from './own-node.mjs'

/**
 * @typedef {object} Running
 * @property {string} url
 * @property {string} data
 * @property {import('./serve.mjs').Demo} demo
 * @property {() => Promise<void>} stop as Ctrl+C does
 * @property {() => Promise<void>} kill as a power cut does: the script and its runtime at once
 * @property {() => string} output what it printed so far
 */

const START_WITHIN_MS = 60_000

/**
 * Starts `npm start` as a process of its own, for tests that kill one deployment and watch
 * another. Starting again with the same `data` and `port` is a restart.
 * @param {{port: number, data: string, flags?: readonly string[]}} options `flags` as on the command line
 * @returns {Promise<Running>}
 */
export async function startDeployment({ port, data, flags = [] }) {
  const child = spawn(
    process.execPath,
    [join(root, 'scripts/start.mjs'), '--port', String(port), '--data', data, ...flags],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group, so that one signal reaches the runtime too
    },
  )
  let output = ''
  const ended = new Promise((resolve) => child.once('close', resolve))
  const signal = async (/** @type {NodeJS.Signals} */ name, /** @type {boolean} */ group) => {
    if (child.pid !== undefined && child.exitCode === null)
      process.kill(group ? -child.pid : child.pid, name)
    await ended
  }
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      void signal('SIGKILL', true)
      reject(
        new Error(`No deployment on port ${port} within ${START_WITHIN_MS / 1000} s.\n${output}`),
      )
    }, START_WITHIN_MS)
    const take = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString()
      const address = /Baton is running at (\S+)/.exec(output)?.[1]
      if (address === undefined) return
      clearTimeout(late)
      resolve(address)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('close', (code) => {
      clearTimeout(late)
      reject(new Error(`The deployment on port ${port} ended with ${code}.\n${output}`))
    })
  })
  return {
    url,
    data,
    demo: JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')),
    stop: () => signal('SIGTERM', false),
    kill: () => signal('SIGKILL', true),
    output: () => output,
  }
}

/** A port that was free a moment ago, for a deployment that must come back on the same one. @returns {Promise<number>} */
export function somePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
