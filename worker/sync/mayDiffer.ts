import { and, eq, ne, sql } from 'drizzle-orm'
import { link, register } from '../../db/schema'
import type { Db } from '../platform/database'
import { once } from '../platform/once'

/**
 * A link says that the two desks may show different values (protocol.md §7): while a message of it is refused, skipped, parked or dead,
 * and while a value has changed here that no message has brought there. A message brings every value, so the next one taken heals it.
 */

/** The statement by which a link says so. */
export const linkDiffers = once(({ orm, t }: Db, ticketId: number, connectionId: number) =>
  orm
    .update(link)
    .set({ mayDiffer: true })
    .where(and(eq(link.t, t), eq(link.ticketId, ticketId), eq(link.connectionId, connectionId))),
)

/** The same for all links of a ticket but one: what came on that one has changed a value, and is not sent on. */
export const otherLinksDiffer = once(({ orm, t }: Db, ticketId: number, connectionId: number) =>
  orm
    .update(link)
    .set({ mayDiffer: true })
    .where(and(eq(link.t, t), eq(link.ticketId, ticketId), ne(link.connectionId, connectionId))),
)

/**
 * What a taken message leaves of it: where a value was set here, or came from another partner, after the message was built, the desks
 * still differ. `sentClock` is the newest stamp in it. Never sets what was not set.
 */
export const stillDiffers = (
  t: number,
  { ticketId, connectionId }: { ticketId: number; connectionId: number },
  sentClock: number,
) =>
  sql`${link.mayDiffer} and exists (select 1 from ${register} r where r.t = ${t} and r.ticket_id = ${ticketId} and r.applied = 1 and r.connection_id is not ${connectionId} and r.clock > ${sentClock})`
