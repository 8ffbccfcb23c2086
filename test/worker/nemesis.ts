import { createMessageBatch, env, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { AsyncLocalStorage } from 'node:async_hooks'
import { app } from '../../worker/app'
import { Desk } from '../../worker/mail/Desk'
import { nemesis, type Point } from '../../worker/platform/fault'
import { seams } from '../../worker/platform/seams'
import { Courier } from '../../worker/sync/Courier'
import { LinkedTicket } from '../../worker/sync/LinkedTicket'
import { consumeDeliveries } from '../../worker/sync/wake'
import { later } from './pair'

/**
 * Who kills, breaks and forgets (reliability.md §7.1), and who heals. It knows in which object or in whose request the program is when
 * it comes to a point, so it can kill just that one; and it knows every object by its name, so that time can pass for all of them.
 */

/** What is to happen at a point: an exception, or the end of the object that is there. A request has no object and only throws. */
export type How = 'throw' | 'kill' | 'kill and lose the queue'

/** Words that the test runtime keeps to itself; it prints any other error of an object, and these are meant. */
const UNSAID = 'broken.outputGateBroken; jsg.Error: Instance dispose'

/** A place on an action's way: a point, on the desk of that number, for the nth time. */
export interface Spot {
  point: Point
  t: number
  nth: number
  /** In an object, or in a request alone. */
  object: boolean
}
export const spotName = ({ point, t, nth }: Spot): string => `${point}@${t}#${nth}`

type Kind = 'LINKED_TICKET' | 'COURIER' | 'DESK'
interface Running {
  t: number
  ctx: DurableObjectState | null
}

const running = new AsyncLocalStorage<Running>()
/** Every object that was ever called, by kind and name: a name cannot be had back from an id. */
const known = new Map<string, { kind: Kind; name: string }>()
const numberOf = new Map<string, number>()

/** The program of an object whose every method says where it runs. */
function watchClass(kind: Kind, type: { prototype: object }): void {
  const { prototype } = type
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const real: unknown = Reflect.get(prototype, name)
    if (name === 'constructor' || typeof real !== 'function') continue
    Reflect.set(prototype, name, function (this: { ctx: DurableObjectState }, ...given: unknown[]) {
      const { name: own = '' } = this.ctx.id
      known.set(`${kind} ${own}`, { kind, name: own })
      return running.run({ t: Number(own.split(':')[0]), ctx: this.ctx }, () =>
        Reflect.apply(real, this, given),
      )
    })
  }
}

/**
 * Objects are reached under their name with so many zeros before it, so a higher number means other objects for the same tickets and
 * connections, while those of before still run and still have their timers: what a deploy or a partition makes for a moment (R4).
 */
let generation = 0
export const supersede = (): void => void generation++
/** Every call reaches another of two objects. */
export const twoOfEach = { on: false }

function renameObjects(): void {
  const prototype: object = Object.getPrototypeOf(env.COURIER)
  const real: unknown = Reflect.get(prototype, 'getByName')
  if (typeof real !== 'function') throw new Error('Objects have no names here')
  let calls = 0
  Reflect.set(prototype, 'getByName', function (this: object, name: string) {
    const zeros = generation + (twoOfEach.on ? calls++ % 2 : 0)
    const own = /^[1-9]/.test(name) ? '0'.repeat(zeros) + name : name
    return Reflect.apply(real, this, [own])
  })
}

let watching = false
/** Begins to watch. `slugs` says which desk a request is for. */
export function watch(slugs: Record<string, number>): void {
  for (const [slug, t] of Object.entries(slugs)) numberOf.set(slug, t)
  if (watching) return
  watching = true
  watchClass('LINKED_TICKET', LinkedTicket)
  watchClass('COURIER', Courier)
  watchClass('DESK', Desk)
  const real = app.fetch
  app.fetch = (request, ...rest) => {
    const slug = new URL(request.url).pathname.split('/')[1] ?? ''
    return running.run({ t: numberOf.get(slug) ?? 0, ctx: null }, () => real(request, ...rest))
  }
  holdQueue()
  renameObjects()
}

/** The queue, in the test's hand: nothing is delivered before `deliverQueue`. */
export const queue = {
  waiting: [] as unknown[],
  /** How many messages were sent to it. */
  sent: 0,
  lost: false,
  /** Each message so many times; a queue delivers at least once. */
  times: 1,
}

function holdQueue(): void {
  const prototype: object = Object.getPrototypeOf(env.DELIVERIES)
  Reflect.set(prototype, 'send', (body: unknown) => {
    queue.sent++
    if (!queue.lost) queue.waiting.push(body)
    return Promise.resolve()
  })
}

