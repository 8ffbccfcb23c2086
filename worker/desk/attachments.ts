import { and, asc, eq, exists, inArray, isNull, or, sql, type SQL } from 'drizzle-orm'
import { action, attachment, ticket } from '../../db/schema'
import { actorOf, isStaff, type EndUser, type Staff } from '../auth/principal'
import { idOf, nextId } from '../platform/counter'
import { found, runBatch, when, type Db } from '../platform/database'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { fileKey, type StoredFile } from './files'

export type Attachment = typeof attachment.$inferSelect
type Who = Staff | EndUser

/**
 * What a caller may see: agents all files of the desk, an end user those on public entries of their own tickets and what they stored
 * themselves and have not used yet (T10).
 */
function visibleTo({ orm, t }: Db, who: Who): SQL | undefined {
  const there = and(eq(attachment.t, t), isNull(attachment.deletedAt))
  if (isStaff(who)) return there
  const onPublicEntry = exists(
    orm
      .select({ one: sql`1` })
      .from(action)
      .innerJoin(ticket, and(eq(ticket.t, action.t), eq(ticket.id, action.ticketId)))
      .where(
        and(
          eq(action.t, t),
          eq(action.ticketId, attachment.ticketId),
          eq(action.id, attachment.actionId),
          eq(action.hidden, false),
          eq(ticket.personId, who.personId),
          isNull(ticket.deletedAt),
        ),
      ),
  )
  return and(
    there,
    or(onPublicEntry, and(eq(attachment.byActor, actorOf(who)), isNull(attachment.actionId))),
  )
}

/** One file that the caller may see. Throws NOT_FOUND, alike for what is not there and what is not theirs. */
export async function findAttachment(db: Db, who: Who, id: number): Promise<Attachment> {
  const [row] = await db.orm
    .select()
    .from(attachment)
    .where(and(visibleTo(db, who), eq(attachment.id, id)))
  return found(row)
}

export interface AttachmentFilter {
  ticketId?: number | undefined
  actionId?: number | undefined
}

/** The files of a ticket or of one entry, oldest first; without a ticket those that the caller stored and has not used yet. */
export async function findAttachments(
  db: Db,
  who: Who,
  filter: AttachmentFilter,
  page: { limit: number; offset: number },
) {
  const wanted = and(
    visibleTo(db, who),
    filter.ticketId === undefined
      ? and(isNull(attachment.ticketId), eq(attachment.byActor, actorOf(who)))
      : eq(attachment.ticketId, filter.ticketId),
    filter.actionId === undefined ? undefined : eq(attachment.actionId, filter.actionId),
  )
  const [rows, [count]] = await db.orm.batch([
    db.orm
      .select()
      .from(attachment)
      .where(wanted)
      .orderBy(asc(attachment.id))
      .limit(page.limit)
      .offset(page.offset),
    db.orm
      .select({ n: sql<number>`count(*)`.as('n') })
      .from(attachment)
      .where(wanted),
  ])
  return { rows, total: count?.n ?? 0 }
}

/** Where a file is to stand: loose, on a ticket, or on an entry that is there already. */
export interface Place {
  ticketId?: number | undefined
  actionId?: number | undefined
}

/**
 * Checks before any byte is stored that the caller may put a file there. An end user names own tickets only and no entry. Throws
 * VALIDATION on `ticket_id` or `action_id`, alike for unknown and foreign numbers.
 */
export async function checkPlaces(db: Db, who: Who, places: readonly Place[]): Promise<void> {
  const ticketIds = [...new Set(places.flatMap(({ ticketId }) => ticketId ?? []))]
  if (places.some(({ ticketId, actionId }) => actionId !== undefined && ticketId === undefined))
    throw new Problem('TICKET_ID_NEEDED', {
      fields: { ticket_id: 'An action must be associated with a ticket_id' },
    })
  if (ticketIds.length === 0) return
  const { orm, t } = db
  const actionIds = places.flatMap(({ actionId }) => actionId ?? [])
  const [tickets, actions] = await orm.batch([
    orm
      .select({ id: ticket.id })
      .from(ticket)
      .where(
        and(
          eq(ticket.t, t),
          inArray(ticket.id, ticketIds),
          isNull(ticket.deletedAt),
          isStaff(who) ? undefined : eq(ticket.personId, who.personId),
        ),
      ),
    orm
      .select({ ticketId: action.ticketId, id: action.id })
      .from(action)
      .where(
        and(
          eq(action.t, t),
          inArray(action.ticketId, ticketIds),
          actionIds.length > 0 && isStaff(who) ? inArray(action.id, actionIds) : sql`0`,
        ),
      ),
  ])
  for (const { ticketId, actionId } of places) {
    if (ticketId !== undefined && !tickets.some(({ id }) => id === ticketId))
      throw Problem.field('ticket_id', 'there is no ticket of that number')
    if (
      actionId !== undefined &&
      !actions.some((one) => one.ticketId === ticketId && one.id === actionId)
    )
      throw Problem.field('action_id', 'there is no action of that number')
  }
}

