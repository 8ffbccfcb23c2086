/** Lets requests through, or holds them back while a deployment has to recover without anybody asking it for anything. */
export class Gate {
  #open = Promise.withResolvers<void>()
  #inFlight = 0
  #idle = Promise.withResolvers<void>()

  constructor() {
    this.#open.resolve()
  }

  /** Makes one request when the gate is open. */
  async through<T>(request: () => Promise<T>): Promise<T> {
    await this.#open.promise
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

  open(): void {
    this.#open.resolve()
  }
}
