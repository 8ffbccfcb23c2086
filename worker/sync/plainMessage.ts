import { and, eq, ne } from 'drizzle-orm'
import { connection, link } from '../../db/schema'
import type { Db } from '../platform/database'
import type { Position } from './message'

/** Where the link of a ticket stands, for a message from a partner that names no position. Null where the ticket has no live link there. */
export async function plainPosition(
  { orm, t }: Db,
  connectionId: number,
  ticketId: number,
): Promise<{
  linkUid: string
  remoteTicketUid: string | null
  have: Position
  partnerName: string | null
} | null> {
  const [row] = await orm
    .select({
      linkUid: link.uid,
      remoteTicketUid: link.remoteTicketUid,
      inN: link.inN,
      inUid: link.inUid,
      partnerName: connection.partnerName,
    })
    .from(link)
    .innerJoin(connection, and(eq(connection.t, link.t), eq(connection.id, link.connectionId)))
    .where(
      and(
        eq(link.t, t),
        eq(link.connectionId, connectionId),
        eq(link.ticketId, ticketId),
        ne(link.state, 'ended'),
      ),
    )
  return row
    ? {
        linkUid: row.linkUid,
        remoteTicketUid: row.remoteTicketUid,
        have: { n: row.inN, uid: row.inUid },
        partnerName: row.partnerName,
      }
    : null
}
