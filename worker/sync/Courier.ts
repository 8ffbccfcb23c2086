import { DurableObject } from 'cloudflare:workers'
import { and, eq, gt, isNotNull } from 'drizzle-orm'
import { outbox } from '../../db/schema'
import { arm, LOOK_AGAIN_MS } from '../platform/alarm'
import { openDb, type Db } from '../platform/database'
import { fault } from '../platform/fault'
import { seams } from '../platform/seams'
import { Breaker, type Kept } from './breaker'
import type { ConnectionRow } from './connections'
import { claim, deliver } from './deliver'
import { skipAll } from './endConnection'
import { nameParts } from './objects'
import { partnerFetch, targetOf, type World } from './partnerFetch'
import { TokenKeeper } from './partnerToken'
import { reconcileNext } from './afterRestore'
import { headsOf, nextDue, putOff, release } from './pending'
import type { Parcel } from './record'
import { tellEnd } from './tellEnd'
import { mayPark, type Outcome, type UnderWay } from './settle'
import type { Claimed } from './tried'
import { isRestored } from './Witness'

const IN_FLIGHT = 4
/** So many of them may bring files, which take longer. */
const MOST_STAGING = 2
const OTHERS_WAIT_MS = 5_000
const PER_SECOND = 10
/** A suspended desk sends nothing; whoever lets it stand again has no timer to set. */
const SUSPENDED_LOOK_MS = 600_000
const ASK_AGAIN_MS = 30_000
const HOUR_MS = 3_600_000

/** What the saver learns of the first try. */
export type FirstTry = (Outcome & { endpoint: string }) | null

/**
 * One per connection: everything that leaves for that partner goes through it, in order per link, one message in flight per link, few
 * per partner (protocol.md §5). Token, breaker, pause and park are its business; the rules stand in the modules it calls.
 */
