import { Hono } from 'hono'
import { z } from 'zod'
import { isStaff, type EndUser, type Staff } from '../auth/principal'
import { cleanHtml } from '../desk/html'
import { picturesQuery } from '../desk/attachments'
import { showPictures } from '../desk/pictures'
import { deleteTicket } from '../desk/deleteTicket'
import { logTicket } from '../desk/logTicket'
import {
  allowedQuery,
  detailsQuery,
  ticketCountQuery,
  ticketFieldsQuery,
  ticketQuery,
  ticketsQuery,
  userActionsQuery,
  type TicketRow,
} from '../desk/tickets'
import { found } from '../platform/database'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { endedBy } from '../sync/connections'
import { ticketLinksQuery } from '../sync/links'
import { authorOf, saveAction } from '../sync/saveAction'
import { actor, staffOf } from './caller'
import { answers, bodies, may, query, refuses, type At, type Door } from './declare'
import { idempotencyOf } from './idempotency'
import { inTurn } from './inTurn'
import { htmlOf, storeFiles, taking } from './noteIn'
import { MESSAGE_REFUSALS, takeTicket, TakenOut } from './partnerMessage'
import { filterOf, orderOf, TicketListQuery } from './ticketQuery'
import {
  newTicketOf,
  ticketChangesOf,
  TicketIn,
  ticketOut,
  TicketOut,
  userTicketOut,
  type LinkOut,
  type TicketParts,
  type TicketWire,
} from './ticketWire'
import { created, createdOf, Enveloped, envelope, isoUtc, pageOf, pathId, Returnall } from './wire'

const show = (c: At, row: TicketRow, parts?: TicketParts) =>
  isStaff(c.var.who) ? ticketOut(row, parts) : userTicketOut(row, parts)

/** A ticket with all that its page shows, in one trip. */
async function readTicket(c: At, id: number) {
  const { db, who } = c.var
  const ofPerson = who.kind === 'user' ? who.personId : undefined
  const [[row], [details], pictures, fields, allowed, links, userActions] = await db.orm.batch([
    ticketQuery(db, id, ofPerson),
    detailsQuery(db, id),
    picturesQuery(db, id),
    ticketFieldsQuery(db, id),
    allowedQuery(db, id),
    ticketLinksQuery(db, id),
    userActionsQuery(db),
  ])
  return show(c, found(row), {
    detailsHtml: details && showPictures(details.noteHtml, pictures, [], c.var.base),
    fields: fields.filter(
      ({ agentDetail, userDetail }) => (isStaff(who) ? agentDetail : userDetail) > 0,
    ),
    allowed: isStaff(who)
      ? allowed.map(({ actionTypeId }) => actionTypeId)
      : userActions.map(({ id: actionId }) => actionId),
    links: links.map(linkOut),
  })
}

type LinkShown = Awaited<ReturnType<typeof ticketLinksQuery>>[number]

const linkOut = (one: LinkShown): z.infer<typeof LinkOut> => ({
  connection_id: one.connectionId,
  kind: one.kind,
  partner: one.partner ?? '',
  remote_ticket_id: one.remoteTicketId,
  remote_url: one.remoteUrl,
  state: one.state,
  may_differ: one.mayDiffer,
  only_there: one.onlyThere ?? 0,
  ended_at: isoUtc(one.endedAt),
  ended_by: one.endedAt === null ? null : endedBy(one, one.partner ?? ''),
})

/** Logs one ticket; the answer shows it as it then stands. */
async function create(c: At, who: Staff | EndUser, wire: TicketWire, index: number) {
  if (!wire.summary) throw Problem.field('summary', 'is missing')
  const key = await idempotencyOf(c, wire, index)
  const note = await storeFiles(
    c,
    htmlOf(wire.details_html, wire.details),
    wire.attachments ?? [],
    key,
  )
  const asked = newTicketOf(
    wire,
    { ...note, noteHtml: cleanHtml(note.noteHtml, 'details_html') },
    who.kind === 'user' ? 'portal' : who.kind === 'app' ? 'api' : 'agent',
  )
  const draft = who.kind === 'user' ? ofUser(asked, who) : asked
  const { ticket, fields } = await taking(c.var.db, note.stored, () =>
    logTicket(c.var.db, authorOf(who), draft, key),
  )
  return { ...show(c, ticket, { fields, detailsHtml: draft.detailsHtml }), isnew: true }
}

