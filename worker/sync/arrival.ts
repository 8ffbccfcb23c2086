import { and, eq, ne, sql, type SQL } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import { z } from 'zod'
import { action, connection, inbox, link, mapping } from '../../db/schema'
import type { Signature } from '../desk/commit'
import { runBatch, when, type Db } from '../platform/database'
import type { Instance } from '../platform/directory'
import { limits } from '../platform/limits'
import { once, onceAll } from '../platform/once'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { mergeInto } from './mergeAnswer'
import { noteMismatch } from './mismatch'
import { partsOf, type Message, type Part, type Position, type Register } from './message'
import { outgoingQuery, outgoingRegisters } from './outgoing'
import { vocabularyQueries } from './vocabulary'

/** A message that came in, on which connection, and what the answer needs to know of this desk. */
export interface Arrival {
  connectionId: number
  message: Message
  instance: Instance
  base: string
  mailDomain: string
}

/** What the receiver answers to a taken message (protocol.md §3). */
export interface Receipt {
  repeat: boolean
  ticketId: number
  actionId: number
  ticketUid: string
  have: Position
  clock: number
  registers: Register[]
  parts: Part[]
}

/** What a message names: itself, the link, and the sender's ticket. */
interface Named {
  uid: string
  linkUid: string
  remoteUid: string
  isCreate: boolean
}

/** The statements that every arrival reads: the connection, whether we know the message, the link, the mappings and our words for them. */
export const arrivalQueries = (db: Db, { connectionId, message: { baton } }: Arrival) =>
  arrivalRead(db, connectionId, {
    uid: baton.uid,
    linkUid: baton.link,
    remoteUid: baton.ticket,
    isCreate: baton.kind === 'create',
  })

const arrivalRead = onceAll(
  (db: Db, connectionId: number, { uid, linkUid, remoteUid, isCreate }: Named) => {
    const { orm, t } = db
    const partnerTenant = sql`(select ${connection.partnerTenantId} from ${connection} where ${connection.t} = ${t} and ${connection.id} = ${connectionId})`
    return [
      orm
        .select()
        .from(connection)
        .where(and(eq(connection.t, t), eq(connection.id, connectionId))),
      orm
        .select()
        .from(inbox)
        .where(and(eq(inbox.t, t), eq(inbox.partnerTenant, partnerTenant), eq(inbox.uid, uid))),
      orm
        .select({ ticketId: action.ticketId, authorKind: action.authorKind })
        .from(action)
        .where(and(eq(action.t, t), eq(action.uid, uid))),
      orm
        .select()
        .from(link)
        .where(and(eq(link.t, t), eq(link.connectionId, connectionId), eq(link.uid, linkUid))),
      when(isCreate, () =>
        orm
          .select({ ticketId: link.ticketId, remoteUrl: link.remoteUrl })
          .from(link)
          .where(
            and(
              eq(link.t, t),
              eq(link.partnerTenant, partnerTenant),
              eq(link.remoteTicketUid, remoteUid),
              ne(link.uid, linkUid),
              // In the words of the index: a bound value tells the planner nothing, and all links of the tenant would be read.
              sql`${link.state} <> 'ended'`,
            ),
          ),
      ),
      ...vocabularyQueries(db, connectionId),
    ] as const
  },
)

export type ArrivalRows = BatchResponse<ReturnType<typeof arrivalQueries>>

/** Our id for a thing of the partner's: as mapped, else the connection's default of its kind. */
export const localIdOf = (
  t: number,
  connectionId: number,
  kind: 'outcome' | 'tickettype',
  remoteId: string,
  otherwise: typeof connection.defaultActionTypeId | typeof connection.defaultTicketTypeId,
): SQL<number> =>
  sql<number>`(select coalesce(
    (select ${mapping.localId} from ${mapping} where ${mapping.t} = ${connection.t} and ${mapping.connectionId} = ${connection.id} and ${mapping.version} = ${connection.mappingVersion} and ${mapping.kind} = ${kind} and ${mapping.remoteId} = ${remoteId}),
    ${otherwise}) from ${connection} where ${connection.t} = ${t} and ${connection.id} = ${connectionId})`

