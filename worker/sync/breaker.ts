/**
 * Whether a partner is down or only one message is bad (R7). It opens when the last answers of five links, of all that were tried if
 * fewer, are failures and a probe fails too; a message is never its probe. In memory only: after a restart it is learnt again.
 */
export class Breaker {
  readonly #failed = new Map<string, boolean>()
  #openUntilMs = 0

  /** Notes how the last try of a link ended. */
  note(linkUid: string, failed: boolean): void {
    this.#failed.delete(linkUid)
    this.#failed.set(linkUid, failed)
    const [oldest] = this.#failed.keys()
    if (this.#failed.size > LINKS && oldest !== undefined) this.#failed.delete(oldest)
    if (!failed) this.#openUntilMs = 0
  }

  /** A probe is called for: every link tried lately failed. */
  suspects(): boolean {
    return this.#failed.size > 0 && [...this.#failed.values()].every(Boolean)
  }

  /** Whether another link got through while this one failed. */
  othersPass(linkUid: string): boolean {
    return [...this.#failed].some(([uid, failed]) => uid !== linkUid && !failed)
  }

  open(untilMs: number): void {
    this.#openUntilMs = untilMs
  }

  close(): void {
    this.#openUntilMs = 0
    this.#failed.clear()
  }

  isOpen(): boolean {
    return this.#openUntilMs > 0
  }

  opensAt(): number {
    return this.#openUntilMs
  }
}

const LINKS = 5
