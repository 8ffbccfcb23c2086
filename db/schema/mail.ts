import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { oneOf, smallId, tenant, time } from './columns'

/** Mail that has to leave, and what became of it. Written in the batch of the action that causes it. */
export const mailOut = sqliteTable(
  'mail_out',
  {
    t: tenant(),
    ticketId: smallId(),
    actionId: smallId(),
    uid: text().notNull(), // the X-Baton-Mail header: a repeat after an unclear answer carries the same (Q16)
    fromName: text().notNull(),
    fromAddress: text().notNull(),
    toName: text().notNull(),
    toAddress: text().notNull(),
    subject: text().notNull(),
    html: text().notNull(),
    state: oneOf('pending', 'sent', 'failed', 'dead').notNull(),
    attempts: integer().notNull().default(0),
    nextAt: time(), // open while set
    messageId: text(),
    error: text(),
    at: time().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.ticketId, t.actionId, t.uid] }),
    index('mail_out_open')
      .on(t.t, t.nextAt)
      .where(sql`next_at is not null`),
    index('mail_out_time').on(t.t, t.at),
  ],
)

/** Every Message-ID ever sent, so that a reply finds its ticket. */
export const mailRef = sqliteTable(
  'mail_ref',
  { t: tenant(), messageId: text().notNull(), ticketId: smallId() },
  (t) => [primaryKey({ columns: [t.t, t.messageId] })],
)
