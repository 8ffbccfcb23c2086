import { and, eq, sql } from 'drizzle-orm'
import { agent, connection, link, type inbox } from '../../db/schema'
import { isFileGone } from '../desk/attachments'
import { cleanHtml } from '../desk/html'
import {
  newTicketId,
  newTicketRead,
  newTicketStatements,
  planTicket,
  type NewTicket,
  type TicketPlan,
} from '../desk/newTicket'
import { namedQueries } from '../desk/named'
import { idOf, nextId } from '../platform/counter'
import { isKeyCollision, runBatch, when, type Db } from '../platform/database'
import { fault } from '../platform/fault'
import { once, onceAll } from '../platform/once'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import {
  addTaken,
  arrivalQueries,
  known,
  localIdOf,
  mustBeNear,
  signatureOf,
  stateQuery,
  StateRows,
  type Arrival,
  type Receipt,
} from './arrival'
import { contentHash, type Part } from './message'
import { outgoingQuery, outgoingRegisters } from './outgoing'
import { receivedRow, storeReceived } from './registers'
import { broughtQuery, HOUR_MS, senderOf } from './sender'
import { namedQuery, takeFiles, takenFiles, type TakenFiles } from './takenFiles'
import { vocabularyOf } from './vocabulary'
import { mergeRegisters, putEffect, unmappedParts, type Merged } from './translate'

const MOST_TRIES = 5

/**
 * Takes a ticket that a customer's desk sends: the twin under the connection's customer, in its mapped type, for the sending agent as
 * end user (design.md §6). Throws as `receiveAction`, TWIN_EXISTS, UNKNOWN_SENDER, NOT_SUPPORTED where tickets cannot be created.
 */
export async function receiveCreate(db: Db, arrival: Arrival): Promise<Receipt> {
  const { message } = arrival
  const hash = await contentHash(message)
  const { orm } = db
  const email =
    message.baton.author.kind === 'agent' ? message.baton.author.email?.toLowerCase() : undefined
  const draft: NewTicket = {
    summary: message.summary ?? '',
    detailsHtml: cleanHtml(message.noteHtml),
    source: 'connection',
    files: [],
    changes: {},
    ...(email && { personEmail: email }),
  }
  for (let tries = 1; ; tries++) {
    const rows = await orm.batch([
      namedQuery(db, message),
      ...arrivalQueries(db, arrival),
      ...createRead(
        db,
        arrival.connectionId,
        message.ticketTypeId ?? '',
        email,
        seams.now() - HOUR_MS,
      ),
      ...namedQueries(db, {}),
    ])
    const [
      named,
      ours,
      repeats,
      own,
      [linked],
      [twin],
      w0,
      w1,
      w2,
      w3,
      w4,
      w5,
      [colleague],
      [brought],
      ...ticketRows
    ] = rows
    const { connection: on, receipt } = await known(
      db,
      arrival,
      [ours[0], repeats[0], own[0], linked],
      hash,
    )
    if (receipt) return receipt
    if (on.kind !== 'customer' || on.customerId === null) {
      throw new Problem('NOT_SUPPORTED', {
        fix: 'Tickets can be created only in the instance of a supplier. The supplier profile must hold the credentials that the customer profile in the connected instance shows; those used here belong to a supplier profile.',
      })
    }
    if (message.baton.via.includes(arrival.instance.tenantId))
      throw new Problem('LOOP', { message: 'This ticket has passed this desk before' })
    if (twin)
      throw new Problem('TWIN_EXISTS', {
        baton: { v: 1, uid: message.baton.uid, ticket_id: twin.ticketId },
      })
    if (linked) throw new Problem('IN_PROGRESS')
    mustBeNear(message, 0)
    const type = ticketRows[0][0]
    if (!type)
      throw new Problem('VALIDATION', {
        message: 'No ticket type is mapped and no default is set',
        fix: 'In the receiving instance: set a default ticket type on the customer\u2019s connection.',
        fields: { tickettype_id: 'is not mapped in the receiving instance' },
      })
    const words = vocabularyOf([w0, w1, w2, w3, w4, w5], ticketRows[7])
    const { registers, clock } = message.baton
    const merged = mergeRegisters(registers, [], words)
    // A ticket brings its summary whether or not a field is mapped for it.
    const unmapped = unmappedParts(
      registers.filter(({ name }) => name !== 'summary'),
      clock,
      words,
    )
    const sender = senderOf(message.baton.author, on, {
      persons: ticketRows[8],
      isOurAgent: colleague !== undefined,
      brought,
    })
    const effects = merged.flatMap(({ effect }) => effect ?? [])
    const plan = planTicket(
      ticketRows,
      {
        ...draft,
        typeId: type.id,
        customerId: on.customerId,
        values: effects.flatMap((effect) => (effect.to === 'field' ? effect : [])),
        ...sender.user,
      },
      false,
    )
    const firstStatus = words.statuses.find(({ id }) => id === on.defaultStatusId)
    if (firstStatus)
      Object.assign(plan.row, { statusId: firstStatus.id, isClosed: firstStatus.kind === 'closed' })
    // Values that come with a ticket stand in its row from the start.
    for (const effect of effects)
      if (effect.to !== 'field') putEffect(plan.row, plan.values, effect)
    plan.row.customerRef = message.clientReference
    const files = takenFiles(named, message, on.partnerTenantId ?? '')
    try {
      return await writeCreate(db, arrival, {
        on,
        plan,
        merged,
        leftOut: [...unmapped, ...sender.parts],
        files,
        hash,
      })
    } catch (error) {
      if ((isKeyCollision(error) || isFileGone(error)) && tries < MOST_TRIES) continue
      // Reading again found no twin and no repeat: another connection's link has this uid, which is not the sender's to know.
      if (isKeyCollision(error, 'link')) throw Problem.field('baton.link', 'use a uid of its own')
      throw error
    }
  }
}

