import { setTimeout as sleep } from 'node:timers/promises'
import { Books } from './books.ts'
import { Chance } from './chance.ts'
import type { Deployment, Slug } from './deployment.ts'
import { Driver } from './driver.ts'
import { endingOf } from './ending.ts'
import { Gate } from './gate.ts'
import { answered, guaranteesOf, recovered, seconds, type Guarantee } from './guarantees.ts'
import { linkedPair, type Pair } from './pair.ts'
import { recovery, type Recovery } from './recovery.ts'

export interface Plan {
  seed: number
  kills: number
  /** After which blows everybody falls silent until what was open has arrived. */
  silence: 'each' | 'last'
}

/**
 * What a blow kills: one desk, both at once, one and then the other while messages wait for the first, or after that one of them once
 * more, as what waited begins to leave.
 */
type Blow = 'one' | 'both' | 'in turn' | 'and again'

const KILLS: Record<Blow, number> = { one: 1, both: 2, 'in turn': 2, 'and again': 3 }

/** Streams of work at the same time. */
const HANDS = 5
const SOMETHING_WAITS_WITHIN_MS = 5_000
const SOMETHING_LEAVES_WITHIN_MS = 60_000

export interface Report {
  guarantees: Guarantee[]
  /** What the two Workers printed. */
  log: string
}

/** Drives two linked deployments, kills them, and says which promises they broke. The same seed makes the same plan. */
export async function chaos(
  plan: Plan,
  folder: string,
  tell: (line: string) => void,
): Promise<Report> {
  const pair = await linkedPair(folder)
  const books = {
    acme: new Books(pair.acme.deployment),
    skyline: new Books(pair.skyline.deployment),
  }
  try {
    const chance = new Chance(plan.seed)
    const gate = new Gate()
    const driver = await Driver.of(pair, gate, plan.seed)
    const [{ id: supplierId } = { id: 0 }] = books.acme.all<{ id: number }>(
      'select supplier_id as id from connection',
    )
    driver.start(
      supplierId,
      Array.from({ length: HANDS }, () => new Chance(chance.between(1, 1_000_000_000))),
    )
    const nemesis = new Nemesis(pair, books, gate, chance, tell)
    const recoveries = await nemesis.strike(plan)
    await driver.stop()
    recoveries.push(await recovery([], Object.values(books)))
    const ends = {
      acme: await endingOf(pair.acme.demo.tenant_id, driver.people.acme.agent, books.acme),
      skyline: await endingOf(
        pair.skyline.demo.tenant_id,
        driver.people.skyline.agent,
        books.skyline,
      ),
    }
    return {
      guarantees: [
        ...guaranteesOf(driver.accepted, ends, Date.now()),
        recovered(recoveries),
        answered(driver),
      ],
      log: `${pair.acme.deployment.output}\n${pair.skyline.deployment.output}`,
    }
  } finally {
    await Promise.all([pair.acme.deployment.kill(), pair.skyline.deployment.kill()])
  }
}

/** Takes the power from desks at moments that the seed chooses, and gives it back. */
class Nemesis {
  readonly #pair: Pair
  readonly #books: Record<Slug, Books>
  readonly #gate: Gate
  readonly #chance: Chance
  readonly #tell: (line: string) => void

  constructor(
    pair: Pair,
    books: Record<Slug, Books>,
    gate: Gate,
    chance: Chance,
    tell: (line: string) => void,
  ) {
    this.#pair = pair
    this.#books = books
    this.#gate = gate
    this.#chance = chance
    this.#tell = tell
  }

  async strike({ kills, silence }: Plan): Promise<Recovery[]> {
    const blows = blowsOf({ kills, silence }, this.#chance)
    const recoveries: Recovery[] = []
    for (const [place, blow] of blows.entries()) {
      await sleep(this.#chance.between(300, 1_500))
      const down = await this.#kill(blow)
      const silent = silence === 'each' || place === blows.length - 1
      const seen = silent ? await this.#inSilence(down, blow) : await this.#underWay(down)
      recoveries.push(seen)
      const names = down.map(({ slug }) => slug).join(' and ')
      const ready = Math.max(...seen.readyMs)
      this.#tell(
        `killed ${names} (${blow}), ready in ${seconds(ready)}` +
          (silent ? `; ${seen.waiting} waited, the last left after ${seconds(seen.tookMs)}` : ''),
      )
    }
    return recoveries
  }

  async #kill(blow: Blow): Promise<Deployment[]> {
    const first = this.#chance.one<Slug>(['acme', 'skyline'])
    const second = first === 'acme' ? 'skyline' : 'acme'
    const [one, other] = [this.#pair[first].deployment, this.#pair[second].deployment]
    if (blow === 'both') {
      await Promise.all([one.kill(), other.kill()])
      return [one, other]
    }
    await one.kill()
    if (blow === 'one') return [one]
    await until(() => this.#books[second].open().messages > 0, SOMETHING_WAITS_WITHIN_MS)
    await sleep(this.#chance.between(0, 800))
    await other.kill()
    return [one, other]
  }

  /** Nobody asks for anything until all that was open has left: the alarms alone bring it there (Q9). */
  async #inSilence(down: Deployment[], blow: Blow): Promise<Recovery> {
    await this.#gate.shut()
    const seen = await recovery(
      blow === 'and again' ? await this.#killAgain(down) : down,
      Object.values(this.#books),
    )
    this.#gate.open()
    return seen
  }

  async #killAgain(down: readonly Deployment[]): Promise<Deployment[]> {
    await Promise.all(down.map((one) => one.start()))
    const waiting = () =>
      Object.values(this.#books).reduce((sum, one) => sum + one.open().messages, 0)
    const before = waiting()
    await until(() => waiting() < before, SOMETHING_LEAVES_WITHIN_MS)
    await sleep(this.#chance.between(0, 100))
    const victim = down[this.#chance.between(0, down.length - 1)]
    await victim?.kill()
    return victim ? [victim] : []
  }

  /** People go on working, and repeat what was not answered. */
  async #underWay(down: Deployment[]): Promise<Recovery> {
    await sleep(this.#chance.between(0, 600))
    const readyMs = await Promise.all(down.map((one) => one.start()))
    return { readyMs, waiting: 0, late: 0, tookMs: 0, mailsLate: 0 }
  }
}

/** The last blow is one after which messages wait for certain. */
function blowsOf({ kills, silence }: Omit<Plan, 'seed'>, chance: Chance): Blow[] {
  const some = ['one', 'one', 'both', 'in turn'] as const
  const blows: Blow[] = []
  for (let left = kills - KILLS['in turn']; left > 0;) {
    const wanted = chance.one<Blow>(silence === 'each' ? [...some, 'and again'] : some)
    const blow = KILLS[wanted] > left ? 'one' : wanted
    blows.push(blow)
    left -= KILLS[blow]
  }
  return [...blows, 'in turn']
}

async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs
  while (!isSo() && performance.now() < end) await sleep(25)
}
