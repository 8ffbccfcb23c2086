import { env } from 'cloudflare:test'
import { and, eq, getTableColumns, getTableName, inArray, is, isNotNull, sql } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import * as schema from '../../db/schema'
import {
  action,
  actionBody,
  attachment,
  connection,
  counter,
  inbox,
  link,
  mailOut,
  mapping,
  outbox,
  person,
  register,
  ticket,
} from '../../db/schema'
import type { TestDesk } from './pair'

/** What desks have of some tickets, read below the Worker, so that nothing it believes is taken for true. */

/** A ticket of a desk, by its number. */
export interface At {
  desk: TestDesk
  id: number
}

/** What one desk has of the tickets of a story. */
export type Side = Awaited<ReturnType<typeof sideOf>>

async function sideOf(desk: TestDesk, ids: number[]) {
  const { orm } = desk.db
  const { t } = desk
  const [
    tickets,
    actions,
    bodies,
    messages,
    taken,
    links,
    registers,
    mails,
    files,
    mappings,
    people,
    counters,
  ] = await orm.batch([
    orm
      .select()
      .from(ticket)
      .where(and(eq(ticket.t, t), inArray(ticket.id, ids))),
    orm
      .select()
      .from(action)
      .where(and(eq(action.t, t), inArray(action.ticketId, ids)))
      .orderBy(action.ticketId, action.id),
    orm
      .select()
      .from(actionBody)
      .where(and(eq(actionBody.t, t), inArray(actionBody.ticketId, ids))),
    orm
      .select()
      .from(outbox)
      .where(and(eq(outbox.t, t), inArray(outbox.ticketId, ids), isNotNull(outbox.linkId))),
    orm
      .select()
      .from(inbox)
      .where(and(eq(inbox.t, t), inArray(inbox.ticketId, ids))),
    orm
      .select({ row: link, gate: sql<string>`${connection.state}`.as('gate') })
      .from(link)
      .innerJoin(connection, and(eq(connection.t, link.t), eq(connection.id, link.connectionId)))
      .where(and(eq(link.t, t), inArray(link.ticketId, ids))),
    orm
      .select()
      .from(register)
      .where(and(eq(register.t, t), inArray(register.ticketId, ids))),
    orm
      .select()
      .from(mailOut)
      .where(and(eq(mailOut.t, t), inArray(mailOut.ticketId, ids))),
    orm
      .select()
      .from(attachment)
      .where(and(eq(attachment.t, t), inArray(attachment.ticketId, ids))),
    orm
      .select({ row: mapping })
      .from(mapping)
      .innerJoin(
        connection,
        and(
          eq(connection.t, mapping.t),
          eq(connection.id, mapping.connectionId),
          eq(connection.mappingVersion, mapping.version),
        ),
      )
      .where(eq(mapping.t, t)),
    orm
      .select({ email: person.email })
      .from(person)
      .where(and(eq(person.t, t), isNotNull(person.email))),
    orm.select().from(counter).where(eq(counter.t, t)),
  ])
  const text = new Map(bodies.map((one) => [`${one.ticketId} ${one.actionId}`, one.noteHtml]))
  return {
    desk,
    tickets,
    actions: actions.map((one) => ({ ...one, note: text.get(`${one.ticketId} ${one.id}`) ?? '' })),
    // A file that follows its message has neither a position nor an entry of its own.
    messages: messages.filter(({ kind }) => kind !== 'file'),
    following: messages.filter(({ kind }) => kind === 'file'),
    taken,
    links: links.map(({ row, gate }) => ({ ...row, gate })),
    registers,
    mails,
    files,
    mappings: mappings.map(({ row }) => row),
    people,
    counters,
  }
}

/** Reads what the desks have of these tickets and of all that is linked to them. */
export async function sidesOf(desks: TestDesk[], story: At[]): Promise<Side[]> {
  const ids = new Map(desks.map((desk) => [desk.t, new Set<number>()]))
  for (const { desk, id } of story) ids.get(desk.t)?.add(id)
  const all = await env.DB.prepare(
    `with recursive story(t, id) as (
       select value ->> 0, value ->> 1 from json_each(?)
       union select b.t, b.ticket_id from story s join link a on a.t = s.t and a.ticket_id = s.id join link b on b.uid = a.uid)
     select t, id from story`,
  )
    .bind(JSON.stringify(story.map(({ desk, id }) => [desk.t, id])))
    .all<{ t: number; id: number }>()
  for (const { t, id } of all.results) ids.get(t)?.add(id)
  return Promise.all(desks.map((desk) => sideOf(desk, [...(ids.get(desk.t) ?? [])])))
}

/** What signing in writes is nobody's business here. */
const PASSING = ['session', 'throttle']

/** I7: all rows of a desk that has nothing to do with it, each as a text. */
export async function rowsOf({ t }: TestDesk): Promise<string[]> {
  const names = Object.values(schema)
    .filter((one) => is(one, SQLiteTable) && 't' in getTableColumns(one))
    .map((one) => getTableName(one))
    .filter((name) => !PASSING.includes(name))
  const rows = await env.DB.batch(
    names.map((name) => env.DB.prepare(`select * from "${name}" where t = ?`).bind(t)),
  )
  return rows.flatMap((one, n) => one.results.map((row) => `${names[n]} ${JSON.stringify(row)}`))
}

/** I7: the rows that are not as they were. */
export const touched = (before: string[], after: string[]): string[] =>
  [...new Set(before).symmetricDifference(new Set(after))].map((row) => `I7 ${row.slice(0, 120)}`)
