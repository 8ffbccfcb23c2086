import { setTimeout as sleep } from 'node:timers/promises'
import type { Books } from './books.ts'
import type { Deployment } from './deployment.ts'

const LOOK_EVERY_MS = 250
/** What is due must have left or be scheduled so long after the restart (Q3, Q9), and mail as well: a claim on a mail ends after 60 s. */
const WITHIN_MS = 60_000
const MAIL_WITHIN_MS = 75_000
/** A message that has just become due is not late, nor is one of many that leave at the pace a partner may be sent at. */
const JUST_DUE_MS = 1_000
const MOVES_WITHIN_MS = 3_000
const MOST_MS = 400_000

/** What a restart was followed by, while nobody asked anything of anybody. */
export interface Recovery {
  /** How long each deployment took to be ready. */
  readyMs: number[]
  /** Messages that were open when all were ready again, and those that were still due a minute later. */
  waiting: number
  late: number
  /** When the last of them was due without leaving. */
  tookMs: number
  mailsLate: number
}

/** Starts what is down and looks into the databases, beside the desks, until all that is open has left or is scheduled for later. */
export async function recovery(down: Deployment[], books: Books[]): Promise<Recovery> {
  const readyMs = await Promise.all(down.map((one) => one.start()))
  const began = performance.now()
  const open = () => {
    const rows = books.map((one) => one.open())
    return {
      messages: rows.reduce((sum, { messages }) => sum + messages, 0),
      mails: rows.reduce((sum, { mails }) => sum + mails, 0),
    }
  }
  const overdue = () => {
    const now = Date.now()
    const rows = books.map((one) => one.overdue(JUST_DUE_MS, now))
    return {
      messages: rows.reduce((sum, { messages }) => sum + messages.length, 0),
      mails: rows.reduce((sum, { mails }) => sum + mails, 0),
    }
  }
  const waiting = open().messages
  let [tookMs, late, mailsLate, fewest, movedMs] = [0, 0, 0, Infinity, 0]
  for (;;) {
    const due = overdue()
    const { messages, mails } = open()
    const sinceMs = performance.now() - began
    if (messages < fewest) [fewest, movedMs] = [messages, sinceMs]
    const moves = sinceMs - movedMs < MOVES_WITHIN_MS
    if (due.messages > 0) tookMs = sinceMs
    if (sinceMs > WITHIN_MS && !moves) late = Math.max(late, due.messages)
    if (sinceMs > MAIL_WITHIN_MS) mailsLate = Math.max(mailsLate, due.mails)
    const nothingIsDue = due.messages === 0 && due.mails === 0
    const settled = messages === 0 && mails === 0
    if (
      settled ||
      (sinceMs > WITHIN_MS && nothingIsDue) ||
      (sinceMs > MAIL_WITHIN_MS && !moves) ||
      sinceMs > MOST_MS
    )
      return { readyMs, waiting, late, tookMs, mailsLate }
    await sleep(LOOK_EVERY_MS)
  }
}

export async function until(isSo: () => boolean, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs
  while (!isSo()) {
    if (performance.now() > end) return false
    await sleep(25)
  }
  return true
}
