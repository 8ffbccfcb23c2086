import { setTimeout as sleep } from 'node:timers/promises'
import type { Books } from './books.ts'
import type { Chance } from './chance.ts'
import type { Slug } from './deployment.ts'
import type { Driver } from './driver.ts'
import type { Entry } from './ending.ts'
import type { Pair } from './pair.ts'
import { wasRefused } from './guarantees.ts'

const EVERY_MS = 400
const LATEST = 60

/** Reads tickets while all goes on, and asks of each delivery that a desk shows whether it is so at that moment (Q6). */
export class Watcher {
  readonly lies: string[] = []
  /** Messages that were seen parked: later ones may have passed them. */
  readonly parked = new Set<string>()
  seen = 0
  readonly #pair: Pair
  readonly #books: Record<Slug, Books>
  readonly #driver: Driver
  readonly #chance: Chance
  #stopped = false
  #work: Promise<void> = Promise.resolve()

  constructor(pair: Pair, books: Record<Slug, Books>, driver: Driver, chance: Chance) {
    this.#pair = pair
    this.#books = books
    this.#driver = driver
    this.#chance = chance
  }

  start(): void {
    this.#work = this.#go()
    this.#work.catch(() => {}) // whoever stops it meets it
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#work
  }

  async #go(): Promise<void> {
    while (!this.#stopped) {
      await sleep(EVERY_MS)
      for (const books of Object.values(this.#books))
        for (const uid of books.parked()) this.parked.add(uid)
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    const latest = this.#driver.book.accepted.slice(-LATEST)
    const one = latest[this.#chance.between(0, Math.max(latest.length - 1, 0))]
    if (!one) return
    const { desk, ticketId } = one
    const { actions } = await this.#driver.people[desk].agent.get<{ actions: Entry[] }>(
      `actions?ticket_id=${ticketId}&count=100`,
    )
    const other = desk === 'acme' ? 'skyline' : 'acme'
    for (const { guid, id, deliveries } of actions)
      for (const { state, direction } of deliveries) {
        if (direction === 'in') continue
        this.seen += 1
        const where = `${desk} ${ticketId}/${id} said ${state} under way`
        // What is there once stays there: looking after the desk has spoken accuses nobody wrongly.
        if (state === 'synced' && !this.#books[other].has(guid))
          this.lies.push(`${where}; the partner lacked it`)
        if (
          (state === 'failed' || state === 'skipped') &&
          !wasRefused(this.#pair[other].wire, guid)
        )
          this.lies.push(`${where}; the partner had not refused it`)
      }
  }
}
