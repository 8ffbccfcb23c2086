import { and, eq, inArray, isNotNull, or, sql, type SQL } from 'drizzle-orm'
import { z } from 'zod'
import { link, outbox, ticket } from '../../db/schema'
import { actorOf, type Staff } from '../auth/principal'
import { audited } from '../desk/audit'
import { among } from '../desk/lists'
import type { Db } from '../platform/database'
import { seams } from '../platform/seams'
import { worstOf, type DeliveryState } from './deliveries'
import { fixOf, isReason, wordsOf } from './reasons'

/** One message of a connection, sent or received, as its log shows it. */
export interface LogLine {
  ticketId: number
  actionId: number
  connectionId: number
  uid: string
  direction: 'out' | 'in'
  outcome: string | null
  summary: string | null
  state: DeliveryState
  remoteId: number | null
  remoteTicketId: number | null
  reason: string | null
  error: string | null
  fix: string | null
  attempts: number
  nextAt: number | null
  status: number | null
  ms: number | null
  at: number
}

export interface LogFilter {
  connectionId: number
  states?: DeliveryState[] | undefined
  ticketId?: number | undefined
  direction?: 'out' | 'in' | undefined
  limit: number
  offset: number
}

const Row = z.object({
  ticketId: z.number(),
  actionId: z.number(),
  uid: z.string(),
  direction: z.enum(['out', 'in']),
  outcome: z.string().nullable(),
  summary: z.string().nullable(),
  state: z.enum([
    'pending',
    'synced',
    'failed',
    'skipped',
    'parked',
    'unknown',
    'withdrawn',
    'dead',
  ]),
  remoteId: z.number().nullable(),
  remoteTicketId: z.number().nullable(),
  reason: z.string().nullable(),
  error: z.string().nullable(),
  fix: z.string().nullable(),
  attempts: z.number(),
  nextAt: z.number().nullable(),
  status: z.number().nullable(),
  ms: z.number().nullable(),
  at: z.number(),
})

/** A connection's messages of both directions, newest first, and how many there are. The caller knows that the connection exists. */
export async function readLog(
  db: Db,
  filter: LogFilter,
): Promise<{ count: number; lines: LogLine[] }> {
  const { orm, t } = db
  const { connectionId, states, ticketId, direction, limit, offset } = filter
  const ofTicket = (column: SQL) =>
    ticketId === undefined ? sql`` : sql`and ${column} = ${ticketId}`
  const inStates = states ? sql`and o.state in ${states}` : sql``
  // What arrived is synced by being here; a message that was refused leaves no row on this desk (R2).
  const withOut = direction !== 'in' ? sql`1` : sql`0`
  const withIn = direction !== 'out' && (!states || states.includes('synced')) ? sql`1` : sql`0`
  const sent = sql`from outbox o where o.t = ${t} and o.connection_id = ${connectionId} ${ofTicket(sql`o.ticket_id`)} ${inStates} and ${withOut}`
  const partner = sql`(select partner_tenant_id from connection where t = ${t} and id = ${connectionId})`
  const came = sql`from inbox i join link l on l.t = i.t and l.id = i.link_id
    where i.t = ${t} and i.partner_tenant = ${partner} and l.connection_id = ${connectionId} ${ofTicket(sql`i.ticket_id`)} and ${withIn}`
  const [counts, rows] = await orm.batch([
    orm.all(sql`select (select count(*) ${sent}) + (select count(*) ${came}) as n`),
    orm.all(sql`
      select m.*, coalesce('File: ' || m.file, a.type_name) as outcome, k.summary as summary,
        coalesce(m.remote_action, a.remote_id) as "remoteId", coalesce(m.remote_ticket, l.remote_ticket_id) as "remoteTicketId"
      from (
        select * from (select 'out' as direction, o.ticket_id as "ticketId", o.action_id as "actionId", o.uid as uid, o.link_id as link_id, o.state as state, o.remote_id as remote_action,
          o.remote_ticket_id as remote_ticket, o.reason as reason, o.error as error, o.fix as fix, o.attempts as attempts, o.next_at as "nextAt",
          o.last_status as status, o.last_ms as ms, o.at as at,
          case o.kind when 'file' then o.files ->> '$[0].filename' end as file ${sent} order by o.at desc limit ${limit + offset})
        union all
        select * from (select 'in', i.ticket_id, i.action_id, i.uid, i.link_id, 'synced', null, null, null, null, null, 1, null, null, null, i.at, null ${came} order by i.at desc limit ${limit + offset})
      ) m
      left join action a on a.t = ${t} and a.ticket_id = m."ticketId" and a.id = m."actionId"
      left join ticket k on k.t = ${t} and k.id = m."ticketId"
      left join link l on l.t = ${t} and l.id = m.link_id
      order by m.at desc, m."ticketId" desc, m."actionId" desc limit ${limit} offset ${offset}`),
  ])
  const [{ n } = { n: 0 }] = z.array(z.object({ n: z.number() })).parse(counts)
  return {
    count: n,
    lines: z
      .array(Row)
      .parse(rows)
      .map((row) => inWords({ ...row, connectionId })),
  }
}

