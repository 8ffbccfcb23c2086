import { and, asc, count, eq, gt, inArray } from 'drizzle-orm'
import { z } from 'zod'
import { connection, link, onlyThere, ticket } from '../../db/schema'
import { actorOf, type Staff } from '../auth/principal'
import { audited } from '../desk/audit'
import { runBatch, type Db } from '../platform/database'
import type { ConnectionRow } from './connections'
import { partnerFetch, targetOf, type World } from './partnerFetch'
import type { TokenKeeper } from './partnerToken'
import { listLost, reconcile } from './reconcile'

const LINKS_AT_ONCE = 12

/**
 * Compares the next links of a connection that an admin resumed after a restore, by number after `from`, and in the end looks for links
 * that only the partner knows; nothing is sent before all that (R16). Gives the number of the last one that was compared, and whether
 * the partner answered; null when it is done.
 */
export async function reconcileNext(
  world: World,
  db: Db,
  keeper: TokenKeeper,
  to: ConnectionRow,
  from: number,
): Promise<{ last: number; answered: boolean } | null> {
  const { orm, t } = db
  const links = await orm
    .select()
    .from(link)
    .where(
      and(eq(link.t, t), eq(link.connectionId, to.id), eq(link.state, 'live'), gt(link.id, from)),
    )
    .orderBy(asc(link.id))
    // A partner without this protocol has nothing to compare with.
    .limit(to.dialect === 'halo' ? 0 : LINKS_AT_ONCE)
  let last = from
  for (const one of links) {
    const before = { n: one.outN, uid: one.outUid }
    const answered = await reconcile(world, db, keeper, to, one, { before, ofResume: true })
    if (!answered) return { last, answered }
    last = one.id
  }
  if (links.length > 0) return { last, answered: true }
  if (to.dialect !== 'halo' && !(await findForgotten(world, db, keeper, to)))
    return { last, answered: false }
  await orm
    .update(connection)
    .set({ restoredAt: null })
    .where(and(eq(connection.t, t), eq(connection.id, to.id)))
  return null
}

const LinksPage = z.object({
  links: z.array(
    z.object({
      link: z.string(),
      ticket_id: z.int(),
      url: z
        .url({ protocol: /^https?$/ })
        .nullish()
        .catch(null),
      taken: z.int().min(0),
    }),
  ),
  record_count: z.int(),
})
const MOST_PAGES = 100
const IDS_AT_ONCE = 80

/** Lists the tickets that the partner has on this connection and this desk has forgotten. False when the partner does not answer. */
async function findForgotten(
  world: World,
  db: Db,
  keeper: TokenKeeper,
  to: ConnectionRow,
): Promise<boolean> {
  const target = targetOf(to)
  const { orm, t } = db
  for (let page = 1, seen = 0; page <= MOST_PAGES; page++) {
    const token = await keeper.token(world, to)
    if (!target || token.kind !== 'token') return false
    const path = `connection/links?page_no=${page}`
    const answer = await partnerFetch(world, target, { door: 'api', path, token: token.token })
    if ('error' in answer) return false
    // A desk that has no such door yet cannot be asked.
    if (answer.status === 403 || answer.status === 404) return true
    const read = answer.status === 200 ? LinksPage.safeParse(answer.json) : null
    if (!read?.success) return false
    const { links, record_count: all } = read.data
    for (let at = 0; at < links.length; at += IDS_AT_ONCE) {
      const some = links.slice(at, at + IDS_AT_ONCE)
      const uids = some.map((one) => one.link)
      const known = await orm
        .select({ uid: link.uid })
        .from(link)
        .where(and(eq(link.t, t), inArray(link.uid, uids)))
      const ours = new Set(known.map(({ uid }) => uid))
      await runBatch(
        db,
        some
          .filter((one) => !ours.has(one.link))
          .map((one) =>
            listLost(db, {
              connectionId: to.id,
              linkUid: one.link,
              ticketId: null,
              remoteTicketId: one.ticket_id,
              remoteUrl: one.url ?? null,
              entries: one.taken,
            }),
          ),
      )
    }
    seen += links.length
    if (links.length === 0 || seen >= all) return true
  }
  return true
}

/** What only the partner has, as it was found after a restore, with our ticket where there still is one. */
export async function readLost({ orm, t }: Db, connectionId: number) {
  return orm
    .select({
      ticketId: onlyThere.ticketId,
      summary: ticket.summary,
      remoteTicketId: onlyThere.remoteTicketId,
      remoteUrl: onlyThere.remoteUrl,
      entries: onlyThere.entries,
      at: onlyThere.at,
    })
    .from(onlyThere)
    .leftJoin(ticket, and(eq(ticket.t, onlyThere.t), eq(ticket.id, onlyThere.ticketId)))
    .where(and(eq(onlyThere.t, t), eq(onlyThere.connectionId, connectionId)))
    .orderBy(asc(onlyThere.remoteTicketId))
    .limit(MOST_SHOWN)
}
const MOST_SHOWN = 1_000

/** An admin has seen to all of it. */
export async function forgetLost(db: Db, who: Staff, connectionId: number): Promise<void> {
  const { orm, t } = db
  await orm.batch([
    orm.delete(onlyThere).where(and(eq(onlyThere.t, t), eq(onlyThere.connectionId, connectionId))),
    audited(db, actorOf(who), 'saw to what only the partner has', { connection: connectionId }),
  ])
}

/** The links of a connection, for a partner that was restored and has forgotten some (R16). */
export async function linksOf(
  { orm, t }: Db,
  connectionId: number,
  page: { limit: number; offset: number },
) {
  // A broken one may be so because the partner has forgotten it.
  const standing = and(
    eq(link.t, t),
    eq(link.connectionId, connectionId),
    inArray(link.state, ['creating', 'live', 'broken']),
  )
  const [links, counted] = await orm.batch([
    orm
      .select({ uid: link.uid, ticketId: link.ticketId, taken: link.inN })
      .from(link)
      .where(standing)
      // As the index has them, or all links of the desk would be read.
      .orderBy(asc(link.state), asc(link.id))
      .limit(page.limit)
      .offset(page.offset),
    orm
      .select({ n: count().as('n') })
      .from(link)
      .where(standing),
  ])
  return { links, count: counted[0]?.n ?? 0 }
}