/** The statements that write rows for stored files, for one batch. `place` may hold the number that the batch draws for a new ticket. */
export function insertFiles(
  db: Db,
  files: readonly StoredFile[],
  byActor: string,
  place: (at: number) => { ticketId: number | SQL | null; actionId: number | SQL | null },
) {
  if (files.length === 0) return []
  const createdAt = seams.now()
  return [
    nextId(db, 'attachment', files.length),
    ...files.map((file, at) =>
      db.orm
        .insert(attachment)
        .values({
          ...file,
          ...place(at),
          t: db.t,
          id: idOf(db, 'attachment', files.length - 1 - at),
          byActor,
          createdAt,
        })
        .returning(),
    ),
  ]
}

/** Writes the rows of files just stored; their objects stand already. */
export async function addAttachments(
  db: Db,
  who: Who,
  files: readonly StoredFile[],
  places: readonly Place[],
): Promise<Attachment[]> {
  await runBatch(
    db,
    insertFiles(db, files, actorOf(who), (at) => ({
      ticketId: places[at]?.ticketId ?? null,
      actionId: places[at]?.actionId ?? null,
    })),
  )
  const uids = files.map(({ uid }) => uid)
  const rows = await db.orm
    .select()
    .from(attachment)
    .where(and(eq(attachment.t, db.t), inArray(attachment.uid, uids)))
    .orderBy(asc(attachment.id))
  return rows
}

/**
 * Takes a file away. Agents any, an end user only what they stored and have not used. The bytes stay until the sweep: a message that is
 * on its way may still need them. Throws NOT_FOUND.
 */
export async function removeAttachment(db: Db, who: Who, id: number): Promise<Attachment> {
  const own = isStaff(who)
    ? undefined
    : and(eq(attachment.byActor, actorOf(who)), isNull(attachment.actionId))
  const [row] = await db.orm
    .update(attachment)
    .set({ deletedAt: seams.now() })
    .where(and(eq(attachment.t, db.t), eq(attachment.id, id), isNull(attachment.deletedAt), own))
    .returning()
  return found(row)
}

/** The bytes of a file. Throws NOT_FOUND where the store has none. */
export const openFile = async (
  env: Pick<Env, 'FILES'>,
  tenantId: string,
  uid: string,
): Promise<R2ObjectBody> => found(await env.FILES.get(fileKey(tenantId, uid)))

/** The rows of the files that an action names, for the batch that it is decided by. */
export const filesWanted = ({ orm, t }: Db, ids: readonly number[]) =>
  when(ids.length > 0, () =>
    orm
      .select()
      .from(attachment)
      .where(
        and(eq(attachment.t, t), inArray(attachment.id, [...ids]), isNull(attachment.deletedAt)),
      ),
  )

/**
 * The files that an action takes, in the order it names them. Each must have been stored by the same actor, and be loose or on this
 * ticket without an entry. Throws VALIDATION on `attachments`, alike for unknown and foreign numbers.
 */
export function filesNamed(
  rows: readonly Attachment[],
  ids: readonly number[],
  byActor: string,
  ticketId: number | null,
): Attachment[] {
  const named = [...new Set(ids)]
  if (named.length > limits.filesPerAction)
    throw Problem.field('attachments', `at most ${limits.filesPerAction} files with one action`)
  return named.map((id) => {
    const row = rows.find((one) => one.id === id)
    const free =
      row &&
      row.byActor === byActor &&
      row.actionId === null &&
      (row.ticketId === null || row.ticketId === ticketId)
    if (!free) throw Problem.field('attachments', `there is no file ${id} that could be added`)
    return row
  })
}

/** The statements that put the files on the action, in its batch. A file that another action took meanwhile stays there. */
export const claimFiles = (
  { orm, t }: Db,
  files: readonly Pick<Attachment, 'id'>[],
  ticketId: number | SQL<number>,
  actionId: number,
) =>
  files.length === 0
    ? []
    : [
        orm
          .update(attachment)
          .set({ ticketId: typeof ticketId === 'number' ? ticketId : sql`${ticketId}`, actionId })
          .where(
            and(
              eq(attachment.t, t),
              inArray(
                attachment.id,
                files.map(({ id }) => id),
              ),
              isNull(attachment.actionId),
              isNull(attachment.deletedAt),
            ),
          ),
      ]
