import { and, asc, eq, isNotNull, ne, sql, type SQL } from 'drizzle-orm'
import { connection, instance, link, outbox, register } from '../../db/schema'
import type { Db } from '../platform/database'

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
  connectionState: sql<(typeof connection.$inferSelect)['state']>`${connection.state}`.as('connection_state'),
  verifiedAt: connection.verifiedAt,
  dialect: connection.dialect,
  partnerName: connection.partnerName,
  resourceUrl: connection.partnerResourceUrl,
  holdUntil: connection.holdUntil,
}

/** All links of a ticket with what their connections say, ended ones too. */
export const linksQuery = ({ orm, t }: Db, ticketId: number | SQL<number>) =>
  orm
    .select(linkAndConnection)
    .from(link)
    .innerJoin(connection, and(eq(connection.t, link.t), eq(connection.id, link.connectionId)))
    .where(and(eq(link.t, t), eq(link.ticketId, ticketId)))
    .orderBy(asc(link.id))

export type LinkRow = Awaited<ReturnType<typeof linksQuery>>[number]

export const registersQuery = ({ orm, t }: Db, ticketId: number) =>
  orm.select().from(register).where(and(eq(register.t, t), eq(register.ticketId, ticketId)))

/** How many messages of each link of a ticket are still open: a new one must wait behind them. */
export const waitingQuery = ({ orm, t }: Db, ticketId: number) =>
  orm
    .select({ linkId: outbox.linkId, n: sql<number>`count(*)`.as('n') })
    .from(outbox)
    .where(and(eq(outbox.t, t), eq(outbox.ticketId, ticketId), isNotNull(outbox.nextAt), isNotNull(outbox.linkId)))
    .groupBy(outbox.linkId)

/** The connection of a supplier's profile, which an escalation goes to. */
export const supplierConnectionQuery = ({ orm, t }: Db, supplierId: number | undefined) =>
  orm
    .select()
    .from(connection)
    .where(and(eq(connection.t, t), eq(connection.supplierId, supplierId ?? 0), ne(connection.state, 'ended')))

/** Whether a partner lives in this deployment: its slug, for the address that people see. */
export const partnerSlugQuery = ({ orm }: Db, tenantId: string) => orm.select({ slug: instance.slug }).from(instance).where(eq(instance.tenantId, tenantId))
