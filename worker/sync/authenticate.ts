import { and, eq } from 'drizzle-orm'
import { connection } from '../../db/schema'
import { actorOf, type Staff } from '../auth/principal'
import { audited } from '../desk/audit'
import { found, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { storeCatalogue } from './catalogue'
import { makeDue, missingValues, type ConnectionRow } from './connections'
import { partnerFetch, targetOf, type Target, type World } from './partnerFetch'
import { fetchLists } from './partnerLists'
import { objectOf, TokenKeeper } from './partnerToken'
import { versionWords } from './version'
import { copyFix, whoIsThere, wrong, type Here, type Partner, type Value } from './whoIsThere'

export interface Verified {
  partnerName: string
  dialect: 'baton' | 'halo'
  /** What still has to be done on the other side; null when both are ready. */
  next: string | null
}

const GUIDE_FIX =
  'The supplier profile must hold the credentials that the customer profile in the connected instance shows, and the other way round.'

/**
 * Tries the partner's five values one after another and says in words which is wrong and on which side (G26, G27, G128): the tenant
 * behind the address, the token, then a call as the connection, which tells whose profile the credentials belong to. When all is well
 * the connection is live, the partner's lists are stored, and what waited is due. Throws VALIDATION naming the value, or PARTNER.
 */
export async function authenticate(
  world: World,
  db: Db,
  here: Here,
  who: Staff,
  id: number,
): Promise<Verified> {
  const [read] = await db.orm
    .select()
    .from(connection)
    .where(and(eq(connection.t, db.t), eq(connection.id, id)))
  const row = found(read)
  if (row.state === 'ended') throw new Problem('NOT_FOUND')
  try {
    return await attempt(world, db, here, who, row)
  } catch (error) {
    if (error instanceof Problem) await noteFailure(db, who, row, error)
    throw error
  }
}

async function attempt(
  world: World,
  db: Db,
  here: Here,
  who: Staff,
  row: ConnectionRow,
): Promise<Verified> {
  const missing = missingValues(row)
  const target = targetOf(row)
  if (!target || missing.length > 0) {
    throw new Problem('VALIDATION', {
      message: `Values of the partner are missing: ${missing.join(', ')}`,
      fix: 'Enter all five values that the profile in the partner’s instance shows.',
      fields: Object.fromEntries(
        missing.map((name) => [
          `partner.${name.replace('authorisation', 'auth').replaceAll(' ', '_').toLowerCase()}`,
          'is missing',
        ]),
      ),
    })
  }
  await refuseOwnValues(row, here)
  const partner = await whoIsThere(world, here, target)
  const got = await new TokenKeeper().token(world, row)
  if (got.kind === 'later') {
    const said =
      'error' in got.answer ? got.answer.error : `it answered with status ${got.answer.status}`
    throw wrong(
      ['auth_url'],
      `${partner.name} gave no token at the authorisation URL: ${said}`,
      'Copy the authorisation URL again from the partner’s profile.',
    )
  }
  if (got.kind === 'refused') throw refusedToken(partner.name, got)
  const self =
    partner.dialect === 'baton' ? await askSelf(world, target, got.token, partner.name, row) : null
  const { lists, etag } = await fetchLists(world, target, got.token, partner.dialect)
  const now = seams.now()
  const [verified] = await db.orm.batch([
    db.orm
      .update(connection)
      .set({
        verifiedAt: now,
        state: row.state === 'paused' ? 'paused' : 'live', // an admin's pause is ended by an admin
        ...(row.state !== 'paused' && { stateReason: null }),
        holdUntil: null,
        lastOkAt: now,
        lastError: null,
        lastErrorAt: null,
        dialect: partner.dialect,
        partnerName: partner.name,
        partnerV: partner.v,
      })
      .where(
        and(
          eq(connection.t, db.t),
          eq(connection.id, row.id),
          // What was tried, and not what an admin has entered meanwhile (T13).
          eq(connection.partnerTenantId, target.tenantId),
          eq(connection.partnerAuthUrl, target.authUrl),
          eq(connection.partnerResourceUrl, target.resourceUrl),
        ),
      )
      .returning({ id: connection.id }),
    storeCatalogue(db, row.id, lists, etag),
    makeDue(db, row.id),
    audited(db, actorOf(who), 'authenticated connection', {
      connection: row.id,
      partner: target.tenantId,
    }),
  ])
  if (verified.length === 0) throw new Problem('CONFLICT')
  return {
    partnerName: partner.name,
    dialect: partner.dialect,
    next: nextStep(row, partner, self),
  }
}

/** The page that shows what we issue looks like the one that asks for what the partner issued, so the two get mixed up. */
async function refuseOwnValues(row: ConnectionRow, { instance }: Here): Promise<void> {
  const own: Value[] = []
  if (row.partnerTenantId === instance.tenantId) own.push('tenant_id')
  if (row.partnerClientId === row.issuedClientId) own.push('client_id')
  if (own.length === 0) return
  throw wrong(
    own,
    `These are the values that ${instance.name} itself issued`,
    'Enter the values that the profile in the partner’s instance shows.',
  )
}

const byReason: Record<string, { values: Value[]; words: string; fix: string }> = {
  unknown: {
    values: ['client_id'],
    words: 'does not know this client id',
    fix: copyFix('client id'),
  },
  other_instance: {
    values: ['client_id', 'client_secret'],
    words: 'says that the client id was issued by another instance',
    fix: 'Copy all five values from one and the same profile.',
  },
  secret: {
    values: ['client_secret'],
    words: 'says that the client secret is wrong',
    fix: 'Copy the client secret again; if it is not at hand, make a new one there.',
  },
  revoked: {
    values: ['client_id'],
    words: 'has revoked these credentials',
    fix: 'There: open the profile’s API Access tab and issue new ones.',
  },
  access_off: {
    values: [],
    words: 'has switched off access for this connection',
    fix: 'There: open the profile’s API Access tab and switch on Allow access.',
  },
}

function refusedToken(
  name: string,
  { reason, words }: { reason?: string; words: string },
): Problem {
  const known = byReason[reason ?? '']
  if (known) return wrong(known.values, `${name} ${known.words}`, known.fix)
  return wrong(
    ['client_id', 'client_secret'],
    `${name} does not accept the client id and the client secret: ${words}`,
    GUIDE_FIX,
  )
}

interface Self {
  name: string
  verified: boolean
  allowsUs: boolean
}

/** Asks the partner who we are to it, as the connection: the credentials must be those of the opposite profile. */
async function askSelf(
  world: World,
  target: Target,
  token: string,
  name: string,
  row: ConnectionRow,
): Promise<Self> {
  const answer = await partnerFetch(world, target, { door: 'api', path: 'connection/self', token })
  if ('error' in answer) throw new Problem('PARTNER', { message: answer.error })
  const self = objectOf(answer.json)
  if (answer.status === 403 && self['error'] === 'ACCESS_OFF')
    throw wrong(
      [],
      `${name} has switched off access for this connection`,
      byReason['access_off']?.fix ?? '',
    )
  if (answer.status === 403 && self['error'] === 'FORBIDDEN') {
    const fix = `Enter the credentials of the ${row.kind === 'supplier' ? 'customer' : 'supplier'} profile. ${GUIDE_FIX}`
    throw wrong(
      ['client_id', 'client_secret'],
      `These credentials belong to an API application at ${name}, not to a profile`,
      fix,
    )
  }
  if (answer.status === 401)
    throw wrong(
      ['resource_url'],
      `${name} does not accept its own token at the resource URL`,
      copyFix('resource URL'),
    )
  if (answer.status !== 200)
    throw new Problem('PARTNER', { message: `${name} answered with status ${answer.status}` })
  const { kind, tenant_id: tenantId } = self
  if (kind === row.kind) {
    const wanted = row.kind === 'supplier' ? 'customer' : 'supplier'
    throw wrong(
      ['client_id', 'client_secret'],
      `These credentials belong to a ${row.kind} profile at ${name}; this ${row.kind} profile needs those of a ${wanted} profile`,
      GUIDE_FIX,
    )
  }
  if (typeof tenantId === 'string' && tenantId.toLowerCase() !== target.tenantId) {
    throw wrong(['tenant_id'], `${name} says that it has another tenant id`, copyFix('tenant id'))
  }
  return {
    name: typeof self['name'] === 'string' ? self['name'] : '',
    verified: self['verified'] === true,
    allowsUs: self['allow_access'] === true,
  }
}

function nextStep(row: ConnectionRow, { name, v }: Partner, self: Self | null): string | null {
  if (!row.allowAccess) return `Switch on Allow access, so that ${name} can reach this instance.`
  if (self && !self.verified)
    return `Now ${name} enters the values shown here on its profile and authenticates too.`
  return versionWords({ partnerName: name, partnerV: v })
}

/** Keeps what went wrong for the profile's page. A partner that only does not answer leaves the connection as it was. */
async function noteFailure(
  db: Db,
  who: Staff,
  row: ConnectionRow,
  problem: Problem,
): Promise<void> {
  const broken = problem.code === 'VALIDATION' && row.state === 'live'
  await db.orm.batch([
    db.orm
      .update(connection)
      .set({
        lastError: problem.message,
        lastErrorAt: seams.now(),
        ...(broken && { state: 'broken' as const, stateReason: problem.message }),
      })
      .where(and(eq(connection.t, db.t), eq(connection.id, row.id))),
    audited(db, actorOf(who), 'failed to authenticate connection', {
      connection: row.id,
      why: problem.message,
    }),
  ])
}
