import { and, eq, inArray, sql } from 'drizzle-orm'
import {
  actionType,
  connection,
  emailTemplate,
  link,
  outbox,
  person,
  register,
  stepAction,
  ticket,
  ticketTypeField,
} from '../../db/schema'
import { isFileGone } from '../desk/attachments'
import { planStatements } from '../desk/commit'
import { ticketNamesQuery, type TicketNames } from '../desk/names'
import { insertMail, mailOf } from '../mail/outbox'
import { isKeyCollision, runBatch, type Db } from '../platform/database'
import { fault } from '../platform/fault'
import { once, onceAll } from '../platform/once'
import { Problem } from '../platform/problem'
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
import { linksQuery, type LinkRow } from './links'
import { linkDiffers } from './mayDiffer'
import { contentHash } from './message'
import { outgoingQuery, outgoingRegisters } from './outgoing'
import { frozen } from './outgoingFiles'
import { planReceived, type Received } from './planReceived'
import { vocabularyOf } from './vocabulary'
import { receivedRow, stampReceived, storeReceived } from './registers'
import { namedQuery, takeFiles, takenFiles, type TakenFiles } from './takenFiles'

const MOST_TRIES = 5

/** The statements about the ticket that an action arrives for, and the action type it becomes here. */
const actionQueries = (db: Db, { connectionId, message }: Arrival) =>
  actionRead(db, connectionId, message.baton.link, message.outcomeId)

const actionRead = onceAll((db: Db, connectionId: number, linkUid: string, outcomeId: string) => {
  const { orm, t } = db
  const ticketId = sql<number>`(select ${link.ticketId} from ${link} where ${link.t} = ${t} and ${link.connectionId} = ${connectionId} and ${link.uid} = ${linkUid})`
  const local = localIdOf(t, connectionId, 'outcome', outcomeId, connection.defaultActionTypeId)
  const ofTicket = and(eq(ticket.t, t), eq(ticket.id, ticketId))
  return [
    orm.select().from(ticket).where(ofTicket),
    orm
      .select()
      .from(actionType)
      .where(and(eq(actionType.t, t), eq(actionType.id, local))),
    orm
      .select({ actionTypeId: stepAction.actionTypeId, nextStepId: stepAction.nextStepId })
      .from(stepAction)
      .innerJoin(
        ticket,
        and(
          eq(ticket.t, stepAction.t),
          eq(ticket.workflowId, stepAction.workflowId),
          eq(ticket.stepId, stepAction.stepId),
        ),
      )
      .where(and(eq(stepAction.t, t), ofTicket)),
    orm
      .select()
      .from(register)
      .where(and(eq(register.t, t), eq(register.ticketId, ticketId))),
    orm
      .select({ name: person.name, email: person.email, told: toldOfClosing(t) })
      .from(person)
      .innerJoin(ticket, and(eq(ticket.t, person.t), eq(ticket.personId, person.id)))
      .where(and(eq(person.t, t), ofTicket)),
    orm
      .select()
      .from(emailTemplate)
      .where(
        and(
          eq(emailTemplate.t, t),
          inArray(
            emailTemplate.id,
            orm
              .select({ id: actionType.emailTemplateId })
              .from(actionType)
              .where(and(eq(actionType.t, t), eq(actionType.id, local))),
          ),
        ),
      ),
    orm
      .select({ fieldId: ticketTypeField.fieldId })
      .from(ticketTypeField)
      .innerJoin(
        ticket,
        and(eq(ticket.t, ticketTypeField.t), eq(ticket.typeId, ticketTypeField.ticketTypeId)),
      )
      .where(and(eq(ticketTypeField.t, t), ofTicket)),
    linksQuery(db, ticketId),
    ticketNamesQuery(db, ticketId),
  ] as const
})

/** Whether a closing of this ticket has sent the user its mail since the ticket was closed last. */
const toldOfClosing = (t: number) =>
  sql<number>`exists (select 1 from mail_out m
    join action a on a.t = m.t and a.ticket_id = m.ticket_id and a.id = m.action_id
    join action_type y on y.t = a.t and y.id = a.type_id
    join status s on s.t = y.t and s.id = y.status_after_id and s.kind = 'closed'
    where m.t = ${t} and m.ticket_id = ${ticket.id} and m.at >= ${ticket.closedAt})`.as('told')

/** What may happen only after a timer stands (R8): mail and onward messages follow from the object's alarm, never from here (R19). */
export type Before = (what: { follows: boolean }) => Promise<void>

/**
 * Takes an action that a partner sent for a linked ticket, exactly once in effect. Throws the refusals of protocol.md §4; a refused
 * message stores nothing and changes nothing, registers included.
 */
