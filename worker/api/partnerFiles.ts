import type { z } from 'zod'
import type { Partner } from '../auth/principal'
import { cleanNote } from '../desk/html'
import { sha256 as hashOf } from '../platform/keys'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import type { BatonIn, NamedFile } from '../sync/message'
import { stageBytes } from '../sync/staging'
import type { At } from './declare'
import type { FileIn } from './noteIn'

/**
 * The files of a partner's message: those it staged, by name, and small ones that came inside it as base64, which are staged here, so
 * that one way leads on. Pictures inside the text are taken out of it. All of it comes out the same for the same message: a repeat
 * names the same files, and its text is the same.
 */
export async function partnerFiles(
  c: At,
  who: Partner,
  baton: BatonIn,
  html: string,
  sent: z.output<typeof FileIn>[],
): Promise<{ noteHtml: string; files: NamedFile[] }> {
  if (sent.some((file) => 'id' in file))
    throw Problem.field('attachments', 'name a file by the uid it was staged under')
  const { html: lifted, images } = html.includes('data:') ? cleanNote(html) : { html, images: [] }
  const named = sent.flatMap((file) => ('uid' in file ? [file] : []))
  const inline: { filename: string; bytes: Uint8Array<ArrayBuffer>; cid?: string }[] = [
    ...sent.flatMap((file) =>
      'data_base64' in file ? [{ filename: file.filename, bytes: file.data_base64 }] : [],
    ),
    ...images,
  ]
  if (named.length + inline.length > limits.filesPerAction)
    throw Problem.field('attachments', `at most ${limits.filesPerAction} files with one action`)
  const files: NamedFile[] = [...named]
  let noteHtml = lifted
  for (const [at, { filename, bytes, cid: drawn }] of inline.entries()) {
    const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()
    const uid = await uidOf(baton.uid, at, sha256)
    const cid = drawn && uid
    if (drawn) noteHtml = noteHtml.replaceAll(`cid:${drawn}`, `cid:${uid}`)
    const size = bytes.byteLength
    await stageBytes(
      { env: c.env, db: c.var.db, instance: c.var.instance },
      who,
      { uid, linkUid: baton.link, filename, cid, size, sha256 },
      bytes,
    )
    files.push({ uid, filename, type: '', size, sha256, ...(cid && { cid }) })
  }
  return { noteHtml, files }
}

/** The uid of a file without one: of its message, its place there and its bytes. */
async function uidOf(message: string, at: number, sha256: string): Promise<string> {
  const hex = await hashOf(`${message} ${at} ${sha256}`)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}
