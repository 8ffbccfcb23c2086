import { and, eq, inArray, isNotNull, isNull, ne, or, sql, type SQL } from 'drizzle-orm'
import {
  account,
  agent,
  audit,
  customer,
  instance,
  membership,
  person,
  session,
} from '../../db/schema'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Instance } from '../platform/directory'
import { openDb, type Db } from '../platform/database'
import { sha256 } from '../platform/keys'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { checkPassword, hashPassword, judgePassword } from './password'
import type { Principal } from './principal'
import { countTry, takeBack, tryKeys, type TryKeys } from './throttle'
import { SESSION_LIFE_S, signSession, type SessionClaims } from './token'

/** Who is signed in, as the web app shows them. */
export type SignedIn =
  | { kind: 'agent'; id: number; name: string; email: string; role: 'agent' | 'admin' }
  | { kind: 'user'; id: number; name: string; email: string; customerName: string }

export type Browser = Extract<Principal, { session: string }>

/**
 * Signs somebody in: an agent through the deployment's account, an end user through this desk. An unknown address, a disabled one and
 * a wrong password get the same answer after the same work (T11). The session that the browser brought ends, whoever it was (T24).
 * Throws TOO_MANY, WRONG_PASSWORD, SUSPENDED.
 */
export async function signIn(
  env: Env,
  { t }: Instance,
  request: Request,
  given: { email: string; password: string },
  before: Principal,
): Promise<{ cookie: string; who: SignedIn }> {
  const db = openDb(env, t)
  const { orm } = db
  const email = given.email.trim().toLowerCase()
  const keys = tryKeys(request, email)
  await mayTry(db, keys)
  const { state, known } = await lookUp(db, email)
  const { right, renewed } = await checkPassword(given.password, known?.password ?? null)
  if (!right || !known) {
    const actor = known ? `${known.kind}:${known.id}` : 'nobody'
    await orm
      .insert(audit)
      .values({ t, at: seams.now(), uid: seams.uid(), actor, what: 'sign-in refused' })
    throw new Problem('WRONG_PASSWORD')
  }
  if (state !== 'active') throw new Problem('SUSPENDED')
  return openSession(env, db, known, before, [
    ...takeBack(db, keys),
    ...(renewed === undefined ? [] : [setPassword(db, known, renewed)]),
  ])
}

/**
 * Signs in whoever has shown that a mail to this address reaches them, by a link that is used up by now. Throws LINK_USED where the
 * address is nobody's any more, SUSPENDED.
 */
export async function signInByMail(
  env: Env,
  { t }: Instance,
  email: string,
  before: Principal,
): Promise<{ cookie: string; who: SignedIn }> {
  const db = openDb(env, t)
  const { state, known } = await lookUp(db, email)
  if (!known) throw new Problem('LINK_USED')
  if (state !== 'active') throw new Problem('SUSPENDED')
  return openSession(env, db, known, before, [])
}

/** Who the session belongs to. The guard of `db` answers for whether it still stands. Throws UNAUTHORIZED. */
export async function whoIs(db: Db, who: Browser): Promise<SignedIn> {
  const { orm, t } = db
  if (who.kind === 'agent') {
    const [row] = await orm
      .select()
      .from(agent)
      .where(and(eq(agent.t, t), eq(agent.id, who.agentId)))
    if (!row) throw new Problem('UNAUTHORIZED')
    return shown({ ...row, kind: 'agent' })
  }
  const [row] = await personQuery(db, eq(person.id, who.personId))
  if (!row) throw new Problem('UNAUTHORIZED')
  return shown({ ...row, kind: 'user' })
}

/** Ends this session: its row goes, so the cookie is worth nothing wherever a copy of it is. */
export async function signOut(env: Env, who: Browser): Promise<void> {
  await openDb(env, who.t).orm.delete(session).where(eq(session.hash, who.session))
}

/**
 * Sets the signed-in person's own password and ends all their sessions, this one too (T24). The old password is asked for, and wrong
 * ones are counted like at sign-in. Throws TOO_MANY, WRONG_PASSWORD, VALIDATION.
 */