export async function receiveAction(db: Db, arrival: Arrival, before: Before): Promise<Receipt> {
  const { message } = arrival
  const hash = await contentHash(message)
  for (let tries = 1; ; tries++) {
    const rows = await db.orm.batch([
      namedQuery(db, message),
      ...arrivalQueries(db, arrival),
      ...actionQueries(db, arrival),
    ])
    const [named, ours, repeats, own, linkRows, , w0, w1, w2, w3, w4, w5, ...rest] = rows
    const { connection: on, receipt } = await known(
      db,
      arrival,
      [ours[0], repeats[0], own[0], linkRows[0]],
      hash,
    )
    if (receipt) return receipt
    const [[at], [type], allowed, registers, [user], [template], typeFields, links, [names]] = rest
    const [linked] = linkRows
    if (!linked || !at || (message.ticketId !== null && message.ticketId !== at.id))
      throw new Problem('LINK_UNKNOWN')
    if (at.deletedAt !== null) throw new Problem('TICKET_GONE')
    mustBeNear(message, at.clock)
    const have = { n: linked.inN, uid: linked.inUid }
    const { prev } = message.baton
    if (!message.plain && (prev.n !== have.n || prev.uid !== have.uid))
      throw new Problem('GAP', { baton: { v: 1, uid: message.baton.uid, have, clock: at.clock } })
    const words = vocabularyOf([w0, w1, w2, w3, w4, w5], typeFields)
    try {
      const plan = planReceived({
        message,
        on,
        at,
        type,
        allowed,
        registers,
        user,
        template,
        words,
        links,
      })
      const files = takenFiles(named, message, on.partnerTenantId ?? '')
      await before({ follows: plan.local.mail !== null || plan.onward.some(({ send }) => send) })
      return await writeAction(db, arrival, { on, linked, plan, files, hash, at, names, links })
    } catch (error) {
      if (error instanceof Problem && error.status < 500) {
        throw new Problem(error.code, {
          ...error.detail,
          message: error.message,
          fix: error.fix,
          baton: { ...error.detail.baton, v: 1, uid: message.baton.uid, have, clock: at.clock },
        })
      }
      if (!(isKeyCollision(error) || isFileGone(error)) || tries >= MOST_TRIES) throw error
    }
  }
}

const moveLink = once(({ orm, t }: Db, id: number, set: Partial<typeof link.$inferInsert>) =>
  orm
    .update(link)
    .set(set)
    .where(and(eq(link.t, t), eq(link.id, id))),
)

interface Taking {
  on: typeof connection.$inferSelect
  linked: typeof link.$inferSelect
  at: typeof ticket.$inferSelect
  plan: Received
  files: TakenFiles
  hash: string
  names: TicketNames | undefined
  links: LinkRow[]
}

/** The ticket's other links, where a value that came is not sent on to them. */
function unsentLinks({ merged, ownStatus, onward }: Received, links: LinkRow[], cameFrom: number) {
  if (!ownStatus && !merged.some(({ effect }) => effect)) return []
  const told = onward.flatMap(({ send, link: to }) => (send && to ? [to.connectionId] : []))
  return links
    .filter(({ state }) => state !== 'ended' && state !== 'gone')
    .map(({ connectionId }) => connectionId)
    .filter((id) => id !== cameFrom && !told.includes(id))
}

async function writeAction(
  db: Db,
  { message, instance, base, mailDomain }: Arrival,
  { on, linked, at, plan, files, hash, names, links }: Taking,
): Promise<Receipt> {
  const { orm, t } = db
  const { baton } = message
  const { local, merged, onward, parts } = plan
  const by = signatureOf(message, on.id)
  const have = { n: linked.inN + 1, uid: baton.uid }
  const mail = local.mail
    ? mailOf({
        ...local.mail,
        plan: local,
        ticket: at,
        status: plan.statuses,
        ...(names && { names }),
        by,
        instance,
        base,
        domain: mailDomain,
      })
    : null
  const results = await runBatch(db, [
    ...planStatements(db, local, by),
    ...takeFiles(db, files, on.partnerTenantId ?? '', at.id, local.actionId),
    addTaken(db, {
      partnerTenant: linked.partnerTenant,
      uid: baton.uid,
      linkId: linked.id,
      n: have.n,
      hash,
      ticketId: at.id,
      actionId: local.actionId,
      parts: JSON.stringify(parts),
      at: by.at,
    }),
    moveLink(db, linked.id, {
      inN: have.n,
      inUid: have.uid,
      ...(linked.state === 'creating' && { remoteTicketUid: baton.ticket }),
      ...(baton.url && { remoteUrl: baton.url }),
    }),
    ...merged.map((one) => storeReceived(db, at.id, on.id, receivedRow(one))),
    ...(plan.ownStatus ? [stampReceived(db, at.id, 'status', plan.ownStatus)] : []),
    ...(mail ? [insertMail(db, mail)] : []),
    ...unsentLinks(plan, links, on.id).map((id) => linkDiffers(db, at.id, id)),
    ...onward.map((to) =>
      orm.insert(outbox).values({
        t,
        ticketId: at.id,
        actionId: local.actionId,
        uid: baton.uid,
        connectionId: to.link?.connectionId ?? 0,
        linkId: to.link?.linkId ?? null,
        kind: 'action',
        at: by.at,
        files: to.send ? frozen(files.take, to.link, files.missing) : null,
        ...(to.send ? { state: 'pending', nextAt: by.at } : { state: 'skipped', reason: to.why }),
      }),
    ),
    outgoingQuery(db, at.id),
    stateQuery(db, at.id, baton.link),
  ])
  FAULTS && (await fault('P8'))
  const [state] = StateRows.parse(results.at(-1))
  return {
    repeat: false,
    ticketId: at.id,
    actionId: local.actionId,
    ticketUid: at.uid,
    have,
    clock: state.clock,
    registers: outgoingRegisters(results.at(-2)),
    parts,
  }
}
