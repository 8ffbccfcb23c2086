import { fault } from '../platform/fault'
import { classify, type Sent, type Verdict } from './classify'
import {
  partnerFetch,
  targetOf,
  type Answer,
  type PartnerRequest,
  type World,
} from './partnerFetch'
import { objectOf, type Credentials, type TokenKeeper } from './partnerToken'
import { measured } from './tried'

/** What a call came to: the partner's answer, or what it means that there was no token to call with. */
export type Called = { answered: ReturnType<typeof measured> } & (
  | { answer: Answer; verdict?: undefined }
  | { answer?: undefined; verdict: Verdict }
)

/**
 * Calls a partner as the connection, with one fresh token when it does not accept the first. `request` is made for each try, since a
 * stream can be read once. Throws what `request` throws.
 */
export async function withToken(
  world: World,
  keeper: TokenKeeper,
  to: Credentials,
  sent: Sent,
  request: () => Promise<PartnerRequest>,
): Promise<Called> {
  const target = targetOf(to)
  if (!target)
    return {
      verdict: { kind: 'unauthorized', words: 'The partner’s addresses are missing' },
      answered: { status: 0, ms: 0 },
    }
  for (let refused: string | undefined; ;) {
    const token = await keeper.token(world, to, refused)
    if (token.kind === 'refused')
      return {
        verdict: { kind: 'unauthorized', words: token.words },
        answered: { status: token.status, ms: 0 },
      }
    if (token.kind === 'later')
      return { verdict: withoutToken(token.answer, sent), answered: measured(token.answer) }
    FAULTS && (await fault('P5'))
    const answer = await partnerFetch(world, target, { ...(await request()), token: token.token })
    if (answer.status !== 401 || refused !== undefined)
      return { answer, answered: measured(answer) }
    refused = token.token
  }
}

/** Only a partner that is away or asks us to wait says something by this; whatever else it answers for a token is tried again. */
export function withoutToken(answer: Answer, sent: Sent): Verdict {
  const says =
    'error' in answer ||
    answer.status === 429 ||
    answer.status >= 500 ||
    // A suspended desk gives no token either; that is no refusal of ours (F31).
    (answer.status === 403 && objectOf(answer.json)['error'] === 'SUSPENDED')
  const verdict = classify(says ? answer : { ...answer, json: undefined }, sent, 'baton')
  return verdict.kind === 'unauthorized'
    ? { kind: 'retry', words: verdict.words, retryAfterMs: null }
    : verdict
}
