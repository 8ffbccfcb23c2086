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

/** The last number given out, per kind of row. Only rises. */
export const counter = sqliteTable(
  'counter',
  { t: tenant(), name: text().notNull(), value: integer().notNull() },
  (t) => [primaryKey({ columns: [t.t, t.name] })],
)

/** A switchable part of the product, such as `suppliers` (G16). */
export const module = sqliteTable(
  'module',
  { t: tenant(), name: text().notNull(), enabled: flag() },
  (t) => [primaryKey({ columns: [t.t, t.name] })],
)

export const setting = sqliteTable(
  'setting',
  { t: tenant(), name: text().notNull(), value: text().notNull() },
  (t) => [primaryKey({ columns: [t.t, t.name] })],
)

export const team = sqliteTable(
  'team',
  {
    t: tenant(),
    id: smallId(),
    name: text().notNull(),
    sequence: integer().notNull().default(0),
    inactive: flag(),
  },
  (t) => [primaryKey({ columns: [t.t, t.id] })],
)

export const agent = sqliteTable(
  'agent',
  {
    t: tenant(),
    id: smallId(), // from 2: on the wire agent 1 is "Unassigned"
    uid: text().notNull(),
    name: text().notNull(),
    email: text().notNull(),
    role: oneOf('agent', 'admin').notNull(),
    jobTitle: text(),
    disabled: flag(),
    isApi: flag(), // the identity an API application acts under
  },
  (t) => [primaryKey({ columns: [t.t, t.id] }), uniqueIndex('agent_email').on(t.t, t.email)],
)

export const agentTeam = sqliteTable(
  'agent_team',
  { t: tenant(), agentId: smallId(), teamId: smallId() },
  (t) => [
    primaryKey({ columns: [t.t, t.agentId, t.teamId] }),
    foreignKey({ columns: [t.t, t.agentId], foreignColumns: [agent.t, agent.id] }),
    foreignKey({ columns: [t.t, t.teamId], foreignColumns: [team.t, team.id] }),
  ],
)

