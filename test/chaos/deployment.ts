import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { somePort } from '../../scripts/deployment.mjs'
import type { Demo, DemoInstance } from '../../scripts/serve.mjs'

export type Slug = 'acme' | 'skyline'

const DEMO_KEY = 'chaos'
const START_WITHIN_MS = 60_000
const PROGRAM = join(import.meta.dirname, 'deskProcess.ts')

/** One desk in a deployment of its own, which can be killed as a power cut does and started again on the same data. */
export class Deployment {
  #child: ChildProcess | undefined
  #output = ''
  readonly slug: Slug
  readonly data: string
  readonly #port: number

  private constructor(slug: Slug, data: string, port: number) {
    this.slug = slug
    this.data = data
    this.#port = port
  }

  /** A deployment with the one desk of the demo, linked to nobody. */
  static async make(slug: Slug, folder: string): Promise<[Deployment, DemoInstance]> {
    const data = join(folder, slug)
    mkdirSync(data, { recursive: true })
    const made = new Deployment(slug, data, await somePort())
    await made.start()
    const answer = await fetch(`${made.origin}/api/demo`, {
      method: 'POST',
      headers: { authorization: `Bearer ${DEMO_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ only: slug }),
    })
    if (!answer.ok) throw new Error(`${slug} was not made: ${answer.status} ${await answer.text()}`)
    const { instances }: Demo = JSON.parse(await answer.text())
    const instance = instances[slug]
    if (!instance) throw new Error(`${slug} was not made`)
    return [made, instance]
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** What it printed since it was made: the Worker's log. */
  get output(): string {
    return this.#output
  }

  /** Starts it; answers after how many milliseconds it said that it is ready. Nothing is asked of it. */
  async start(): Promise<number> {
    const began = performance.now()
    const child = spawn(
      process.execPath,
      [PROGRAM, String(this.#port), this.data, DEMO_KEY],
      { stdio: ['ignore', 'pipe', 'pipe'], detached: true }, // a process group: one signal reaches the runtime too
    )
    this.#child = child
    const from = this.#output.length
    await new Promise<void>((resolve, reject) => {
      const give = (why: string) =>
        reject(new Error(`${this.slug} ${why}\n${this.#output.slice(from)}`))
      const late = setTimeout(() => give('did not start'), START_WITHIN_MS)
      const take = (chunk: Buffer) => {
        this.#output += chunk.toString()
        if (!this.#output.includes('ready http', from)) return
        clearTimeout(late)
        resolve()
      }
      child.stdout.on('data', take)
      child.stderr.on('data', take)
      child.once('close', (code) => {
        clearTimeout(late)
        give(`ended with ${code}`)
      })
    })
    return performance.now() - began
  }

  /** Takes the power away: the script and its runtime at once. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    process.kill(-child.pid, 'SIGKILL')
    await ended
  }
}
