import { and, eq } from 'drizzle-orm'
import { connection } from '../../db/schema'
import { actorOf, type Staff } from '../auth/principal'
import { audited } from '../desk/audit'
import { nextId } from '../platform/counter'
import { isKeyCollision, runBatch, type Db } from '../platform/database'
import { fault } from '../platform/fault'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { planOf, readKnown, type ConnectionDraft, type Plan } from './connectionPlan'
import { makeDue } from './connections'
import { publishStatements } from './mappings'
import { deriveUnapplied } from './mergeAnswer'
import type { World } from './partnerFetch'
import { sealSecret } from './partnerToken'

/** What was saved: the number, and the secret when this made one. It is never readable again. */
export interface Saved {
  id: number
  secret?: string
  /** Messages that waited may go now. */
  resumed: boolean
}

/**
 * Makes and changes connections, all or none. Throws VALIDATION by field, NOT_FOUND, MODULE_OFF, and CONFLICT where the profile has a
 * connection already or somebody else published mappings at the same moment.
 */
export async function saveConnections(
  world: World,
  db: Db,
  who: Staff,
  drafts: ConnectionDraft[],
): Promise<Saved[]> {
  const known = await readKnown(db, drafts)
  const plans = await Promise.all(
    drafts.map((draft, i) => planOf(world, db, known, draft, drafts.length > 1 ? `[${i}].` : '')),
  )
  const fresh = plans.filter(({ row }) => !row)
  let last = fresh.length > 0 ? await drawIds(db, fresh.length) : 0
  for (const plan of fresh.toReversed()) plan.id = last--
  await write(world.env, db, who, plans)
  return plans.map(({ id, secret, resumed }) => ({
    id,
    resumed,
    ...(secret !== undefined && { secret }),
  }))
}

/** The numbers are drawn beforehand, since a secret is sealed with the number of its connection. Answers the last of them. */
async function drawIds(db: Db, count: number): Promise<number> {
  const [drawn] = await nextId(db, 'connection', count)
  if (!drawn) throw new Error('No number was drawn')
  return drawn.value
}

async function write(env: Env, db: Db, who: Staff, plans: Plan[]): Promise<void> {
  const { orm, t } = db
  const now = seams.now()
  const statements = []
  for (const plan of plans) {
    const { id, row, set } = plan
    if (plan.partnerSecret !== undefined)
      set.partnerSecret = plan.partnerSecret && (await sealSecret(env, t, id, plan.partnerSecret))
    const { issuedClientId = '', issuedSecretHash = '' } = set
    statements.push(
      row
        ? orm
            .update(connection)
            .set(set)
            .where(and(eq(connection.t, t), eq(connection.id, id)))
        : orm
            .insert(connection)
            .values({ ...set, t, id, issuedClientId, issuedSecretHash, createdAt: now }),
      ...(plan.mappings
        ? publishStatements(db, id, (row?.mappingVersion ?? 0) + 1, plan.mappings)
        : []),
      ...(plan.resumed ? [makeDue(db, id)] : []),
      audited(db, actorOf(who), row ? 'changed connection' : 'made connection', {
        connection: id,
        changed: plan.names,
      }),
    )
  }
  try {
    await runBatch(db, statements)
  } catch (error) {
    if (isKeyCollision(error, 'connection'))
      throw new Problem('CONFLICT', {
        message: 'This profile has a connection already',
        fix: 'Change that one, or end it first.',
      })
    if (isKeyCollision(error, 'mapping')) throw new Problem('CONFLICT')
    throw error
  }
  FAULTS && (await fault('P2'))
  for (const { id, row, mappings } of plans) if (row && mappings) await deriveUnapplied(db, id)
}
