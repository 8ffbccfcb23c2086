import { Hono } from 'hono'
import { z } from 'zod'
import { isStaff, type EndUser, type Staff } from '../auth/principal'
import type { Draft } from '../desk/draft'
import {
  entriesQuery,
  entryCountQuery,
  filesQuery,
  mailsQuery,
  timelineTicketQuery,
  type EntryFilter,
} from '../desk/timeline'
import { found } from '../platform/database'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import {
  arrivalOf,
  deliveriesOf,
  deliveriesQuery,
  partnersQuery,
  takenPartsQuery,
} from '../sync/deliveries'
import { partsOf } from '../sync/message'
import { missingQuery } from '../sync/takenFiles'
import { saveAction, type Saved } from '../sync/saveAction'
import {
  ActionIn,
  ActionOut,
  actionOut,
  draftOf,
  userActionOut,
  type ActionWire,
  type Shown,
} from './actionWire'
import { answers, bodies, may, query, refuses, type At, type Door } from './declare'
import { idempotencyOf } from './idempotency'
import { inTurn } from './inTurn'
import { htmlOf, storeFiles, taking } from './noteIn'
import { MESSAGE_REFUSALS, takeAction, TakenOut } from './partnerMessage'
import {
  created,
  createdOf,
  envelope,
  Enveloped,
  given,
  Id,
  pageOf,
  Paging,
  pathId,
  QueryBool,
  Returnall,
} from './wire'

const ActionQuery = z.object({
  ...Paging,
  ticket_id: Id.optional(),
  excludesys: QueryBool.optional(),
})
const OneQuery = z.object({ ticket_id: Id.optional() })

const NEEDS_TICKET = { fields: { ticket_id: 'An action must be associated with a ticket_id' } }

/** The entries of a page with all that hangs on them, in one trip. */
async function readShown(c: At, filter: EntryFilter): Promise<{ shown: Shown[]; total: number }> {
  const { db, base, who } = c.var
  const { ticketId } = filter
  const from = filter.actionId ?? 0
  const [[ticket], entries, [count], files, mails, deliveries, partners, taken, missing] =
    await db.orm.batch([
      timelineTicketQuery(db, ticketId),
      entriesQuery(db, filter),
      entryCountQuery(db, filter),
      filesQuery(db, ticketId, from),
      mailsQuery(db, ticketId),
      deliveriesQuery(db, ticketId, from),
      partnersQuery(db, ticketId),
      takenPartsQuery(db, ticketId, from),
      missingQuery(db, ticketId, from),
    ])
  if (!ticket || (who.kind === 'user' && ticket.personId !== who.personId))
    throw new Problem('NOT_FOUND')
  const shown = entries.map((entry): Shown => {
    const from = partners.find(({ connectionId }) => connectionId === entry.connectionId)
    const parts = taken.find(({ actionId }) => actionId === entry.id)?.parts ?? null
    const awaited = missing.filter(({ actionId }) => actionId === entry.id)
    return {
      entry,
      base,
      files: files.filter(({ actionId }) => actionId === entry.id),
      missing: awaited,
      mail: mails.find(({ actionId }) => actionId === entry.id),
      deliveries: [
        ...(from ? [arrivalOf(ticketId, entry, from, partsOf(parts), awaited)] : []),
        ...deliveriesOf(ticketId, entry.id, deliveries),
      ],
    }
  })
  return { shown, total: count?.n ?? 0 }
}

const show = (c: At, one: Shown) => (isStaff(c.var.who) ? actionOut(one) : userActionOut(one))

async function readOne(c: At, ticketId: number, actionId: number) {
  const { shown } = await readShown(c, {
    ticketId,
    actionId,
    limit: 1,
    offset: 0,
    publicOnly: c.var.who.kind === 'user',
  })
  return show(c, found(shown[0]))
}

/** An end user replies with words and files; what follows for the ticket is the desk's to set. */
const ofUser = ({ ticketId, typeId, typeName, noteHtml, files }: Draft): Draft =>
  given({ ticketId, typeId, typeName, noteHtml, files, changes: {} })

