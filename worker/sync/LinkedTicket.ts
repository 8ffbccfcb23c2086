import { DurableObject } from 'cloudflare:workers'
import type { Caller } from '../auth/principal'
import { guardOf } from '../auth/guard'
import { arm, LOOK_AGAIN_MS, rest, watch } from '../platform/alarm'
import { openDb } from '../platform/database'
import { mutex } from '../platform/mutex'
import { caught, type Refusable } from '../platform/refusable'
import { seams } from '../platform/seams'
import type { Arrival, Receipt } from './arrival'
import { pendingOf } from './pending'
import { receiveAction } from './receive'
import { receiveCreate } from './receiveCreate'
import { record, type Recorded, type RecordRows, type Save } from './record'
import { courierObject, deskObject, nameParts, tenantOf } from './objects'

const CHECK_AGAIN_MS = 60_000
/** What follows from a message that came begins so soon after it. */
const FOLLOW_MS = 1_000

/**
 * One per linked ticket: gives what happens to it, in both directions, one order (protocol.md §1). Holds no rule and no table of its
 * own, and never calls a partner: two desks that send to each other at the same moment must not wait on each other.
 */
export class LinkedTicket extends DurableObject<Env> {
  readonly #oneAtATime = mutex()

  /** Saves an action of this ticket and what has to leave; the caller has read `seen` behind its guard. The timer stands before the write, so whatever dies, somebody looks again. */
  record(tenant: number, save: Save, seen: RecordRows): Promise<Refusable<Recorded>> {
    return this.#oneAtATime(() =>
      caught(async () => {
        this.#mustBeOf(tenant)
        await watch(this.ctx.storage, seams.now() + LOOK_AGAIN_MS)
        return record(openDb(this.env, tenant), save, seen)
      }),
    )
  }

  /** Takes a message that a partner sent for this ticket. */
  receive(who: Caller, arrival: Arrival): Promise<Refusable<Receipt>> {
    return this.#oneAtATime(() =>
      caught(() => {
        this.#mustBeOf(who.t)
        return receiveAction(
          openDb(this.env, who.t, guardOf(who)),
          arrival,
          async ({ follows }) => {
            if (follows) await watch(this.ctx.storage, seams.now() + FOLLOW_MS)
          },
        )
      }),
    )
  }

  /** Takes a ticket that a partner sends; called on the object that stands for that ticket of the partner's. */
  create(who: Caller, arrival: Arrival): Promise<Refusable<Receipt>> {
    return this.#oneAtATime(() =>
      caught(() => {
        this.#mustBeOf(who.t)
        return receiveCreate(openDb(this.env, who.t, guardOf(who)), arrival)
      }),
    )
  }

  /** Whatever of this ticket is still open gets somebody who works on it. Never throws; finding nothing, it looks once more. */
  override alarm(): Promise<void> {
    return this.#oneAtATime(async () => {
      await arm(this.ctx.storage, seams.now() + LOOK_AGAIN_MS)
      try {
        const { t, id } = nameParts(this.ctx.id.name)
        const open = await pendingOf(openDb(this.env, t), id)
        for (const connectionId of open.connectionIds)
          await courierObject(this.env, t, connectionId).wake()
        if (open.mail) await deskObject(this.env, t).wake()
        const isOpen = open.connectionIds.length > 0 || open.mail
        await rest(this.ctx.storage, isOpen ? seams.now() + CHECK_AGAIN_MS : null)
      } catch {
        await this.ctx.storage.setAlarm(seams.now() + 5_000)
      }
    })
  }

  /** The tenant that asks must be the one in the object's name (T4). */
  #mustBeOf(t: number): void {
    if (tenantOf(this.ctx.id.name) !== t) throw new Error('This object is another tenant\u2019s')
  }
}
