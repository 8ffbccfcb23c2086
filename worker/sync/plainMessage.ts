import { and, asc, count, desc, eq, gt, inArray, ne, notInArray, or, sql } from 'drizzle-orm'
import { actionBody, audit, connection, inbox, link, outbox, ticket } from '../../db/schema'
import { audited } from '../desk/audit'
import { cleanHtml } from '../desk/html'
import { among } from '../desk/lists'
import type { Db } from '../platform/database'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { referencesIn, wordsOfNote } from './haloDialect'
import type { Position } from './message'

/**
 * What guards against partners that do not speak Baton (R10). Their messages have no uid, so neither a repeat nor our own note coming
 * back can be told by it; without these guards such a partner doubles and goes round.
 */
const SAME_TEXT_MS = 10 * 60_000
const MINUTE_MS = 60_000
/** So many of our newest notes are compared; an older one is known by the reference in its text. */
const COMPARED = 20

/** Where the ticket of such a message stands. */
export interface Place {
  linkUid: string
  remoteTicketUid: string | null
  have: Position
  partnerName: string | null
  /** Of a message that says the same as one that was taken a moment ago: it is that one again. */
  repeats: string | null
}

/**
 * The place of a message without `baton`, once it has passed the guards. Throws LINK_UNKNOWN where the ticket has no live link on this
 * connection, LOOP where it is a note of ours that comes back, PAUSED where there are too many; the last two may pause the connection.
 */
export async function placeOf(
  db: Db,
  connectionId: number,
  message: { ticketId: number; noteHtml: string; hash: string; numbered: boolean },
): Promise<Place> {
  const { ticketId } = message
  const [[at], sent, [same], [rate]] = await read(db, connectionId, message)
  if (!at) throw new Problem('LINK_UNKNOWN')
  const place = {
    linkUid: at.linkUid,
    remoteTicketUid: at.remoteTicketUid,
    have: { n: at.inN, uid: at.inUid },
    partnerName: at.partnerName,
    repeats: same && !message.numbered ? same.uid : null,
  }
  // A paused connection refuses everything as it is, and a repeat stores nothing.
  if (at.state === 'paused' || place.repeats !== null) return place
  const html = cleanHtml(message.noteHtml)
  const words = wordsOfNote(html)
  const named = referencesIn(html).map(({ actionId }) => actionId)
  const echoed = sent.find(
    (one) =>
      wordsOfNote(one.body ?? one.noteHtml ?? '') === words &&
      (words !== '' || named.includes(one.actionId)),
  )
  const name = at.partnerName ?? 'The partner'
  if (echoed) {
    await noteEcho(db, connectionId, name, { ticketId, actionId: echoed.actionId })
    throw new Problem('LOOP', { message: 'This note went out from here; it is not stored again' })
  }
  if ((rate?.n ?? 0) >= limits.plainActionsAMinute) {
    const why = `${name} sent more than ${limits.plainActionsAMinute} actions within a minute on ticket ${ticketId}. Paused, since it may be going round in a circle.`
    await pause(db, connectionId, why, { ticket: ticketId })
    throw new Problem('PAUSED', { retryAfterS: 300 })
  }
  return place
}

/** The ticket that was made for a partner's ticket before; null where there is none. */
export async function madeBefore({ orm, t }: Db, connectionId: number, remoteTicketUid: string) {
  const [row] = await orm
    .select({
      ticketId: link.ticketId,
      linkUid: link.uid,
      ticketUid: sql<string>`${ticket.uid}`.as('ticket_uid'),
      clock: ticket.clock,
      inN: link.inN,
      inUid: link.inUid,
    })
    .from(link)
    .innerJoin(ticket, and(eq(ticket.t, link.t), eq(ticket.id, link.ticketId)))
    .where(
      and(
        eq(link.t, t),
        eq(link.connectionId, connectionId),
        eq(link.remoteTicketUid, remoteTicketUid),
        ne(link.state, 'ended'),
      ),
    )
  return row ?? null
}

