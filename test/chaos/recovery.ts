import { setTimeout as sleep } from 'node:timers/promises'
import type { Books } from './books.ts'
import type { Deployment } from './deployment.ts'

const LOOK_EVERY_MS = 250
/** All that is open must have left so long after the restart (Q9), and mail as well: a claim on a mail ends after 60 s. */
export const WITHIN_MS = 60_000
const MAIL_WITHIN_MS = 75_000

/** What a restart was followed by, while nobody asked anything of anybody. */
export interface Recovery {
  /** How long each deployment took to be ready. */
  readyMs: number[]
  /** Messages that were open when all were ready again, and those that still were a minute later. */
  waiting: number
  late: number
  /** When the last of them had left. */
  tookMs: number
  mailsLate: number
}

/** Starts what is down and looks into the databases, beside the desks, until nothing is open. */
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
  const waiting = open().messages
  let tookMs = 0
  let late = 0
  for (;;) {
    const { messages, mails } = open()
    const sinceMs = performance.now() - began
    if (messages > 0) tookMs = sinceMs
    if (sinceMs <= WITHIN_MS) late = messages
    const settled = messages === 0 && mails === 0
    if (settled || sinceMs > MAIL_WITHIN_MS)
      return { readyMs, waiting, late, tookMs, mailsLate: mails }
    await sleep(LOOK_EVERY_MS)
  }
}
