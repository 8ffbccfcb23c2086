import type { connection } from '../../db/schema'
import { cost } from '../platform/cost'
import { findInstance } from '../platform/directory'
import { fault } from '../platform/fault'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { checkPartnerUrl, urlRules } from './partnerUrl'

/** What a call to a partner needs of the place it runs in: `exports` of a Worker's or an object's context. */
export interface World {
  env: Env
  exports: { default: { fetch: (request: Request) => Promise<Response> } }
}

/** Where a partner is. Its tenant id alone decides whether it is called inside or over the network. */
export interface Target {
  tenantId: string
  authUrl: string
  resourceUrl: string
}

export interface PartnerRequest {
  door: 'auth' | 'api'
  /** Below the door, with its query: `actions`, `token`. */
  path: string
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  headers?: Record<string, string>
  body?: string | ReadableStream
  token?: string
  /** For a file; a message has `limits.attemptMs`. */
  deadlineMs?: number
}

export interface Answered {
  status: number
  /** Undefined where the answer is not JSON, is longer than what is read, or is broken off. */
  json: unknown
  retryAfterMs: number | null
  /** Of a redirect, which is never followed: an admin is shown it. */
  location?: string
  ms: number
}
/** Status 0: nobody answered. */
export type Answer = Answered | { status: 0; error: string; ms: number }

type ConnectionRow = typeof connection.$inferSelect

/** Where a connection's partner is; null while it has not been said in full. */
export function targetOf(
  row: Pick<ConnectionRow, 'partnerTenantId' | 'partnerAuthUrl' | 'partnerResourceUrl'>,
): Target | null {
  const {
    partnerTenantId: tenantId,
    partnerAuthUrl: authUrl,
    partnerResourceUrl: resourceUrl,
  } = row
  return tenantId && authUrl && resourceUrl ? { tenantId, authUrl, resourceUrl } : null
}

/**
 * Calls a partner once. A partner of this deployment is called inside, whatever host is stored for it; everybody else over the network,
 * with the address checked again (T12). Never follows a redirect, never waits beyond the deadline, never reads more than
 * `limits.partnerAnswerBytes`, never throws for what the partner does.
 */
export async function partnerFetch(
  world: World,
  target: Target,
  request: PartnerRequest,
): Promise<Answer> {
  const began = seams.now()
  const took = () => seams.now() - began
  const deadlineMs = request.deadlineMs ?? limits.attemptMs
  const expiry = new AbortController()
  let tooLate = false
  const timer = setTimeout(() => {
    tooLate = true
    expiry.abort()
  }, deadlineMs)
  const late = new Promise<never>((_, reject) =>
    expiry.signal.addEventListener('abort', () => reject(new Error('late'))),
  )
  late.catch(() => undefined) // it may come when nobody waits any more
  try {
    const call = await callOf(world, target, request, expiry.signal)
    cost.spend({ hops: 1 })
    // The race ends the wait also where whoever answers does not heed the signal.
    const answered = call().then(async (response) => ({ response, json: await jsonOf(response) }))
    answered.catch(() => undefined) // the same
    FAULTS && (await fault('P7'))
    const { response, json } = await Promise.race([answered, late])
    const location = response.headers.get('location')
    return {
      status: response.status,
      json,
      retryAfterMs: retryAfterOf(response),
      ...(location !== null && { location }),
      ms: took(),
    }
  } catch (error) {
    return {
      status: 0,
      error: tooLate ? `No answer within ${deadlineMs / 1000} s` : wordsOf(error),
      ms: took(),
    }
  } finally {
    clearTimeout(timer)
    expiry.abort() // whatever is still being read ends here
  }
}

async function callOf(
  world: World,
  target: Target,
  request: PartnerRequest,
  signal: AbortSignal,
): Promise<() => Promise<Response>> {
  const headers = new Headers({
    accept: 'application/json',
    'user-agent': 'Baton',
    ...request.headers,
  })
  if (request.token) headers.set('authorization', `Bearer ${request.token}`)
  const { method = 'GET', body } = request
  const init: RequestInit = {
    method,
    headers,
    redirect: 'manual',
    signal,
    ...(body !== undefined && { body }),
  }
  const door = request.door === 'auth' ? target.authUrl : target.resourceUrl
  const here = await findInstance(world.env, target.tenantId)
  if (here) {
    // The origin is only a name here: it makes the addresses in the partner's answer the ones its people know.
    const { origin } = new URL(door)
    const inside = new Request(`${origin}/${here.slug}/${request.door}/${request.path}`, init)
    return () => world.exports.default.fetch(inside)
  }
  const url = checkPartnerUrl(`${door}/${request.path}`, urlRules(world.env))
  if (isOwnZone(world.env, url))
    throw new Problem('PARTNER', {
      message: 'There is no instance of that tenant id at this address',
    })
  return () => seams.fetch(new Request(url, init))
}

/** Whether a host is this deployment's own, as far as its settings say; such a host is never fetched (T12). */
export function isOwnZone(env: { BASE_DOMAIN: string }, { hostname }: URL): boolean {
  const zone = env.BASE_DOMAIN
  return zone !== '' && (hostname === zone || hostname.endsWith(`.${zone}`))
}

async function jsonOf(response: Response): Promise<unknown> {
  if (!response.body) return undefined
  const isJson = /[/+]json\b/i.test(response.headers.get('content-type') ?? '')
  if (!isJson) {
    await response.body.cancel()
    return undefined
  }
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let text = ''
  let size = 0
  try {
    for await (const chunk of response.body) {
      size += chunk.byteLength
      if (size > limits.partnerAnswerBytes) return undefined
      text += decoder.decode(chunk, { stream: true })
    }
    return JSON.parse(text + decoder.decode())
  } catch (error) {
    // A TypeError is a broken encoding, a SyntaxError broken JSON: both are "not JSON". A broken connection is no answer.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

/** `Retry-After` in milliseconds, given in seconds or as a date (RFC 9110 §10.2.3). */
function retryAfterOf(response: Response): number | null {
  const text = response.headers.get('retry-after')?.trim()
  if (!text) return null
  if (/^\d+$/.test(text)) return Number(text) * 1000
  if (!/^[a-z]{3},? /i.test(text)) return null // `Date.parse` finds a date in almost anything
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - seams.now())
}

function wordsOf(error: unknown): string {
  if (error instanceof Problem) return error.message
  return error instanceof Error ? `No answer (${error.message.slice(0, 120)})` : 'No answer'
}
