import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { flag, oneOf, smallId, tenant, time } from './columns'

/** Every tenant of the deployment. `no` is the `t` of all its rows; `tenantId` is its name on the wire. */
export const instance = sqliteTable(
  'instance',
  {
    no: integer().primaryKey(),
    tenantId: text().notNull(),
    slug: text().notNull(),
    name: text().notNull(),
    shard: text().notNull().default('DB'),
    state: oneOf('active', 'suspended').notNull().default('active'),
    createdAt: time().notNull(),
  },
  (t) => [uniqueIndex('instance_slug').on(t.slug), uniqueIndex('instance_tenant').on(t.tenantId)],
)

/** A person who works tickets, in one or several instances. Only its owner sets its password. */
export const account = sqliteTable(
  'account',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    email: text().notNull(), // lower case
    name: text().notNull(),
    password: text(), // scrypt, with its parameters
    disabled: flag(),
    createdAt: time().notNull(),
  },
  (t) => [uniqueIndex('account_email').on(t.email)],
)

/** Which agent an account is in an instance. */
export const membership = sqliteTable(
  'membership',
  {
    accountId: integer()
      .notNull()
      .references(() => account.id),
    t: tenant().references(() => instance.no),
    agentId: smallId(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.t] }),
    uniqueIndex('membership_agent').on(t.t, t.agentId),
  ],
)

/** A signed-in browser. Only the hash of its token is stored. Exactly one of account and person. */
export const session = sqliteTable(
  'session',
  {
    hash: text().primaryKey(),
    accountId: integer().references(() => account.id),
    t: integer().references(() => instance.no), // end users sign in per tenant
    personId: integer(),
    createdAt: time().notNull(),
    expiresAt: time().notNull(),
  },
  (t) => [
    index('session_account').on(t.accountId),
    index('session_person').on(t.t, t.personId),
    index('session_expires').on(t.expiresAt),
  ],
)

/** What a link in a mail stands for: a sign-up to confirm, a sign-in. Only the hash of its token is stored (T28). */
export const oneTime = sqliteTable(
  'one_time',
  {
    hash: text().primaryKey(),
    kind: oneOf('sign_up', 'sign_in').notNull(),
    t: integer().references(() => instance.no), // of a link into a desk that exists
    email: text().notNull(), // lower case
    data: text().notNull(), // JSON, by kind
    expiresAt: time().notNull(),
  },
  (t) => [index('one_time_expires').on(t.expiresAt)],
)

/** Failed sign-ins of an account or an address in the running window (T27). */
export const throttle = sqliteTable('throttle', {
  key: text().primaryKey(),
  fails: integer().notNull(),
  until: time().notNull(),
})

/** What the Witness of this shard compares itself with (R16). */
export const shardMeta = sqliteTable('shard_meta', {
  key: text().primaryKey(),
  value: text().notNull(),
})
