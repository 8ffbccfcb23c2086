import type { connection } from '../../db/schema'
import { keysOf, seal, unseal } from '../platform/keys'
import { seams } from '../platform/seams'
import { partnerFetch, targetOf, type Answer, type World } from './partnerFetch'

type ConnectionRow = typeof connection.$inferSelect
/** The columns of a connection that its partner's token takes. */
export type Credentials = Pick<
  ConnectionRow,
  | 't'
  | 'id'
  | 'partnerTenantId'
  | 'partnerAuthUrl'
  | 'partnerResourceUrl'
  | 'partnerClientId'
  | 'partnerSecret'
>

export type TokenResult =
  | { kind: 'token'; token: string }
  /**
   * The partner understood and does not want these credentials; or we hold none. `code` is its error, such as `invalid_client`, `reason`
   * what a Baton desk adds to it: which of the values it is.
   */
  | { kind: 'refused'; code: string; words: string; reason?: string; status: number }
  /** No usable answer, or it asks us to wait: try later. */
  | { kind: 'later'; answer: Answer }

/** Ends this long before the partner says, so that a token does not run out on the way. */
const EARLY_MS = 60_000
const MOST_LIFE_MS = 3_600_000

/** Where a partner's secret belongs; it opens nowhere else (T34). */
export const boundTo = (t: number, connectionId: number): string =>
  `${t}:connection:${connectionId}`

export const sealSecret = (
  env: Env,
  t: number,
  connectionId: number,
  secret: string,
): Promise<string> => seal(keysOf(env.KEYS), secret, boundTo(t, connectionId))

/** The partner's tokens, as long as whoever holds this lives. Credentials that were changed since get a token of their own. */
export class TokenKeeper {
  readonly #kept = new Map<string, { until: number; token: string }>()
  /** What is asked for now: messages under way together ask once, so that a refusal makes no storm (F27). */
  readonly #asked = new Map<string, Promise<TokenResult>>()

  /** A token for the partner of this connection, another than the one that it refused. */
  async token(world: World, credentials: Credentials, refused?: string): Promise<TokenResult> {
    const key = JSON.stringify([
      credentials.t,
      credentials.id,
      credentials.partnerAuthUrl,
      credentials.partnerClientId,
      credentials.partnerSecret,
    ])
    const known = this.#kept.get(key)
    if (known && known.token !== refused && known.until > seams.now())
      return { kind: 'token', token: known.token }
    this.#kept.delete(key)
    const asked = this.#asked.get(key) ?? this.#ask(world, credentials, key)
    this.#asked.set(key, asked)
    return asked
  }

  async #ask(world: World, credentials: Credentials, key: string): Promise<TokenResult> {
    try {
      const { result, lifeMs } = await fetchToken(world, credentials)
      if (result.kind === 'token')
        this.#kept.set(key, { token: result.token, until: seams.now() + lifeMs - EARLY_MS })
      return result
    } finally {
      this.#asked.delete(key)
    }
  }
}

/** Asks the partner for a token with the credentials it issued to us (client credentials, RFC 6749 §4.4). */
async function fetchToken(
  world: World,
  credentials: Credentials,
): Promise<{ result: TokenResult; lifeMs: number }> {
  const target = targetOf(credentials)
  const { t, id, partnerClientId: clientId, partnerSecret: sealed } = credentials
  if (!target || !clientId || !sealed) {
    const words = 'The credentials of the partner are not complete'
    return { result: { kind: 'refused', code: 'not_set', words, status: 0 }, lifeMs: 0 }
  }
  const secret = await opened(world.env, sealed, boundTo(t, id))
  if (secret === null) {
    // While keys are rotated an isolate may still have the old ones, so this says nothing of the credentials (T35).
    const error = 'The stored client secret cannot be read with the keys of this deployment'
    return { result: { kind: 'later', answer: { status: 0, error, ms: 0 } }, lifeMs: 0 }
  }
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret,
    scope: 'all',
    tenant: target.tenantId,
  })
  const answer = await partnerFetch(world, target, {
    door: 'auth',
    path: 'token',
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })
  const { expires_in: lifeS } = 'error' in answer ? {} : objectOf(answer.json)
  const lifeMs = Number(lifeS) > 0 ? Number(lifeS) * 1000 : MOST_LIFE_MS
  return { result: resultOf(answer), lifeMs: Math.min(lifeMs, MOST_LIFE_MS) }
}

/** Null where the key it was sealed with is no longer among ours, or it was sealed for somewhere else. */
async function opened(env: Env, sealed: string, bound: string): Promise<string | null> {
  try {
    return await unseal(keysOf(env.KEYS), sealed, bound)
  } catch {
    return null
  }
}

function resultOf(answer: Answer): TokenResult {
  if ('error' in answer) return { kind: 'later', answer }
  const { access_token: token, error, error_description: words, reason } = objectOf(answer.json)
  if (answer.status === 200 && typeof token === 'string' && token !== '')
    return { kind: 'token', token }
  // Only a refusal in OAuth's or our own form is final; a firewall's page is not the partner speaking (R6).
  const refuses = answer.status === 400 || answer.status === 401 || answer.status === 403
  if (!refuses || typeof error !== 'string' || error === 'SUSPENDED')
    return { kind: 'later', answer }
  return {
    kind: 'refused',
    code: error.toLowerCase(),
    words: typeof words === 'string' ? words : error,
    ...(typeof reason === 'string' && { reason }),
    status: answer.status,
  }
}

/** What an answer holds by name; nothing where it is no object. */
export function objectOf(json: unknown): Record<string, unknown> {
  return json !== null && typeof json === 'object' && !Array.isArray(json) ? { ...json } : {}
}
