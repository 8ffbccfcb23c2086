import { and, eq, sql } from 'drizzle-orm'
import { action, actionBody, fieldValue, ticket } from '../../db/schema'
import type { Db } from '../platform/database'
import type { Plan } from './decide'
import { plainText } from './html'

/** Who made an entry and where it came from, as it is stored on the entry. */
export interface Signature {
  uid: string
  kind: 'agent' | 'user' | 'app' | 'partner' | 'system'
  id: number | null
  name: string
  at: number
  /** Set when it arrived from a partner. `clock` is the message's: ours becomes greater than both (protocol.md §1). */
  from?: {
    connectionId: number
    url: string | null
    remoteId: number | null
    at: number | null
    clock: number
  }
}

/** The ticket's clock as it stands after this batch's update of the ticket: every stamp of the batch takes it. */
export const clockNow = (t: number, ticketId: number) =>
  sql<number>`(select ${ticket.clock} from ${ticket} where ${ticket.t} = ${t} and ${ticket.id} = ${ticketId})`

/**
 * The statements that write a plan: the ticket's new values, the entry with its text, field values, words for search. The entry's
 * key is the fence: when another writer was first the batch rolls back, and `isKeyCollision` tells so.
 */
export function planStatements({ orm, t }: Db, plan: Plan, by: Signature) {
  const { ticketId, actionId: id } = plan
  const words = [plan.set.summary, plainText(plan.noteHtml)].filter(Boolean).join('\n')
  return [
    orm
      .update(ticket)
      .set({
        ...plan.set,
        clock: sql`max(${ticket.clock}, ${by.from?.clock ?? 0}) + 1`,
        lastAction: id,
        lastActionAt: by.at,
        // Closed once more, it stays closed since then: whether its user was told of it is asked by that time.
        ...(plan.set.isClosed !== undefined && {
          closedAt: plan.set.isClosed ? sql`coalesce(${ticket.closedAt}, ${by.at})` : null,
        }),
      })
      .where(and(eq(ticket.t, t), eq(ticket.id, ticketId)))
      .returning({ clock: ticket.clock }),
    orm.insert(action).values({
      t,
      ticketId,
      id,
      uid: by.uid,
      typeId: plan.type.id,
      typeName: plan.type.name,
      clock: clockNow(t, ticketId),
      authorKind: by.kind,
      authorId: by.id,
      authorName: by.name,
      connectionId: by.from?.connectionId ?? null,
      partnerUrl: by.from?.url ?? null,
      remoteId: by.from?.remoteId ?? null,
      originAt: by.from?.at ?? null,
      hidden: plan.hidden,
      at: by.at,
      changes: plan.changes.length > 0 ? JSON.stringify(plan.changes) : null,
    }),
    ...(plan.noteHtml
      ? [orm.insert(actionBody).values({ t, ticketId, actionId: id, noteHtml: plan.noteHtml })]
      : []),
    ...plan.values.map(({ fieldId, value }) => {
      const stored = JSON.stringify(value)
      return orm
        .insert(fieldValue)
        .values({ t, ticketId, fieldId, value: stored })
        .onConflictDoUpdate({
          target: [fieldValue.t, fieldValue.ticketId, fieldValue.fieldId],
          set: { value: stored },
        })
    }),
    // A summary is for everybody, also where the entry of its change is not.
    ...(words
      ? [orm.run(searchInsert(t, sql`${ticketId}`, id, words, plan.hidden && plan.noteHtml !== ''))]
      : []),
  ]
}

/** An entry's words for full-text search; entries beyond the 8,191st of a ticket are not searched (`db/migrations` packs the row number). */
export function searchInsert(
  t: number,
  ticketId: ReturnType<typeof sql>,
  actionId: number,
  words: string,
  hidden: boolean,
) {
  const scope = hidden ? `t${t}` : `t${t} p${t}`
  const normal = words.normalize('NFC')
  return sql`insert into search(rowid, scope, words) select (${t} << 43) | (${ticketId} << 13) | ${actionId}, ${scope}, ${normal} where ${actionId} < 8192`
}
