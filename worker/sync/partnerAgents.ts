import { and, asc, count, eq, isNull, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import { agent, connection, person } from '../../db/schema'
import { actorOf, type Staff } from '../auth/principal'
import { audited } from '../desk/audit'
import { nextId } from '../platform/counter'
import { cleanText } from '../platform/body'
import { found, type Db } from '../platform/database'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { partnerFetch, targetOf, type World } from './partnerFetch'
import { objectOf, TokenKeeper } from './partnerToken'

const MOST = 1_000

/** An agent of the customer's, as the supplier may know one (G33). */
export interface SharedAgent {
  name: string
  email: string
}

/** The agents of this desk, for the supplier that this connection is to. Throws FORBIDDEN where they are not shared with it. */
export async function sharedAgents({ orm, t }: Db, connectionId: number): Promise<SharedAgent[]> {
  const [[row], agents] = await orm.batch([
    orm
      .select({ kind: connection.kind, shareAgents: connection.shareAgents })
      .from(connection)
      .where(and(eq(connection.t, t), eq(connection.id, connectionId))),
    orm
      .select({ name: agent.name, email: agent.email })
      .from(agent)
      .where(and(eq(agent.t, t), eq(agent.disabled, false), eq(agent.isApi, false)))
      .orderBy(asc(agent.name))
      .limit(MOST),
  ])
  if (row?.kind !== 'supplier' || !row.shareAgents) {
    throw new Problem('FORBIDDEN', {
      message: 'The agents of this desk are not shared with you',
      fix: 'There: switch on Share agents with this supplier.',
    })
  }
  return agents
}

const Shared = z.object({
  agents: z
    .array(
      z.object({
        name: z.string().trim().min(1).max(200),
        email: z.email().max(320).toLowerCase(),
      }),
    )
    .max(MOST),
})

/** What became of each agent: known already, made now, or an address that belongs to somebody else here (T44). */
export interface Imported {
  matched: SharedAgent[]
  created: SharedAgent[]
  conflicts: (SharedAgent & { why: string })[]
}

/**
 * Makes end users under the connection's customer of the partner's agents, so that what they send lands under the right customer
 * (G33). None of them can sign in until a local admin invites them. Throws NOT_FOUND, VALIDATION, PARTNER.
 */
export async function importAgents(
  world: World,
  db: Db,
  who: Staff,
  id: number,
): Promise<Imported> {
  const { orm, t } = db
  const [read] = await orm
    .select()
    .from(connection)
    .where(and(eq(connection.t, t), eq(connection.id, id), ne(connection.state, 'ended')))
  const row = found(read)
  const { customerId } = row
  if (customerId === null) throw Problem.field('id', 'agents are imported on a customer’s profile')
  const target = targetOf(row)
  if (!target || row.verifiedAt === null)
    throw new Problem('NOT_VERIFIED', {
      message: 'The connection to this customer is not verified',
    })
  const shared = await fetchAgents(world, target, await tokenFor(world, row))
  if (shared.length === 0) return { matched: [], created: [], conflicts: [] }

  const emails = JSON.stringify(shared.map(({ email }) => email))
  const addresses = sql`(select value from json_each(${emails}))`
  const [people, ours] = await orm.batch([
    orm
      .select({ email: person.email, customerId: person.customerId })
      .from(person)
      .where(and(eq(person.t, t), isNull(person.deletedAt), sql`${person.email} in ${addresses}`)),
    orm
      .select({ email: agent.email })
      .from(agent)
      .where(and(eq(agent.t, t), sql`lower(${agent.email}) in ${addresses}`)),
  ])
  const result: Imported = { matched: [], created: [], conflicts: [] }
  for (const one of shared) {
    const here = people.find(({ email }) => email === one.email)
    if (ours.some(({ email }) => email.toLowerCase() === one.email))
      result.conflicts.push({ ...one, why: 'this address belongs to an agent of this desk' })
    else if (!here) result.created.push(one)
    else if (here.customerId === customerId) result.matched.push(one)
    else
      result.conflicts.push({ ...one, why: 'this address belongs to a user of another customer' })
  }
  await mustFit(db, customerId, result.created.length)
  await create(db, who, id, customerId, result.created)
  return result
}

/** A customer's desk brings so many people and no more (T44). Throws VALIDATION. */
async function mustFit({ orm, t }: Db, customerId: number, more: number): Promise<void> {
  const [{ n } = { n: 0 }] = await orm
    .select({ n: count() })
    .from(person)
    .where(and(eq(person.t, t), eq(person.customerId, customerId), eq(person.source, 'partner')))
  if (n + more > limits.partnerPeople)
    throw new Problem('VALIDATION', {
      message: `The customer’s desk shares ${more} agents that are not users here yet, and ${n} people came from it before: together more than ${limits.partnerPeople}`,
      fix: 'Ask its admins to disable agents that have left, or add those who are needed by hand.',
    })
}

async function create(
  db: Db,
  who: Staff,
  connectionId: number,
  customerId: number,
  created: SharedAgent[],
): Promise<void> {
  const { orm, t } = db
  const audit = audited(db, actorOf(who), 'imported agents', {
    connection: connectionId,
    created: created.length,
  })
  if (created.length === 0) {
    await audit
    return
  }
  const rows = JSON.stringify(created.map((one) => ({ ...one, uid: seams.uid() })))
  await orm.batch([
    nextId(db, 'person', created.length),
    // One statement, since a value list of many would run into the limit of bound parameters.
    orm.run(sql`insert into person (t, id, uid, customer_id, name, email, source, created_at)
      select ${t}, (select value from counter where t = ${t} and name = 'person') - ${created.length} + 1 + j.key,
        j.value ->> 'uid', ${customerId}, j.value ->> 'name', j.value ->> 'email', 'partner', ${seams.now()}
      from json_each(${rows}) j`),
    audit,
  ])
}

async function tokenFor(world: World, row: typeof connection.$inferSelect): Promise<string> {
  const got = await new TokenKeeper().token(world, row)
  if (got.kind === 'token') return got.token
  throw new Problem('PARTNER', {
    message: got.kind === 'refused' ? got.words : 'The partner gave no token',
    fix: 'Authenticate the connection.',
  })
}

async function fetchAgents(
  world: World,
  target: NonNullable<ReturnType<typeof targetOf>>,
  token: string,
): Promise<SharedAgent[]> {
  const answer = await partnerFetch(world, target, {
    door: 'api',
    path: 'connection/agents',
    token,
  })
  if ('error' in answer) throw new Problem('PARTNER', { message: answer.error })
  const { message, fix } = objectOf(answer.json)
  if (answer.status !== 200) {
    throw new Problem('PARTNER', {
      message:
        typeof message === 'string' ? message : `The partner answered with status ${answer.status}`,
      ...(typeof fix === 'string' && { fix }),
    })
  }
  const parsed = Shared.safeParse(answer.json)
  if (!parsed.success)
    throw new Problem('PARTNER', { message: 'The partner’s list of agents is not as expected' })
  return [
    ...new Map(
      parsed.data.agents.map((one) => [one.email, { ...one, name: cleanText(one.name) }]),
    ).values(),
  ]
}
