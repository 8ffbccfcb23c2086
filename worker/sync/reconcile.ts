import { and, eq, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import { connection, link, onlyThere, outbox, ticket } from '../../db/schema'
import { backoff } from '../platform/backoff'
import { runBatch, type Db } from '../platform/database'
import { limits } from '../platform/limits'
import { seams } from '../platform/seams'
import type { ConnectionRow } from './connections'
import { mergeInto } from './mergeAnswer'
import { Position, Register } from './message'
import { partnerFetch, targetOf, type World } from './partnerFetch'
import { objectOf, type TokenKeeper } from './partnerToken'

const Page = z.object({
  have: Position,
  clock: z.int().min(0),
  registers: z.array(Register).max(limits.registers).catch([]), // whoever tells the stamps alone has nothing to merge
  uids: z.array(z.string()).default([]),
  record_count: z.int().exactOptional(),
})
const MOST_PAGES = 100

/**
 * Asks the partner what it has of a link, and sends again what it lacks (protocol.md §6). A position that this desk does not know means
 * that this desk was restored: the connection pauses until an admin resumes it. What only the partner has is listed. A link that the partner does not know is broken. False, and nothing done, when the partner does not
 * answer: the row that led here is tried again and leads here again.
 */
export async function reconcile(
  world: World,
  db: Db,
  keeper: TokenKeeper,
  to: ConnectionRow,
  linked: typeof link.$inferSelect,
  known: { before: Position; ofResume: boolean },
): Promise<boolean> {
  const theirs = await askAll(world, keeper, to, linked.uid)
  if (!theirs) return false
  const { orm, t } = db
  if (theirs === 'unknown') {
    await orm
      .update(link)
      .set({ state: 'broken', mayDiffer: true })
      .where(and(eq(link.t, t), eq(link.id, linked.id), eq(link.state, 'live')))
    return true
  }
  const ofLink = and(
    eq(outbox.t, t),
    eq(outbox.ticketId, linked.ticketId),
    eq(outbox.linkId, linked.id),
    ne(outbox.kind, 'file'), // has no position
  )
  const [rows] = await orm.batch([
    orm
      .select({
        actionId: outbox.actionId,
        uid: outbox.uid,
        state: outbox.state,
        attempts: outbox.attempts,
      })
      .from(outbox)
      .where(ofLink),
  ])
  const has = new Set(theirs.uids)
  const { have } = theirs
  const isKnown =
    have.uid === null ||
    rows.some(({ uid }) => uid === have.uid) ||
    (have.n === known.before.n && have.uid === known.before.uid)
  const ours = new Set(rows.map(({ uid }) => uid))
  const lost = theirs.uids.filter((uid) => !ours.has(uid)).length
  const again = rows.filter(
    ({ uid, state }) =>
      (state === 'synced') !== has.has(uid) &&
      (state === 'synced' || state === 'pending' || state === 'parked'),
  )
  await runBatch(db, [
    orm
      .update(link)
      .set({ outN: have.n, outUid: have.uid })
      .where(and(eq(link.t, t), eq(link.id, linked.id))),
    orm
      .update(ticket)
      // One far ahead would win over every change for ever (protocol.md §7).
      .set({
        clock: sql`max(${ticket.clock}, min(${theirs.clock}, ${ticket.clock} + ${limits.clockAhead})) + 1`,
      })
      .where(and(eq(ticket.t, t), eq(ticket.id, linked.ticketId))),
    ...again.map(({ uid, attempts }) =>
      orm
        .update(outbox)
        .set({ state: 'pending', nextAt: seams.now() + waitOf(attempts) })
        .where(and(ofLink, eq(outbox.uid, uid))),
    ),
    ...(lost > 0
      ? [
          listLost(db, {
            connectionId: to.id,
            linkUid: linked.uid,
            ticketId: linked.ticketId,
            remoteTicketId: linked.remoteTicketId,
            remoteUrl: linked.remoteUrl,
            entries: lost,
          }),
        ]
      : []),
    ...(isKnown || known.ofResume
      ? []
      : [
          orm
            .update(connection)
            .set({
              state: 'paused',
              restoredAt: seams.now(),
              stateReason:
                'The partner has messages of ours that this desk does not know: it seems to have been restored. Resume to compare both sides.',
            })
            .where(and(eq(connection.t, t), eq(connection.id, to.id))),
        ]),
  ])
  const { registers } = theirs
  await mergeInto(db, { ticketId: linked.ticketId, connectionId: to.id, registers })
  return true
}

/** A partner that says once this and once that would have us send the same without end (F47). */
const waitOf = (attempts: number): number =>
  backoff(Math.max(attempts - HONEST_TRIES, 0), null, seams.random()) ?? HOUR_MS
const HONEST_TRIES = 5
const HOUR_MS = 3_600_000

/** Notes what only the partner has of a link, for an admin to see to (R16). */
export function listLost({ orm, t }: Db, row: Omit<typeof onlyThere.$inferInsert, 't' | 'at'>) {
  const at = seams.now()
  return orm
    .insert(onlyThere)
    .values({ ...row, t, at })
    .onConflictDoUpdate({
      target: [onlyThere.t, onlyThere.connectionId, onlyThere.linkUid],
      set: { entries: row.entries, at },
    })
}

interface Theirs {
  have: Position
  clock: number
  registers: Register[]
  uids: string[]
}

/** All pages are read before anything is judged. */
async function askAll(
  world: World,
  keeper: TokenKeeper,
  to: ConnectionRow,
  linkUid: string,
): Promise<Theirs | 'unknown' | null> {
  const target = targetOf(to)
  const token = await keeper.token(world, to)
  if (!target || token.kind !== 'token') return null
  const uids: string[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await partnerFetch(world, target, {
      door: 'api',
      path: `connection/link/${linkUid}?uids=1&page_no=${page}`,
      token: token.token,
    })
    if ('error' in answer) return null
    if (answer.status === 409 && objectOf(answer.json)['error'] === 'LINK_UNKNOWN') return 'unknown'
    const read = answer.status === 200 ? Page.safeParse(answer.json) : null
    if (!read?.success) return null
    uids.push(...read.data.uids)
    if (read.data.uids.length === 0 || uids.length >= (read.data.record_count ?? 0))
      return { ...read.data, uids }
  }
  return null
}
