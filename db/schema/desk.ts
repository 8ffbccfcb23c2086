import { sql } from 'drizzle-orm'
import {
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import { flag, oneOf, smallId, tenant, time } from './columns'
import { customer, person, priority, status, ticketType } from './configuration'

/** Its text is the note of its first action; `lastAction` is the ordinal of the newest one. */
export const ticket = sqliteTable(
  'ticket',
  {
    t: tenant(),
    id: smallId(),
    uid: text().notNull(),
    summary: text().notNull(),
    typeId: smallId(),
    statusId: smallId(),
    isClosed: flag(), // of a status whose kind is closed; here so that the list of open tickets is one index
    priorityId: smallId(),
    categoryId: integer(),
    agentId: integer(), // null: unassigned
    teamId: integer(),
    customerId: smallId(),
    siteId: integer(),
    personId: smallId(),
    workflowId: smallId(),
    stepId: smallId(),
    supplierId: integer(),
    supplierRef: text(),
    customerRef: text(),
    startDate: text(), // a date without a time: YYYY-MM-DD
    targetDate: text(),
    source: oneOf('agent', 'portal', 'api', 'connection').notNull(),
    clock: integer().notNull().default(0), // Lamport clock of its registers
    lastAction: integer().notNull().default(0),
    syncProblem: oneOf('failed', 'dead', 'unknown', 'parked'), // the worst thing that waits for a person
    createdAt: time().notNull(),
    lastActionAt: time().notNull(),
    closedAt: time(),
    deletedAt: time(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    uniqueIndex('ticket_uid').on(t.t, t.uid),
    index('ticket_closed').on(t.t, t.isClosed, t.id),
    index('ticket_status').on(t.t, t.statusId, t.id),
    index('ticket_agent').on(t.t, t.agentId, t.isClosed, t.id),
    index('ticket_team').on(t.t, t.teamId, t.isClosed, t.id),
    index('ticket_customer').on(t.t, t.customerId, t.id),
    index('ticket_person').on(t.t, t.personId, t.id),
    index('ticket_sync_problem')
      .on(t.t, t.syncProblem, t.id)
      .where(sql`sync_problem is not null`),
    foreignKey({ columns: [t.t, t.typeId], foreignColumns: [ticketType.t, ticketType.id] }),
    foreignKey({ columns: [t.t, t.statusId], foreignColumns: [status.t, status.id] }),
    foreignKey({ columns: [t.t, t.priorityId], foreignColumns: [priority.t, priority.id] }),
    foreignKey({ columns: [t.t, t.customerId], foreignColumns: [customer.t, customer.id] }),
    foreignKey({ columns: [t.t, t.personId], foreignColumns: [person.t, person.id] }),
  ],
)

/** The value of an own field on a ticket. */
export const fieldValue = sqliteTable(
  'field_value',
  { t: tenant(), ticketId: smallId(), fieldId: smallId(), value: text().notNull() }, // JSON
  (t) => [
    primaryKey({ columns: [t.t, t.ticketId, t.fieldId] }),
    foreignKey({ columns: [t.t, t.ticketId], foreignColumns: [ticket.t, ticket.id] }),
  ],
)

/**
 * One entry of a timeline. Its id is its ordinal on the ticket, and so the fence: two writers who read the same state collide
 * (protocol.md §1). Whoever changes a ticket appends one.
 */
export const action = sqliteTable(
  'action',
  {
    t: tenant(),
    ticketId: smallId(),
    id: smallId(),
    uid: text().notNull(),
    typeId: smallId(),
    typeName: text().notNull(), // as it was called then
    clock: integer().notNull(),
    authorKind: oneOf('agent', 'user', 'app', 'partner', 'system').notNull(),
    authorId: integer(),
    authorName: text().notNull(),
    connectionId: integer(), // the connection it arrived on
    partnerUrl: text(), // the partner's page of the ticket it arrived from
    remoteId: integer(), // its number at the partner
    hidden: flag(), // from the end user
    at: time().notNull(),
    originAt: time(), // the partner's own time, shown, never used by a rule (F22)
    changes: text(), // JSON: what it changed, in words: [{name, from, to}]
  },
  (t) => [
    primaryKey({ columns: [t.t, t.ticketId, t.id] }),
    uniqueIndex('action_uid').on(t.t, t.uid),
    foreignKey({ columns: [t.t, t.ticketId], foreignColumns: [ticket.t, ticket.id] }),
  ],
)

/** The note, apart from the entry, so that changing a flag does not rewrite it. */
export const actionBody = sqliteTable(
  'action_body',
  { t: tenant(), ticketId: smallId(), actionId: smallId(), noteHtml: text().notNull() },
  (t) => [
    primaryKey({ columns: [t.t, t.ticketId, t.actionId] }),
    foreignKey({
      columns: [t.t, t.ticketId, t.actionId],
      foreignColumns: [action.t, action.ticketId, action.id],
    }),
  ],
)

/** A stored file. Loose (no ticket) until an action or a ticket names it. The bytes are in R2 under `tenant_id/uid`. */
export const attachment = sqliteTable(
  'attachment',
  {
    t: tenant(),
    id: smallId(),
    uid: text().notNull(),
    ticketId: integer(),
    actionId: integer(),
    filename: text().notNull(),
    type: text().notNull(),
    size: integer().notNull(),
    sha256: text().notNull(),
    cid: text(), // of an inline image
    byActor: text().notNull(), // a loose file may be named only by whoever stored it; `partner:TENANT_ID` of one that a partner staged
    stagedFor: text(), // the uid of the link that a partner staged it for
    object: text(), // the name of its bytes, where that is not the uid: two tries of a partner never write over each other
    sweepAt: time(), // when it goes, unless an action takes it before; 0: it is going, and nothing can take it any more
    createdAt: time().notNull(),
    deletedAt: time(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    uniqueIndex('attachment_uid').on(t.t, t.uid),
    index('attachment_ticket').on(t.t, t.ticketId, t.actionId),
    index('attachment_sweep')
      .on(t.t, t.sweepAt)
      .where(sql`sweep_at is not null`),
  ],
)

/** A file that a partner's action named and that is not here: it follows, or the partner's desk could not give it. Goes as it arrives. */
export const missingFile = sqliteTable(
  'missing_file',
  {
    t: tenant(),
    uid: text().notNull(),
    partnerTenant: text().notNull(),
    ticketId: smallId(),
    actionId: smallId(),
    filename: text().notNull(),
    size: integer().notNull(),
    cid: text(),
    missing: oneOf('follows', 'refused').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.uid] }),
    index('missing_file_ticket').on(t.t, t.ticketId, t.actionId),
  ],
)

/** How much a tenant has stored, counted as files come and go: adding it up would read every file (T16). */
export const fileUsage = sqliteTable('file_usage', {
  t: tenant().primaryKey(),
  bytes: integer().notNull(),
})

/**
 * The first answer to a creating POST that carried an Idempotency-Key (R1): the reference of its row, never its text. Kept 14 days. Of
 * something else than an action or a ticket `ticketId` is the last number that was drawn, and `actionId` 0.
 */
export const idem = sqliteTable(
  'idem',
  {
    t: tenant(),
    actor: text().notNull(),
    key: text().notNull(),
    requestHash: text().notNull(),
    ticketId: integer().notNull(),
    actionId: integer().notNull(),
    at: time().notNull(),
  },
  (t) => [primaryKey({ columns: [t.t, t.actor, t.key] })],
)
