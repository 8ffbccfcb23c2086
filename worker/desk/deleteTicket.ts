import { and, eq, isNotNull, ne } from 'drizzle-orm'
import { link, outbox, ticket } from '../../db/schema'
import type { Db } from '../platform/database'
import { fault } from '../platform/fault'
import { seams } from '../platform/seams'
import { audited } from './audit'

/** Deletes a ticket by a tombstone: its links answer a partner that it is gone, and nothing of it leaves any more (R12). */
export async function deleteTicket(db: Db, id: number, actor: string): Promise<void> {
  const { orm, t } = db
  await orm.batch([
    orm
      .update(ticket)
      .set({ deletedAt: seams.now() })
      .where(and(eq(ticket.t, t), eq(ticket.id, id))),
    orm
      .update(link)
      .set({ state: 'gone' })
      // One that has ended stays so: the partner's ticket may have a new twin by now.
      .where(and(eq(link.t, t), eq(link.ticketId, id), ne(link.state, 'ended'))),
    orm
      .update(outbox)
      .set({ state: 'skipped', nextAt: null, reason: 'link_ended' })
      .where(and(eq(outbox.t, t), eq(outbox.ticketId, id), isNotNull(outbox.nextAt))),
    audited(db, actor, 'deleted a ticket', { id }),
  ])
  FAULTS && (await fault('P2'))
}
