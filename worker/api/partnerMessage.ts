import { z } from 'zod'
import type { Partner } from '../auth/principal'
import { Problem, type ProblemCode } from '../platform/problem'
import { uncaught } from '../platform/refusable'
import type { Arrival, Receipt } from '../sync/arrival'
import { Position, Register, type BatonIn, type Message } from '../sync/message'
import { takeEnd } from '../sync/endConnection'
import { creationObject, ticketObject } from '../sync/objects'
import { haltCourier } from '../sync/wake'
import type { ActionWire } from './actionWire'
import type { At } from './declare'
import { htmlOf } from './noteIn'
import { partnerFiles } from './partnerFiles'
import { plainAction, plainTicket, ticketBefore } from './plainIn'
import type { TicketWire } from './ticketWire'

/** The answer to a taken message (protocol.md §3): Halo's names outside, `baton` inside. */
export const TakenOut = z
  .object({
    id: z.int(),
    ticket_id: z.int(),
    baton: z.object({
      v: z.literal(1),
      uid: z.string(),
      link: z.string(),
      ticket: z.string(),
      have: Position,
      clock: z.int(),
      registers: z.array(Register),
      url: z.string(),
      parts: z.array(
        z.object({
          part: z.string(),
          result: z.string(),
          value: z.string().optional(),
          reason: z.string().optional(),
          fix: z.string().optional(),
        }),
      ),
    }),
  })
  .meta({ id: 'Taken' })

/** What a partner's message can be refused with (protocol.md §4). */
export const MESSAGE_REFUSALS = [
  'ACTION_NOT_MAPPED',
  'EMAIL_TO_EMAIL',
  'UNKNOWN_SENDER',
  'CONTENT_MISMATCH',
  'GAP',
  'UNKNOWN_STAGED',
  'STORAGE_FULL',
  'LINK_UNKNOWN',
  'TWIN_EXISTS',
  'TICKET_GONE',
  'LOOP',
  'PAUSED',
  'IN_PROGRESS',
] as const satisfies ProblemCode[]

/** Takes an action that a partner sends for a linked ticket, in that ticket's object. */
export async function takeAction(
  c: At,
  who: Partner,
  wire: ActionWire,
): Promise<{ body: z.infer<typeof TakenOut>; status: 200 | 201 }> {
  const ticketId = wire.ticket_id
  if (wire.baton?.kind === 'notice') return takeNotice(c, who, ticketId ?? 0, wire.baton)
  if (ticketId === undefined)
    throw new Problem('TICKET_ID_NEEDED', {
      fields: { ticket_id: 'An action must be associated with a ticket_id' },
    })
  const html = htmlOf(wire.note_html, wire.note)
  const outcomeId = String(wire.outcome_id ?? '')
  const plain = { actionId: wire.id ?? null, ticketId: null }
  const baton = wire.baton ?? (await plainAction(c, who, { ticketId, html, outcomeId, plain }))
  if (baton.kind !== 'action')
    throw Problem.field('baton.kind', 'a ticket is created by POST /tickets')
  const message: Message = {
    ticketId,
    summary: null,
    ticketTypeId: null,
    ticketTypeName: null,
    clientReference: null,
    outcomeId,
    outcomeName: wire.outcome ?? '',
    sendsEmail: wire.sendemail ?? false,
    ...(await partnerFiles(c, who, baton, html, wire.attachments ?? [])),
    baton,
    ...(!wire.baton && { plain }),
  }
  const receipt = uncaught(
    await ticketObject(c.env, c.var.db.t, ticketId).receive(who, arrivalOf(c, who, message)),
  )
  return answer(c, baton, receipt, receipt.actionId)
}

/** Takes what a partner tells beside its tickets: today, that it has ended the connection. Throws NOT_SUPPORTED for anything else. */
async function takeNotice(
  c: At,
  who: Partner,
  ticketId: number,
  baton: BatonIn,
): Promise<{ body: z.infer<typeof TakenOut>; status: 201 }> {
  if (baton.notice?.code !== 'ended')
    throw new Problem('NOT_SUPPORTED', { fix: 'Of notices only "ended" is understood here.' })
  await takeEnd(c.var.db, who, baton.author.name)
  await haltCourier(c.env, c.var.db.t, who.connectionId)
  const { uid, link, ticket, prev, clock } = baton
  return {
    status: 201,
    body: {
      id: 0,
      ticket_id: ticketId,
      baton: {
        v: 1,
        uid,
        link,
        ticket,
        have: prev,
        clock,
        registers: [],
        url: c.var.base,
        parts: [],
      },
    },
  }
}

/** Takes a ticket that a partner sends, in the object that stands for that ticket of theirs. */
export async function takeTicket(
  c: At,
  who: Partner,
  wire: TicketWire,
): Promise<{ body: z.infer<typeof TakenOut>; status: 200 | 201 }> {
  if (!wire.summary) throw Problem.field('summary', 'is missing')
  const plain = { actionId: null, ticketId: wire.halolink_ticketid ?? null }
  const baton = wire.baton ?? (await plainTicket(c, who, plain))
  if (baton.kind !== 'create')
    throw Problem.field('baton.kind', 'an action is added by POST /actions')
  const before = !wire.baton && plain.ticketId !== null ? await ticketBefore(c, who, baton) : null
  if (before) return answer(c, baton, before, before.ticketId)
  const html = htmlOf(wire.note_html ?? wire.details_html, wire.details)
  const message: Message = {
    ticketId: null,
    summary: wire.summary,
    ticketTypeId: wire.tickettype_id === undefined ? null : String(wire.tickettype_id),
    ticketTypeName: wire.tickettype_name ?? null,
    clientReference: wire.client_reference ?? wire.halolink_ticketid?.toString() ?? null,
    outcomeId: String(wire.outcome_id ?? ''),
    outcomeName: wire.outcome ?? '',
    sendsEmail: false,
    ...(await partnerFiles(c, who, baton, html, wire.attachments ?? [])),
    baton,
    ...(!wire.baton && { plain }),
  }
  const receipt = uncaught(
    await creationObject(c.env, c.var.db.t, who.connectionId, baton.ticket).create(
      who,
      arrivalOf(c, who, message),
    ),
  )
  return answer(c, baton, receipt, receipt.ticketId)
}

function arrivalOf(c: At, who: Partner, message: Message): Arrival {
  c.var.db.handOn()
  const { instance, base } = c.var
  return { connectionId: who.connectionId, message, instance, base, mailDomain: c.env.MAIL_DOMAIN }
}

const answer = (
  c: At,
  baton: BatonIn,
  receipt: Receipt,
  id: number,
): { body: z.infer<typeof TakenOut>; status: 200 | 201 } => ({
  status: receipt.repeat ? 200 : 201,
  body: {
    id,
    ticket_id: receipt.ticketId,
    baton: {
      v: 1,
      uid: baton.uid,
      link: baton.link,
      ticket: receipt.ticketUid,
      have: receipt.have,
      clock: receipt.clock,
      registers: receipt.registers,
      url: `${c.var.base}/tickets/${receipt.ticketId}`,
      parts: receipt.parts.filter(({ here }) => !here),
    },
  },
})