let batches = 0
/** Delivers what waits, newest first, as a queue may; what is not acknowledged comes again next time. */
export async function deliverQueue(): Promise<void> {
  const waiting = queue.waiting.splice(0).toReversed()
  const bodies = Array.from({ length: queue.times }, () => waiting).flat()
  if (bodies.length === 0) return
  const id = ++batches
  const batch = createMessageBatch(
    'deliveries',
    bodies.map((body, n) => ({
      id: `${id}-${n}`,
      timestamp: new Date(seams.now()),
      attempts: 1,
      body,
    })),
  )
  for (const message of batch.messages) {
    const body = message.body
    message.retry = () => {
      if (!queue.lost) queue.waiting.push(body)
    }
  }
  await running.run({ t: 0, ctx: null }, () => consumeDeliveries(batch, env))
}

/** Runs `work`, and at every spot that it comes to does what `decide` says; null lets it pass. Tells the spots in their order. */
export async function during<T>(
  decide: (spot: Spot) => How | null,
  work: () => Promise<T>,
): Promise<{ reached: Spot[]; result: T }> {
  const reached: Spot[] = []
  nemesis.at = async (point) => {
    const { t, ctx } = running.getStore() ?? { t: 0, ctx: null }
    const nth = reached.filter((one) => one.point === point && one.t === t).length + 1
    const spot = { point, t, nth, object: ctx !== null }
    reached.push(spot)
    const how = decide(spot)
    if (how === null) return
    if (how === 'kill and lose the queue') {
      queue.lost = true
      queue.waiting.length = 0
    }
    if (ctx === null || how === 'throw') throw new Error(`${UNSAID} (broken at ${point})`)
    ctx.abort(`${UNSAID} (killed at ${point})`)
    await new Promise(() => undefined) // what is dead goes no further
  }
  try {
    const result = await work()
    return { reached, result }
  } finally {
    nemesis.at = null
  }
}

/** The very object of that name. */
function stubOf({ kind, name }: { kind: Kind; name: string }) {
  const id = env[kind].idFromName(name)
  return kind === 'LINKED_TICKET'
    ? env.LINKED_TICKET.get(id)
    : kind === 'COURIER'
      ? env.COURIER.get(id)
      : env.DESK.get(id)
}

/** As after a deploy long ago: no object is in memory, no timer stands, and the queue is empty. What is still open stays so. */
export async function still(): Promise<void> {
  Object.assign(queue, { lost: false, times: 1, sent: 0 })
  twoOfEach.on = false
  queue.waiting.length = 0
  for (const one of known.values())
    await runInDurableObject(stubOf(one), async (_, { storage }) => {
      await storage.deleteAll()
      await storage.deleteAlarm()
    })
  await kill()
  known.clear()
}

/** Puts objects out of memory, as a deploy does; their storage and alarms stay. */
export async function kill(): Promise<void> {
  for (const one of known.values())
    await runInDurableObject(stubOf(one), (_, state) => state.abort(UNSAID)).catch(() => undefined)
}

async function nextAlarm() {
  const all = await Promise.all(
    [...known.values()].map(async (one) => {
      const ask = () => runInDurableObject(stubOf(one), (_, { storage }) => storage.getAlarm())
      const at = await ask().catch(ask) // it may be killed at this very moment
      return at === null ? [] : [{ ...one, at }]
    }),
  )
  return all.flat().toSorted((a, b) => a.at - b.at)[0]
}

const MOST_ALARMS = 60

/** Whether no desk has a message or a mail that is to be tried again. */
export async function isQuiet(): Promise<boolean> {
  const open = await env.DB.prepare(
    'select (select count(*) from outbox where next_at is not null) + (select count(*) from mail_out where next_at is not null) as n',
  ).first<number>('n')
  return open === 0
}

/**
 * Time passes and nobody makes a request: the queue delivers what it still has, and timers fire when they are set to, until none is set
 * or `ms` are over. Tells how long it took until `quiet` held, and whether a timer still stands; timers that never rest fail.
 */
export async function heal(
  ms: number,
  quiet: () => Promise<boolean>,
  mostAlarms = MOST_ALARMS,
): Promise<{ quietAfter: number | null; rests: boolean }> {
  const began = seams.now()
  let quietAfter: number | null = null
  const look = async () => {
    if (quietAfter === null && (await quiet())) quietAfter = seams.now() - began
  }
  for (let fired = 0; fired < mostAlarms; fired++) {
    await deliverQueue()
    await look()
    const first = await nextAlarm()
    if (!first) return { quietAfter, rests: true }
    if (first.at > began + ms) return { quietAfter, rests: false }
    later(Math.max(first.at - seams.now(), 0))
    await runDurableObjectAlarm(stubOf(first)).catch(() => false)
  }
  throw new Error(`${mostAlarms} alarms and no rest`)
}
