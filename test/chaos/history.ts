import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

/** All that happened, in order, a line each: what was asked and answered, what the desks said to each other, each fault and its end. */
export class History {
  readonly #file: WriteStream
  readonly #began = performance.now()

  constructor(path: string) {
    this.#file = createWriteStream(path)
  }

  note(what: string, of: object): void {
    const ms = Math.round(performance.now() - this.#began)
    this.#file.write(`${JSON.stringify({ ms, what, ...of })}\n`)
  }

  async close(): Promise<void> {
    this.#file.end()
    await finished(this.#file)
  }
}
