import { sql } from 'drizzle-orm'
import {
  foreignKey,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import { flag, oneOf, smallId, tenant, time } from './columns'
import { customer, supplier } from './configuration'
import { ticket } from './desk'

/** One side of a link between two instances: the API Access tab of a customer or a supplier. */
export const connection = sqliteTable(
  'connection',
  {
    t: tenant(),
    id: smallId(),
    kind: oneOf('customer', 'supplier').notNull(),
    customerId: integer(),
    supplierId: integer(),
    allowAccess: flag(),
    // what we issue to the partner
    issuedClientId: text().notNull(),
    issuedSecretHash: text().notNull(),
    issuedVer: integer().notNull().default(1),
    issuedOldHash: text(), // the secret before the last rotation, good until then (F27)
    issuedOldUntil: time(),
    // what the partner issued to us
    partnerName: text(), // as its instanceinfo says
    partnerAuthUrl: text(),
    partnerResourceUrl: text(),
    partnerTenantId: text(),
    partnerClientId: text(),
    partnerSecret: text(), // AES-GCM, bound to tenant and connection
    dialect: oneOf('baton', 'halo'),
    partnerV: real(), // the version of the protocol it spoke when it was authenticated
    verifiedAt: time(), // our credentials at the partner worked
    state: oneOf('setup', 'live', 'paused', 'broken', 'ended').notNull().default('setup'),
    stateReason: text(),
    restoredAt: time(), // this desk seems to have been restored: after Resume each link is compared before anything is sent (R16)
    holdUntil: time(), // the partner asked us to wait (429, PAUSED, SUSPENDED)
    // its end
    endedAt: time(),
    endedBy: text(), // the name of who ended it
    endedThere: flag(), // at the partner's desk
    endedUid: text(), // of the notice that tells the partner
    tellAt: time(), // when the partner is told next; null: told, or never to be
    tellFailures: integer().notNull().default(0),
    lastOkAt: time(),
    lastError: text(),
    lastErrorAt: time(),
    // inbound settings
    unknownSender: oneOf('create', 'general', 'refuse').notNull().default('create'),
    defaultStatusId: integer(), // null: the action's or ticket type's own (G42)
    defaultActionTypeId: integer(),
    defaultTicketTypeId: integer(), // customer connections only
    mappingVersion: integer().notNull().default(0), // the published one
    // outbound settings
    syncAttachments: flag(),
    shareAgents: flag(true),
    createdAt: time().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    uniqueIndex('connection_issued').on(t.issuedClientId),
    uniqueIndex('connection_customer')
      .on(t.t, t.customerId)
      .where(sql`customer_id is not null and state <> 'ended'`),
    uniqueIndex('connection_supplier')
      .on(t.t, t.supplierId)
      .where(sql`supplier_id is not null and state <> 'ended'`),
    foreignKey({ columns: [t.t, t.customerId], foreignColumns: [customer.t, customer.id] }),
    foreignKey({ columns: [t.t, t.supplierId], foreignColumns: [supplier.t, supplier.id] }),
  ],
)

/** What a thing of the partner's is here. Keyed by the partner's id; the name is a label. A publish writes a new version. */
export const mapping = sqliteTable(
  'mapping',
  {
    t: tenant(),
    connectionId: smallId(),
    version: integer().notNull(),
    kind: oneOf('status', 'priority', 'category', 'field', 'outcome', 'tickettype').notNull(),
    remoteId: text().notNull(),
    remoteName: text().notNull(),
    localId: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.connectionId, t.version, t.kind, t.remoteId] }),
    foreignKey({ columns: [t.t, t.connectionId], foreignColumns: [connection.t, connection.id] }),
  ],
)

/** The partner's lists as last fetched, so that a mapping is picked and not typed. */
export const catalogue = sqliteTable(
  'catalogue',
  {
    t: tenant(),
    connectionId: smallId(),
    etag: text().notNull(),
    data: text().notNull(),
    fetchedAt: time().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.connectionId] }),
    foreignKey({ columns: [t.t, t.connectionId], foreignColumns: [connection.t, connection.id] }),
  ],
)

/** The tie between a local ticket and its twin. `in`: the last message we took; `out`: the last one the partner took. */
export const link = sqliteTable(
  'link',
  {
    t: tenant(),
    id: smallId(),
    uid: text().notNull(),
    ticketId: smallId(),
    connectionId: smallId(),
    partnerTenant: text().notNull(),
    remoteTicketUid: text(),
    remoteTicketId: integer(),
    remoteUrl: text(),
    state: oneOf('creating', 'live', 'broken', 'ended', 'gone').notNull(),
    inN: integer().notNull().default(0),
    inUid: text(),
    outN: integer().notNull().default(0),
    outUid: text(),
    via: text().notNull().default('[]'), // JSON: tenant_ids the ticket passed before it came to us on this link
    mayDiffer: flag(), // a message of it is refused or parked: the desks may show different values
    createdAt: time().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    uniqueIndex('link_uid').on(t.t, t.uid),
    index('link_all').on(t.t, t.ticketId, t.id), // ended ones too, which the next one leaves out
    index('link_connection').on(t.t, t.connectionId, t.state),
    uniqueIndex('link_ticket')
      .on(t.t, t.ticketId, t.connectionId)
      .where(sql`state <> 'ended'`), // R15: two escalations never make two twins
    uniqueIndex('link_remote')
      .on(t.t, t.partnerTenant, t.remoteTicketUid)
      .where(sql`state <> 'ended' and remote_ticket_uid is not null`),
    foreignKey({ columns: [t.t, t.ticketId], foreignColumns: [ticket.t, ticket.id] }),
    foreignKey({ columns: [t.t, t.connectionId], foreignColumns: [connection.t, connection.id] }),
  ],
)

