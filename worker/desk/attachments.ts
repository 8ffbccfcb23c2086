import {
  and,
  asc,
  eq,
  exists,
  gt,
  inArray,
  isNotNull,
  isNull,
  or,
  sql,
  type SQL,
} from 'drizzle-orm'
import { action, attachment, ticket } from '../../db/schema'
import { actorOf, isStaff, type EndUser, type Staff } from '../auth/principal'
import { idOf, nextId } from '../platform/counter'
import { found, runBatch, when, type Db } from '../platform/database'
import { limits } from '../platform/limits'
import { once } from '../platform/once'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { fileKey, verified, type StoredFile } from './files'
import { addUsage, mustHaveRoom, usageQuery } from './fileUsage'

export type Attachment = typeof attachment.$inferSelect
type Who = Staff | EndUser

/**
 * What a caller may see: agents all files of the desk, an end user those on public entries of their own tickets and what they stored
 * themselves and have not used yet (T10).
 */
function visibleTo({ orm, t }: Db, who: Who): SQL | undefined {
  const there = and(eq(attachment.t, t), isNull(attachment.deletedAt))
  // What a partner has staged is nobody's before its message is taken.
  if (isStaff(who))
    return and(there, or(isNull(attachment.stagedFor), isNotNull(attachment.actionId)))
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
 * Checks before any byte is stored that there is room for `bytes` more and that the caller may put files there. An end user names own
 * tickets only and no entry. Throws VALIDATION on `ticket_id` or `action_id`, alike for unknown and foreign numbers; STORAGE_FULL (T16).
 */
export async function checkPlaces(
  db: Db,
  who: Who,
  places: readonly Place[],
  bytes: number,
): Promise<void> {
  const ticketIds = [...new Set(places.flatMap(({ ticketId }) => ticketId ?? []))]
  if (places.some(({ ticketId, actionId }) => actionId !== undefined && ticketId === undefined))
    throw new Problem('TICKET_ID_NEEDED', {
      fields: { ticket_id: 'An action must be associated with a ticket_id' },
    })
  const { orm, t } = db
  const actionIds = places.flatMap(({ actionId }) => actionId ?? [])
  const [[used], tickets, actions] = await orm.batch([
    usageQuery(db),
    when(ticketIds.length > 0, () =>
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
    ),
    when(actionIds.length > 0 && isStaff(who), () =>
      orm
        .select({ ticketId: action.ticketId, id: action.id })
        .from(action)
        .where(
          and(eq(action.t, t), inArray(action.ticketId, ticketIds), inArray(action.id, actionIds)),
        ),
    ),
  ])
  mustHaveRoom(used?.bytes, bytes)
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

/** A file that nothing has named goes after so long: longer than a message is tried (R9). */
export const UNNAMED_MS = 4 * 86_400_000

/** The statements that write rows for stored files, for one batch. One without a ticket is loose, and goes when no action takes it. */
export function insertFiles(
  db: Db,
  files: readonly StoredFile[],
  by: { actor: string; stagedFor?: string },
  places: readonly Place[] = [],
) {
  if (files.length === 0) return []
  const createdAt = seams.now()
  return [
    nextId(db, 'attachment', files.length),
    ...files.map((file, at) => {
      const ticketId = places[at]?.ticketId ?? null
      return db.orm.insert(attachment).values({
        ...file,
        ticketId,
        actionId: places[at]?.actionId ?? null,
        t: db.t,
        id: idOf(db, 'attachment', files.length - 1 - at),
        byActor: by.actor,
        stagedFor: by.stagedFor ?? null,
        sweepAt: ticketId === null ? createdAt + UNNAMED_MS : null,
        createdAt,
      })
    }),
    addUsage(
      db,
      files.reduce((sum, { size }) => sum + size, 0),
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
  await runBatch(db, insertFiles(db, files, { actor: actorOf(who) }, places))
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
    .set({ deletedAt: seams.now(), sweepAt: seams.now() + UNNAMED_MS })
    .where(and(eq(attachment.t, db.t), eq(attachment.id, id), isNull(attachment.deletedAt), own))
    .returning()
  return found(row)
}

/** Takes back what a request stored that is refused after all, or was a repeat: the next sweep removes it, unless an action has it. */
export const discardFiles = ({ orm, t }: Db, ids: readonly number[]) =>
  orm
    .update(attachment)
    .set({ sweepAt: seams.now() })
    .where(and(eq(attachment.t, t), inArray(attachment.id, [...ids]), isNull(attachment.actionId)))

/**
 * The bytes of a file, checked as they pass. Throws DAMAGED where they are not all there; a wrong byte breaks the stream off (R9), and
 * `onDamage` tells of it.
 */
export async function openFile(
  env: Pick<Env, 'FILES'>,
  tenantId: string,
  file: Pick<Attachment, 'uid' | 'object' | 'size' | 'sha256'>,
  onDamage?: () => void,
): Promise<ReadableStream<Uint8Array>> {
  const stored = await env.FILES.get(fileKey(tenantId, file.object ?? file.uid))
  if (stored?.size === file.size) return verified(stored.body, file, onDamage)
  await stored?.body.cancel()
  throw new Problem('DAMAGED')
}

/** The rows of the files that an action names, for the batch that it is decided by. */
export const filesWanted = ({ orm, t }: Db, ids: readonly number[]) =>
  when(ids.length > 0, () =>
    orm
      .select()
      .from(attachment)
      .where(
        and(
          eq(attachment.t, t),
          inArray(attachment.id, [...ids]),
          isNull(attachment.deletedAt),
          notGoing,
        ),
      ),
  )

/** The pictures inside a ticket's details: a text that quotes the details shows them too. */
export const picturesQuery = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select()
    .from(attachment)
    .where(
      and(
        eq(attachment.t, t),
        eq(attachment.ticketId, ticketId),
        eq(attachment.actionId, 1),
        isNotNull(attachment.cid),
        isNull(attachment.deletedAt),
      ),
    ),
)

/** Not under the sweep already. */
export const notGoing = or(isNull(attachment.sweepAt), gt(attachment.sweepAt, 0))

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

/**
 * The statements that put files on an action, in its batch; the action stands before them. Where one of them is not to be had any more,
 * taken by another action or by the sweep, the whole batch fails (`isFileGone`): an action never stands without a file it names (F37).
 */
export const claimFiles = (
  { orm, t }: Db,
  files: readonly Pick<Attachment, 'uid'>[],
  ticketId: number | SQL<number>,
  actionId: number,
) => {
  if (files.length === 0) return []
  const named = sql`(select value from json_each(${JSON.stringify(files.map(({ uid }) => uid))}))`
  const held = sql`(select count(*) from ${attachment} where ${attachment.t} = ${t} and ${attachment.uid} in ${named} and ${attachment.ticketId} = ${ticketId} and ${attachment.actionId} = ${actionId})`
  return [
    orm
      .update(attachment)
      .set({ ticketId: sql`${ticketId}`, actionId, sweepAt: null })
      .where(
        and(
          eq(attachment.t, t),
          sql`${attachment.uid} in ${named}`,
          isNull(attachment.actionId),
          isNull(attachment.deletedAt),
          notGoing,
        ),
      ),
    orm
      .update(action)
      .set({
        typeName: sql`case when ${held} = ${files.length} then ${action.typeName} else null end`,
      })
      .where(and(eq(action.t, t), eq(action.ticketId, sql`${ticketId}`), eq(action.id, actionId))),
  ]
}

/** Whether a batch failed because a file that it claims was not to be had. */
export function isFileGone(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (/NOT NULL constraint failed: action\.type_name/.test(at.message)) return true
  return false
}
