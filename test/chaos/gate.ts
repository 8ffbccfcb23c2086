/** Lets requests through, or holds them back while a deployment has to recover without anybody asking it for anything. */
export class Gate {
  #open = Promise.withResolvers<void>()
  #closed = false
  #inFlight = 0
  #idle = Promise.withResolvers<void>()

  constructor() {
    this.#open.resolve()
  }

  /** Makes one request when the gate is open. */
  async through<T>(request: () => Promise<T>): Promise<T> {
    await this.#open.promise
    if (this.#closed) throw new Error('The run is over')
    this.#inFlight += 1
    try {
      return await request()
    } finally {
      this.#inFlight -= 1
      if (this.#inFlight === 0) this.#idle.resolve()
    }
  }

  /** Answers when no request is under way any more; those that come wait. */
  async shut(): Promise<void> {
    this.#open = Promise.withResolvers<void>()
    this.#idle = Promise.withResolvers<void>()
    if (this.#inFlight > 0) await this.#idle.promise
  }

  /** The run is over, for good or ill: whoever still wants to ask something meets an error. */
  close(): void {
    this.#closed = true
    this.#open.resolve()
  }

  open(): void {
    this.#open.resolve()
  }
}
