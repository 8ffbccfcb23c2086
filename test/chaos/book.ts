import type { Answered } from './caller.ts'
import type { Slug } from './deployment.ts'
import type { History } from './history.ts'

/** What the driver needs of an action as the API shows it. */
export interface ShownAction {
  id: number
  guid: string
  ticket_id: number
  sync: { state: string; direction: 'in' | 'out' } | null
}
export interface ShownTicket {
  id: number
  links: { remote_ticket_id: number | null }[]
}

/** Something that a desk has accepted, and what must follow from it. The mark is in its text and in nothing else's. */
export interface Accepted {
  desk: Slug
  kind: 'ticket' | 'escalation' | 'action'
  outcome: string
  mark: string
  ticketId: number
  uid: string | null
  /** How many mails Acme's end user gets because of it. */
  mails: 'none' | 'one' | 'at most one'
  /** The partner may rightly refuse it, as its mapping there is not allowed at every moment. */
  mayBeRefused: boolean
  /** What goes with it: by name, the SHA-256 of the bytes. */
  files: Record<string, string>
  /** What the answer said of the delivery. */
  said: string | null
  tries: number
}

export type Entry = Omit<Accepted, 'ticketId' | 'uid' | 'tries' | 'said'>

const MARK = /mark-\d+-\d+-/

/** The mark in a text that a desk shows. */
export const markIn = (text: string): string | null => MARK.exec(text)?.[0] ?? null

/** All that was accepted, and what was refused that nothing speaks against. */
export class Book {
  readonly accepted: Accepted[] = []
  readonly refused: string[] = []
  /** Requests that were rightly turned away at the door: somebody else was faster. */
  readonly turnedAway: string[] = []
  readonly #seed: number
  readonly #history: History
  #marks = 0

  constructor(seed: number, history: History) {
    this.#seed = seed
    this.#history = history
  }

  mark(): string {
    this.#marks += 1
    return `mark-${this.#seed}-${this.#marks}-`
  }

  /** Writes down what was answered; false for a refusal. Codes in `rightly` are none of the desk's faults. */
  note(
    { status, body, tries }: Answered<ShownTicket | ShownAction>,
    entry: Entry,
    rightly: readonly string[] = [],
  ): boolean {
    this.#history.note('answered', { status, desk: entry.desk, mark: entry.mark, tries })
    if (status !== 200 && status !== 201) {
      const error = 'error' in body ? String(body.error) : ''
      if (rightly.includes(error)) this.turnedAway.push(entry.mark)
      else this.refused.push(`${entry.desk} ${entry.outcome}: ${status} ${JSON.stringify(body)}`)
      return false
    }
    const action = 'guid' in body && 'ticket_id' in body ? body : null
    this.accepted.push({
      ...entry,
      ticketId: action?.ticket_id ?? body.id,
      uid: action?.guid ?? null,
      said: action?.sync?.state ?? null,
      tries,
    })
    return true
  }
}
