import type { Driver } from './driver.ts'
import type { Ending } from './ending.ts'
import { seconds, type Guarantee } from './seen.ts'
import type { Hostile } from './hostile.ts'
import type { Recovery } from './recovery.ts'

/** Twice the figure, which is meant for a machine that does nothing else: here two desks and all who work on them share it. */
const READY_WITHIN_MS = 20_000

/** Q9: after a restart a desk is ready soon, and what was open leaves within a minute although nobody asks for anything. */
export function recovered(recoveries: Recovery[]): Guarantee {
  const ready = recoveries.flatMap(({ readyMs }) => readyMs)
  const waiting = recoveries.reduce((sum, one) => sum + one.waiting, 0)
  const slowest = Math.max(...recoveries.map(({ tookMs }) => tookMs))
  return {
    name: 'Q9 late',
    of: `${waiting} messages that waited (ready in ${seconds(Math.max(...ready))}, the last was due ${seconds(slowest)} into a silence)`,
    faults: [
      ...ready
        .filter((ms) => ms > READY_WITHIN_MS)
        .map((ms) => `a desk was ready after ${seconds(ms)}`),
      ...recoveries
        .filter(({ late }) => late > 0)
        .map(({ late }) => `${late} messages were still due a minute after a restart`),
      ...recoveries
        .filter(({ mailsLate }) => mailsLate > 0)
        .map(({ mailsLate }) => `${mailsLate} mails were still due 75 s after a restart`),
      ...(waiting === 0 ? ['nothing waited for a restart, so the run proves nothing'] : []),
    ],
  }
}

/** R1: nothing that people of either desk do meets a refusal, however often it had to be repeated. */
export function answered({ book: { accepted, turnedAway, refused } }: Driver): Guarantee {
  const repeated = accepted.filter(({ tries }) => tries > 1).length
  return {
    name: 'R1 refused',
    of: `${accepted.length} requests (${repeated} repeated until they were answered, ${turnedAway.length} too late)`,
    faults: refused,
  }
}

/** Q14: no desk answers that something broke on its side, whatever is killed or put in another's place under load. */
export function unbroken({ book: { accepted }, broken }: Driver, redeploys: number): Guarantee {
  return {
    name: 'Q14 5xx',
    of: `${accepted.length} requests (${redeploys} redeploys under load)`,
    faults: broken,
  }
}

/** T21, T22: what somebody else's connection tries on Acme's tickets is refused, without a fault of ours and without a trace. */
export function crossed({ attacks, mark }: Hostile, ending: Ending): Guarantee {
  return {
    name: 'T21 crossed',
    of: `${attacks.length} attacks`,
    faults: [
      ...attacks
        .filter(({ status }) => status < 400 || status >= 500)
        .map(({ what, status, text }) => `${what} was answered ${status} ${text}`),
      ...ending.entries
        .filter(({ note_html: note }) => note.includes(mark))
        .map(({ ticket_id: ticket, id }) => `${ticket}/${id} of skyline is Mallory's`),
    ],
  }
}
