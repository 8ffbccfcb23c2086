import { and, asc, eq, inArray, isNotNull, ne, sql, type SQL } from 'drizzle-orm'
import { connection, customer, link, onlyThere, outbox, register, supplier } from '../../db/schema'
import type { Db } from '../platform/database'
import { once } from '../platform/once'

const linkAndConnection = {
  linkId: sql<number>`${link.id}`.as('link_id'),
  linkUid: sql<string>`${link.uid}`.as('link_uid'),
  ticketId: link.ticketId,
  connectionId: link.connectionId,
  state: sql<(typeof link.$inferSelect)['state']>`${link.state}`.as('link_state'),
  partnerTenant: link.partnerTenant,
  remoteTicketUid: link.remoteTicketUid,
  remoteTicketId: link.remoteTicketId,
  remoteUrl: link.remoteUrl,
  inN: link.inN,
  inUid: link.inUid,
  outN: link.outN,
  outUid: link.outUid,
  via: link.via,
  mayDiffer: link.mayDiffer,
  kind: connection.kind,
  customerId: connection.customerId,
  supplierId: connection.supplierId,
  connectionState: sql<(typeof connection.$inferSelect)['state']>`${connection.state}`.as(
    'connection_state',
  ),
  verifiedAt: connection.verifiedAt,
  dialect: connection.dialect,
  syncAttachments: connection.syncAttachments,
  partnerName: connection.partnerName,
  resourceUrl: connection.partnerResourceUrl,
  holdUntil: connection.holdUntil,
}

/** All links of a ticket with what their connections say, ended ones too. */
export const linksQuery = once(({ orm, t }: Db, ticketId: number | SQL<number>) =>
  orm
    .select(linkAndConnection)
    .from(link)
    .innerJoin(connection, and(eq(connection.t, link.t), eq(connection.id, link.connectionId)))
    .where(and(eq(link.t, t), eq(link.ticketId, ticketId)))
    .orderBy(asc(link.id)),
)

export type LinkRow = Awaited<ReturnType<typeof linksQuery>>[number]

/** The connections that a ticket's links go through, whole: the first try of a message needs nothing more. */
export const connectionsOfQuery = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select()
    .from(connection)
    .where(
      and(
        eq(connection.t, t),
        inArray(
          connection.id,
          orm
            .select({ id: link.connectionId })
            .from(link)
            .where(and(eq(link.t, t), eq(link.ticketId, ticketId))),
        ),
      ),
    ),
)

export const registersQuery = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select()
    .from(register)
    .where(and(eq(register.t, t), eq(register.ticketId, ticketId))),
)

/** How many messages of each link of a ticket are still open: a new one must wait behind them. */
export const waitingQuery = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select({ linkId: outbox.linkId, n: sql<number>`count(*)`.as('n') })
    .from(outbox)
    .where(
      and(
        eq(outbox.t, t),
        eq(outbox.ticketId, ticketId),
        isNotNull(outbox.nextAt),
        isNotNull(outbox.linkId),
        ne(outbox.kind, 'file'),
      ),
    )
    .groupBy(outbox.linkId),
)

/** The connection of a supplier's profile, which an escalation goes to. */
export const supplierConnectionQuery = once(({ orm, t }: Db, supplierId: number) =>
  orm
    .select()
    .from(connection)
    .where(
      and(
        eq(connection.t, t),
        eq(connection.supplierId, supplierId),
        ne(connection.state, 'ended'),
      ),
    ),
)

/** A ticket's links as people see them: which partner, their number, their page. */
export const ticketLinksQuery = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select({
      connectionId: link.connectionId,
      kind: connection.kind,
      partner: sql<
        string | null
      >`coalesce(${supplier.name}, ${customer.name}, ${connection.partnerName})`.as('partner'),
      remoteTicketId: link.remoteTicketId,
      remoteUrl: link.remoteUrl,
      state: sql<(typeof link.$inferSelect)['state']>`${link.state}`.as('link_state'),
      mayDiffer: link.mayDiffer,
      onlyThere: sql<
        number | null
      >`(select p.entries from ${onlyThere} p where p.t = ${t} and p.connection_id = ${link.connectionId} and p.link_uid = ${link.uid})`.as(
        'only_there',
      ),
      endedAt: connection.endedAt,
      endedBy: connection.endedBy,
      endedThere: connection.endedThere,
    })
    .from(link)
    .innerJoin(connection, and(eq(connection.t, link.t), eq(connection.id, link.connectionId)))
    .leftJoin(supplier, and(eq(supplier.t, link.t), eq(supplier.id, connection.supplierId)))
    .leftJoin(customer, and(eq(customer.t, link.t), eq(customer.id, connection.customerId)))
    .where(and(eq(link.t, t), eq(link.ticketId, ticketId)))
    .orderBy(asc(link.id)),
)
