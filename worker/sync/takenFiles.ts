import { and, eq, gte, sql, type SQL } from 'drizzle-orm'
import { attachment, missingFile } from '../../db/schema'
import { claimFiles, type Attachment } from '../desk/attachments'
import { cleanFilename } from '../desk/sniff'
import { when, type Db } from '../platform/database'
import { once } from '../platform/once'
import { Problem } from '../platform/problem'
import type { Message, NamedFile } from './message'
import { stagedBy } from './staging'

/** The rows of the files that a message names, for the batch that it is decided by. */
export const namedQuery = (db: Db, { files }: Message) =>
  when(files.length > 0, () => rowsOf(db, JSON.stringify(files.map(({ uid }) => uid))))

const rowsOf = once(({ orm, t }: Db, uids: string) =>
  orm
    .select()
    .from(attachment)
    .where(
      and(eq(attachment.t, t), sql`${attachment.uid} in (select value from json_each(${uids}))`),
    ),
)

/** What a taken message does to files: which it takes, and which it names that are not here. */
export interface TakenFiles {
  take: Attachment[]
  missing: (NamedFile & { missing: 'follows' | 'refused' })[]
}

/**
 * Decides which of the named files the message takes: those that its sender staged for its link. Pure. Throws UNKNOWN_STAGED with the
 * uids of those that must be staged again; VALIDATION. One that was said to follow is taken where it has come in the meantime.
 */
export function takenFiles(
  rows: readonly Attachment[],
  { files, baton }: Message,
  partnerTenant: string,
): TakenFiles {
  const here = (uid: string) =>
    rows.find(
      (row) =>
        row.uid === uid &&
        row.byActor === stagedBy(partnerTenant) &&
        row.stagedFor === baton.link &&
        row.actionId === null &&
        row.deletedAt === null &&
        row.sweepAt !== 0,
    )
  if (new Set(files.map(({ uid }) => uid)).size < files.length)
    throw Problem.field('attachments', 'names a file twice')
  const unknown = files.filter(({ uid, missing }) => !missing && !here(uid)).map(({ uid }) => uid)
  if (unknown.length > 0)
    throw new Problem('UNKNOWN_STAGED', { baton: { v: 1, uid: baton.uid, uids: unknown } })
  return {
    take: files.flatMap(({ uid }) => here(uid) ?? []),
    missing: files.flatMap((file) =>
      file.missing && !here(file.uid) ? [{ ...file, missing: file.missing }] : [],
    ),
  }
}

/** The statements that put them on the action, in its batch; what is missing is remembered, so that it is attached as it arrives. */
export const takeFiles = (
  db: Db,
  { take, missing }: TakenFiles,
  partnerTenant: string,
  ticketId: number | SQL<number>,
  actionId: number,
) => [
  ...claimFiles(db, take, ticketId, actionId),
  ...missing.map((file) =>
    db.orm
      .insert(missingFile)
      .values({
        t: db.t,
        uid: file.uid,
        partnerTenant,
        ticketId: sql`${ticketId}`,
        actionId,
        filename: cleanFilename(file.filename, file.type),
        size: file.size,
        cid: file.cid ?? null,
        missing: file.missing,
      })
      .onConflictDoNothing(),
  ),
]

export type MissingFile = typeof missingFile.$inferSelect

/** The files that a ticket's actions named and that are not here; `fromAction` bounds it to those of a page. */
export const missingQuery = once(({ orm, t }: Db, ticketId: number, fromAction: number) =>
  orm
    .select()
    .from(missingFile)
    .where(
      and(
        eq(missingFile.t, t),
        eq(missingFile.ticketId, ticketId),
        gte(missingFile.actionId, fromAction),
      ),
    ),
)