/** An end user logs tickets for themselves alone, and only what their form has. */
const ofUser = (
  asked: ReturnType<typeof newTicketOf>,
  who: EndUser,
): ReturnType<typeof newTicketOf> => ({
  summary: asked.summary,
  detailsHtml: asked.detailsHtml,
  files: asked.files,
  source: 'portal',
  personId: who.personId,
  customerId: who.customerId,
  changes: asked.changes.fields ? { fields: asked.changes.fields } : {},
  ...(asked.typeId !== undefined && { typeId: asked.typeId }),
  ...(asked.typeName !== undefined && { typeName: asked.typeName }),
})

/** Changes one ticket by hand: an entry of its own, which is never sent (G46). */
async function change(c: At, who: Staff, wire: TicketWire & { id: number }, index: number) {
  const { db, instance, base } = c.var
  const here = {
    env: c.env,
    db,
    instance,
    base,
    waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work),
  }
  await saveAction(
    here,
    who,
    { ticketId: wire.id, plainEdit: true, noteHtml: '', files: [], changes: ticketChangesOf(wire) },
    await idempotencyOf(c, wire, index),
  )
  return readTicket(c, wire.id)
}

const post = [
  may(['agent', 'user', 'connection'], 'Logs a ticket, or changes one that is named by id'),
  query(Returnall),
  bodies(TicketIn, limits.savesAtOnce),
  answers(201, createdOf(z.union([TicketOut, TakenOut]))),
  answers(200, TakenOut),
  refuses('IDEMPOTENCY_MISMATCH', 'CHOOSE_PARTNER', ...MESSAGE_REFUSALS),
] as const

export const tickets = new Hono<Door>()
  .get(
    '/',
    may(['agent', 'user'], 'Lists tickets, the newest first'),
    query(TicketListQuery),
    answers(200, Enveloped('tickets', TicketOut, { has_more: z.boolean() })),
    async (c) => {
      const wanted = c.req.valid('query')
      const { db, who } = c.var
      const page = pageOf(wanted)
      const filter = filterOf(wanted, who)
      // A screen that asks for a bounded count learns by one row more than the page whether there is another.
      const [rows, [count]] = await db.orm.batch([
        ticketsQuery(db, filter, orderOf(wanted), { limit: page.limit + 1, offset: page.offset }),
        ticketCountQuery(db, filter, wanted.countlimit),
      ])
      const shown = rows.slice(0, page.limit).map((row) => show(c, row))
      return c.json({
        ...envelope('tickets', shown, count?.n ?? 0, page),
        has_more: rows.length > page.limit,
      })
    },
  )
  .on(['POST', 'PUT'], '/', ...post, async (c) => {
    const { who } = c.var
    const sent = c.req.valid('json')
    if (who.kind === 'connection') {
      const [wire] = sent
      if (!wire || sent.length > 1)
        throw new Problem('VALIDATION', {
          message: 'A partner sends one ticket at a time',
          fields: { body: 'one at a time' },
        })
      const { body, status } = await takeTicket(c, who, wire)
      return c.json(body, status)
    }
    if (!isStaff(who) && who.kind !== 'user') throw new Problem('FORBIDDEN')
    const rows = await inTurn(sent, (wire, index) => {
      const { id } = wire
      return id === undefined
        ? create(c, who, wire, index)
        : change(c, staffOf(c), { ...wire, id }, index)
    })
    return created(c, rows, c.req.valid('query').returnall)
  })
  .get(
    '/:id',
    may(['agent', 'user'], 'One ticket with its fields, links and allowed actions'),
    answers(200, TicketOut),
    async (c) => c.json(await readTicket(c, pathId(c))),
  )
  .delete(
    '/:id',
    may(['agent'], 'Deletes a ticket; its number is not given out again'),
    answers(200, TicketOut),
    async (c) => {
      const id = pathId(c)
      const ticket = await readTicket(c, id)
      await deleteTicket(c.var.db, id, actor(c))
      return c.json(ticket)
    },
  )
