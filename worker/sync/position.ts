import { and, eq } from 'drizzle-orm'
import { link, outbox } from '../../db/schema'
import type { Db } from '../platform/database'
import { seams } from '../platform/seams'
import type { ConnectionRow } from './connections'
import type { Position } from './message'
import type { World } from './partnerFetch'
import type { TokenKeeper } from './partnerToken'
import { reconcile } from './reconcile'
import type { UnderWay } from './settle'

/**
 * Compares where the partner says it is with where we thought it was, after every answer that says so, repeats too (protocol.md §6).
 * One step further by an older row of ours: that row's answer was lost, and a repeat settles it. Anything else: reconcile.
 */
export async function checkPosition(
  world: World,
  db: Db,
  keeper: TokenKeeper,
  to: ConnectionRow,
  sent: UnderWay,
  have: Position,
): Promise<void> {
  const { orm, t } = db
  const { prev } = sent
  if (have.n === prev.n && have.uid === prev.uid) return
  if (have.n === prev.n + 1 && have.uid === sent.uid) return
  const ofLink = and(eq(link.t, t), eq(link.uid, sent.linkUid))
  const lost = and(
    eq(outbox.t, t),
    eq(outbox.ticketId, sent.ticketId),
    eq(outbox.connectionId, sent.connectionId),
    eq(outbox.uid, have.uid ?? ''),
  )
  const [rows, [linked]] = await orm.batch([
    orm.select({ state: outbox.state }).from(outbox).where(lost),
    orm.select().from(link).where(ofLink),
  ])
  if (!linked || linked.state === 'ended' || linked.state === 'gone') return
  if (linked.outN === have.n && linked.outUid === have.uid) return
  if (have.n === prev.n + 1 && rows[0]) {
    await orm.batch([
      orm.update(link).set({ outN: have.n, outUid: have.uid }).where(ofLink),
      orm.update(outbox).set({ state: 'pending', nextAt: seams.now() }).where(lost),
    ])
    return
  }
  await reconcile(world, db, keeper, to, linked, { before: prev, ofResume: false })
}