/**
 * What has to reach a partner, and what became of it. This table is the truth; queues and objects only make it fast.
 * A row is open while it has a `nextAt`; `connectionId` 0 and no link: it was never to go anywhere, and `reason` says why.
 */
export const outbox = sqliteTable(
  'outbox',
  {
    t: tenant(),
    ticketId: smallId(),
    actionId: smallId(), // the order of a link's messages
    connectionId: smallId(),
    uid: text().notNull(),
    linkId: integer(),
    kind: oneOf('create', 'action', 'file').notNull(), // a file that follows its action has no position
    state: oneOf(
      'pending',
      'synced',
      'failed',
      'skipped',
      'parked',
      'unknown',
      'withdrawn',
      'dead',
    ).notNull(),
    attempts: integer().notNull().default(0),
    failures: integer().notNull().default(0), // those that count towards parked and dead
    nextAt: time(),
    reason: text(), // a code of sync/reasons
    error: text(), // in the partner's words
    fix: text(),
    remoteId: integer(),
    remoteTicketId: integer(),
    parts: text(), // JSON: what became of note, status, fields there
    body: text(), // of a create: the note with the email template rendered, as frozen at save
    files: text(), // JSON: its files as frozen at save, and what has become of each (sync/outgoingFiles)
    lastStatus: integer(), // HTTP status of the last attempt; 0 no answer
    lastMs: integer(),
    v: integer().notNull().default(1),
    at: time().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.ticketId, t.actionId, t.connectionId, t.uid] }),
    index('outbox_open')
      .on(t.t, t.connectionId, t.linkId, t.actionId)
      .where(sql`next_at is not null`),
    index('outbox_log').on(t.t, t.connectionId, t.at),
    foreignKey({ columns: [t.t, t.ticketId], foreignColumns: [ticket.t, ticket.id] }),
  ],
)

/** Every message ever taken, so that a repeat gets the first answer (R2). Kept for ever, and beyond a re-link. */
export const inbox = sqliteTable(
  'inbox',
  {
    t: tenant(),
    partnerTenant: text().notNull(),
    uid: text().notNull(),
    linkId: smallId(),
    n: integer().notNull(),
    hash: text().notNull(), // of what may not change between two tries
    ticketId: smallId(),
    actionId: smallId(),
    parts: text().notNull(), // JSON
    at: time().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.partnerTenant, t.uid] }),
    index('inbox_log').on(t.t, t.partnerTenant, t.at),
  ],
)

/** A value that the desks of a linked ticket keep equal, with its Lamport stamp (clock, writer). */
export const register = sqliteTable(
  'register',
  {
    t: tenant(),
    ticketId: smallId(),
    name: text().notNull(), // status, priority, category, summary, startdate, targetdate, field:ID
    clock: integer().notNull(), // 0: never stamped yet
    writer: text().notNull(), // tenant_id of the desk where the change was made
    value: text(), // JSON: as received, in the sender's vocabulary; null when it was made here
    connectionId: integer(), // that it was received on
    applied: flag(true), // false: no mapping for it, derived again when there is one
    edited: flag(), // changed here by hand; the next action stamps it (G46)
  },
  (t) => [
    primaryKey({ columns: [t.t, t.ticketId, t.name] }),
    foreignKey({ columns: [t.t, t.ticketId], foreignColumns: [ticket.t, ticket.id] }),
  ],
)

/**
 * What only the partner has of a link, found when both sides compared after a restore (R16): entries that were sent before it, or a
 * whole ticket. Until an admin has seen to it.
 */
export const onlyThere = sqliteTable(
  'only_there',
  {
    t: tenant(),
    connectionId: smallId(),
    linkUid: text().notNull(),
    ticketId: integer(), // ours; null where this desk does not know the link any more
    remoteTicketId: integer(),
    remoteUrl: text(),
    entries: integer().notNull(), // how many of our messages the partner has and this desk does not
    at: time().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.connectionId, t.linkUid] }),
    foreignKey({ columns: [t.t, t.connectionId], foreignColumns: [connection.t, connection.id] }),
  ],
)

/** A failed try, for the log. What the last try said stands on the outbox row itself. Pruned after 90 days. */
export const attempt = sqliteTable(
  'attempt',
  {
    t: tenant(),
    ticketId: smallId(),
    actionId: smallId(),
    connectionId: smallId(),
    at: time().notNull(),
    status: integer().notNull(),
    ms: integer().notNull(),
    error: text(),
  },
  (t) => [primaryKey({ columns: [t.t, t.ticketId, t.actionId, t.connectionId, t.at] })],
)
