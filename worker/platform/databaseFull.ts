import { limits } from './limits'
import { log } from './log'
import { Problem } from './problem'
import { seams } from './seams'

/** What the database says of a row or of itself that is too large, in our words; undefined for anything else (F35). */
export function tooMuchFor(error: unknown): Problem | undefined {
  const words = error instanceof Error ? error.message : ''
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
