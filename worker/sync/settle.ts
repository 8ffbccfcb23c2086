import type { outbox } from '../../db/schema'
import { backoff } from '../platform/backoff'
import type { Verdict } from './classify'
import { CHECK_OR_SEND, SETTLES_MS } from './haloDialect'
import type { Part, Position } from './message'

/** A message under way, as far as its fate is concerned. `attempts` is the claim: only while it is still so may a result be written. */
export interface UnderWay {
  ticketId: number
  actionId: number
  connectionId: number
  uid: string
  linkUid: string
  kind: 'create' | 'action' | 'file'
  /** The position it was sent with. */
  prev: Position
  attempts: number
  failures: number
  /** How many times in a row the partner answered GAP to it. */
  gaps?: number
  /** Of the connection: whose credentials and whose setting a refusal concerns. */
  profile: 'customer' | 'supplier'
  /** Another link of the connection got an answer while this one failed: so it is this message, not the partner (R7). */
  othersPass: boolean
}

type State = (typeof outbox.$inferSelect)['state']

export interface Outcome {
  state: State
  nextAt: number | null
  failures: number
  reason: string | null
  error: string | null
  fix: string | null
  remoteId: number | null
  remoteTicketId: number | null
  remoteUrl: string | null
  parts: string | null
  /** The whole connection waits, or is broken. */
  hold: { until: number } | null
  gap: boolean
  broken: string | null
  linkState: 'live' | 'broken' | 'gone' | null
  /** Where the partner is now, when that is right behind where it was. */
  position: Position | null
  clock: number
  remoteTicketUid: string | null
}

/** After so many failures a message that fails alone lets the others pass (R7). */
const PARK_AFTER = 5
const HOUR_MS = 3_600_000
const HOLD_MS = 30_000
const LONGEST_HOLD_MS = 600_000
const SETTLED_GAPS = 3

/** What an answer makes of a message (protocol.md §4). Pure: time and chance are handed in. */
export function outcomeOf(verdict: Verdict, row: UnderWay, now: number, random: number): Outcome {
  const none = {
    nextAt: null,
    failures: row.failures,
    reason: null,
    error: null,
    fix: null,
    remoteId: null,
    remoteTicketId: null,
    remoteUrl: null,
    parts: null,
    hold: null,
    gap: false,
    broken: null,
    linkState: null,
    position: null,
    clock: 0,
    remoteTicketUid: null,
  }
  switch (verdict.kind) {
    case 'synced': {
      const { id, ticket_id: ticketId, baton } = verdict.taken
      return {
        ...none,
        state: 'synced',
        remoteId: row.kind === 'create' ? 1 : id,
        remoteTicketId: ticketId,
        remoteUrl: baton.url ?? null,
        parts: JSON.stringify(baton.parts),
        linkState: row.kind === 'create' ? 'live' : null,
        position: baton.have.n === row.prev.n + 1 && baton.have.uid === row.uid ? baton.have : null,
        clock: baton.clock,
        remoteTicketUid: baton.ticket ?? null,
      }
    }
    case 'synced_halo':
      return {
        ...none,
        state: 'synced',
        remoteId: row.kind === 'create' ? 1 : verdict.id,
        remoteTicketId: row.kind === 'create' ? verdict.id : verdict.ticketId,
        linkState: row.kind === 'create' ? 'live' : null,
        parts: JSON.stringify(HALO_PARTS),
      }
    case 'staged':
      return { ...none, state: 'synced' }
    case 'failed':
      return { ...none, state: 'failed', error: failureWords(row, verdict.words), fix: verdict.fix }
    case 'skipped':
      return {
        ...none,
        state: 'skipped',
        reason: 'not_mapped',
        error: verdict.words,
        fix: verdict.fix,
      }
    case 'gone':
      return { ...none, state: 'skipped', reason: 'ticket_gone', linkState: 'gone' }
    case 'link_unknown':
      return {
        ...none,
        state: 'failed',
        error: failureWords(row, verdict.words),
        fix: 'Send the ticket to the supplier again, or unlink it.',
        linkState: 'broken',
      }
    case 'unknown_staged':
    case 'gap': {
      // What the answer names settles it, so it is no failure; one that comes back again and again is.
      if ((row.gaps ?? 0) < SETTLED_GAPS)
        return { ...none, state: 'pending', nextAt: now, gap: true }
      const words =
        verdict.kind === 'gap' ? 'The partner names another position at every try' : verdict.words
      const again = { kind: 'retry' as const, words, retryAfterMs: null }
      return { ...retryOf(none, again, row, now, random), gap: true }
    }
    case 'unknown':
      return {
        ...none,
        state: 'unknown',
        reason: 'unclear',
        error: verdict.words,
        fix: CHECK_OR_SEND,
      }
    case 'wait':
      return { ...none, state: 'pending', nextAt: now + SETTLES_MS, error: verdict.words }
    case 'unauthorized':
      return {
        ...none,
        state: 'pending',
        nextAt: now + HOUR_MS,
        error: credentialWords(row),
        fix: `${verdict.words.replace(/\.?$/, '.')} ${CREDENTIAL_FIX[row.profile]}`,
        broken: credentialWords(row),
      }
    case 'hold': {
      const until =
        now + Math.min(Math.max(verdict.retryAfterMs ?? holdOf(row, random), 1_000), 12 * HOUR_MS)
      return { ...none, state: 'pending', nextAt: until, error: verdict.words, hold: { until } }
    }
    case 'retry':
      return retryOf(none, verdict, row, now, random)
  }
}

