import { and, eq, gte, sql, type SQL } from 'drizzle-orm'
import {
  action,
  connection,
  customer,
  inbox,
  link,
  outbox,
  supplier,
  type ticket,
} from '../../db/schema'
import type { Db } from '../platform/database'
import { once } from '../platform/once'
import { fatesOf, missingFates, type FileFate } from './fileFates'
import { asReadHere, fixOf, isCuredHere, isReason, wordsOf, type Reason } from './reasons'
import type { MissingFile } from './takenFiles'
import { partsOf, type Part } from './message'

export type DeliveryState = (typeof outbox.$inferSelect)['state']

/** What became of an action at one partner, in words a person reads (design.md §11). */
export interface Delivery {
  id: string
  connectionId: number
  direction: 'out' | 'in'
  state: DeliveryState
  /** The partner's page of the ticket and the address it went to: there exactly when it was synced (G124). */
  url: string | null
  endpoint: string | null
  remoteId: number | null
  remoteTicketId: number | null
  partner: string | null
  error: string | null
  reason: string | null
  fix: string | null
  /** Whether what `fix`, or that of a part, asks for is done on this desk's own connection. */
  fixHere: boolean
  parts: Part[]
  files: FileFate[]
  attempts: number
  nextAt: number | null
  at: number
}

/** Worst first: the order in which one state stands for several (design.md §11). */
const worstFirst: DeliveryState[] = [
  'failed',
  'dead',
  'unknown',
  'parked',
  'pending',
  'skipped',
  'withdrawn',
  'synced',
]

/** The worst of several deliveries; null where there is none. */
export const worst = (deliveries: Delivery[]): Delivery | null =>
  deliveries.toSorted((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state))[0] ??
  null

/** The worst of a ticket's messages that waits for a person, as it is kept on the ticket for its list. */
export const worstOf = (t: number, ticketId: number | SQL | typeof ticket.id) =>
  sql`(select o.state from outbox o where o.t = ${t} and o.ticket_id = ${ticketId} and o.state in ('failed', 'dead', 'unknown', 'parked')
    order by instr('failed dead unknown parked', o.state) limit 1)`

const partnerName = sql<
  string | null
>`coalesce(${supplier.name}, ${customer.name}, ${connection.partnerName})`.as('partner')

/** What is to be said of the messages that a ticket's actions caused, from `fromAction` on. */
export const deliveriesQuery = once(({ orm, t }: Db, ticketId: number, fromAction: number) =>
  orm
    .select({
      actionId: outbox.actionId,
      connectionId: outbox.connectionId,
      uid: outbox.uid,
      kind: outbox.kind,
      state: outbox.state,
      attempts: outbox.attempts,
      nextAt: outbox.nextAt,
      reason: outbox.reason,
      error: outbox.error,
      fix: outbox.fix,
      remoteId: outbox.remoteId,
      remoteTicketId: outbox.remoteTicketId,
      parts: outbox.parts,
      files: outbox.files,
      at: outbox.at,
      resourceUrl: connection.partnerResourceUrl,
      profile: sql<'customer' | 'supplier' | null>`${connection.kind}`.as('profile'),
      connectionState: sql<
        (typeof connection.$inferSelect)['state'] | null
      >`${connection.state}`.as('connection_state'),
      remoteUrl: link.remoteUrl,
      partner: partnerName,
    })
    .from(outbox)
    .leftJoin(connection, and(eq(connection.t, outbox.t), eq(connection.id, outbox.connectionId)))
    .leftJoin(link, and(eq(link.t, outbox.t), eq(link.id, outbox.linkId)))
    .leftJoin(supplier, and(eq(supplier.t, connection.t), eq(supplier.id, connection.supplierId)))
    .leftJoin(customer, and(eq(customer.t, connection.t), eq(customer.id, connection.customerId)))
    .where(and(eq(outbox.t, t), eq(outbox.ticketId, ticketId), gte(outbox.actionId, fromAction))),
)

/** The connections that a ticket is linked through: names and addresses for entries that arrived on them. */
export const partnersQuery = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select({
      connectionId: link.connectionId,
      remoteTicketId: link.remoteTicketId,
      remoteUrl: link.remoteUrl,
      resourceUrl: connection.partnerResourceUrl,
      partner: partnerName,
    })
    .from(link)
    .innerJoin(connection, and(eq(connection.t, link.t), eq(connection.id, link.connectionId)))
    .leftJoin(supplier, and(eq(supplier.t, connection.t), eq(supplier.id, connection.supplierId)))
    .leftJoin(customer, and(eq(customer.t, connection.t), eq(customer.id, connection.customerId)))
    .where(and(eq(link.t, t), eq(link.ticketId, ticketId))),
)

