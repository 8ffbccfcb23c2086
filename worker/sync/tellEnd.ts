import { and, desc, eq } from 'drizzle-orm'
import { connection, instance, link, ticket } from '../../db/schema'
import { backoff } from '../platform/backoff'
import type { Db } from '../platform/database'
import { seams } from '../platform/seams'
import { classify, type Verdict } from './classify'
import type { ConnectionRow } from './connections'
import type { PartnerRequest, World } from './partnerFetch'
import type { TokenKeeper } from './partnerToken'
import { withToken } from './withToken'

/**
 * Tells the partner that this desk has ended the connection, by a notice (protocol.md §3), tried like any message; it is the only thing
 * that still leaves. Answers when the next try is due, null when there is none: then the partner's secret goes too. A partner that does
 * not accept the credentials any more has ended it as well, or finds out by itself.
 */
export async function tellEnd(
  world: World,
  db: Db,
  keeper: TokenKeeper,
  to: ConnectionRow,
): Promise<number | null> {
  if (to.tellAt === null || to.tellAt > seams.now()) return to.tellAt
  const verdict = await tell(world, db, keeper, to)
  const failures = to.tellFailures + 1
  const wait =
    verdict.kind === 'retry' || verdict.kind === 'hold'
      ? backoff(failures, verdict.retryAfterMs, seams.random())
      : null
  const tellAt = wait === null ? null : seams.now() + wait
  await db.orm
    .update(connection)
    .set({ tellAt, tellFailures: failures, ...(tellAt === null && { partnerSecret: null }) })
    .where(and(eq(connection.t, db.t), eq(connection.id, to.id)))
  return tellAt
}

async function tell(
  world: World,
  db: Db,
  keeper: TokenKeeper,
  to: ConnectionRow,
): Promise<Verdict> {
  const notice = await noticeOf(db, to)
  const { uid, link: linkUid } = notice.baton
  const sent = { uid, linkUid, ticketId: notice.ticket_id ?? 0 }
  const request: PartnerRequest = {
    door: 'api',
    path: 'actions',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([notice]),
  }
  const called = await withToken(world, keeper, to, sent, () => Promise.resolve(request))
  return called.verdict ?? classify(called.answer, sent, 'baton')
}

/** The notice. It concerns the whole connection and names the newest link; where there never was one, the sender itself. */
async function noticeOf({ orm, t }: Db, to: ConnectionRow) {
  const [[newest], [desk]] = await orm.batch([
    orm
      .select({
        link: link.uid,
        remoteTicketId: link.remoteTicketId,
        n: link.outN,
        last: link.outUid,
        ticketId: link.ticketId,
      })
      .from(link)
      .where(and(eq(link.t, t), eq(link.connectionId, to.id)))
      .orderBy(desc(link.id))
      .limit(1),
    orm.select({ tenantId: instance.tenantId }).from(instance).where(eq(instance.no, t)),
  ])
  const [at] = await orm
    .select({ uid: ticket.uid, clock: ticket.clock })
    .from(ticket)
    .where(and(eq(ticket.t, t), eq(ticket.id, newest?.ticketId ?? 0)))
  const self = desk?.tenantId ?? ''
  return {
    ticket_id: newest?.remoteTicketId ?? undefined,
    baton: {
      v: 1,
      kind: 'notice',
      uid: to.endedUid ?? '',
      link: newest?.link ?? self,
      ticket: at?.uid ?? self,
      prev: { n: newest?.n ?? 0, uid: newest?.last ?? null },
      clock: at?.clock ?? 0,
      at: new Date(to.endedAt ?? seams.now()).toISOString(),
      author: { kind: 'agent', uid: self, name: to.endedBy ?? 'Baton' },
      registers: [],
      notice: { code: 'ended' },
    },
  }
}
