import { and, asc, eq, inArray, isNotNull, lte, ne, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { connection, instance, link, mailOut, outbox } from '../../db/schema'
import type { Db } from '../platform/database'
import { seams } from '../platform/seams'

/** What of a ticket is still open: the connections with work for it, and whether mail waits. A gate that is shut wakes nobody. */
export async function pendingOf(
  { orm, t }: Db,
  ticketId: number,
): Promise<{ connectionIds: number[]; mail: boolean }> {
  const [rows, mails] = await orm.batch([
    orm
      .selectDistinct({ id: outbox.connectionId })
      .from(outbox)
      .innerJoin(
        connection,
        and(
          eq(connection.t, outbox.t),
          eq(connection.id, outbox.connectionId),
          eq(connection.state, 'live'),
        ),
      )
      .where(and(eq(outbox.t, t), eq(outbox.ticketId, ticketId), isNotNull(outbox.nextAt))),
    orm
      .select({ uid: mailOut.uid })
      .from(mailOut)
      .where(and(eq(mailOut.t, t), eq(mailOut.ticketId, ticketId), isNotNull(mailOut.nextAt)))
      .limit(1),
  ])
  return { connectionIds: rows.map(({ id }) => id), mail: mails.length > 0 }
}

/** What no later message waits for: what is parked, and files that follow. */
const aside = or(eq(outbox.state, 'parked'), eq(outbox.kind, 'file'))

/** The most an alarm sends: each is a Worker call, of which a request may make 32 (protocol.md §9). */
const MOST_AT_ONCE = 24

/**
 * What a courier may send now: of each link its oldest open message if that is due, else one that is parked and due. A link whose
 * ticket is still being made at the partner has only its create. `soonest` is when anything of the connection is due again; a suspended desk sends nothing (F31).
 */
export async function headsOf({ orm, t }: Db, connectionId: number) {
  const now = seams.now()
  const open = and(eq(outbox.t, t), eq(outbox.connectionId, connectionId), isNotNull(outbox.nextAt))
  const [[to], heads, parked, [soonest], [desk]] = await orm.batch([
    orm
      .select()
      .from(connection)
      .where(and(eq(connection.t, t), eq(connection.id, connectionId))),
    orm
      .select({
        ticketId: outbox.ticketId,
        actionId: sql<number>`min(${outbox.actionId})`.as('head_action'),
        connectionId: outbox.connectionId,
        uid: outbox.uid,
        attempts: outbox.attempts,
        reason: outbox.reason,
        lastStatus: outbox.lastStatus,
        linkUid: sql<string>`${link.uid}`.as('head_link'),
        kind: outbox.kind,
        hasFiles: sql<number>`${outbox.files} is not null`.as('has_files'),
        linkState: sql<(typeof link.$inferSelect)['state']>`${link.state}`.as('link_state'),
        nextAt: outbox.nextAt,
      })
      .from(outbox)
      .innerJoin(link, and(eq(link.t, outbox.t), eq(link.id, outbox.linkId)))
      .where(and(open, eq(outbox.state, 'pending'), ne(outbox.kind, 'file')))
      .groupBy(outbox.linkId)
      .having(
        and(
          lte(outbox.nextAt, now),
          sql`(${link.state} <> 'creating' or ${outbox.kind} = 'create')`,
        ),
      )
      .orderBy(asc(outbox.nextAt))
      .limit(MOST_AT_ONCE),
    orm
      .select({
        ticketId: outbox.ticketId,
        actionId: outbox.actionId,
        connectionId: outbox.connectionId,
        uid: outbox.uid,
        attempts: outbox.attempts,
        reason: outbox.reason,
        lastStatus: outbox.lastStatus,
        linkUid: sql<string>`${link.uid}`.as('head_link'),
        kind: outbox.kind,
        hasFiles: sql<number>`${outbox.files} is not null`.as('has_files'),
      })
      .from(outbox)
      .innerJoin(link, and(eq(link.t, outbox.t), eq(link.id, outbox.linkId)))
      .where(and(open, aside, lte(outbox.nextAt, now)))
      .limit(MOST_AT_ONCE),
    orm
      .select({ at: sql<number | null>`min(${outbox.nextAt})`.as('soonest') })
      .from(outbox)
      .where(open),
    orm.select({ state: instance.state }).from(instance).where(eq(instance.no, t)),
  ])
  const busy = new Set(heads.map(({ linkUid }) => linkUid))
  return {
    to,
    heads: [
      ...heads,
      ...parked.filter(({ kind, linkUid }) => kind === 'file' || !busy.has(linkUid)),
    ].slice(0, MOST_AT_ONCE),
    soonest: soonest?.at ?? null,
    suspended: desk?.state !== 'active',
  }
}

const Due = z.tuple([z.object({ at: z.number().nullable() })])

/**
 * When something of a connection may be sent next: of each link what stands first decides. What waits behind it is due all the time,
 * and would wake the courier all the time.
 */
export async function nextDue({ orm, t }: Db, connectionId: number): Promise<number | null> {
  const [{ at }] = Due.parse(
    await orm.all(sql`select min(next_at) as at from (
      select next_at, min(action_id) from outbox where t = ${t} and connection_id = ${connectionId} and next_at is not null and state = 'pending' and kind <> 'file' group by link_id
      union all
      select next_at, action_id from outbox where t = ${t} and connection_id = ${connectionId} and next_at is not null and (state = 'parked' or kind = 'file'))`),
  )
  return at
}

/** Gives a message that its saver could not send at once back to the queue. */
export const release = (
  { orm, t }: Db,
  row: { ticketId: number; actionId: number; connectionId: number; uid: string },
) =>
  orm
    .update(outbox)
    .set({ attempts: 0, nextAt: seams.now() })
    .where(
      and(
        eq(outbox.t, t),
        eq(outbox.ticketId, row.ticketId),
        eq(outbox.actionId, row.actionId),
        eq(outbox.connectionId, row.connectionId),
        eq(outbox.uid, row.uid),
        eq(outbox.attempts, 1),
        eq(outbox.state, 'pending'),
      ),
    )

/** Rows behind a create that has failed wait for a person, not for the clock. */
export const putOff = ({ orm, t }: Db, connectionId: number, until: number) =>
  orm
    .update(outbox)
    .set({ nextAt: until, reason: 'waits_for_create' })
    .where(
      and(
        eq(outbox.t, t),
        eq(outbox.connectionId, connectionId),
        isNotNull(outbox.nextAt),
        eq(outbox.state, 'pending'),
        lte(outbox.nextAt, seams.now()),
        eq(outbox.kind, 'action'),
        inArray(
          outbox.linkId,
          orm
            .select({ id: link.id })
            .from(link)
            .where(
              and(eq(link.t, t), eq(link.connectionId, connectionId), eq(link.state, 'creating')),
            ),
        ),
      ),
    )