/** Saves one action; the answer carries what became of it at the partner. */
async function save(c: At, who: Staff | EndUser, wire: ActionWire, index: number) {
  if (wire.ticket_id === undefined) throw new Problem('TICKET_ID_NEEDED', NEEDS_TICKET)
  const key = await idempotencyOf(c, wire, index)
  const note = await storeFiles(
    c,
    htmlOf(wire.note_html ?? wire.emailbody_html, wire.note ?? wire.emailbody),
    wire.attachments ?? [],
    key,
  )
  const { db, instance, base } = c.var
  const here = {
    env: c.env,
    db,
    instance,
    base,
    waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work),
  }
  const asked = draftOf(wire.ticket_id, wire, note)
  const draft = who.kind === 'user' ? ofUser(asked) : asked
  const saved: Saved = await taking(db, note.stored, () => saveAction(here, who, draft, key))
  if (saved.repeat) return readOne(c, saved.ticketId, saved.actionId)
  c.header('server-timing', `commit;dur=${saved.commitMs}`)
  if (note.files.length > 0 || saved.mailed) return readOne(c, saved.ticketId, saved.actionId)
  return show(c, { entry: saved.entry, deliveries: saved.deliveries, files: [], missing: [], base })
}

export const actions = new Hono<Door>()
  .get(
    '/',
    may(['agent', 'user'], 'The timeline of a ticket, newest first'),
    query(ActionQuery),
    answers(200, Enveloped('actions', ActionOut, { ticket_id: z.int() })),
    async (c) => {
      const wanted = c.req.valid('query')
      const page = pageOf(wanted)
      if (wanted.ticket_id === undefined)
        return c.json({ ...envelope('actions', [], 0, page), ticket_id: 0 })
      const filter = {
        ticketId: wanted.ticket_id,
        publicOnly: c.var.who.kind === 'user',
        withoutSystem: wanted.excludesys ?? false,
        limit: page.limit,
        offset: page.offset,
      }
      const { shown, total } = await readShown(c, filter)
      return c.json({
        ...envelope(
          'actions',
          shown.map((one) => show(c, one)),
          total,
          page,
        ),
        ticket_id: wanted.ticket_id,
      })
    },
  )
  .on(
    ['POST', 'PUT'],
    '/',
    may(['agent', 'user', 'connection'], 'Adds an action to a ticket'),
    query(Returnall),
    bodies(ActionIn, limits.savesAtOnce),
    answers(201, createdOf(z.union([ActionOut, TakenOut]))),
    answers(200, TakenOut),
    refuses('IDEMPOTENCY_MISMATCH', 'CHOOSE_PARTNER', ...MESSAGE_REFUSALS),
    async (c) => {
      const { who } = c.var
      const sent = c.req.valid('json')
      if (who.kind === 'connection') {
        const [wire] = sent
        if (!wire || sent.length > 1)
          throw new Problem('VALIDATION', {
            message: 'A partner sends one action at a time',
            fields: { body: 'one at a time' },
          })
        const { body, status } = await takeAction(c, who, wire)
        return c.json(body, status)
      }
      if (!isStaff(who) && who.kind !== 'user') throw new Problem('FORBIDDEN')
      if (sent.some(({ ticket_id: ticketId }) => ticketId === undefined))
        throw new Problem('TICKET_ID_NEEDED', NEEDS_TICKET)
      if (sent.some(({ id }) => id !== undefined))
        throw new Problem('VALIDATION', {
          message: 'id: an action that was made is not changed',
          fields: { id: 'an action that was made is not changed; add another one' },
        })
      const rows = await inTurn(sent, (wire, index) => save(c, who, wire, index))
      return created(c, rows, c.req.valid('query').returnall)
    },
  )
  .get(
    '/:id',
    may(['agent', 'user'], 'One action of a ticket'),
    query(OneQuery),
    answers(200, ActionOut),
    async (c) => {
      const { ticket_id: ticketId } = c.req.valid('query')
      if (ticketId === undefined) throw new Problem('TICKET_ID_NEEDED', NEEDS_TICKET)
      return c.json(await readOne(c, ticketId, pathId(c)))
    },
  )