export class Courier extends DurableObject<Env> {
  readonly #keeper = new TokenKeeper()
  readonly #breaker = new Breaker()
  readonly #busy = new Set<string>()
  #staging = 0
  /** Links whose next message waits for the one in flight. */
  readonly #awaited = new Set<string>()
  readonly #sentAt: number[] = []
  /** By message: how many times in a row it was answered GAP. */
  readonly #gaps = new Map<string, number>()
  #draining: Promise<void> | null = null
  #probing: Promise<boolean> | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    void ctx.blockConcurrencyWhile(async () => {
      const kept = await ctx.storage.get<Kept>('breaker')
      if (kept) this.#breaker.restore(kept)
    })
  }

  /** Tries a message that was just born; null when it has to wait for its turn, as it then does in the queue. */
  async send(t: number, parcel: Parcel, base: string): Promise<FirstTry> {
    const { t: own, id } = nameParts(this.ctx.id.name)
    if (own !== t || id !== parcel.connectionId)
      throw new Error('This object is another connection\u2019s')
    await arm(this.ctx.storage, seams.now() + LOOK_AGAIN_MS)
    await this.#remember(base)
    const db = openDb(this.env, t)
    const { to } = parcel
    const shut =
      (await this.ctx.storage.get<boolean>('halted')) === true ||
      to.state !== 'live' ||
      to.restoredAt !== null ||
      this.#breaker.isOpen() ||
      (to.holdUntil ?? 0) > seams.now() ||
      (await isRestored(this.env))
    if (shut || parcel.waits || this.#busy.has(parcel.linkUid) || this.#busy.size >= IN_FLIGHT) {
      await release(db, parcel)
      if (this.#busy.has(parcel.linkUid)) this.#awaited.add(parcel.linkUid)
      else if (!shut) await arm(this.ctx.storage, seams.now())
      return null
    }
    const outcome = await this.#alone(parcel.linkUid, () =>
      this.#try(db, to, {
        ...parcel,
        attempts: 1,
        failures: 0,
        profile: to.kind,
        othersPass: false,
      }),
    )
    if (outcome && outcome.nextAt !== null) await arm(this.ctx.storage, outcome.nextAt)
    return outcome && { ...outcome, endpoint: `${to.partnerResourceUrl}/${parcel.message.path}` }
  }

  /** Before a write that makes work for it: whatever dies afterwards, somebody looks. */
  async arm(): Promise<void> {
    await arm(this.ctx.storage, seams.now() + LOOK_AGAIN_MS)
    FAULTS && (await fault('P3'))
  }

  /**
   * After its connection was paused or has ended: a message whose saver read it as live a moment ago is not sent. The table says so too,
   * so the flag goes as soon as it says otherwise.
   */
  async halt(): Promise<void> {
    await this.ctx.storage.put('halted', true)
  }

  /** Looks for work now. Returns when it has been found or done. */
  async wake(): Promise<void> {
    await arm(this.ctx.storage, seams.now() + LOOK_AGAIN_MS)
    await this.#drainOnce()
  }

  override async alarm(): Promise<void> {
    await arm(this.ctx.storage, seams.now() + LOOK_AGAIN_MS)
    try {
      await this.#drainOnce()
    } catch {
      await arm(this.ctx.storage, seams.now() + 5_000)
    }
  }

  #drainOnce(): Promise<void> {
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = null
    })
    return this.#draining
  }

  async #drain(): Promise<void> {
    const { t, id } = nameParts(this.ctx.id.name)
    const db = openDb(this.env, t)
    const { to, heads, soonest, suspended } = await headsOf(db, id)
    if (to?.state === 'ended') return this.#end(db, to, soonest !== null)
    // Paused and broken make no calls and no alarm; whoever ends that state sets one (R17).
    if (!to || to.state !== 'live') return this.ctx.storage.deleteAlarm()
    await this.ctx.storage.delete('halted')
    if (soonest === null && to.restoredAt === null) return this.ctx.storage.deleteAlarm()
    const now = seams.now()
    if (suspended) return this.ctx.storage.setAlarm(now + SUSPENDED_LOOK_MS)
    if (await isRestored(this.env)) return
    if ((to.holdUntil ?? 0) > now) return this.ctx.storage.setAlarm(to.holdUntil ?? now)
    if (this.#breaker.isOpen() && !(await this.#probe(db, to))) return
    if (to.restoredAt !== null) return this.#compare(db, to)
    const base = await this.#base()
    const free = heads.filter((row) => !this.#busy.has(laneOf(row)))
    for (const row of heads) if (this.#busy.has(laneOf(row))) this.#awaited.add(laneOf(row))
    const slow = free.filter(({ hasFiles }) => hasFiles === 1)
    const quick = free.filter(({ hasFiles }) => hasFiles === 0)
    const tryOne = (row: (typeof free)[number]) =>
      this.#alone(laneOf(row), async () => {
        const claimed = await claim(db, row, base)
        if (!claimed) return null
        const othersPass = await this.#othersPass(db, to, claimed)
        return this.#try(db, to, { ...claimed, othersPass })
      })
    // After a hold one message asks whether it is over (protocol.md §4).
    let atOnce = to.holdUntil === null ? IN_FLIGHT : 1
    let stopped = false
    for (let next = 0; next < quick.length && !stopped; next += atOnce, atOnce = IN_FLIGHT) {
      const outcomes = await Promise.all(quick.slice(next, next + atOnce).map(tryOne))
      // What holds or breaks the connection concerns the rows that are left too.
      stopped = this.#breaker.isOpen() || outcomes.some((one) => one?.hold || one?.broken)
    }
    if (!stopped) await this.#beside(slow.slice(0, atOnce === 1 ? 1 : undefined), tryOne)
    if (this.#breaker.isOpen()) return
    if (heads.length === 0) await putOff(db, id, now + HOUR_MS)
    await this.#armNext(db, to)
  }

  /** What brings files may take minutes: a few at a time go beside the others, who wait for them a moment at most (Q8). */
  async #beside<R>(rows: R[], tryOne: (row: R) => Promise<unknown>): Promise<void> {
    const works = rows.slice(0, Math.max(MOST_STAGING - this.#staging, 0)).map(async (row) => {
      this.#staging++
      try {
        await tryOne(row)
      } catch {
        await arm(this.ctx.storage, seams.now() + 5_000)
      } finally {
        this.#staging--
        // Whoever waited for a place is looked for once more.
        if (this.#staging === 0) await arm(this.ctx.storage, seams.now())
      }
    })
    if (works.length === 0) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, OTHERS_WAIT_MS)
    })
    await Promise.race([Promise.all(works), late])
    clearTimeout(timer)
  }

  /** Of a connection that has ended nothing leaves but the notice that says so. */
  async #end(db: Db, to: ConnectionRow, isOpen: boolean): Promise<void> {
    // Saved by somebody who had read the connection as live.
    if (isOpen) await skipAll(db, to.id)
    const world: World = { env: this.env, exports: this.ctx.exports }
    const next = await tellEnd(world, db, this.#keeper, to)
    await (next === null ? this.ctx.storage.deleteAlarm() : this.ctx.storage.setAlarm(next))
  }

  /** After a restore and its Resume: every link is compared, some at a time, before anything is sent (R16). */
  async #compare(db: Db, to: ConnectionRow): Promise<void> {
    const from = (await this.ctx.storage.get<number>('compared')) ?? 0
    const world: World = { env: this.env, exports: this.ctx.exports }
    const step = await reconcileNext(world, db, this.#keeper, to, from)
    await this.ctx.storage.put('compared', step?.last ?? 0)
    await this.ctx.storage.setAlarm(seams.now() + (step?.answered === false ? ASK_AGAIN_MS : 0))
  }

  /** One message in flight per link, from the claim to the written result. Whoever was turned away meanwhile is called again. */
  async #alone<T>(linkUid: string, work: () => Promise<T>): Promise<T | null> {
    if (this.#busy.has(linkUid)) return null
    this.#busy.add(linkUid)
    try {
      return await work()
    } finally {
      this.#busy.delete(linkUid)
      if (this.#awaited.delete(linkUid)) await arm(this.ctx.storage, seams.now())
    }
  }

  async #try(db: Db, to: ConnectionRow, claimed: Claimed): Promise<Outcome> {
    FAULTS && (await fault('P4'))
    const world: World = { env: this.env, exports: this.ctx.exports }
    const gaps = this.#gaps.get(claimed.uid) ?? 0
    const outcome = await deliver(
      { world, db, keeper: this.#keeper, to, pace: () => this.#pace() },
      { ...claimed, gaps },
    )
    if (outcome.follows) await arm(this.ctx.storage, seams.now())
    // A file is no message: that one fails says nothing of the partner.
    if (claimed.kind === 'file') return outcome
    this.#gaps.delete(claimed.uid)
    if (outcome.gap) this.#gaps.set(claimed.uid, gaps + 1)
    const failed = outcome.failures > claimed.failures && outcome.state !== 'synced'
    if (!outcome.hold && !outcome.broken) {
      const wasOpen = this.#breaker.isOpen()
      this.#breaker.note(claimed.linkUid, failed)
      if (wasOpen) await this.#keep()
    }
    if (failed) {
      if (this.#breaker.suspects()) await this.#probe(db, to)
      await this.env.DELIVERIES.send(
        { t: db.t, connectionId: to.id },
        { delaySeconds: delayOf(outcome.nextAt) },
      )
    }
    return outcome
  }

  /** Whether the partner is up while this message fails. When it is time to decide and no other link tells, a probe does (R7). */
  async #othersPass(
    db: Db,
    to: ConnectionRow,
    message: Omit<UnderWay, 'othersPass'>,
  ): Promise<boolean> {
    if (this.#breaker.othersPass(message.linkUid)) return true
    return mayPark(message) && this.#probe(db, to)
  }

  /** Asks the partner for its name and a token; a partner that is down is probed without messages. Opens or closes the breaker. */
  #probe(db: Db, to: ConnectionRow): Promise<boolean> {
    this.#probing ??= this.#probeOnce(db, to).finally(() => {
      this.#probing = null
    })
    return this.#probing
  }

  async #probeOnce(db: Db, to: ConnectionRow): Promise<boolean> {
    const now = seams.now()
    if (this.#breaker.isOpen() && now < this.#breaker.opensAt()) {
      // Whoever woke us in between must not have put off the probe.
      await this.ctx.storage.setAlarm(this.#breaker.opensAt())
      return false
    }
    const world: World = { env: this.env, exports: this.ctx.exports }
    const target = targetOf(to)
    const answer =
      target && (await partnerFetch(world, target, { door: 'api', path: 'instanceinfo' }))
    const up =
      answer &&
      !('error' in answer) &&
      answer.status === 200 &&
      (await this.#keeper.token(world, to)).kind === 'token'
    if (!up) {
      await this.ctx.storage.setAlarm(this.#breaker.open(now))
      await this.#keep()
      return false
    }
    if (this.#breaker.isOpen()) {
      // The first success after an outage makes all that waited due.
      await db.orm
        .update(outbox)
        .set({ nextAt: now })
        .where(
          and(
            eq(outbox.t, db.t),
            eq(outbox.connectionId, to.id),
            isNotNull(outbox.nextAt),
            gt(outbox.nextAt, now),
          ),
        )
      this.#breaker.close()
      await this.#keep()
    }
    return true
  }

  /** Whether the breaker is open outlives this object. */
  async #keep(): Promise<void> {
    const kept = this.#breaker.kept()
    await (kept ? this.ctx.storage.put('breaker', kept) : this.ctx.storage.delete('breaker'))
  }

  /** At most ten requests a second for each partner. */
  async #pace(): Promise<void> {
    const now = seams.now()
    while (this.#sentAt[0] !== undefined && this.#sentAt[0] <= now - 1_000) this.#sentAt.shift()
    const oldest =
      this.#sentAt.length >= PER_SECOND ? this.#sentAt[this.#sentAt.length - PER_SECOND] : undefined
    const waitMs = oldest === undefined ? 0 : Math.max(0, oldest + 1_000 - now)
    this.#sentAt.push(now + waitMs)
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  }

  /** The alarm for whatever is due next; none when nothing is. */
  async #armNext(db: Db, to: ConnectionRow): Promise<void> {
    const at = await nextDue(db, to.id)
    // What waits for a place beside files that stream is due all the time.
    const soonest = seams.now() + (this.#staging > 0 ? OTHERS_WAIT_MS : 100)
    if (at !== null) await this.ctx.storage.setAlarm(Math.max(at, soonest))
  }

  /** The address of the desk as people write it; messages that an alarm sends name it too. */
  async #remember(base: string): Promise<void> {
    if ((await this.#base()) !== base) await this.ctx.storage.put('base', base)
  }

  async #base(): Promise<string | null> {
    return (await this.ctx.storage.get<string>('base')) ?? null
  }
}

/** What only one of may be under way: a message of a link, and a file, which holds no message up. */
const laneOf = ({ kind, uid, linkUid }: Pick<UnderWay, 'kind' | 'uid' | 'linkUid'>): string =>
  kind === 'file' ? uid : linkUid

const delayOf = (nextAt: number | null): number =>
  Math.min(Math.max(Math.ceil(((nextAt ?? 0) - seams.now()) / 1000), 0), 43_200)
