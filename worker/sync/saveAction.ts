import { actorOf, type EndUser, type Staff } from '../auth/principal'
import type { Author, Draft } from '../desk/draft'
import type { Entry } from '../desk/timeline'
import { isCutOff, type Db } from '../platform/database'
import { tooMuchFor } from '../platform/databaseFull'
import type { Instance } from '../platform/directory'
import { uncaught } from '../platform/refusable'
import { seams } from '../platform/seams'
import type { FirstTry } from './Courier'
import type { Delivery } from './deliveries'
import { partsOf } from './message'
import { courierObject, deskObject, ticketObject } from './objects'
import { fixOf, isReason, wordsOf } from './reasons'
import {
  concernsPartner,
  readRecord,
  record,
  savedAs,
  type Parcel,
  type Recorded,
  type RecordRows,
  type Save,
} from './record'

/** Where a request runs: what saving needs beyond the tenant's data. */
export interface Here {
  env: Env
  db: Db
  instance: Instance
  base: string
  waitUntil: (work: Promise<unknown>) => void
}

export type Saved =
  | { repeat: true; ticketId: number; actionId: number }
  | {
      repeat: false
      ticketId: number
      actionId: number
      entry: Entry
      deliveries: Delivery[]
      mailed: boolean
      commitMs: number
    }

/** The answer to the saver waits so long for the partner's, then says "pending" while the attempt goes on (Q7). */
const ANSWER_WITHIN_MS = 2_000

export const authorOf = (who: Staff | EndUser): Author =>
  who.kind === 'user'
    ? { kind: 'user', personId: who.personId, customerId: who.customerId, actor: actorOf(who) }
    : { kind: who.kind, agentId: who.agentId, admin: who.role === 'admin', actor: actorOf(who) }

/**
 * Saves an action and tries to send it at once: on a ticket that concerns a partner in the ticket's object, which gives the order;
 * elsewhere right here. Throws what `record` refuses.
 */
export async function saveAction(
  here: Here,
  who: Staff | EndUser,
  draft: Draft,
  key?: { key: string; hash: string },
): Promise<Saved> {
  const { env, db, instance, base } = here
  const save: Save = {
    uid: seams.uid(),
    author: authorOf(who),
    draft,
    instance,
    base,
    mailDomain: env.MAIL_DOMAIN,
    ...(key && { key }),
  }
  const began = seams.now()
  const rows = await readRecord(db, save)
  const recorded = concernsPartner(rows, save)
    ? await recordInObject(here, save, rows)
    : await record(db, save, rows, () => deskObject(env, db.t).arm())
  if (recorded.repeat) return recorded
  const commitMs = seams.now() - began
  if (recorded.mailed) here.waitUntil(deskObject(env, db.t).wake())
  const { ticketId, actionId, entry, mailed } = recorded
  return {
    repeat: false,
    ticketId,
    actionId,
    entry,
    mailed,
    commitMs,
    deliveries: await firstTries(here, recorded.parcels, recorded.deliveries),
  }
}

const MOST_TRIES = 3

/** The same in the ticket's object. One that a deploy resets under the call is called anew, unless it had saved by then (F34). */
async function recordInObject({ env, db }: Here, save: Save, seen: RecordRows): Promise<Recorded> {
  let rows = seen
  for (let tries = 1; ; tries++) {
    try {
      return uncaught(await ticketObject(env, db.t, save.draft.ticketId).record(db.t, save, rows))
    } catch (error) {
      // What the database says, the object has asked it again about already.
      const isObject =
        isCutOff(error) && !(error instanceof Error && error.message.startsWith('D1_'))
      if (!isObject || tries >= MOST_TRIES) throw tooMuchFor(error) ?? error
      const done = await savedAs(db, save)
      if (done) return done
      rows = await readRecord(db, save)
    }
  }
}

async function firstTries(
  { env, db, base, waitUntil }: Here,
  parcels: Parcel[],
  born: Delivery[],
): Promise<Delivery[]> {
  if (parcels.length === 0) return born
  const tries = parcels.map(async (parcel) => {
    const outcome = await courierObject(env, db.t, parcel.connectionId).send(db.t, parcel, base)
    return { connectionId: parcel.connectionId, outcome }
  })
  // Whatever goes wrong between here and the courier, the row stands and its timer too: the action is pending, never failed (F9).
  const settled = Promise.allSettled(tries)
  waitUntil(settled)
  const results = await Promise.race([
    settled,
    new Promise<null>((resolve) => setTimeout(() => resolve(null), ANSWER_WITHIN_MS)),
  ])
  const done = (results ?? []).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  return born.map((delivery) =>
    withOutcome(
      delivery,
      done.find(({ connectionId }) => connectionId === delivery.connectionId)?.outcome ?? null,
    ),
  )
}

function withOutcome(delivery: Delivery, outcome: FirstTry): Delivery {
  if (!outcome) return delivery
  const {
    state,
    reason,
    error,
    fix,
    remoteId,
    remoteTicketId,
    remoteUrl,
    parts,
    nextAt,
    endpoint,
  } = outcome
  const synced = state === 'synced'
  return {
    ...delivery,
    state,
    reason: isReason(reason) ? wordsOf(reason) : reason,
    error,
    fix: fix ?? (isReason(reason) ? fixOf(reason) : null),
    nextAt,
    remoteId,
    remoteTicketId: remoteTicketId ?? delivery.remoteTicketId,
    url: synced ? (remoteUrl ?? delivery.url) : null,
    endpoint: synced ? endpoint : null,
    parts: partsOf(parts),
    attempts: 1,
  }
}
