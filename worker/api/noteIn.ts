import { z } from 'zod'
import { addAttachments, checkPlaces, discardFiles } from '../desk/attachments'
import { storeBytes, type StoredFile } from '../desk/files'
import { cleanNote, htmlOfText, WHOLE_NOTE } from '../desk/html'
import { limits } from '../platform/limits'
import type { Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { isStaff } from '../auth/principal'
import { NamedFile } from '../sync/message'
import { AttachmentIn } from './attachment'
import { actor } from './caller'
import type { At } from './declare'
import { wasTaken } from './idempotency'
import { Id } from './wire'

/** A file with an action or a ticket: one stored before, by its number, or a small one in base64; a partner's as it staged it. */
export const FileIn = z.union([
  z.object({ id: Id }),
  AttachmentIn.omit({ ticket_id: true, action_id: true }),
  NamedFile,
])

/** HTML wins over text; text becomes HTML, so markup in it is data (halo-api.md §2). */
export const htmlOf = (html: string | undefined, text: string | undefined): string =>
  html !== undefined && html !== '' ? html : text ? htmlOfText(text) : ''

/**
 * Stores what of a note and its files is not stored yet: files in base64, the pictures that stand in the text, and a note that is too long
 * to stay whole (R13). Gives the note that
 * shows them by their `cid`, the numbers of all files, and of those it stored; under a key that was used before nothing is stored again
 * (R1). The bytes go first, the rows name them, the action then takes them (R9). Throws VALIDATION, TOO_LARGE, STORAGE_FULL.
 */
export async function storeFiles(
  c: At,
  noteHtml: string,
  files: z.output<typeof FileIn>[],
  key: { key: string } | undefined,
): Promise<{ noteHtml: string; files: number[]; stored: number[] }> {
  if (files.some((file) => 'uid' in file))
    throw Problem.field('attachments', 'name a file by its id, or send it as base64')
  // Most notes are short and hold no picture; they are cleaned where they are saved.
  const { html, images, whole } =
    noteHtml.includes('data:') || noteHtml.length * 3 > limits.noteBytes
      ? cleanNote(noteHtml)
      : { html: noteHtml, images: [], whole: null }
  const named = files.flatMap((file) => ('id' in file ? [file.id] : []))
  const inline = [
    ...files.flatMap((file) =>
      'data_base64' in file ? [{ filename: file.filename, bytes: file.data_base64 }] : [],
    ),
    ...images,
    ...(whole === null
      ? []
      : [{ filename: WHOLE_NOTE, bytes: new Uint8Array(new TextEncoder().encode(whole)) }]),
  ]
  if (named.length + inline.length > limits.filesPerAction)
    throw Problem.field(
      'attachments',
      `at most ${limits.filesPerAction} files with one action, not ${named.length + inline.length}`,
    )
  if (inline.length === 0) return { noteHtml: html, files: named, stored: [] }
  const { who, db, instance } = c.var
  if (!isStaff(who) && who.kind !== 'user') throw new Problem('FORBIDDEN')
  if (key && (await wasTaken(db, actor(c), key.key)))
    return { noteHtml: html, files: named, stored: [] }
  const size = inline.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  await checkPlaces(db, who, [], size)
  const made: StoredFile[] = []
  for (const { bytes, ...file } of inline)
    made.push(await storeBytes(c.env, instance.tenantId, file, bytes))
  const stored = (await addAttachments(db, who, made, [])).map(({ id }) => id)
  return { noteHtml: html, files: [...named, ...stored], stored }
}

/** Saves what takes files that were stored for it; where it is refused, or was saved before, they go again. */
export async function taking<T extends { repeat: boolean }>(
  db: Db,
  stored: number[],
  save: () => Promise<T>,
): Promise<T> {
  let saved: T | undefined
  try {
    saved = await save()
    return saved
  } finally {
    // Whatever this misses goes four days later.
    if (stored.length > 0 && saved?.repeat !== false)
      await discardFiles(db, stored).catch(() => undefined)
  }
}
