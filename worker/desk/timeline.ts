import { and, asc, desc, eq, gte, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import { action, actionBody, attachment, mailOut, ticket } from '../../db/schema'
import type { Db } from '../platform/database'
import { once } from '../platform/once'
import type { Signature } from './commit'
import type { Plan } from './decide'

/** One entry of a timeline, with all that hangs on it on this desk. */
export type Entry = Awaited<ReturnType<typeof entriesQuery>>[number]

export interface EntryFilter {
  ticketId: number
  /** One entry alone. */
  actionId?: number
  /** What the end user may see. */
  publicOnly: boolean
  withoutSystem?: boolean
  limit: number
  offset: number
}

const whereOf = (t: number, filter: EntryFilter): SQL | undefined =>
  and(
    eq(action.t, t),
    eq(action.ticketId, filter.ticketId),
    filter.actionId === undefined ? undefined : eq(action.id, filter.actionId),
    filter.publicOnly ? eq(action.hidden, false) : undefined,
    filter.withoutSystem ? sql`${action.authorKind} <> 'system'` : undefined,
  )

/** The entries of a ticket, newest first (halo-api.md §3). */
export const entriesQuery = once(({ orm, t }: Db, filter: EntryFilter) =>
  orm
    .select({
      ticketId: action.ticketId,
      id: action.id,
      uid: action.uid,
      typeId: action.typeId,
      typeName: action.typeName,
      authorKind: action.authorKind,
      authorId: action.authorId,
      authorName: action.authorName,
      connectionId: action.connectionId,
      partnerUrl: action.partnerUrl,
      remoteId: action.remoteId,
      hidden: action.hidden,
      at: action.at,
      originAt: action.originAt,
      changes: action.changes,
      noteHtml: actionBody.noteHtml,
    })
    .from(action)
    .leftJoin(
      actionBody,
      and(
        eq(actionBody.t, action.t),
        eq(actionBody.ticketId, action.ticketId),
        eq(actionBody.actionId, action.id),
      ),
    )
    .where(whereOf(t, filter))
    .orderBy(desc(action.id))
    .limit(filter.limit)
    .offset(filter.offset),
)

export const entryCountQuery = once(({ orm, t }: Db, filter: EntryFilter) =>
  orm
    .select({ n: sql<number>`count(*)`.as('n') })
    .from(action)
    .where(whereOf(t, filter)),
)

/** The ticket whose timeline is read: what decides whether the caller may see it. */
export const timelineTicketQuery = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select({ id: ticket.id, uid: ticket.uid, personId: ticket.personId })
    .from(ticket)
    .where(and(eq(ticket.t, t), eq(ticket.id, ticketId), isNull(ticket.deletedAt))),
)

/** The files on a ticket's entries; `fromAction` bounds it to those of a page. */
export const filesQuery = once(({ orm, t }: Db, ticketId: number, fromAction: number) =>
  orm
    .select()
    .from(attachment)
    .where(
      and(
        eq(attachment.t, t),
        eq(attachment.ticketId, ticketId),
        gte(attachment.actionId, fromAction),
        isNull(attachment.deletedAt),
      ),
    )
    .orderBy(asc(attachment.id)),
)

/** The mails that a ticket's entries caused. */
export const mailsQuery = once(({ orm, t }: Db, ticketId: number, actionIds?: number[]) =>
  orm
    .select()
    .from(mailOut)
    .where(
      and(
        eq(mailOut.t, t),
        eq(mailOut.ticketId, ticketId),
        actionIds ? inArray(mailOut.actionId, actionIds) : undefined,
      ),
    ),
)

/** An entry as it was just written, without reading it again. */
export const entryOfPlan = (plan: Plan, by: Signature): Entry => ({
  ticketId: plan.ticketId,
  id: plan.actionId,
  uid: by.uid,
  typeId: plan.type.id,
  typeName: plan.type.name,
  authorKind: by.kind,
  authorId: by.id,
  authorName: by.name,
  connectionId: by.from?.connectionId ?? null,
  partnerUrl: by.from?.url ?? null,
  remoteId: by.from?.remoteId ?? null,
  hidden: plan.hidden,
  at: by.at,
  originAt: by.from?.at ?? null,
  changes: plan.changes.length > 0 ? JSON.stringify(plan.changes) : null,
  noteHtml: plan.noteHtml || null,
})