/** What became here of each part of what arrived for a ticket, from `fromAction` on. */
export const takenPartsQuery = once(({ orm, t }: Db, ticketId: number, fromAction: number) =>
  orm
    .select({ actionId: inbox.actionId, parts: inbox.parts })
    .from(action)
    .innerJoin(
      link,
      and(
        eq(link.t, action.t),
        eq(link.ticketId, action.ticketId),
        eq(link.connectionId, action.connectionId),
      ),
    )
    // By its key; the link's tenant, since the connection may name another one by now.
    .innerJoin(
      inbox,
      and(
        eq(inbox.t, action.t),
        eq(inbox.partnerTenant, link.partnerTenant),
        eq(inbox.uid, action.uid),
      ),
    )
    .where(
      and(
        eq(action.t, t),
        eq(action.ticketId, ticketId),
        gte(action.id, fromAction),
        eq(action.authorKind, 'partner'),
      ),
    ),
)

export type DeliveryRow = Awaited<ReturnType<typeof deliveriesQuery>>[number]
export type PartnerRow = Awaited<ReturnType<typeof partnersQuery>>[number]

/** What a file that stays asks for, on this desk's own connection. */
const SWITCH_ON = fixOf('attachments_off')

export function deliveryOf(
  ticketId: number,
  row: DeliveryRow,
  following: readonly DeliveryRow[] = [],
): Delivery {
  const synced = row.state === 'synced'
  const files = fatesOf(row, following)
  const known = waitsFor(row) ?? (isReason(row.reason) ? row.reason : null)
  return {
    id: `${ticketId}-${row.actionId}-${row.connectionId}`,
    connectionId: row.connectionId,
    direction: 'out',
    state: row.state,
    url: synced ? row.remoteUrl : null,
    endpoint:
      synced && row.resourceUrl
        ? `${row.resourceUrl}/${row.kind === 'create' ? 'tickets' : 'actions'}`
        : null,
    remoteId: row.remoteId,
    remoteTicketId: row.remoteTicketId,
    partner: row.partner,
    error: row.error,
    reason: known ? wordsOf(known) : row.reason,
    fix: row.fix ?? (known ? fixOf(known) : null),
    fixHere: (known !== null && isCuredHere(known)) || files.some(({ fix }) => fix === SWITCH_ON),
    parts: partsOf(row.parts),
    files,
    attempts: row.attempts,
    // On a connection that sends nothing the time of the next try means nothing.
    nextAt: row.state === 'pending' && known && known !== 'unclear' ? null : row.nextAt,
    at: row.at,
  }
}

/** The deliveries of one action, of the rows of its ticket: a file that follows is told with its message. */
export function deliveriesOf(
  ticketId: number,
  actionId: number,
  rows: readonly DeliveryRow[],
): Delivery[] {
  const own = rows.filter((row) => row.actionId === actionId)
  return own
    .filter(({ kind }) => kind !== 'file')
    .map((row) =>
      deliveryOf(
        ticketId,
        row,
        own.filter(
          ({ kind, connectionId }) => kind === 'file' && connectionId === row.connectionId,
        ),
      ),
    )
}

/** What waits on a connection that sends nothing waits for a person, not for the clock. */
function waitsFor({ state, connectionState }: DeliveryRow): Reason | null {
  if (state !== 'pending') return null
  if (connectionState === 'paused') return 'connection_paused'
  return connectionState === 'broken' ? 'connection_broken' : null
}

/** An entry that arrived: it is synced by being here. */
export function arrivalOf(
  ticketId: number,
  entry: { id: number; remoteId: number | null; partnerUrl: string | null; at: number },
  from: PartnerRow,
  parts: Part[],
  missing: readonly MissingFile[] = [],
): Delivery {
  return {
    id: `${ticketId}-${entry.id}-${from.connectionId}`,
    connectionId: from.connectionId,
    direction: 'in',
    state: 'synced',
    url: entry.partnerUrl ?? from.remoteUrl,
    endpoint: from.resourceUrl ? `${from.resourceUrl}/actions` : null,
    remoteId: entry.remoteId,
    remoteTicketId: from.remoteTicketId,
    partner: from.partner,
    error: null,
    reason: null,
    fix: null,
    fixHere: parts.some(({ fix }) => fix !== undefined),
    parts: parts.map(({ fix, ...part }) => ({
      ...part,
      ...(fix !== undefined && { fix: asReadHere(fix) }),
    })),
    files: missingFates(missing),
    attempts: 1,
    nextAt: null,
    at: entry.at,
  }
}