/** A reason that has words of its own is told in them. */
function inWords(line: LogLine): LogLine {
  const known = isReason(line.reason) ? line.reason : null
  return {
    ...line,
    reason: known ? wordsOf(known) : line.reason,
    fix: line.fix ?? (known ? fixOf(known) : null),
  }
}

/** A message by ticket, action and connection, as deliveries and the log name it. */
export interface MessageId {
  ticketId: number
  actionId: number
  connectionId: number
}

const REPLAYED = [
  'failed',
  'skipped',
  'parked',
  'dead',
  'unknown',
  'pending',
] as const satisfies DeliveryState[]

/** Which messages of a connection are to be tried again: some by name, or all that stand still, one reason only where it is named. */
export type Replay =
  | { connectionId: number; ids: MessageId[]; check?: boolean }
  | { connectionId: number; reason: string | undefined }

/**
 * Makes messages due again that failed, were skipped, parked, gave up or wait; counts start anew. What may not leave stays what it is:
 * its link or connection has ended, it is still hidden from the user or on another customer's ticket, or it was never addressed.
 * One of which it is not known whether the partner has it is looked for first; sent again without looking is only one that is named,
 * in state *unknown*, without `check` (R10). Answers which are due now.
 */
export async function replay(db: Db, who: Staff, what: Replay): Promise<MessageId[]> {
  const { orm, t } = db
  const chosen =
    'ids' in what
      ? // All in one value: D1 binds at most 100.
        sql`(${outbox.ticketId}, ${outbox.actionId}) in (select value ->> 'ticketId', value ->> 'actionId' from json_each(${JSON.stringify(what.ids)}))`
      : what.reason === undefined
        ? inArray(outbox.state, REPLAYED)
        : and(inArray(outbox.state, REPLAYED), eq(outbox.reason, what.reason))
  const open = orm
    .select({ id: link.id })
    .from(link)
    .where(
      and(
        eq(link.t, t),
        eq(link.connectionId, what.connectionId),
        inArray(link.state, ['creating', 'live', 'broken']),
      ),
    )
  const mayLeave = sql`exists (select 1 from connection c join action a on a.t = c.t and a.ticket_id = ${outbox.ticketId} and a.id = ${outbox.actionId}
    join ticket k on k.t = c.t and k.id = ${outbox.ticketId}
    where c.t = ${t} and c.id = ${what.connectionId} and c.verified_at is not null
      and (c.kind = 'supplier' or (a.hidden = 0 and k.customer_id = c.customer_id)))`
  const due = and(
    eq(outbox.t, t),
    eq(outbox.connectionId, what.connectionId),
    chosen,
    inArray(outbox.state, REPLAYED),
    isNotNull(outbox.linkId),
    inArray(outbox.linkId, open),
    mayLeave,
  )
  const check = 'ids' in what ? (what.check ?? false) : true
  const [rows] = await orm.batch([
    orm
      .update(outbox)
      .set({
        state: 'pending',
        nextAt: seams.now(),
        failures: 0,
        reason: sql`case when ${outbox.reason} = 'unclear' and (${outbox.state} <> 'unknown' or ${check}) then 'unclear' end`,
        error: null,
        fix: null,
      })
      .where(due)
      .returning({
        ticketId: outbox.ticketId,
        actionId: outbox.actionId,
        connectionId: outbox.connectionId,
      }),
    orm
      .update(ticket)
      .set({ syncProblem: worstOf(t, ticket.id) })
      .where(
        and(
          eq(ticket.t, t),
          isNotNull(ticket.syncProblem),
          'ids' in what
            ? among(
                ticket.id,
                what.ids.map(({ ticketId }) => ticketId),
              )
            : undefined,
        ),
      ),
    audited(db, actorOf(who), 'replayed messages', {
      connection: what.connectionId,
      ...('ids' in what ? { ids: what.ids.map(nameOf) } : { reason: what.reason ?? 'all' }),
    }),
  ])
  return rows
}

export const nameOf = ({ ticketId, actionId, connectionId }: MessageId): string =>
  `${ticketId}-${actionId}-${connectionId}`

/** How those messages stand now. */
export async function statesOf({ orm, t }: Db, connectionId: number, ids: MessageId[]) {
  return orm
    .select({
      ticketId: outbox.ticketId,
      actionId: outbox.actionId,
      connectionId: outbox.connectionId,
      state: outbox.state,
      error: outbox.error,
      fix: outbox.fix,
      nextAt: outbox.nextAt,
    })
    .from(outbox)
    .where(
      and(
        eq(outbox.t, t),
        eq(outbox.connectionId, connectionId),
        or(
          ...ids
            .slice(0, MOST_WATCHED)
            .map((id) => and(eq(outbox.ticketId, id.ticketId), eq(outbox.actionId, id.actionId))),
        ),
      ),
    )
}
const MOST_WATCHED = 24