/** An organisation this desk serves. Id 1 is "Unknown", where nothing better is known. */
export const customer = sqliteTable(
  'customer',
  {
    t: tenant(),
    id: smallId(),
    name: text().notNull(),
    website: text(),
    phone: text(),
    notes: text(),
    colour: text(),
    inactive: flag(),
    createdAt: time().notNull(),
    deletedAt: time(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    index('customer_name').on(t.t, sql`lower(${t.name})`, t.id),
  ],
)

export const site = sqliteTable(
  'site',
  {
    t: tenant(),
    id: smallId(),
    customerId: smallId(),
    name: text().notNull(),
    phone: text(),
    notes: text(),
    isMain: flag(),
    inactive: flag(),
    deletedAt: time(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    index('site_customer').on(t.t, t.customerId, t.id),
    foreignKey({ columns: [t.t, t.customerId], foreignColumns: [customer.t, customer.id] }),
  ],
)

/** An organisation this desk buys support from; only to a supplier can a ticket be sent (G32). */
export const supplier = sqliteTable(
  'supplier',
  {
    t: tenant(),
    id: smallId(),
    name: text().notNull(),
    contactName: text(),
    email: text(),
    phone: text(),
    website: text(),
    address: text(),
    notes: text(),
    inactive: flag(),
    createdAt: time().notNull(),
    deletedAt: time(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    index('supplier_name').on(t.t, sql`lower(${t.name})`, t.id),
  ],
)

/** An end user. One whom a partner named (`source` partner) cannot sign in until a local admin invites them (T44). */
export const person = sqliteTable(
  'person',
  {
    t: tenant(),
    id: smallId(),
    uid: text().notNull(),
    customerId: smallId(),
    siteId: integer(),
    name: text().notNull(),
    email: text(), // lower case; null for a general user
    phone: text(),
    mobile: text(),
    notes: text(),
    password: text(),
    isGeneral: flag(), // stands for everybody of the customer who is not known by name
    source: oneOf('local', 'partner').notNull().default('local'),
    inactive: flag(),
    createdAt: time().notNull(),
    deletedAt: time(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    uniqueIndex('person_email')
      .on(t.t, t.email)
      .where(sql`email is not null and deleted_at is null`),
    index('person_customer').on(t.t, t.customerId, t.id),
    foreignKey({ columns: [t.t, t.customerId], foreignColumns: [customer.t, customer.id] }),
  ],
)

export const status = sqliteTable(
  'status',
  {
    t: tenant(),
    id: smallId(),
    name: text().notNull(),
    portalName: text(), // plain words for end users; the name when null
    kind: oneOf('open', 'waiting', 'resolved', 'closed').notNull(),
    colour: text(),
    sequence: integer().notNull().default(0),
    inactive: flag(),
  },
  (t) => [primaryKey({ columns: [t.t, t.id] })],
)

export const sla = sqliteTable(
  'sla',
  { t: tenant(), id: smallId(), name: text().notNull() },
  (t) => [primaryKey({ columns: [t.t, t.id] })],
)

export const priority = sqliteTable(
  'priority',
  {
    t: tenant(),
    id: smallId(),
    uid: text().notNull(),
    slaId: smallId(),
    name: text().notNull(),
    colour: text(),
    responseHours: integer(),
    fixHours: integer(),
    sequence: integer().notNull().default(0),
    inactive: flag(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    foreignKey({ columns: [t.t, t.slaId], foreignColumns: [sla.t, sla.id] }),
  ],
)

export const category = sqliteTable(
  'category',
  {
    t: tenant(),
    id: smallId(),
    parentId: integer(),
    name: text().notNull(),
    path: text().notNull(),
    inactive: flag(),
  },
  (t) => [primaryKey({ columns: [t.t, t.id] }), index('category_parent').on(t.t, t.parentId)],
)

/** A field of a ticket or of an action's form. `builtin` names the column it stands for; null is an own (custom) field. */
export const field = sqliteTable(
  'field',
  {
    t: tenant(),
    id: smallId(),
    name: text().notNull(), // own names start with CF
    label: text().notNull(),
    hint: text(),
    scope: oneOf('ticket', 'action').notNull(),
    type: oneOf(
      'text',
      'longtext',
      'number',
      'date',
      'datetime',
      'checkbox',
      'choice',
      'choices',
    ).notNull(),
    builtin: oneOf(
      'summary',
      'details',
      'startdate',
      'targetdate',
      'note',
      'supplier',
      'supplier_ref',
      'send_to',
      'emailtemplate',
      'status',
      'priority',
      'category',
      'agent',
      'team',
      'attachments',
    ),
    inactive: flag(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    uniqueIndex('field_name').on(t.t, sql`lower(${t.name})`),
  ],
)

export const fieldOption = sqliteTable(
  'field_option',
  {
    t: tenant(),
    fieldId: smallId(),
    id: smallId(),
    name: text().notNull(),
    sequence: integer().notNull().default(0),
    inactive: flag(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.fieldId, t.id] }),
    foreignKey({ columns: [t.t, t.fieldId], foreignColumns: [field.t, field.id] }),
  ],
)

export const emailTemplate = sqliteTable(
  'email_template',
  {
    t: tenant(),
    id: smallId(),
    name: text().notNull(),
    description: text(),
    subject: text().notNull(),
    bodyHtml: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.t, t.id] })],
)

/** A configured button ("Resolve", "Escalate to MSP"). Halo's API calls it an outcome. Carries every setting of the guide. */
export const actionType = sqliteTable(
  'action_type',
  {
    t: tenant(),
    id: smallId(),
    name: text().notNull(), // what the timeline says: "Resolved"
    button: text().notNull(), // what the button says: "Resolve"
    colour: text(),
    icon: text(),
    sequence: integer().notNull().default(0),
    systemUse: oneOf('none', 'log_to_supplier', 'logged', 'changed', 'user_update', 'user_reopen')
      .notNull()
      .default('none'),
    sendEmail: flag(),
    emailTemplateId: integer(),
    hideFromUser: flag(),
    statusAfterId: integer(), // null: unchanged
    sendToConnected: flag(), // "Send to connected instance": yes means the direction of the ticket's link
    emailOnConnection: flag(), // "Send an email when this action is created using the supplier/customer API connection"
    aiOn: flag(),
    aiPrompt: text(),
    inactive: flag(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    foreignKey({
      columns: [t.t, t.emailTemplateId],
      foreignColumns: [emailTemplate.t, emailTemplate.id],
    }),
    foreignKey({ columns: [t.t, t.statusAfterId], foreignColumns: [status.t, status.id] }),
  ],
)

/** One line of an action type's form. */
export const actionTypeField = sqliteTable(
  'action_type_field',
  {
    t: tenant(),
    actionTypeId: smallId(),
    fieldId: smallId(),
    sequence: integer().notNull().default(0),
    required: flag(),
    readOnly: flag(),
    defaultValue: text(), // JSON
  },
  (t) => [
    primaryKey({ columns: [t.t, t.actionTypeId, t.fieldId] }),
    foreignKey({ columns: [t.t, t.actionTypeId], foreignColumns: [actionType.t, actionType.id] }),
    foreignKey({ columns: [t.t, t.fieldId], foreignColumns: [field.t, field.id] }),
  ],
)

export const workflow = sqliteTable(
  'workflow',
  {
    t: tenant(),
    id: smallId(),
    uid: text().notNull(),
    name: text().notNull(),
    version: integer().notNull().default(1),
    inactive: flag(),
  },
  (t) => [primaryKey({ columns: [t.t, t.id] })],
)

export const workflowStep = sqliteTable(
  'workflow_step',
  {
    t: tenant(),
    workflowId: smallId(),
    id: smallId(),
    name: text().notNull(),
    isStart: flag(),
    isEnd: flag(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.workflowId, t.id] }),
    foreignKey({ columns: [t.t, t.workflowId], foreignColumns: [workflow.t, workflow.id] }),
  ],
)