function read(
  { orm, t }: Db,
  connectionId: number,
  { ticketId, noteHtml, hash }: { ticketId: number; noteHtml: string; hash: string },
) {
  const now = seams.now()
  const ofLink = and(
    eq(link.t, t),
    eq(link.connectionId, connectionId),
    eq(link.ticketId, ticketId),
    ne(link.state, 'ended'),
  )
  const linkId = orm.select({ id: link.id }).from(link).where(ofLink)
  const partner = sql`(select ${connection.partnerTenantId} from ${connection} where ${connection.t} = ${t} and ${connection.id} = ${connectionId})`
  const came = (sinceMs: number) =>
    and(
      eq(inbox.t, t),
      eq(inbox.partnerTenant, partner),
      gt(inbox.at, now - sinceMs),
      inArray(inbox.linkId, linkId),
    )
  return orm.batch([
    orm
      .select({
        linkUid: link.uid,
        remoteTicketUid: link.remoteTicketUid,
        inN: link.inN,
        inUid: link.inUid,
        state: connection.state,
        partnerName: connection.partnerName,
      })
      .from(link)
      .innerJoin(connection, and(eq(connection.t, link.t), eq(connection.id, link.connectionId)))
      .where(ofLink),
    orm
      .select({ actionId: outbox.actionId, body: outbox.body, noteHtml: actionBody.noteHtml })
      .from(outbox)
      .leftJoin(
        actionBody,
        and(
          eq(actionBody.t, outbox.t),
          eq(actionBody.ticketId, outbox.ticketId),
          eq(actionBody.actionId, outbox.actionId),
        ),
      )
      .where(
        and(
          eq(outbox.t, t),
          eq(outbox.ticketId, ticketId),
          eq(outbox.connectionId, connectionId),
          notInArray(outbox.state, ['skipped', 'withdrawn']),
          or(
            gt(outbox.at, now - SAME_TEXT_MS),
            among(
              outbox.actionId,
              referencesIn(noteHtml).map(({ actionId }) => actionId),
            ),
          ),
        ),
      )
      .orderBy(desc(outbox.actionId))
      .limit(COMPARED),
    orm
      .select({ uid: inbox.uid })
      .from(inbox)
      .where(and(came(SAME_TEXT_MS), eq(inbox.hash, hash)))
      .orderBy(asc(inbox.at))
      .limit(1),
    orm.select({ n: count() }).from(inbox).where(came(MINUTE_MS)),
  ])
}

/** Says on the connection that it sends back what it got, and pauses it when it does so again and again. */
async function noteEcho(
  db: Db,
  connectionId: number,
  name: string,
  { ticketId, actionId }: { ticketId: number; actionId: number },
): Promise<void> {
  const { orm, t } = db
  const actor = `connection:${connectionId}`
  const words = `${name} sends back what it got from this desk (ticket ${ticketId}, action ${actionId})`
  const mine = (what: string) =>
    and(
      eq(audit.t, t),
      gt(audit.at, seams.now() - SAME_TEXT_MS),
      eq(audit.actor, actor),
      eq(audit.what, what),
    )
  const paused = orm
    .select({ at: sql`coalesce(max(${audit.at}), 0)` })
    .from(audit)
    .where(mine(PAUSED))
  const [, , [echoes]] = await orm.batch([
    audited(db, actor, ECHOED, { ticket: ticketId, action: actionId }),
    orm
      .update(connection)
      .set({ lastError: words, lastErrorAt: seams.now() })
      .where(and(eq(connection.t, t), eq(connection.id, connectionId))),
    orm
      .select({ n: count() })
      .from(audit)
      .where(
        and(
          mine(ECHOED),
          sql`${audit.detail} ->> 'ticket' = ${ticketId}`,
          sql`${audit.at} > (${paused})`, // what was before the last pause has been dealt with
        ),
      ),
  ])
  if ((echoes?.n ?? 0) >= limits.echoes)
    await pause(db, connectionId, `${words}. Paused, so that it does not go round in a circle.`, {
      ticket: ticketId,
    })
}

const ECHOED = 'refused an echo'
const PAUSED = 'paused connection'

async function pause(
  db: Db,
  connectionId: number,
  why: string,
  detail: Record<string, unknown>,
): Promise<void> {
  const { orm, t } = db
  await orm.batch([
    orm
      .update(connection)
      .set({ state: 'paused', stateReason: why })
      .where(
        and(eq(connection.t, t), eq(connection.id, connectionId), ne(connection.state, 'ended')),
      ),
    audited(db, `connection:${connectionId}`, PAUSED, detail),
  ])
}
