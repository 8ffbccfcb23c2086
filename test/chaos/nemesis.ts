import { setTimeout as sleep } from 'node:timers/promises'
import type { Books } from './books.ts'
import type { Chance } from './chance.ts'
import { troubleOf } from './damages.ts'
import type { Slug } from './deployment.ts'
import type { Driver } from './driver.ts'
import type { Gate } from './gate.ts'
import type { History } from './history.ts'
import type { Pair } from './pair.ts'
import type { Blow, Fault, Kind } from './plan.ts'
import { recovery, until, type Recovery } from './recovery.ts'
import { seconds, SLUGS } from './seen.ts'
import type { Trouble, Wire } from './wire.ts'

/** Where the nemesis works, and whom it tells. */
export interface World {
  pair: Pair
  books: Record<Slug, Books>
  gate: Gate
  driver: Driver
  history: History
  tell: (line: string) => void
  long: boolean
}

const SOMETHING_WAITS_WITHIN_MS = 5_000
/** When so long nothing was accepted, the next fault comes all the same. */
const PATIENCE_MS = 6_000
const POISONED_FOR_MS = 400_000
/** Time to work between two faults, and how far the work may run ahead of them. */
const EVERY_MS = { short: 1_000, long: 4_000 }
const AHEAD = 40
/** A fault that is meant for messages waits for them, also while a connection rests. */
const MEETS_WITHIN_MS = { short: 10_000, long: 90_000 }

