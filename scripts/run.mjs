import { spawn } from 'node:child_process'
import { root } from './own-node.mjs'

/**
 * Runs a program of node_modules/.bin (or the system) and keeps what it printed.
 * @param {readonly string[]} command
 * @param {{env?: Record<string, string>, show?: boolean, input?: string}} [options] `show` prints while it runs
 * @returns {Promise<{code: number, output: string}>}
 */
export function run([program = '', ...args], { env = {}, show = false, input } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    let output = ''
    const take = (/** @type {Buffer} */ chunk, /** @type {NodeJS.WriteStream} */ stream) => {
      output += chunk.toString()
      if (show) stream.write(chunk)
    }
    child.stdout?.on('data', (chunk) => take(chunk, process.stdout))
    child.stderr?.on('data', (chunk) => take(chunk, process.stderr))
    child.stdin?.end(input)
    child.on('error', (error) => resolve({ code: 127, output: `${output}${error.message}\n` }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
