import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { keysOf, sha256, type Keys } from '../platform/keys'
import type { Principal } from './principal'

export const TOKEN_LIFE_S = 3600
const REFRESH_LIFE_S = 30 * 24 * 3600
/** A session ends so long after sign-in, however busy it is. */
export const SESSION_LIFE_S = 12 * 3600

const Role = z.enum(['agent', 'admin'])
const Bearer = z.discriminatedUnion('typ', [
  z.object({
    typ: z.literal('app'),
    aud: z.string(),
    t: z.int(),
    id: z.int(),
    agent: z.int(),
    role: Role,
    ver: z.int(),
  }),
  z.object({
    typ: z.literal('connection'),
    aud: z.string(),
    t: z.int(),
    id: z.int(),
    profile: z.enum(['customer', 'supplier']),
    ver: z.int(),
  }),
])
/**
 * What a session's cookie says: an account with its places in instances, or an end user of one. `key` is the session's own secret; the
 * database holds its hash, so that nobody who reads the database has a session (T24).
 */
const Session = z.discriminatedUnion('typ', [
  z.object({
    typ: z.literal('agent'),
    key: z.string(),
    at: z.array(z.tuple([z.int(), z.int(), Role])),
  }),
  z.object({
    typ: z.literal('user'),
    key: z.string(),
    t: z.int(),
    person: z.int(),
    customer: z.int(),
  }),
])
/** Good only together with the client's secret: Halo's clients expect one, and it gives nothing that the secret does not. */
const Refresh = z.object({
  typ: z.literal('refresh'),
  client: z.string(),
  ver: z.int(),
  scope: z.string(),
})
export type BearerClaims = z.infer<typeof Bearer>
export type SessionClaims = z.infer<typeof Session>

/** Signs a bearer token of one hour for a client that has proved its secret (RFC 6749 §4.4). */
export const signBearer = (env: Env, claims: BearerClaims): Promise<string> =>
  sign(keysOf(env.KEYS), claims, TOKEN_LIFE_S)

export const signSession = (env: Env, claims: SessionClaims): Promise<string> =>
  sign(keysOf(env.SESSION_KEY), claims, SESSION_LIFE_S)

export const signRefresh = (
  env: Env,
  claims: Omit<z.infer<typeof Refresh>, 'typ'>,
): Promise<string> => sign(keysOf(env.KEYS), { typ: 'refresh', ...claims }, REFRESH_LIFE_S)

export const readRefresh = (env: Env, token: string): Promise<z.infer<typeof Refresh>> =>
  open(keysOf(env.KEYS), token, Refresh)

/** Reads a bearer token; `tenantId` is its audience, from which the instance follows when the address names none. */
export async function readBearer(
  env: Env,
  token: string,
): Promise<{ tenantId: string; who: Principal }> {
  const claims = await open(keysOf(env.KEYS), token, Bearer)
  const { aud: tenantId, t, id, ver } = claims
  return claims.typ === 'app'
    ? {
        tenantId,
        who: { kind: 'app', t, appId: id, agentId: claims.agent, role: claims.role, ver },
      }
    : { tenantId, who: { kind: 'connection', t, connectionId: id, profile: claims.profile, ver } }
}

/** Who a session is in the instance `t`; nobody where its account has no place there (T26). */
export async function readSession(env: Env, cookie: string, t: number): Promise<Principal> {
  const claims = await open(keysOf(env.SESSION_KEY), cookie, Session)
  const session = await sha256(claims.key)
  if (claims.typ === 'user') {
    if (claims.t !== t) return { kind: 'nobody' }
    return {
      kind: 'user',
      t,
      personId: claims.person,
      customerId: claims.customer,
      session,
    }
  }
  const place = claims.at.find(([no]) => no === t)
  return place
    ? { kind: 'agent', t, agentId: place[1], role: place[2], session }
    : { kind: 'nobody' }
}

async function sign(
  keys: Keys,
  claims: BearerClaims | SessionClaims | z.infer<typeof Refresh>,
  lifeS: number,
): Promise<string> {
  const now = Math.floor(seams.now() / 1000)
  return new SignJWT({ ...claims, jti: seams.uid() })
    .setProtectedHeader({ alg: 'HS256', kid: keys.current.id })
    .setIssuer('baton')
    .setIssuedAt(now)
    .setExpirationTime(now + lifeS)
    .sign(await signingKey(keys.current.bytes))
}

const hmacKeys = new WeakMap<Uint8Array, CryptoKey>()

/**
 * The key that tokens are signed with, made once: each request opens a token. It is derived (HKDF, RFC 5869) from the key of that id,
 * so that what seals the partners' secrets signs nothing.
 */
export async function signingKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const known = hmacKeys.get(bytes)
  if (known) return known
  const root = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey'])
  const how = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: new TextEncoder().encode('baton token'),
  }
  const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 }
  const key = await crypto.subtle.deriveKey(how, root, hmac, false, ['sign', 'verify'])
  hmacKeys.set(bytes, key)
  return key
}

/** One algorithm, a known key id, nothing else of the header is believed (T23). */
async function open<T>(keys: Keys, token: string, shape: z.ZodType<T>): Promise<T> {
  try {
    if (token.length > 8192) throw new Problem('UNAUTHORIZED')
    const { payload } = await jwtVerify(token, ({ kid }) => signingKey(keys.byId(kid)), {
      algorithms: ['HS256'],
      issuer: 'baton',
      clockTolerance: 30,
      currentDate: new Date(seams.now()),
      requiredClaims: ['exp', 'jti'],
    })
    return shape.parse(payload)
  } catch (error) {
    if (
      error instanceof errors.JOSEError ||
      error instanceof z.ZodError ||
      error instanceof Problem
    )
      throw new Problem('UNAUTHORIZED')
    throw error
  }
}
