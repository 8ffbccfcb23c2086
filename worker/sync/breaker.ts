export interface Kept {
  until: number
  probesFailed: number
}

/**
 * Whether a partner is down or only one message is bad (R7). It opens when the last answers of five links, of all that were tried if
 * fewer, are failures and a probe fails too; a message is never its probe. What it has learnt of links is in memory only; that it is open is kept, since an object that waits for its
 * next probe is put out of memory, and would begin again with messages (Q10).
 */
export class Breaker {
  /** By link, the one tried last at the end: how that ended, and since which note it fails, or when it last passed. */
  readonly #last = new Map<string, { failed: boolean; since: number }>()
  #notes = 0
  #openUntilMs = 0
  #probesFailed = 0

  /** Notes how the last try of a link ended. */
  note(linkUid: string, failed: boolean): void {
    const before = this.#last.get(linkUid)
    const since = failed && before?.failed ? before.since : ++this.#notes
    this.#last.delete(linkUid)
    this.#last.set(linkUid, { failed, since })
    const [oldest] = this.#last.keys()
    if (this.#last.size > LINKS && oldest !== undefined) this.#last.delete(oldest)
    if (!failed) this.#shut()
  }

  /** A probe is called for: every link tried lately failed. */
  suspects(): boolean {
    return this.#last.size > 0 && [...this.#last.values()].every(({ failed }) => failed)
  }

  /** Whether another link got through since this one fails. One that passed before says nothing: the partner may be down since. */
  othersPass(linkUid: string): boolean {
    const mine = this.#last.get(linkUid)
    return (
      mine?.failed === true &&
      [...this.#last.values()].some(({ failed, since }) => !failed && since > mine.since)
    )
  }

  /** After a probe that failed: says when the next one is due. Soon at first, for most outages are short; then once a minute (Q10). */
  open(now: number): number {
    this.#openUntilMs = now + Math.min(FIRST_PROBE_MS * 2 ** this.#probesFailed++, PROBE_EVERY_MS)
    return this.#openUntilMs
  }

  close(): void {
    this.#shut()
    this.#last.clear()
  }

  #shut(): void {
    this.#openUntilMs = 0
    this.#probesFailed = 0
  }

  /** That it is open, for an object that comes back; null where it is closed. */
  kept(): Kept | null {
    return this.isOpen() ? { until: this.#openUntilMs, probesFailed: this.#probesFailed } : null
  }

  restore({ until, probesFailed }: Kept): void {
    this.#openUntilMs = until
    this.#probesFailed = probesFailed
  }

  isOpen(): boolean {
    return this.#openUntilMs > 0
  }

  opensAt(): number {
    return this.#openUntilMs
  }
}

const LINKS = 5
const FIRST_PROBE_MS = 5_000
const PROBE_EVERY_MS = 60_000
