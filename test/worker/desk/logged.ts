import { and, eq, sql } from 'drizzle-orm'
import { action, ticket } from '../../../db/schema'
import {
  newTicketQueries,
  newTicketStatements,
  planTicket,
  type NewTicket,
} from '../../../worker/desk/newTicket'
import { runBatch } from '../../../worker/platform/database'
import { seams } from '../../../worker/platform/seams'
import type { TestDesk } from '../pair'

/** A ticket of this user, logged below the API. */
export async function loggedTicket(
  { db }: TestDesk,
  personEmail: string,
  summary = 'Printer jam',
): Promise<{ id: number; uid: string }> {
  const draft: NewTicket = {
    summary,
    detailsHtml: '<p>It jams.</p>',
    personEmail,
    personName: personEmail,
    source: 'agent',
    files: [],
    changes: {},
  }
  const plan = planTicket(await db.orm.batch(newTicketQueries(db, draft)), draft, false)
  const uid = seams.uid()
  await runBatch(
    db,
    newTicketStatements(
      db,
      plan,
      { uid: seams.uid(), kind: 'system', id: null, name: 'Test', at: seams.now() },
      uid,
      seams.uid(),
    ),
  )
  const [row] = await db.orm
    .select({ id: ticket.id })
    .from(ticket)
    .where(and(eq(ticket.t, db.t), eq(ticket.uid, uid)))
  if (!row) throw new Error('The ticket was not logged')
  return { id: row.id, uid }
}

/** One more entry on a ticket, public or hidden from its user. Answers its number. */
export async function addEntry(
  { db }: TestDesk,
  ticketId: number,
  hidden: boolean,
): Promise<number> {
  const of = and(eq(action.t, db.t), eq(action.ticketId, ticketId))
  const [made] = await db.orm
    .insert(action)
    .values({
      t: db.t,
      ticketId,
      id: sql`(select max(id) + 1 from action where ${of})`,
      uid: seams.uid(),
      typeId: 7,
      typeName: 'Note',
      clock: 1,
      authorKind: 'system',
      authorName: 'Test',
      hidden,
      at: seams.now(),
    })
    .returning({ id: action.id })
  return made?.id ?? 0
}
