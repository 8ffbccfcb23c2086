import { limits } from './limits'
import { log } from './log'
import { Problem } from './problem'
import { seams } from './seams'

/**
 * What the database says of a row or of itself that is too large, in our words (F35), and what it or an object says that has too much to
 * do: whoever asked waits, since asking at once makes it worse (F33, F34). Undefined for anything else.
 */
export function tooMuchFor(error: unknown): Problem | undefined {
  const words = error instanceof Error ? error.message : ''
  const isMarked = error instanceof Error && 'overloaded' in error && error.overloaded === true
  if (isMarked || /\boverloaded\b|queued for too long/i.test(words))
    return new Problem('OVERLOADED', { retryAfterS: 1 + Math.round(seams.random() * 4) })
  if (/SQLITE_TOOBIG|string or blob too big/i.test(words))
    return new Problem('TOO_LARGE', {
      message: `That comes to more than ${limits.rowBytes / 1_000_000} MB in one row`,
    })
  if (/SQLITE_FULL|database or disk is full|maximum (DB|database) size/i.test(words))
    return new Problem('DATABASE_FULL')
  return undefined
}

const WARN_SHARE = 0.8
const AGAIN_MS = 60 * 60_000
let warnedAt = -Infinity

/** Notes how large the database is, and tells the operator once an hour when it is nearly full (F35). */
export function noteSize(bytes: number): void {
  const share = bytes / limits.databaseBytes
  if (share < WARN_SHARE || seams.now() - warnedAt < AGAIN_MS) return
  warnedAt = seams.now()
  log('error', { what: `the database is ${Math.round(share * 100)} % full` })
}
