import { and, eq, inArray, isNotNull, ne, notInArray, or, sql } from 'drizzle-orm'
import { agent, connection, link, outbox, ticket } from '../../db/schema'
import { newCredentials } from '../auth/clients'
import { actorOf, type Partner, type Staff } from '../auth/principal'
import { audited } from '../desk/audit'
import { found, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { worstOf } from './deliveries'
import { fixOf } from './reasons'

/**
 * Issues a new secret (R14). The old one and every token made with it end at once, or after `overlapMs`, so that the partner can enter
 * the new one without a gap (F27). Throws NOT_FOUND.
 */
export async function rotateSecret(
  db: Db,
  who: Staff,
  id: number,
  overlapMs: number,
): Promise<string> {
  const { orm } = db
  const { standing, row } = await mustStand(db, who, id)
  const { secret, hash } = await newCredentials()
  const overlaps = overlapMs > 0 && row.issuedSecretHash !== ''
  await orm.batch([
    orm
      .update(connection)
      .set({
        issuedSecretHash: hash,
        issuedVer: sql`${connection.issuedVer} + 1`,
        issuedOldHash: overlaps ? row.issuedSecretHash : null,
        issuedOldUntil: overlaps ? seams.now() + overlapMs : null,
      })
      // Two rotations at once would each name the other's secret as the old one.
      .where(and(standing, eq(connection.issuedVer, row.issuedVer))),
    audited(db, actorOf(who), 'rotated secret of connection', { connection: id, overlapMs }),
  ])
  return secret
}

/**
 * Ends a connection: its credentials are worth nothing from now on, what waited is skipped with that reason, both tickets of every link
 * stay (design.md §12, F28). What the partner issued is kept until it has been told, and used for nothing else. Throws NOT_FOUND.
 */
export async function endConnection(db: Db, who: Staff, id: number): Promise<void> {
  const { row, name } = await mustStand(db, who, id)
  const tell = row.verifiedAt !== null && row.dialect === 'baton'
  await db.orm.batch([
    ...endStatements(db, id, {
      endedBy: name,
      endedThere: false,
      endedUid: seams.uid(),
      ...(tell ? { tellAt: seams.now() } : { partnerSecret: null }),
    }),
    audited(db, actorOf(who), 'ended connection', { connection: id }),
  ])
}

/** Takes a partner's word that it has ended the connection. Throws PAUSED while a restored desk has not been resumed. */
export async function takeEnd(db: Db, who: Partner, name: string): Promise<void> {
  const { connectionId: id } = who
  const [row] = await db.orm
    .select({ restoredAt: connection.restoredAt, state: connection.state })
    .from(connection)
    .where(and(eq(connection.t, db.t), eq(connection.id, id)))
  if (row?.restoredAt && row.state === 'paused') throw new Problem('PAUSED', { retryAfterS: 300 })
  await db.orm.batch([
    ...endStatements(db, id, { endedBy: name, endedThere: true, partnerSecret: null }),
    audited(db, actorOf(who), 'ended connection', { connection: id }),
  ])
}

const endStatements = (db: Db, id: number, how: Partial<typeof connection.$inferInsert>) => {
  const { orm, t } = db
  const links = and(eq(link.t, t), eq(link.connectionId, id))
  return [
    orm
      .update(connection)
      .set({
        state: 'ended',
        endedAt: seams.now(),
        allowAccess: false,
        verifiedAt: null,
        issuedSecretHash: '',
        issuedOldHash: null,
        issuedOldUntil: null,
        issuedVer: sql`${connection.issuedVer} + 1`,
        stateReason: null,
        restoredAt: null,
        holdUntil: null,
        ...how,
      })
      .where(and(eq(connection.t, t), eq(connection.id, id))),
    skipAll(db, id),
    orm
      .update(link)
      .set({ state: 'ended' })
      .where(and(links, notInArray(link.state, ['ended', 'gone']))),
    orm
      .update(ticket)
      .set({ syncProblem: worstOf(t, ticket.id) })
      .where(
        and(
          eq(ticket.t, t),
          isNotNull(ticket.syncProblem),
          inArray(ticket.id, orm.select({ id: link.ticketId }).from(link).where(links)),
        ),
      ),
  ] as const
}

/** Nothing of an ended connection can reach the partner any more: neither what waits nor what a person could have retried. */
export const skipAll = ({ orm, t }: Db, id: number) =>
  orm
    .update(outbox)
    .set({
      state: 'skipped',
      nextAt: null,
      reason: 'connection_ended',
      fix: fixOf('connection_ended'),
    })
    .where(
      and(
        eq(outbox.t, t),
        eq(outbox.connectionId, id),
        or(isNotNull(outbox.nextAt), inArray(outbox.state, ['failed', 'dead', 'unknown'])),
      ),
    )

/** A connection that has not ended, and the name of who changes it. Throws NOT_FOUND. */
async function mustStand({ orm, t }: Db, who: Staff, id: number) {
  const standing = and(eq(connection.t, t), eq(connection.id, id), ne(connection.state, 'ended'))
  const [rows, people] = await orm.batch([
    orm.select().from(connection).where(standing),
    orm
      .select({ name: agent.name })
      .from(agent)
      .where(and(eq(agent.t, t), eq(agent.id, who.agentId))),
  ])
  return { standing, row: found(rows[0]), name: people[0]?.name ?? '' }
}
