import type { outbox } from '../../db/schema'
import { filesOut, type FileOut } from './outgoingFiles'
import { fixOf, isReason, wordsOf } from './reasons'
import type { MissingFile } from './takenFiles'

/**
 * What became of a file at a partner. `sent`: it is there. `waiting`: it goes with its message. `follows`: the message is there, the file
 * comes by itself. `refused`: the partner does not want it, or gave up on. `stays`: it was never to travel. `unsent`: its message was not
 * taken.
 */
export interface FileFate {
  uid: string
  filename: string
  state: 'sent' | 'waiting' | 'follows' | 'refused' | 'stays' | 'unsent'
  reason: string | null
  fix: string | null
}

type Row = Pick<typeof outbox.$inferSelect, 'uid' | 'state' | 'error' | 'files'>

/** The files of a message with what became of each; those that follow have rows of their own. */
export const fatesOf = (message: Row, following: readonly Row[]): FileFate[] =>
  filesOut(message.files).map((file) => ({
    uid: file.uid,
    filename: file.filename,
    ...fateOf(
      file,
      message.state,
      following.find(({ uid }) => uid === file.uid),
    ),
  }))

function fateOf(
  { state, why }: FileOut,
  message: Row['state'],
  own: Row | undefined,
): Pick<FileFate, 'state' | 'reason' | 'fix'> {
  const said = (words: string | null) => ({ reason: words, fix: null })
  if (state === 'stays')
    return isReason(why)
      ? { state, reason: wordsOf(why), fix: fixOf(why) }
      : { state, ...said(why) }
  if (own) {
    if (own.state === 'synced') return { state: 'sent', ...said(null) }
    if (own.state === 'pending') return { state: 'follows', ...said(own.error ?? why) }
    return {
      state: 'refused',
      reason: own.error ?? why,
      fix: 'Retry sends it again, or send it in another way.',
    }
  }
  if (state === 'refused') return { state, ...said(why) }
  switch (message) {
    case 'synced':
      return { state: state === 'follows' ? 'follows' : 'sent', ...said(null) }
    case 'pending':
    case 'parked':
      return { state: 'waiting', ...said(why) }
    default:
      return { state: 'unsent', ...said(null) }
  }
}

/** Files that an action of a partner's named and that are not here. */
export const missingFates = (missing: readonly MissingFile[]): FileFate[] =>
  missing.map(({ uid, filename, missing: state }) => ({
    uid,
    filename,
    state,
    reason:
      state === 'follows'
        ? 'The partner’s desk sends it as soon as it can.'
        : 'It could not be sent here.',
    fix: null,
  }))
