import { and, asc, eq, sql } from 'drizzle-orm'
import { action, link, ticket } from '../../db/schema'
import type { Db } from '../platform/database'
import { Problem } from '../platform/problem'
import type { Register } from './message'
import { outgoingQuery, outgoingRegisters } from './outgoing'

/** Where a link stands on this desk, for a partner that reconciles (protocol.md §3, §6). */
export interface LinkState {
  link: string
  ticket: string
  state: (typeof link.$inferSelect)['state']
  have: { n: number; uid: string | null }
  sent: { n: number; uid: string | null }
  clock: number
  registers: Register[]
  /** What was taken from the partner, in order; only where asked for. */
  uids?: string[]
  count: number
}

/**
 * The state of a link, to the partner whose connection it is on and to nobody else: another's link and an unknown one are answered
 * alike (T21). Throws LINK_UNKNOWN.
 */
export async function linkState(
  db: Db,
  connectionId: number,
  uid: string,
  page: { uids: boolean; limit: number; offset: number },
): Promise<LinkState> {
  const { orm, t } = db
  const mine = and(eq(link.t, t), eq(link.connectionId, connectionId), eq(link.uid, uid))
  // What was taken stands on the ticket itself, in the order in which it was taken.
  const taken = and(
    eq(action.t, link.t),
    eq(action.ticketId, link.ticketId),
    eq(action.connectionId, link.connectionId),
  )
  const [rows, registers, uids, counts] = await orm.batch([
    orm
      .select({
        link: link.uid,
        ticket: sql<string>`${ticket.uid}`.as('ticket_uid'),
        state: link.state,
        inN: link.inN,
        inUid: link.inUid,
        outN: link.outN,
        outUid: link.outUid,
        clock: ticket.clock,
      })
      .from(link)
      .innerJoin(ticket, and(eq(ticket.t, link.t), eq(ticket.id, link.ticketId)))
      .where(mine),
    outgoingQuery(
      db,
      sql<number>`(select l.ticket_id from link l where l.t = ${t} and l.connection_id = ${connectionId} and l.uid = ${uid})`,
    ),
    orm
      .select({ uid: sql<string>`${action.uid}`.as('taken_uid') })
      .from(link)
      .innerJoin(action, taken)
      .where(mine)
      .orderBy(asc(action.id))
      .limit(page.uids ? page.limit : 0)
      .offset(page.offset),
    orm
      .select({ n: sql<number>`count(*)`.as('taken_count') })
      .from(link)
      .innerJoin(action, taken)
      .where(mine),
  ])
  const [row] = rows
  if (!row) throw new Problem('LINK_UNKNOWN')
  const { inN, inUid, outN, outUid, ...rest } = row
  return {
    ...rest,
    have: { n: inN, uid: inUid },
    sent: { n: outN, uid: outUid },
    registers: outgoingRegisters(registers),
    ...(page.uids && { uids: uids.map((one) => one.uid) }),
    count: counts[0]?.n ?? 0,
  }
}