/** Takes the rows apart that both kinds of message share, and answers what needs no plan: a repeat, a refusal by state (protocol.md §5). */
export async function known(
  db: Db,
  arrival: Arrival,
  [ours, before, own, linked]: [
    ArrivalRows[0][0] | undefined,
    ArrivalRows[1][0] | undefined,
    ArrivalRows[2][0] | undefined,
    ArrivalRows[3][0] | undefined,
  ],
  hash: string,
): Promise<{ connection: typeof connection.$inferSelect; receipt: Receipt | null }> {
  if (!ours) throw new Problem('UNAUTHORIZED')
  if (!ours.allowAccess) throw new Problem('ACCESS_OFF')
  if (ours.state === 'paused') throw new Problem('PAUSED', { retryAfterS: 300 })
  if (!ours.partnerTenantId) throw new Problem('NOT_SUPPORTED')
  if (linked?.state === 'gone') throw new Problem('TICKET_GONE')
  if (linked?.state === 'ended') throw new Problem('LINK_UNKNOWN')
  if (before) {
    // Only on the link of the ticket it went to: another connection may say that it is of the same tenant (T21).
    if (linked?.ticketId !== before.ticketId) throw new Problem('LINK_UNKNOWN')
    if (before.hash !== hash) {
      await noteMismatch(db, arrival, before.ticketId)
      throw new Problem('CONTENT_MISMATCH')
    }
    return { connection: ours, receipt: await repeatOf(db, arrival, before) }
  }
  if (own)
    throw new Problem('LOOP', {
      message:
        own.authorKind === 'partner'
          ? 'This message is here already, by another connection'
          : 'This message was made by this desk itself',
    })
  return { connection: ours, receipt: null }
}

/** A clock far ahead would win over every change for ever (protocol.md §7). Throws VALIDATION. */
export function mustBeNear({ baton }: Message, clock: number): void {
  const most = clock + limits.clockAhead
  if (baton.clock > most || baton.registers.some((one) => one.clock > most))
    throw new Problem('VALIDATION', {
      message: 'The clock of this message is too far ahead of the ticket’s',
      fix: 'Tell the admins of both desks.',
      fields: { 'baton.clock': `more than ${limits.clockAhead} ahead` },
    })
}

export const StateRows = z.tuple([
  z.object({
    id: z.number(),
    clock: z.number(),
    uid: z.string(),
    n: z.number(),
    last: z.string().nullable(),
  }),
])

export const stateQuery = once(({ orm, t }: Db, ticketId: number | SQL<number>, linkUid: string) =>
  orm.all(
    sql`select k.id as id, k.clock as clock, k.uid as uid, l.in_n as n, l.in_uid as last from ticket k join link l on l.t = k.t and l.ticket_id = k.id where k.t = ${t} and k.id = ${ticketId} and l.uid = ${linkUid}`,
  ),
)

/** Remembers a message that was taken; the ticket's number may be drawn in this batch. */
export const addTaken = once(
  (
    { orm, t }: Db,
    row: Omit<typeof inbox.$inferInsert, 't' | 'linkId' | 'ticketId'> & {
      linkId: number | SQL<number>
      ticketId: number | SQL<number>
    },
  ) => orm.insert(inbox).values({ ...row, t }),
)

/** The first answer again, with where we stand now. The registers of a repeat are of now and may still be news (R2). */
async function repeatOf(
  db: Db,
  { message, connectionId }: Arrival,
  before: typeof inbox.$inferSelect,
): Promise<Receipt> {
  const { registers: sent } = message.baton
  await mergeInto(db, { ticketId: before.ticketId, connectionId, registers: sent })
  const [state, registers] = await runBatch(db, [
    stateQuery(db, before.ticketId, message.baton.link),
    outgoingQuery(db, before.ticketId),
  ])
  const [now] = StateRows.parse(state)
  return {
    repeat: true,
    ticketId: before.ticketId,
    actionId: before.actionId,
    ticketUid: now.uid,
    have: { n: now.n, uid: now.last },
    clock: now.clock,
    registers: outgoingRegisters(registers),
    parts: partsOf(before.parts),
  }
}

export const signatureOf = ({ baton, plain }: Message, connectionId: number): Signature => ({
  uid: baton.uid,
  kind: 'partner',
  id: null,
  name: baton.author.name,
  at: seams.now(),
  from: {
    connectionId,
    url: baton.url ?? null,
    remoteId: plain?.actionId ?? null,
    at: baton.at,
    clock: baton.clock,
  },
})
