import { z } from 'zod'
import type { Attachment } from '../desk/attachments'
import { nameInstead } from '../desk/pictures'
import type { NamedFile } from './message'
import type { Reason } from './reasons'

/**
 * A file of a message, as frozen when it was saved, and how far it has come. `open`: to be staged. `staged`: the partner has it.
 * `follows`: it failed too often, so the message goes without it. `refused`: the partner does not want it, or it is damaged here.
 * `stays`: it was never to travel.
 */
const FileOut = z.object({
  uid: z.string(),
  filename: z.string(),
  type: z.string(),
  size: z.number(),
  sha256: z.string(),
  cid: z.string().nullable(),
  state: z.enum(['open', 'staged', 'follows', 'refused', 'stays']),
  failures: z.number(),
  /** In the partner's words or ours; of one that stays, a code of sync/reasons. */
  why: z.string().nullable(),
})
export type FileOut = z.infer<typeof FileOut>

/** The files of a message as they are stored. */
export const filesOut = (stored: string | null): FileOut[] =>
  z.array(FileOut).parse(JSON.parse(stored ?? '[]'))

/** What of a connection decides whether files go. */
export interface FilesTo {
  syncAttachments: boolean
  dialect: 'baton' | 'halo' | null
}

/** Why files do not leave on a connection; null where they do (G64, G65). */
function staysOn({ syncAttachments, dialect }: FilesTo): Reason | null {
  if (!syncAttachments) return 'attachments_off'
  return dialect === 'halo' ? 'no_file_door' : null
}

/**
 * The files of an action for one partner, as they are stored with its message; null where it has none. That they travel is decided
 * here and once: the receiver takes a message with another list for another message (protocol.md §3). `missing` are files that are not
 * on this desk either, since its own partner could not give them yet.
 */
export function frozen(
  files: readonly Pick<Attachment, 'uid' | 'filename' | 'type' | 'size' | 'sha256' | 'cid'>[],
  to: FilesTo | null,
  missing: readonly NamedFile[] = [],
): string | null {
  if (!to || files.length + missing.length === 0) return null
  const why = staysOn(to)
  const one = (
    { uid, filename, type, size, sha256, cid }: (typeof files)[number],
    state: FileOut['state'],
    words: string | null,
  ): FileOut => ({ uid, filename, type, size, sha256, cid, state, failures: 0, why: words })
  const list = [
    ...files.map((file) => one(file, why ? 'stays' : 'open', why)),
    ...missing.map((file) =>
      one(
        { ...file, cid: file.cid ?? null },
        why ? 'stays' : file.missing === 'refused' ? 'refused' : 'follows',
        why ?? (file.missing === 'refused' ? 'It never reached this desk' : null),
      ),
    ),
  ]
  return JSON.stringify(list)
}

/** The files as the message names them. */
export const namedFiles = (files: readonly FileOut[]): NamedFile[] =>
  files
    .filter(({ state }) => state !== 'stays')
    .map(({ uid, filename, type, size, sha256, cid, state }) => ({
      uid,
      filename,
      type,
      size,
      sha256,
      ...(cid !== null && { cid }),
      ...((state === 'follows' || state === 'refused') && { missing: state }),
    }))

/** A note as it travels: where a picture stood that does not, stands its name. */
export const withoutPictures = (html: string, files: readonly FileOut[]): string =>
  nameInstead(
    html,
    files.filter(({ state }) => state === 'stays'),
  )
