import { and, eq, isNotNull, ne, sql } from 'drizzle-orm'
import { connection, link, outbox } from '../../db/schema'
import { newCredentials } from '../auth/clients'
import { actorOf, type Staff } from '../auth/principal'
import { audited } from '../desk/audit'
import { found, type Db } from '../platform/database'
import { fault } from '../platform/fault'
import { fixOf } from './reasons'

/** Issues a new secret; the old one and every token made with it end at once (R14). Throws NOT_FOUND. */
export async function rotateSecret(db: Db, who: Staff, id: number): Promise<string> {
  const { orm } = db
  const standing = await mustStand(db, id)
  const { secret, hash } = await newCredentials()
  await orm.batch([
    orm
      .update(connection)
      .set({ issuedSecretHash: hash, issuedVer: sql`${connection.issuedVer} + 1` })
      .where(standing),
    audited(db, actorOf(who), 'rotated secret of connection', { connection: id }),
  ])
  FAULTS && (await fault('P2'))
  return secret
}

/**
 * Ends a connection: its credentials are worth nothing from now on, what waits is skipped with that reason, both tickets of every link
 * stay (design.md §12, F28). Throws NOT_FOUND.
 */
export async function endConnection(db: Db, who: Staff, id: number): Promise<void> {
  const { orm, t } = db
  const standing = await mustStand(db, id)
  await orm.batch([
    orm
      .update(connection)
      .set({
        state: 'ended',
        allowAccess: false,
        partnerSecret: null,
        verifiedAt: null,
        issuedSecretHash: '',
        issuedVer: sql`${connection.issuedVer} + 1`,
        stateReason: null,
      })
      .where(standing),
    orm
      .update(outbox)
      .set({ state: 'skipped', nextAt: null, reason: 'link_ended', fix: fixOf('link_ended') })
      .where(and(eq(outbox.t, t), eq(outbox.connectionId, id), isNotNull(outbox.nextAt))),
    orm
      .update(link)
      .set({ state: 'ended' })
      .where(and(eq(link.t, t), eq(link.connectionId, id), ne(link.state, 'ended'))),
    audited(db, actorOf(who), 'ended connection', { connection: id }),
  ])
  FAULTS && (await fault('P2'))
}

/** The condition that names a connection which has not ended. Throws NOT_FOUND. */
async function mustStand({ orm, t }: Db, id: number) {
  const standing = and(eq(connection.t, t), eq(connection.id, id), ne(connection.state, 'ended'))
  const [row] = await orm.select({ id: connection.id }).from(connection).where(standing)
  found(row)
  return standing
}
