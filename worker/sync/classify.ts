import type { Answer } from './partnerFetch'
import { objectOf } from './partnerToken'
import { Position, Taken } from './message'

/** What an answer to a message means (protocol.md §4). Not exceptions: each arm is an outcome that somebody must handle. */
export type Verdict =
  | { kind: 'synced'; taken: Taken }
  | { kind: 'synced_halo'; id: number; ticketId: number | null }
  /** A file that followed its message is there. */
  | { kind: 'staged' }
  /** The partner does not have these files of the message any more. */
  | { kind: 'unknown_staged'; uids: string[]; words: string }
  | { kind: 'failed'; words: string; fix: string | null; have: Position | null }
  | { kind: 'skipped'; words: string; fix: string | null }
  | { kind: 'gap'; have: Position }
  | { kind: 'gone'; words: string }
  | { kind: 'link_unknown'; words: string }
  | { kind: 'unauthorized'; words: string }
  /** Of a partner without memory: whether it has this cannot be known (R10). */
  | { kind: 'unknown'; words: string }
  /** Of the same: it is too soon to tell. Does not count. */
  | { kind: 'wait'; words: string }
  /** Counts towards parked, dead and the breaker. */
  | { kind: 'retry'; words: string; retryAfterMs: number | null }
  /** The partner asks us to wait, for the whole connection; does not count. */
  | { kind: 'hold'; words: string; retryAfterMs: number | null }

const FINAL = new Set([400, 403, 413, 422])

/** What was sent, as far as an answer must be about it. */
export interface Sent {
  uid: string
  linkUid: string
  /** The partner's number of the ticket; null for a create. */
  ticketId: number | null
}

/** Only what we understand is final: a refusal in Baton's or Halo's form. A firewall's page, a redirect, garbage are tried again (R6). Pure. */
export function classify(answer: Answer, sent: Sent, dialect: 'baton' | 'halo'): Verdict {
  if ('error' in answer) return { kind: 'retry', words: answer.error, retryAfterMs: null }
  const { status, retryAfterMs } = answer
  const body = objectOf(answer.json)
  const refusal = refusalOf(answer.json)
  if (status === 200 || status === 201) return taken(answer.json, sent, dialect)
  if (status === 401)
    return {
      kind: 'unauthorized',
      words: refusal?.words ?? 'The partner does not accept our token',
    }
  if (
    status === 429 ||
    (status === 503 && body['error'] === 'PAUSED') ||
    (status === 403 && body['error'] === 'SUSPENDED')
  ) {
    return { kind: 'hold', words: refusal?.words ?? 'The partner asks us to wait', retryAfterMs }
  }
  if (!refusal) return { kind: 'retry', words: strange(answer), retryAfterMs }
  switch (body['error']) {
    case 'ACTION_NOT_MAPPED':
      return { kind: 'skipped', words: refusal.words, fix: refusal.fix }
    case 'GAP': {
      const have = Position.safeParse(objectOf(body['baton'])['have'])
      return have.success
        ? { kind: 'gap', have: have.data }
        : { kind: 'retry', words: refusal.words, retryAfterMs }
    }
    case 'UNKNOWN_STAGED': {
      const uids = objectOf(body['baton'])['uids']
      const named = Array.isArray(uids) ? uids.filter((uid) => typeof uid === 'string') : []
      return { kind: 'unknown_staged', uids: named, words: refusal.words }
    }
    case 'TICKET_GONE':
      return { kind: 'gone', words: refusal.words }
    case 'LINK_UNKNOWN':
      return { kind: 'link_unknown', words: refusal.words }
    case 'TWIN_EXISTS':
    case 'CONTENT_MISMATCH':
      return { kind: 'failed', ...refusal, have: null }
  }
  if (!FINAL.has(status)) return { kind: 'retry', words: refusal.words, retryAfterMs }
  const have = Position.safeParse(objectOf(body['baton'])['have'])
  return { kind: 'failed', ...refusal, have: have.success ? have.data : null }
}

/** A refusal in the one shape, or in one of Halo's (halo-api.md §5); null for anything else. */
export function refusalOf(json: unknown): { words: string; fix: string | null } | null {
  if (typeof json === 'string' && json !== '') return { words: json, fix: null }
  const body = objectOf(json)
  const fix = typeof body['fix'] === 'string' ? body['fix'] : null
  if (typeof body['error'] === 'string' && typeof body['message'] === 'string')
    return { words: body['message'], fix }
  if (typeof body['ClassName'] === 'string' && typeof body['Message'] === 'string')
    return { words: body['Message'], fix }
  const [field] = Object.entries(body).filter(([name]) => /^\[\d+\]\./.test(name))
  const why: unknown = field && Array.isArray(field[1]) ? field[1][0] : null
  return field && typeof why === 'string' ? { words: `${field[0]}: ${why}`, fix } : null
}

/**
 * A 2xx is success only with what success holds: our uid back, or a number from a partner that does not speak Baton; and no other link
 * or ticket than the one it was sent to.
 */
function taken(json: unknown, sent: Sent, dialect: 'baton' | 'halo'): Verdict {
  const one = Array.isArray(json) ? (json.at(-1) as unknown) : json
  if (dialect === 'halo') {
    const { id, ticket_id: ticketId } = objectOf(one)
    const number = Number(id)
    const there = Number(ticketId) || sent.ticketId
    if (Number.isInteger(number) && number > 0 && (sent.ticketId ?? there) === there)
      return { kind: 'synced_halo', id: number, ticketId: there }
  } else {
    const parsed = Taken.safeParse(one)
    if (parsed.success && isOfSent(parsed.data, sent)) return { kind: 'synced', taken: parsed.data }
  }
  return {
    kind: 'retry',
    words: 'The partner answered, but not with what it should have made',
    retryAfterMs: null,
  }
}

const isOfSent = ({ ticket_id: ticketId, baton }: Taken, sent: Sent): boolean =>
  baton.uid === sent.uid &&
  (baton.link ?? sent.linkUid) === sent.linkUid &&
  (sent.ticketId ?? ticketId) === ticketId

function strange({ status, location }: { status: number; location?: string }): string {
  if (location)
    return `The partner points to another address (${status} to ${location}); it is not followed. Check its address on the connection.`
  return `The partner answered ${status} in a form that is not known`
}