/** An action type that a step allows, and the step the ticket is in afterwards. */
export const stepAction = sqliteTable(
  'step_action',
  {
    t: tenant(),
    workflowId: smallId(),
    stepId: smallId(),
    actionTypeId: smallId(),
    nextStepId: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.workflowId, t.stepId, t.actionTypeId] }),
    index('step_action_type').on(t.t, t.actionTypeId),
    foreignKey({
      columns: [t.t, t.workflowId, t.stepId],
      foreignColumns: [workflowStep.t, workflowStep.workflowId, workflowStep.id],
    }),
    foreignKey({ columns: [t.t, t.actionTypeId], foreignColumns: [actionType.t, actionType.id] }),
  ],
)

export const ticketType = sqliteTable(
  'ticket_type',
  {
    t: tenant(),
    id: smallId(),
    uid: text().notNull(),
    name: text().notNull(),
    description: text(),
    workflowId: smallId(),
    initialStatusId: smallId(),
    defaultPriorityId: smallId(),
    defaultTeamId: integer(),
    slaId: smallId(),
    itilType: integer().notNull().default(1),
    sequence: integer().notNull().default(0),
    endUsersCanSelect: flag(true),
    inactive: flag(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    foreignKey({ columns: [t.t, t.workflowId], foreignColumns: [workflow.t, workflow.id] }),
    foreignKey({ columns: [t.t, t.initialStatusId], foreignColumns: [status.t, status.id] }),
    foreignKey({ columns: [t.t, t.defaultPriorityId], foreignColumns: [priority.t, priority.id] }),
  ],
)

/** Which fields a ticket type has. 0 hidden, 1 shown, 2 mandatory, as in Halo. */
export const ticketTypeField = sqliteTable(
  'ticket_type_field',
  {
    t: tenant(),
    ticketTypeId: smallId(),
    fieldId: smallId(),
    sequence: integer().notNull().default(0),
    agentNew: integer().notNull().default(1),
    agentDetail: integer().notNull().default(1),
    userNew: integer().notNull().default(0),
    userDetail: integer().notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.ticketTypeId, t.fieldId] }),
    foreignKey({ columns: [t.t, t.ticketTypeId], foreignColumns: [ticketType.t, ticketType.id] }),
    foreignKey({ columns: [t.t, t.fieldId], foreignColumns: [field.t, field.id] }),
  ],
)

/** A program that calls the API and acts as an agent. Its secret is random, so a plain SHA-256 keeps it (T34). */
export const apiApp = sqliteTable(
  'api_app',
  {
    t: tenant(),
    id: smallId(),
    clientId: text().notNull(),
    name: text().notNull(),
    secretHash: text().notNull(),
    ver: integer().notNull().default(1), // a token names the version it was issued under (R14)
    agentId: smallId(),
    disabled: flag(),
    createdAt: time().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.t, t.id] }),
    uniqueIndex('api_app_client').on(t.clientId),
    foreignKey({ columns: [t.t, t.agentId], foreignColumns: [agent.t, agent.id] }),
  ],
)

export const lookup = sqliteTable(
  'lookup',
  {
    t: tenant(),
    lookupId: integer().notNull(),
    id: smallId(),
    name: text().notNull(),
    sequence: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.t, t.lookupId, t.id] })],
)

/** Who changed which setting, signed in, or was refused. Append only. */
export const audit = sqliteTable(
  'audit',
  {
    t: tenant(),
    at: time().notNull(),
    uid: text().notNull(),
    actor: text().notNull(), // "agent:3", "app:2", "connection:1", "user:7", "system"
    what: text().notNull(),
    detail: text(), // JSON, secrets left out
  },
  (t) => [primaryKey({ columns: [t.t, t.at, t.uid] })],
)
