import { join } from 'node:path'
import { Book } from './book.ts'
import { Books } from './books.ts'
import { Chance } from './chance.ts'
import type { Slug } from './deployment.ts'
import { Driver } from './driver.ts'
import { endingOf } from './ending.ts'
import { Gate } from './gate.ts'
import { guaranteesOf } from './guarantees.ts'
import { History } from './history.ts'
import { Hostile } from './hostile.ts'
import { Nemesis } from './nemesis.ts'
import { linkedPair } from './pair.ts'
import { faultsOf, type Plan } from './plan.ts'
import { recovery, until } from './recovery.ts'
import { answered, crossed, recovered, unbroken } from './runGuarantees.ts'
import { SLUGS, type Guarantee } from './seen.ts'
import { Watcher } from './watcher.ts'

export interface Report {
  guarantees: Guarantee[]
  actions: number
  faults: number
  /** What the two Workers printed. */
  log: string
}

const AFTERWARDS_MS = { short: 100_000, long: 900_000 }
const HURRY_EVERY_MS = 15_000
const ATTACK_EVERY_MS = 1_500

/**
 * Drives two linked deployments of a built Worker, brings faults over them, heals everything, waits, and says which promises they broke.
 * The four parts: driver and hostile partner, nemesis, history file, guarantees.
 */
export async function chaos(
  plan: Plan,
  folder: string,
  bundle: string,
  tell: (line: string) => void,
): Promise<Report> {
  const history = new History(join(folder, 'history.jsonl'))
  history.note('plan', plan)
  const pair = await linkedPair(folder, bundle, history)
  const books = {
    acme: new Books(pair.acme.deployment),
    skyline: new Books(pair.skyline.deployment),
  }
  const gate = new Gate()
  try {
    const chance = new Chance(plan.seed)
    const some = () => new Chance(chance.between(1, 1_000_000_000))
    const book = new Book(plan.seed, history)
    const [{ id: supplierId } = { id: 0 }] = books.acme.all<{ id: number }>(
      'select supplier_id as id from connection',
    )
    const driver = await Driver.of(pair, gate, book, supplierId)
    await driver.prepare(books.acme.connection())
    const hostile = await Hostile.of(pair.skyline, gate, some(), driver.people.skyline.admin)
    const watcher = new Watcher(pair, books, driver, some())
    const world = { pair, books, gate, driver, history, tell, long: plan.long }
    const faults = faultsOf(plan, some())
    const nemesis = new Nemesis(world, some())

    const began = performance.now()
    driver.start(Array.from({ length: plan.hands }, some))
    hostile.start(ATTACK_EVERY_MS)
    watcher.start()
    await nemesis.strike(faults)
    await Promise.all([driver.stop(), hostile.stop(), watcher.stop()])
    const minutes = (performance.now() - began) / 60_000
    tell(`${book.accepted.length} actions and ${plan.faults} faults in ${minutes.toFixed(1)} min`)
    for (const [kind, { times, met }] of nemesis.struck)
      tell(`  ${kind}: ${times} times${met > 0 ? `, met ${met} requests` : ''}`)

    // Everything is whole and nobody asks for anything: what is due leaves by itself.
    history.note('healed', {})
    const recoveries = [...nemesis.recoveries, await recovery([], Object.values(books))]
    const hurried = await hurry(plan, driver, books)
    const apart = [
      ...books.acme.differing().map(({ id, remote }) => ({ ticketId: id, twinId: remote })),
      ...books.skyline.differing().map(({ id, remote }) => ({ ticketId: remote, twinId: id })),
    ]
    tell(`${apart.length} tickets said that the desks may differ, and got a last word`)
    await driver.lastWords(apart, some())
    await hurry(plan, driver, books)
    const [acme, skyline] = await Promise.all(
      SLUGS.map((slug) =>
        endingOf(pair[slug].demo.tenant_id, driver.people[slug].agent, books[slug]),
      ),
    )
    if (!acme || !skyline) throw new Error('a desk has no ending')
    const guarantees = [
      ...guaranteesOf({
        accepted: book.accepted,
        ends: { acme, skyline },
        wires: { acme: pair.acme.wire, skyline: pair.skyline.wire },
        passed: new Set([...watcher.parked, ...hurried]),
        watched: watcher,
        now: Date.now(),
      }),
      recovered(recoveries),
      answered(driver),
      unbroken(driver, nemesis.struck.get('redeploy')?.times ?? 0),
      crossed(hostile, skyline),
    ]
    history.note('guarantees', { guarantees })
    return {
      guarantees,
      actions: book.accepted.length,
      faults: Math.max(plan.faults, plan.kills),
      log: `${pair.acme.deployment.output}\n${pair.skyline.deployment.output}`,
    }
  } finally {
    gate.close()
    await Promise.all(SLUGS.map((slug) => pair[slug].deployment.kill()))
    for (const slug of SLUGS) pair[slug].wire.close()
    await history.close()
  }
}

/**
 * What failed often may rightly wait for minutes or hours. After the silence an admin presses Retry, as a person would, until nothing is
 * open. Answers what was sent again by hand.
 */
async function hurry(
  { long }: Plan,
  { people }: Driver,
  books: Record<Slug, Books>,
): Promise<Set<string>> {
  const hurried = new Set<string>()
  const open = () =>
    SLUGS.reduce((sum, slug) => {
      const { messages, mails } = books[slug].open()
      return sum + messages + mails
    }, 0)
  const end = performance.now() + (long ? AFTERWARDS_MS.long : AFTERWARDS_MS.short)
  while (open() > 0 && performance.now() < end) {
    for (const slug of SLUGS) {
      const rows = books[slug].all<{ uid: string; name: string }>(
        `select uid, ticket_id || '-' || action_id || '-' || connection_id as name from outbox where next_at is not null and failures > 0 limit 50`,
      )
      for (const { uid } of rows) hurried.add(uid)
      if (rows.length > 0)
        await people[slug].admin.post(
          `connection/${books[slug].connection()}/replay`,
          { ids: rows.map(({ name }) => name) },
          `hurry-${slug}-${performance.now()}`,
        )
    }
    await until(() => open() === 0, HURRY_EVERY_MS)
  }
  return hurried
}
