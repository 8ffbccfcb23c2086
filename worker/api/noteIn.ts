import { z } from 'zod'
import { addAttachments } from '../desk/attachments'
import { storeBytes, type StoredFile } from '../desk/files'
import { cleanNote, htmlOfText } from '../desk/html'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { isStaff } from '../auth/principal'
import { AttachmentIn } from './attachment'
import { actor } from './caller'
import type { At } from './declare'
import { wasTaken } from './idempotency'
import { Id } from './wire'

/** A file with an action or a ticket: one stored before, by its number, or a small one in base64. */
export const FileIn = z.union([
  z.object({ id: Id }),
  AttachmentIn.omit({ ticket_id: true, action_id: true }),
])

/** HTML wins over text; text becomes HTML, so markup in it is data (halo-api.md §2). */
export const htmlOf = (html: string | undefined, text: string | undefined): string =>
  html !== undefined && html !== '' ? html : text ? htmlOfText(text) : ''

/**
 * Stores what of a note and its files is not stored yet: files in base64, and the pictures that stand in the text. Gives the note that
 * shows them by their `cid`, and the numbers of all files; under a key that was used before nothing is stored again (R1). The bytes go first, the rows name them, the action then takes them (R9).
 */
export async function storeFiles(
  c: At,
  noteHtml: string,
  files: z.output<typeof FileIn>[],
  key: { key: string } | undefined,
): Promise<{ noteHtml: string; files: number[] }> {
  const { html, images } = noteHtml.includes('data:')
    ? cleanNote(noteHtml)
    : { html: noteHtml, images: [] }
  const named = files.flatMap((file) => ('id' in file ? [file.id] : []))
  const inline = files.flatMap((file) => ('id' in file ? [] : [file]))
  if (named.length + inline.length + images.length > limits.filesPerAction)
    throw Problem.field('attachments', `at most ${limits.filesPerAction} files with one action`)
  if (inline.length + images.length === 0) return { noteHtml: html, files: named }
  const { who, db, instance } = c.var
  if (!isStaff(who) && who.kind !== 'user') throw new Problem('FORBIDDEN')
  if (key && (await wasTaken(db, actor(c), key.key))) return { noteHtml: html, files: named }
  await db.settle()
  const stored: StoredFile[] = []
  for (const { filename, data_base64: bytes } of inline)
    stored.push(await storeBytes(c.env, instance.tenantId, { filename }, bytes))
  for (const { filename, cid, bytes } of images)
    stored.push(await storeBytes(c.env, instance.tenantId, { filename, cid }, bytes))
  const rows = await addAttachments(db, who, stored, [])
  return { noteHtml: html, files: [...named, ...rows.map(({ id }) => id)] }
}
