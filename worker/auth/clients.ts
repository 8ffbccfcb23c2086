import { timingSafeEqual } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { agent, apiApp, connection, instance } from '../../db/schema'
import { openDb } from '../platform/database'
import { sha256 } from '../platform/keys'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import type { BearerClaims } from './token'

/** Why a client gets no token. *Authenticate connection* says it in words: which of the five values is wrong (G27, G128). */
export type Refused = 'unknown' | 'other_instance' | 'secret' | 'revoked' | 'access_off'

export type Client = { claims: BearerClaims } | { refused: Refused }

/**
 * Finds who `clientId` is, API application or partner's connection, and whether this is its secret. Ids are random and unique in the
 * deployment, so the bare host needs no tenant (halo-api.md §1). That an access was revoked or switched off is told only to whoever
 * knows the secret. Throws SUSPENDED.
 */
export async function findClient(
  env: Env,
  clientId: string,
  secret: string,
  tenantId?: string,
): Promise<Client> {
  const { orm } = openDb(env, 0) // whose it is follows from the id
  const [[app], [partner]] = await orm.batch([
    orm
      .select({
        t: apiApp.t,
        id: apiApp.id,
        hash: apiApp.secretHash,
        ver: apiApp.ver,
        off: sql<number>`${apiApp.disabled} or ${agent.disabled}`.as('off'),
        agent: apiApp.agentId,
        role: agent.role,
        tenantId: instance.tenantId,
        state: instance.state,
      })
      .from(apiApp)
      .innerJoin(agent, and(eq(agent.t, apiApp.t), eq(agent.id, apiApp.agentId)))
      .innerJoin(instance, eq(instance.no, apiApp.t))
      .where(eq(apiApp.clientId, clientId)),
    orm
      .select({
        t: connection.t,
        id: connection.id,
        hash: connection.issuedSecretHash,
        ver: connection.issuedVer,
        oldHash: connection.issuedOldHash,
        oldUntil: connection.issuedOldUntil,
        profile: connection.kind,
        allowed: connection.allowAccess,
        standing: connection.state,
        tenantId: instance.tenantId,
        state: sql<string>`${instance.state}`.as('instance_state'),
      })
      .from(connection)
      .innerJoin(instance, eq(instance.no, connection.t))
      .where(eq(connection.issuedClientId, clientId)),
  ])
  const client = app ?? partner
  const right = await sameSecret(secret, client?.hash ?? '')
  // While a rotation overlaps, the secret before it still gives tokens of its own version (F27).
  const before = !app && (partner?.oldUntil ?? 0) > seams.now() ? (partner?.oldHash ?? '') : ''
  const old = await sameSecret(secret, before)
  if (!client) return { refused: 'unknown' }
  if (!right && !old) return { refused: 'secret' }
  if (tenantId !== undefined && client.tenantId !== tenantId) return { refused: 'other_instance' }
  if (client.state !== 'active') throw new Problem('SUSPENDED')
  const { t, id, tenantId: aud } = client
  const ver = right ? client.ver : client.ver - 1
  if (app)
    return app.off
      ? { refused: 'revoked' }
      : { claims: { typ: 'app', aud, t, id, agent: app.agent, role: app.role, ver } }
  if (!partner || partner.standing === 'ended') return { refused: 'revoked' }
  return partner.allowed
    ? { claims: { typ: 'connection', aud, t, id, profile: partner.profile, ver } }
    : { refused: 'access_off' }
}

/** A new client id with its secret, shown once; only `hash` is stored. */
export async function newCredentials(): Promise<{
  clientId: string
  secret: string
  hash: string
}> {
  const secret = seams.secret()
  return { clientId: seams.uid(), secret, hash: await sha256(secret) }
}

/** Compares by hash and in constant time. The secret is random, so a plain SHA-256 keeps it (T34). */
async function sameSecret(secret: string, hash: string): Promise<boolean> {
  const given = Buffer.from(await sha256(secret))
  const stored = Buffer.from(hash.padEnd(given.length, '-')).subarray(0, given.length)
  return timingSafeEqual(given, stored) && hash.length === given.length
}
