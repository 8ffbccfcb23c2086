import { z } from 'zod'
import { limits } from '../platform/limits'
import { seams } from '../platform/seams'
import { classify } from './classify'
import { referenceOf } from './haloDialect'
import { partnerFetch, type Answer, type Target, type World } from './partnerFetch'
import { measured, type Claimed, type Tried } from './tried'

/** What a partner that remembers no uid shows of a message that it may have taken. */
type Seen =
  | { kind: 'found'; id: number; ticketId: number }
  /** All was read, and it is not there. */
  | { kind: 'absent' }
  /** The partner answers, but what it shows does not settle it. */
  | { kind: 'unsure'; words: string }
  /** No usable answer now. */
  | { kind: 'later'; answer: Answer }

/** Small, since no more than `limits.partnerAnswerBytes` of an answer is read. */
const PAGE = 25
const MOST_PAGES = 20
const DAY_MS = 86_400_000

const Id = z.coerce.number().int().positive()
const Text = z.string().nullish()
const Action = z.object({
  id: Id,
  ticket_id: z.coerce.number().int().nullish(),
  note: Text,
  note_html: Text,
})
const Ticket = z.object({
  id: Id,
  summary: Text,
  client_reference: z.union([z.string(), z.number()]).nullish(),
  details: Text,
  details_html: Text,
  dateoccurred: Text,
})

/**
 * Looks for a message that a partner without memory may have taken (R10), and says what that settles: null where it may be sent again,
 * `fresh` where the token is no longer accepted.
 */
export async function settleDoubt(
  from: { world: World; target: Target; token: string; pace: () => Promise<void> },
  claimed: Claimed,
  fresh: boolean,
): Promise<Tried | 'fresh' | null> {
  const { world, target, token, pace } = from
  const began = seams.now()
  let last: Answer = { status: 0, error: 'Nothing was asked', ms: 0 }
  const get = async (path: string) => {
    // All pages together have the time of one message: the claim must not end before what follows.
    await pace()
    const deadlineMs = Math.max(began + limits.attemptMs - seams.now(), 1)
    last = await partnerFetch(world, target, { door: 'api', path, token, deadlineMs })
    return last
  }
  const seen = await (claimed.kind === 'action' ? actionOf(get, claimed) : ticketOf(get, claimed))
  const tried = { answered: measured(last), doubt: true }
  switch (seen.kind) {
    case 'found':
      return { ...tried, verdict: { kind: 'synced_halo', id: seen.id, ticketId: seen.ticketId } }
    case 'unsure':
      return { ...tried, verdict: { kind: 'unknown', words: seen.words } }
    case 'later': {
      const { answer } = seen
      const { uid, linkUid, message } = claimed
      const said = 'error' in answer ? answer : { ...answer, json: undefined }
      if (said.status === 401 && !fresh) return 'fresh'
      const verdict = classify(said, { uid, linkUid, ticketId: message.ticketId }, 'baton')
      return verdict.kind === 'unauthorized'
        ? {
            ...tried,
            verdict: { kind: 'unknown', words: 'The partner does not let us see what it has' },
          }
        : { ...tried, verdict }
    }
    case 'absent':
      // A try that was killed may still be under way there.
      return claimed.doubt?.settled
        ? null
        : {
            ...tried,
            verdict: { kind: 'wait', words: 'It is not known yet whether the partner has it' },
          }
  }
}

type Get = (path: string) => Promise<Answer>

async function actionOf(get: Get, claimed: Claimed): Promise<Seen> {
  const { ticketId } = claimed.message
  if (ticketId === null)
    return { kind: 'unsure', words: 'The partner’s number of the ticket is not known' }
  const reference = referenceOf(claimed)
  return inPages(get, `actions?ticket_id=${ticketId}`, 'actions', Action, async (row) =>
    (row.ticket_id ?? ticketId) === ticketId && holds(reference, row.note, row.note_html)
      ? { kind: 'found', id: row.id, ticketId }
      : null,
  )
}

/** Among the tickets, newest first: once they are older than the message by a day, no more need be read. */
async function ticketOf(get: Get, claimed: Claimed): Promise<Seen> {
  const reference = referenceOf(claimed)
  const [sent = {}] = claimed.message.body
  const since = (claimed.doubt?.savedAt ?? 0) - DAY_MS
  const ids: number[] = []
  return inPages(get, 'tickets?order=id&orderdesc=true', 'tickets', Ticket, async (row) => {
    ids.push(row.id)
    // Not every desk heeds the order that is asked for.
    const newestFirst = ids.length > 1 && ids.every((id, n) => n === 0 || id < (ids[n - 1] ?? 0))
    if (newestFirst && Date.parse(row.dateoccurred ?? '') < since) return { kind: 'absent' }
    if (row.summary !== sent.summary && String(row.client_reference) !== sent.client_reference)
      return null
    if (holds(reference, row.details, row.details_html))
      return { kind: 'found', id: row.id, ticketId: row.id }
    const answer = await get(`tickets/${row.id}?includedetails=true`)
    const whole = understood(answer, Ticket)
    if ('kind' in whole) return whole
    return holds(reference, whole.read.details, whole.read.details_html)
      ? { kind: 'found', id: row.id, ticketId: row.id }
      : null
  })
}

const holds = (reference: string, ...texts: (string | null | undefined)[]): boolean =>
  texts.some((text) => text?.includes(reference))

/** Reads page after page, by the switch without which Halo gives its first rows only, until `settles` says something of a row. */
async function inPages<T extends { id: number }>(
  get: Get,
  path: string,
  key: string,
  shape: z.ZodType<T>,
  settles: (row: T) => Promise<Seen | null>,
): Promise<Seen> {
  const seen = new Set<number>()
  const Page = z.object({ record_count: z.coerce.number().int().nullish(), [key]: z.array(shape) })
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await get(`${path}&pageinate=true&page_no=${page}&page_size=${PAGE}`)
    const one = understood(answer, Page)
    if ('kind' in one) return one
    const rows = z.array(shape).parse(one.read[key])
    const fresh = rows.filter(({ id }) => !seen.has(id))
    for (const row of fresh) {
      seen.add(row.id)
      const settled = await settles(row)
      if (settled) return settled
    }
    const count = Number(one.read['record_count'] ?? seen.size)
    if (rows.length < PAGE || fresh.length === 0 || seen.size >= count)
      return seen.size >= count
        ? { kind: 'absent' }
        : { kind: 'unsure', words: 'The partner does not show all that it has' }
  }
  return { kind: 'unsure', words: 'The partner has more than can be read' }
}

/** What an answer holds; a page of a firewall, a fault, silence are for later, words that we understand settle that we cannot know. */
function understood<T>(answer: Answer, shape: z.ZodType<T>): { read: T } | Seen {
  if ('error' in answer) return { kind: 'later', answer }
  const { status, json } = answer
  if (json === undefined || status === 401 || status === 429 || status >= 500)
    return { kind: 'later', answer }
  const read = status === 200 ? shape.safeParse(json) : null
  return read?.success
    ? { read: read.data }
    : {
        kind: 'unsure',
        words: `The partner does not let us see whether it has this (${status})`,
      }
}