/** Brings the faults of a plan over the desks as their work goes on; several at once, but one at a time on the processes of a desk. */
export class Nemesis {
  readonly recoveries: Recovery[] = []
  /** How often each kind struck, and how many messages it met. */
  readonly struck = new Map<string, { times: number; met: number }>()
  readonly #world: World
  readonly #chance: Chance
  readonly #underWay = new Set<Promise<void>>()
  readonly #processes: Record<Slug, Promise<void>> = {
    acme: Promise.resolve(),
    skyline: Promise.resolve(),
  }
  #end = new AbortController()

  constructor(world: World, chance: Chance) {
    this.#world = world
    this.#chance = chance
  }

  async strike(faults: Fault[]): Promise<void> {
    for (const fault of faults) {
      this.#world.driver.upTo = fault.after + AHEAD
      await this.#itsTime(fault.after)
      if (fault.kind === 'kill') await this.#blow(fault.blow, fault.silent)
      else this.#begin(fault.kind)
    }
    await this.heal()
  }

  /** Ends what is under way: the wires are whole, every desk runs, mail leaves. */
  async heal(): Promise<void> {
    this.#end.abort()
    await Promise.all(this.#underWay)
    await Promise.all(SLUGS.map((slug) => this.#world.pair[slug].wire.heal()))
    this.#end = new AbortController()
  }

  async #itsTime(after: number): Promise<void> {
    const { driver, long } = this.#world
    const { accepted } = driver.book
    await sleep(long ? EVERY_MS.long : EVERY_MS.short)
    let [seen, since] = [accepted.length, performance.now()]
    while (accepted.length < after && performance.now() - since < PATIENCE_MS) {
      await sleep(20)
      if (accepted.length > seen) [seen, since] = [accepted.length, performance.now()]
    }
  }

  #begin(kind: Kind): void {
    this.#world.history.note('fault', { kind })
    const work = this.#do(kind).catch((error: unknown) => {
      this.#world.tell(`${kind}: ${error instanceof Error ? error.message : String(error)}`)
      throw error
    })
    this.#underWay.add(work)
    work.finally(() => this.#underWay.delete(work)).catch(() => {}) // whoever heals meets it
  }

  async #do(kind: Kind): Promise<void> {
    const { pair, long } = this.#world
    const slug = this.#chance.one<Slug>(SLUGS)
    const ms = this.#chance.between(long ? 2_000 : 1_000, long ? 15_000 : 5_000)
    switch (kind) {
      case 'stop':
        return this.#onProcess(slug, kind, async ({ deployment }) => {
          deployment.freeze()
          await this.#wait(long ? this.#chance.between(5_000, 20_000) : 5_000)
          deployment.thaw()
        })
      case 'redeploy':
        return this.#onProcess(slug, kind, ({ deployment }) => deployment.redeploy())
      case 'mail refused':
      case 'mail unclear':
        pair.acme.deployment.failMail(kind)
        await this.#wait(ms)
        pair.acme.deployment.failMail(null)
        return this.#count(kind, 0)
      case 'pause':
        return this.#pause(slug, ms)
      case 'poison':
        return this.#poison(slug)
      default: {
        const wires = kind === 'partition' ? SLUGS.map((one) => pair[one].wire) : [pair[slug].wire]
        const trouble = troubleOf(kind, this.#chance, long)
        const meetsWithinMs = long ? MEETS_WITHIN_MS.long : MEETS_WITHIN_MS.short
        if (trouble)
          await this.#trouble(kind, wires, trouble, trouble.left === Infinity ? ms : meetsWithinMs)
      }
    }
  }

  /** Until it has met as many as it should, or its time is over. */
  async #trouble(kind: Kind, wires: Wire[], trouble: Trouble, ms: number): Promise<void> {
    for (const wire of wires) wire.damage(trouble)
    const end = performance.now() + ms
    while (trouble.left > 0 && performance.now() < end && !this.#end.signal.aborted) await sleep(50)
    for (const wire of wires) wire.mend(trouble)
    this.#count(kind, trouble.hits)
  }

  /** One message fails again and again, while all others pass (F13). */
  async #poison(slug: Slug): Promise<void> {
    const trouble = troubleOf('poison', this.#chance, true)
    if (trouble)
      await this.#trouble('poison', [this.#world.pair[slug].wire], trouble, POISONED_FOR_MS)
  }

  async #pause(slug: Slug, ms: number): Promise<void> {
    const { books, driver } = this.#world
    const id = books[slug].connection()
    const set = (state: 'paused' | 'live') =>
      driver.people[slug].admin.post('connection', { id, state }, `${state}-${Math.random()}`)
    await set('paused')
    await this.#wait(ms)
    await set('live')
    this.#count('pause', 0)
  }

  async #onProcess(
    slug: Slug,
    kind: Kind,
    work: (side: Pair[Slug]) => Promise<void>,
  ): Promise<void> {
    await this.#holding([slug], () => work(this.#world.pair[slug]))
    this.#count(kind, 0)
  }

  /** Nobody else touches the processes of these desks meanwhile. */
  async #holding<T>(slugs: readonly Slug[], work: () => Promise<T>): Promise<T> {
    const before = slugs.map((slug) => this.#processes[slug])
    const done = Promise.withResolvers<void>()
    for (const slug of slugs) this.#processes[slug] = done.promise
    await Promise.all(before)
    try {
      return await work()
    } finally {
      done.resolve()
    }
  }

  async #blow(blow: Blow, silent: boolean): Promise<void> {
    const { history, tell, gate, books, pair } = this.#world
    history.note('fault', { kind: 'kill', blow, silent })
    // All else ends before a silence: from there on nothing but what the desks do by themselves.
    if (silent) await this.heal()
    await this.#holding(SLUGS, async () => {
      const down = await this.#kill(blow)
      const names = down.map((slug) => slug).join(' and ')
      this.#count(`kill ${blow}`, 0)
      if (!silent) {
        await sleep(this.#chance.between(0, 600))
        const again = blow === 'and again' ? await this.#killAgain(down) : down
        const readyMs = await Promise.all(again.map((slug) => pair[slug].deployment.start()))
        this.recoveries.push({ readyMs, waiting: 0, late: 0, tookMs: 0, mailsLate: 0 })
        return
      }
      await gate.shut()
      const again = blow === 'and again' ? await this.#killAgain(down) : down
      const seen = await recovery(
        again.map((slug) => pair[slug].deployment),
        Object.values(books),
      )
      gate.open()
      this.recoveries.push(seen)
      tell(
        `killed ${names} (${blow}), ready in ${seconds(Math.max(...seen.readyMs))}; ` +
          `${seen.waiting} waited, the last was due ${seconds(seen.tookMs)} into the silence`,
      )
    })
  }

  async #kill(blow: Blow): Promise<Slug[]> {
    const { pair, books } = this.#world
    const first = this.#chance.one<Slug>(SLUGS)
    const second = first === 'acme' ? 'skyline' : 'acme'
    if (blow === 'both') {
      await Promise.all(SLUGS.map((slug) => pair[slug].deployment.kill()))
      return [first, second]
    }
    await pair[first].deployment.kill()
    if (blow === 'one') return [first]
    await until(() => books[second].open().messages > 0, SOMETHING_WAITS_WITHIN_MS)
    await sleep(this.#chance.between(0, 800))
    await pair[second].deployment.kill()
    return [first, second]
  }

  /** They come up, and one of them falls again as what waited begins to leave. */
  async #killAgain(down: Slug[]): Promise<Slug[]> {
    const { pair, books } = this.#world
    await Promise.all(down.map((slug) => pair[slug].deployment.start()))
    const waiting = () => SLUGS.reduce((sum, slug) => sum + books[slug].open().messages, 0)
    const before = waiting()
    await until(() => waiting() < before, SOMETHING_WAITS_WITHIN_MS)
    await sleep(this.#chance.between(0, 200))
    const victim = down[this.#chance.between(0, down.length - 1)]
    if (victim === undefined) return []
    await pair[victim].deployment.kill()
    return [victim]
  }

  #count(kind: string, met: number): void {
    const before = this.struck.get(kind) ?? { times: 0, met: 0 }
    this.struck.set(kind, { times: before.times + 1, met: before.met + met })
    this.#world.history.note('fault over', { kind, met })
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#end.signal }).catch(() => {})
  }
}