/** Values do not travel where no registers are understood (protocol.md §5). */
const HALO_PARTS: Part[] = [
  { part: 'Note', result: 'done' },
  {
    part: 'Status and fields',
    result: 'dropped',
    reason: 'The partner’s desk does not speak Baton, so only the note reaches it.',
  },
]

/** A partner that asks us to wait and does not say how long: longer each time, and not for all connections alike. */
function holdOf({ attempts, failures }: UnderWay, random: number): number {
  const before = Math.max(attempts - failures - 1, 0) // holds do not count as failures
  return Math.min(HOLD_MS * 2 ** Math.min(before, 10) * (1 + random / 2), LONGEST_HOLD_MS)
}

/** Whether one failure more lets the others pass. A create is a barrier: nothing of its link passes it, so it never parks. */
export const mayPark = ({ kind, failures }: Pick<UnderWay, 'kind' | 'failures'>): boolean =>
  kind === 'action' && failures + 1 >= PARK_AFTER

function retryOf(
  none: Omit<Outcome, 'state'>,
  verdict: Extract<Verdict, { kind: 'retry' }>,
  row: UnderWay,
  now: number,
  random: number,
): Outcome {
  const failures = row.failures + 1
  const wait = backoff(failures, verdict.retryAfterMs, random)
  const error = verdict.words
  if (wait === null)
    return {
      ...none,
      state: 'dead',
      failures,
      error,
      fix: 'The partner could not be reached for three days. Retry when it is back.',
    }
  if (mayPark(row) && row.othersPass)
    return {
      ...none,
      state: 'parked',
      failures,
      error,
      nextAt: now + HOUR_MS,
      fix: 'Later messages go on; this one is tried every hour. Retry tries it now.',
    }
  return { ...none, state: 'pending', failures, error, nextAt: now + wait }
}

/** The guide's words for what the partner refused (G121, G123, G128). */
function failureWords({ kind, profile }: UnderWay, words: string): string {
  if (kind === 'file') return words
  if (kind === 'create') return `Failed to log to Supplier's Instance - BadRequest - ${words}`
  return profile === 'supplier'
    ? `Failed to update ticket in Supplier's Instance - BadRequest - ${words}`
    : `Failed to update ticket in Client's Instance - BadRequest - ${words}`
}

const credentialWords = (row: UnderWay): string =>
  failureWords(row, 'This functionality is not supported')

const CREDENTIAL_FIX = {
  supplier:
    'The supplier profile here must hold the credentials that the customer profile in the connected instance shows. Open its API Access tab, enter them again and authenticate the connection.',
  customer:
    'The customer profile here must hold the credentials that the supplier profile in the connected instance shows. Open its API Access tab, enter them again and authenticate the connection.',
}
