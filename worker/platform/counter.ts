import { and, eq, sql } from 'drizzle-orm'
import { counter } from '../../db/schema'
import type { Db } from './database'
import { once } from './once'

/** What has small numbers of its own; each kind is called as its table. A field's options share one row of numbers. */
export type Counted =
  | 'ticket'
  | 'attachment'
  | 'link'
  | 'connection'
  | 'agent'
  | 'team'
  | 'customer'
  | 'site'
  | 'supplier'
  | 'person'
  | 'apiApp'
  | 'status'
  | 'sla'
  | 'priority'
  | 'category'
  | 'field'
  | 'fieldOption'
  | 'emailTemplate'
  | 'actionType'
  | 'workflow'
  | 'ticketType'

/**
 * The statement that draws `count` numbers at once (one by default). It stands in the batch of the rows that take them, and before
 * them, so that a batch that fails gives no number out. A number is never given out twice, also after its row was deleted (F44).
 */
export const nextId = once(({ orm, t }: Db, name: Counted, count?: number) =>
  orm
    .insert(counter)
    .values({ t, name, value: count ?? 1 })
    .onConflictDoUpdate({
      target: [counter.t, counter.name],
      set: { value: sql`${counter.value} + ${count ?? 1}` },
    })
    .returning({ value: counter.value }),
)

/** The number just drawn, for use in the values of a row; `back` counts down from the last of several. */
export const idOf = ({ t }: Db, name: Counted, back = 0) =>
  sql<number>`(select ${counter.value} - ${back} from ${counter} where ${and(eq(counter.t, t), eq(counter.name, name))})`