export async function changePassword(
  db: Db,
  request: Request,
  who: Browser,
  given: { password: string; newPassword: string },
): Promise<void> {
  const { orm, t } = db
  const [own] = await (who.kind === 'agent'
    ? orm
        .select({
          accountId: account.id,
          password: account.password,
          email: account.email,
          name: account.name,
        })
        .from(account)
        .innerJoin(membership, eq(membership.accountId, account.id))
        .where(and(eq(membership.t, t), eq(membership.agentId, who.agentId)))
    : orm
        .select({
          accountId: sql<number>`0`,
          password: person.password,
          email: person.email,
          name: person.name,
        })
        .from(person)
        .where(and(eq(person.t, t), eq(person.id, who.personId))))
  if (!own) throw new Problem('UNAUTHORIZED')
  const email = own.email ?? ''
  judgePassword(
    given.newPassword,
    [email, email.split('@')[0] ?? '', ...own.name.split(' ')],
    'new_password',
  )
  const keys = tryKeys(request, email)
  await mayTry(db, keys)
  const { right } = await checkPassword(given.password, own.password)
  if (!right) throw new Problem('WRONG_PASSWORD')
  const password = await hashPassword(given.newPassword)
  await orm.batch([
    ...takeBack(db, keys),
    ...withNewPassword(
      db,
      who.kind === 'agent'
        ? { kind: 'agent', id: who.agentId, accountId: own.accountId }
        : { kind: 'user', id: who.personId },
      password,
    ),
  ])
}

/** The statements that give somebody a new password: every session ends, and the audit says who it was (T24). */
export const withNewPassword = (
  db: Db,
  who: { kind: 'agent'; id: number; accountId: number } | { kind: 'user'; id: number },
  password: string,
) =>
  [
    db.orm.insert(audit).values({
      t: db.t,
      at: seams.now(),
      uid: seams.uid(),
      actor: `${who.kind}:${who.id}`,
      what: 'changed own password',
    }),
    setPassword(db, who, password),
    who.kind === 'agent' ? endSessionsOfAgent(db, who.id) : endSessionsOfPerson(db, who.id),
  ] as const

/** Ends every session of an agent's account; goes in the batch that disables the agent or changes its role (T24). */
export const endSessionsOfAgent = ({ orm, t }: Db, agentId: number) =>
  orm.delete(session).where(
    inArray(
      session.accountId,
      orm
        .select({ id: membership.accountId })
        .from(membership)
        .where(and(eq(membership.t, t), eq(membership.agentId, agentId))),
    ),
  )

/** Ends every session of an end user; goes in the batch that disables or deletes them, or sets their password (T24). */
export const endSessionsOfPerson = ({ orm, t }: Db, personId: number) =>
  orm.delete(session).where(and(eq(session.t, t), eq(session.personId, personId)))

/** Writes a session down and signs its cookie. The session that the browser brought ends, whoever it was (T24). */
async function openSession(
  env: Env,
  db: Db,
  known: Known,
  before: Principal,
  also: BatchItem<'sqlite'>[],
): Promise<{ cookie: string; who: SignedIn }> {
  const { orm, t } = db
  const now = seams.now()
  const key = seams.secret()
  const hash = await sha256(key)
  const owner = known.kind === 'agent' ? { accountId: known.accountId } : { t, personId: known.id }
  await orm.batch([
    orm
      .insert(session)
      .values({ hash, ...owner, createdAt: now, expiresAt: now + SESSION_LIFE_S * 1000 }),
    orm.insert(audit).values({
      t,
      at: now,
      uid: seams.uid(),
      actor: `${known.kind}:${known.id}`,
      what: 'signed in',
    }),
    ...('session' in before ? [orm.delete(session).where(eq(session.hash, before.session))] : []),
    ...also,
  ])
  return { cookie: await signSession(env, claimsOf(key, t, known)), who: shown(known) }
}

