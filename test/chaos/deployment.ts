import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { somePort } from '../../scripts/deployment.mjs'
import type { Demo, DemoInstance } from '../../scripts/serve.mjs'

export type Slug = 'acme' | 'skyline'

const DEMO_KEY = 'chaos'
/** Long enough for a machine on which much else runs; what a start takes is measured. */
const START_WITHIN_MS = 180_000
const PROGRAM = join(import.meta.dirname, 'deskProcess.ts')

/** One desk in a deployment of its own, which can be killed as a power cut does and started again on the same data. */
export class Deployment {
  #child: ChildProcess | undefined
  #output = ''
  #releases = 0
  readonly slug: Slug
  readonly data: string
  readonly #port: number
  readonly #bundle: string

  private constructor(slug: Slug, data: string, port: number) {
    this.slug = slug
    this.data = data
    this.#port = port
    this.#bundle = join(data, 'worker.js')
  }

  /** A deployment of a built Worker with the one desk of the demo, linked to nobody. */
  static async make(
    slug: Slug,
    folder: string,
    bundle: string,
  ): Promise<[Deployment, DemoInstance]> {
    const data = join(folder, slug)
    mkdirSync(data, { recursive: true })
    const made = new Deployment(slug, data, await somePort())
    copyFileSync(bundle, made.#bundle)
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
      [PROGRAM, String(this.#port), this.data, DEMO_KEY, this.#bundle],
      { stdio: ['ignore', 'pipe', 'pipe'], detached: true }, // a process group: one signal reaches the runtime too
    )
    this.#child = child
    const take = (chunk: Buffer) => (this.#output += chunk.toString())
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    await this.#says(child, 'ready http', 'did not start')
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

  /** Stops the clock of all its processes, or lets it go on: the world outside does not stop. */
  freeze(): void {
    this.#signal('SIGSTOP')
  }
  thaw(): void {
    this.#signal('SIGCONT')
  }

  /** Puts another bundle in place of the one that runs, under load; what is in flight breaks off (F9, Q14). */
  async redeploy(): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined) return
    this.#releases += 1
    appendFileSync(this.#bundle, `\n// release ${this.#releases}\n`)
    const reloaded = this.#says(child, 'reloaded', 'did not reload')
    process.kill(child.pid, 'SIGUSR2')
    await reloaded
  }

  /** Lets the provider of mail fail in this way, or work again. */
  failMail(how: 'mail refused' | 'mail unclear' | null): void {
    const file = join(this.data, 'mail-fault')
    if (how === null) rmSync(file, { force: true })
    else writeFileSync(file, how)
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#child?.pid !== undefined) process.kill(-this.#child.pid, signal)
  }

  #says(child: ChildProcess, words: string, otherwise: string): Promise<void> {
    const from = this.#output.length
    return new Promise<void>((resolve, reject) => {
      const end = (why?: string) => {
        clearTimeout(late)
        child.off('close', ended)
        child.stdout?.off('data', look)
        if (why === undefined) resolve()
        else reject(new Error(`${this.slug} ${why}\n${this.#output.slice(from).slice(-4_000)}`))
      }
      const late = setTimeout(() => end(otherwise), START_WITHIN_MS)
      const look = () => {
        if (this.#output.includes(words, from)) end()
      }
      const ended = (code: number | null) => end(`ended with ${code}`)
      child.stdout?.on('data', look)
      child.once('close', ended)
    })
  }
}
