import { plainText } from '../desk/html'
import type { Outcome, UnderWay } from './settle'
import type { Answer } from './partnerFetch'
import type { Wire } from './wire'

/**
 * What is different with a partner that speaks Halo's API without the object `baton` (R10, protocol.md §4): it remembers no uid, so
 * each message carries a reference that people can read, by which it is found again there and known when it comes back.
 */
export const referenceOf = (message: { ticketId: number; actionId: number; uid: string }): string =>
  `Ref. ${message.ticketId}-${message.actionId}-${message.uid.slice(0, 8)}`

const REFERENCES = /Ref\. (\d{1,15})-(\d{1,15})-[0-9a-f]{8}/g

/** The actions that a text names by such references. */
export const referencesIn = (text: string): { ticketId: number; actionId: number }[] =>
  [...text.matchAll(REFERENCES)].map(([, ticketId, actionId]) => ({
    ticketId: Number(ticketId),
    actionId: Number(actionId),
  }))

/** The words of a note alone, to tell whether two are the same: without markup, spaces and references. Takes clean HTML. */
export const wordsOfNote = (html: string): string =>
  plainText(html).replace(REFERENCES, '').replace(/\s+/g, ' ').trim()

/** A message as such a partner gets it: Halo's names alone, no position, and nothing that would make it send a mail. */
export function plainBody(message: {
  kind: UnderWay['kind']
  ticketId: number
  actionId: number
  uid: string
  message: Wire
}): object[] {
  const [body = {}] = message.message.body
  const html = `${body.note_html ?? ''}<p>${referenceOf(message)}</p>`
  if (message.kind !== 'create') {
    return [
      {
        ticket_id: body.ticket_id,
        outcome_id: body.outcome_id,
        outcome: body.outcome,
        note_html: html,
      },
    ]
  }
  return [
    {
      summary: body.summary,
      details_html: html,
      tickettype_id: body.tickettype_id,
      tickettype_name: body.tickettype_name,
      client_reference: body.client_reference,
      halolink_ticketid: message.ticketId,
    },
  ]
}

/** Whether the partner may have done what it was asked although its answer does not say so. Everything else it has surely not done. */
export const mayHaveTaken = (answer: Answer): boolean =>
  'error' in answer ||
  answer.status === 408 ||
  answer.status >= 500 ||
  (answer.status >= 200 && answer.status < 300)

/** Halo itself ends a request after about a minute; what is not there after that has not been done. */
export const SETTLES_MS = 60_000

/**
 * An outcome while an earlier try may have been taken: whatever is open is looked for before it is sent again, and where it was tried
 * for three days it is not dead, nobody knows. What was understood is no longer in doubt.
 */
export function inDoubt(outcome: Outcome, now: number): Outcome {
  const { state, nextAt } = outcome
  if (state === 'dead')
    return { ...outcome, state: 'unknown', reason: 'unclear', fix: CHECK_OR_SEND }
  if (state !== 'pending' && state !== 'parked') return outcome
  return { ...outcome, reason: 'unclear', nextAt: Math.max(nextAt ?? 0, now + SETTLES_MS) }
}

export const CHECK_OR_SEND =
  'Look in the partner’s desk. Check looks for it once more and sends it only where it is missing; Send again sends it without looking.'
