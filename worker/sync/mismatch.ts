import { and, eq, gt, sql } from 'drizzle-orm'
import { audit } from '../../db/schema'
import type { Db } from '../platform/database'
import { seams } from '../platform/seams'
import type { Arrival } from './arrival'

/**
 * The same uid with other content is a fault of one of the two desks, or somebody who forges (F20). The first message stays; the admins
 * find it in the audit and on the connection's page. A partner that repeats it leaves one row a day.
 */

const WHAT = 'refused other content'
const DAY_MS = 86_400_000
const SHOWN_DAYS = 30

export async function noteMismatch(
  { orm, t }: Db,
  { connectionId, message }: Arrival,
  ticketId: number,
): Promise<void> {
  const at = seams.now()
  const detail = JSON.stringify({
    connection: connectionId,
    ticket: ticketId,
    uid: message.baton.uid,
    by: message.baton.author.name,
  })
  await orm.run(sql`insert into audit (t, at, uid, actor, what, detail)
    select ${t}, ${at}, ${seams.uid()}, ${`connection:${connectionId}`}, ${WHAT}, ${detail}
    where not exists (select 1 from audit where t = ${t} and at > ${at - DAY_MS} and what = ${WHAT} and detail = ${detail})`)
}

/** The tickets of a connection to which this happened in the last weeks. */
export const mismatchesQuery = ({ orm, t }: Db, connectionId: number) =>
  orm
    .selectDistinct({ ticketId: sql<number>`${audit.detail} ->> 'ticket'`.as('ticket') })
    .from(audit)
    .where(
      and(
        eq(audit.t, t),
        gt(audit.at, seams.now() - SHOWN_DAYS * DAY_MS),
        eq(audit.what, WHAT),
        sql`${audit.detail} ->> 'connection' = ${connectionId}`,
      ),
    )
    .limit(20)