const setPassword = (
  { orm, t }: Db,
  who: { kind: 'agent'; accountId: number } | { kind: 'user'; id: number },
  password: string,
) =>
  who.kind === 'agent'
    ? orm.update(account).set({ password }).where(eq(account.id, who.accountId))
    : orm
        .update(person)
        .set({ password })
        .where(and(eq(person.t, t), eq(person.id, who.id)))

async function mayTry(db: Db, keys: TryKeys): Promise<void> {
  const waitS = await countTry(db, keys)
  if (waitS !== null) throw new Problem('TOO_MANY', { retryAfterS: waitS })
}

const personQuery = ({ orm, t }: Db, which: SQL | undefined) =>
  orm
    .select({
      id: person.id,
      password: person.password,
      name: person.name,
      email: person.email,
      customerId: person.customerId,
      customerName: sql<string>`${customer.name}`.as('customer_name'),
    })
    .from(person)
    .innerJoin(customer, and(eq(customer.t, person.t), eq(customer.id, person.customerId)))
    .where(and(eq(person.t, t), which, eq(person.inactive, false), isNull(person.deletedAt)))

/** All that a sign-in needs to know, in one trip. An address that works tickets here signs in as the agent. */
export async function lookUp(db: Db, email: string) {
  const { orm, t } = db
  const ofAccount = and(
    eq(account.email, email),
    eq(account.disabled, false),
    eq(agent.disabled, false),
  )
  const [instances, agents, persons, invited] = await orm.batch([
    orm.select({ state: instance.state }).from(instance).where(eq(instance.no, t)),
    orm
      .select({
        t: membership.t,
        id: agent.id,
        role: agent.role,
        name: agent.name,
        accountId: sql<number>`${account.id}`.as('account_id'),
        email: account.email,
        password: account.password,
      })
      .from(account)
      .innerJoin(membership, eq(membership.accountId, account.id))
      .innerJoin(agent, and(eq(agent.t, membership.t), eq(agent.id, membership.agentId)))
      .where(ofAccount),
    // Whom a partner named is nobody who can sign in until an admin here gives them a password (T44): the partner chose the address.
    personQuery(
      db,
      and(eq(person.email, email), or(ne(person.source, 'partner'), isNotNull(person.password))),
    ),
    // Somebody an admin made an agent here, who has not accepted it yet.
    orm
      .select({ id: agent.id, name: agent.name })
      .from(agent)
      .leftJoin(membership, and(eq(membership.t, agent.t), eq(membership.agentId, agent.id)))
      .where(
        and(
          eq(agent.t, t),
          eq(agent.email, email),
          eq(agent.disabled, false),
          eq(agent.isApi, false),
          isNull(membership.accountId),
        ),
      ),
  ])
  const here = agents.find((place) => place.t === t)
  const [user] = persons
  const known = here
    ? { ...here, kind: 'agent' as const, places: agents }
    : user && { ...user, kind: 'user' as const }
  return { state: instances[0]?.state, known, invited: invited[0] }
}

type Known = NonNullable<Awaited<ReturnType<typeof lookUp>>['known']>

/** A cookie has room for 4 KB. Whoever works at more desks than this signs in anew at the others. */
const MOST_PLACES = 100

function claimsOf(key: string, t: number, known: Known): SessionClaims {
  if (known.kind === 'user')
    return { typ: 'user', key, t, person: known.id, customer: known.customerId }
  const hereFirst = known.places.toSorted((a, b) => Number(b.t === t) - Number(a.t === t))
  const places = hereFirst.slice(0, MOST_PLACES)
  return { typ: 'agent', key, at: places.map((place) => [place.t, place.id, place.role]) }
}

type Shown =
  | { kind: 'agent'; id: number; name: string; email: string; role: 'agent' | 'admin' }
  | { kind: 'user'; id: number; name: string; email: string | null; customerName: string }

function shown(who: Shown): SignedIn {
  const { id, name } = who
  if (who.kind === 'agent') return { kind: 'agent', id, name, email: who.email, role: who.role }
  return { kind: 'user', id, name, email: who.email ?? '', customerName: who.customerName }
}