/** The statements about the sender, and about a ticket of the type that it becomes here. */
const createRead = onceAll(
  (
    db: Db,
    connectionId: number,
    remoteTypeId: string,
    email: string | undefined,
    hourAgo: number,
  ) => {
    const { orm, t } = db
    return [
      orm
        .select({ id: agent.id })
        .from(agent)
        .where(and(eq(agent.t, t), eq(agent.email, email ?? ''))),
      when(email !== undefined, () => broughtQuery(db, connectionId, email ?? '', hourAgo)),
      ...newTicketRead(db, {
        typeId: localIdOf(
          t,
          connectionId,
          'tickettype',
          remoteTypeId,
          connection.defaultTicketTypeId,
        ),
        typeName: undefined,
        personId: undefined,
        email,
        customerId: sql<number>`(select ${connection.customerId} from ${connection} where ${connection.t} = ${t} and ${connection.id} = ${connectionId})`,
        siteId: undefined,
        fieldIds: undefined,
        fieldNames: undefined,
      }),
    ] as const
  },
)

interface Making {
  on: typeof connection.$inferSelect
  plan: TicketPlan
  merged: Merged[]
  leftOut: Part[]
  files: TakenFiles
  hash: string
}

async function writeCreate(
  db: Db,
  { message }: Arrival,
  { on, plan, merged, leftOut, files, hash }: Making,
): Promise<Receipt> {
  const { baton } = message
  const by = signatureOf(message, on.id)
  const ticketUid = seams.uid()
  const parts: Part[] = [
    ...(plan.noteHtml ? [{ part: 'Note', result: 'done' as const }] : []),
    ...merged.map(({ part }) => part),
    ...leftOut,
  ]
  const have = { n: 1, uid: baton.uid }
  const partnerTenant = on.partnerTenantId ?? ''
  const results = await runBatch(db, [
    ...newTicketStatements(db, plan, by, ticketUid, seams.uid()),
    ...takeFiles(db, files, partnerTenant, newTicketId(db), 1),
    nextId(db, 'link'),
    addTwin(db, {
      uid: baton.link,
      connectionId: on.id,
      partnerTenant,
      remoteTicketUid: baton.ticket,
      remoteTicketId: message.plain?.ticketId ?? numberIn(message.clientReference),
      remoteUrl: baton.url ?? null,
      state: 'live',
      inN: have.n,
      inUid: have.uid,
      via: JSON.stringify(baton.via),
      createdAt: by.at,
    }),
    takeFirst(db, {
      partnerTenant,
      uid: baton.uid,
      n: 1,
      hash,
      actionId: 1,
      parts: JSON.stringify(parts),
      at: by.at,
    }),
    ...merged.map((one) => storeFirst(db, on.id, receivedRow(one))),
    ...newsQueries(db, baton.link),
  ])
  FAULTS && (await fault('P8'))
  const [state] = StateRows.parse(results.at(-1))
  return {
    repeat: false,
    ticketId: state.id,
    actionId: 1,
    ticketUid,
    have,
    clock: state.clock,
    registers: outgoingRegisters(results.at(-2)),
    parts,
  }
}

/** The statements of a link and of its first message, on a ticket whose number is drawn in the same batch. */
const addTwin = once((db: Db, row: Omit<typeof link.$inferInsert, 't' | 'id' | 'ticketId'>) =>
  db.orm.insert(link).values({ ...row, t: db.t, id: idOf(db, 'link'), ticketId: newTicketId(db) }),
)
const takeFirst = once(
  (db: Db, row: Omit<typeof inbox.$inferInsert, 't' | 'linkId' | 'ticketId'>) =>
    addTaken(db, { ...row, linkId: idOf(db, 'link'), ticketId: newTicketId(db) }),
)
const storeFirst = once((db: Db, connectionId: number, row: ReturnType<typeof receivedRow>) =>
  storeReceived(db, newTicketId(db), connectionId, row),
)
const newsQueries = onceAll(
  (db: Db, linkUid: string) =>
    [outgoingQuery(db, newTicketId(db)), stateQuery(db, newTicketId(db), linkUid)] as const,
)

/** The number of the sender's ticket; a partner that is no Baton desk may call its tickets anything. */
const numberIn = (reference: string | null): number | null =>
  reference !== null && /^[1-9]\d{0,14}$/.test(reference) ? Number(reference) : null
