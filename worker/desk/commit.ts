import { and, eq, sql, type SQL } from 'drizzle-orm'
import { action, actionBody, fieldValue, ticket } from '../../db/schema'
import type { Db } from '../platform/database'
import { once } from '../platform/once'
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

const changeTicket = once(
  (
    { orm, t }: Db,
    ticketId: number,
    set: Plan['set'],
    entry: { id: number; at: number; clock: number },
  ) =>
    orm
      .update(ticket)
      .set({
        ...set,
        clock: sql`max(${ticket.clock}, ${entry.clock}) + 1`,
        lastAction: entry.id,
        lastActionAt: entry.at,
        // Closed once more, it stays closed since then: whether its user was told of it is asked by that time.
        ...(set.isClosed !== undefined && {
          closedAt: set.isClosed ? sql`coalesce(${ticket.closedAt}, ${entry.at})` : null,
        }),
      })
      .where(and(eq(ticket.t, t), eq(ticket.id, ticketId)))
      .returning({ clock: ticket.clock }),
)

const addEntry = once(({ orm, t }: Db, row: Omit<typeof action.$inferInsert, 't' | 'clock'>) =>
  orm.insert(action).values({ ...row, t, clock: clockNow(t, row.ticketId) }),
)

const addBody = once(({ orm, t }: Db, row: Omit<typeof actionBody.$inferInsert, 't'>) =>
  orm.insert(actionBody).values({ ...row, t }),
)

/** An entry as it is stored, but for its clock: what a new ticket and a later action have in common. */
export const entryRow = (type: Plan['type'], by: Signature) => ({
  uid: by.uid,
  typeId: type.id,
  typeName: type.name,
  authorKind: by.kind,
  authorId: by.id,
  authorName: by.name,
  connectionId: by.from?.connectionId ?? null,
  partnerUrl: by.from?.url ?? null,
  remoteId: by.from?.remoteId ?? null,
  originAt: by.from?.at ?? null,
  at: by.at,
})

/**
 * The statements that write a plan: the ticket's new values, the entry with its text, field values, words for search. The entry's
 * key is the fence: when another writer was first the batch rolls back, and `isKeyCollision` tells so.
 */
export function planStatements(db: Db, plan: Plan, by: Signature) {
  const { orm, t } = db
  const { ticketId, actionId: id } = plan
  const words = [plan.set.summary, plainText(plan.noteHtml)].filter(Boolean).join('\n')
  return [
    changeTicket(db, ticketId, plan.set, { id, at: by.at, clock: by.from?.clock ?? 0 }),
    addEntry(db, {
      ...entryRow(plan.type, by),
      ticketId,
      id,
      hidden: plan.hidden,
      changes: plan.changes.length > 0 ? JSON.stringify(plan.changes) : null,
    }),
    ...(plan.noteHtml ? [addBody(db, { ticketId, actionId: id, noteHtml: plan.noteHtml })] : []),
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
      ? [addWords(db, ticketId, id, wordsOf(t, words, plan.hidden && plan.noteHtml !== ''))]
      : []),
  ]
}

/** What of an entry is found, and by whom: by the tenant's people, and by its end users where it is not hidden from them. */
export const wordsOf = (t: number, words: string, hidden: boolean) => ({
  scope: hidden ? `t${t}` : `t${t} p${t}`,
  words: words.normalize('NFC'),
})

/** An entry's words for full-text search; entries beyond the 8,191st of a ticket are not searched (`db/migrations` packs the row number). */
export const addWords = once(
  (
    { orm, t }: Db,
    ticketId: number | SQL<number>,
    actionId: number,
    { scope, words }: ReturnType<typeof wordsOf>,
  ) =>
    orm.run(
      sql`insert into search(rowid, scope, words) select (${t} << 43) | (${ticketId} << 13) | ${actionId}, ${scope}, ${words} where ${actionId} < 8192`,
    ),
)
