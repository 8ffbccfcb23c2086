import type { BatchResponse } from 'drizzle-orm/batch'
import { and, asc, eq, getTableColumns, inArray, isNull, or, sql, type SQL } from 'drizzle-orm'
import {
  action,
  actionBody,
  actionType,
  customer,
  field,
  fieldOption,
  fieldValue,
  person,
  priority,
  site,
  status,
  ticket,
  ticketType,
  ticketTypeField,
  workflowStep,
} from '../../db/schema'
import { idOf, nextId } from '../platform/counter'
import { when, type Db } from '../platform/database'
import { once, onceAll } from '../platform/once'
import { Problem } from '../platform/problem'
import type { Signature } from './commit'
import { addWords, entryRow, wordsOf } from './commit'
import { applyChanges, type Plan } from './decide'
import type { Changes } from './draft'
import { plainText } from './html'
import { namedQueries } from './named'

/** A ticket somebody wants to log. Whatever is left out comes from the ticket type and from the customer's general user. */
export interface NewTicket {
  summary: string
  detailsHtml: string
  typeId?: number
  typeName?: string
  /** The end user: by number, by address, by name and address (made when unknown), or the customer's general user. */
  personId?: number
  personEmail?: string
  personName?: string
  customerId?: number
  siteId?: number
  source: 'agent' | 'portal' | 'api' | 'connection'
  files: number[]
  changes: Changes
  /** Values of own fields that are read already. */
  values?: Plan['values']
}

/** The customer for which nothing better is known. */
export const UNKNOWN_CUSTOMER = 1

/** What the rows that `planTicket` needs depend on; a type and a customer may be expressions. */
interface Wanted {
  typeId: number | SQL<number> | undefined
  typeName: string | undefined
  personId: number | undefined
  email: string | undefined
  customerId: number | SQL<number> | undefined
  siteId: number | undefined
  /** Of the fields that are given, JSON. */
  fieldIds: string | undefined
  fieldNames: string | undefined
}

/** The statements that read all that `planTicket` needs, for one batch. */
export function newTicketQueries(db: Db, draft: NewTicket) {
  const { changes } = draft
  const names = (changes.fields ?? []).flatMap(({ name }) =>
    name === undefined ? [] : [name.toLowerCase(), `cf${name.toLowerCase()}`],
  )
  const ids = (changes.fields ?? []).flatMap(({ id }) => (id === undefined ? [] : [id]))
  return [
    ...newTicketRead(db, {
      typeId: draft.typeId,
      typeName: draft.typeName,
      personId: draft.personId,
      email: draft.personEmail?.toLowerCase(),
      customerId: draft.customerId,
      siteId: draft.siteId,
      fieldIds: ids.length > 0 ? JSON.stringify(ids) : undefined,
      fieldNames: names.length > 0 ? JSON.stringify(names) : undefined,
    }),
    ...namedQueries(db, changes),
  ] as const
}

export const newTicketRead = onceAll(({ orm, t }: Db, wanted: Wanted) => {
  const typeIs = and(
    eq(ticketType.t, t),
    eq(ticketType.inactive, false),
    wanted.typeId !== undefined
      ? eq(ticketType.id, wanted.typeId)
      : wanted.typeName !== undefined
        ? sql`lower(${ticketType.name}) = lower(${wanted.typeName})`
        : undefined,
  )
  const chosenType = orm
    .select({ id: ticketType.id })
    .from(ticketType)
    .where(typeIs)
    .orderBy(asc(ticketType.sequence), asc(ticketType.id))
    .limit(1)
  const onType = inArray(
    field.id,
    orm
      .select({ id: ticketTypeField.fieldId })
      .from(ticketTypeField)
      .where(and(eq(ticketTypeField.t, t), inArray(ticketTypeField.ticketTypeId, chosenType))),
  )
  const isWanted = or(
    onType,
    wanted.fieldIds === undefined
      ? undefined
      : sql`${field.id} in (select value from json_each(${wanted.fieldIds}))`,
    wanted.fieldNames === undefined
      ? undefined
      : sql`lower(${field.name}) in (select value from json_each(${wanted.fieldNames}))`,
  )
  // Each by its own index: joined by `or` all customers and their people were read.
  const personIds = sql`(select ${wanted.personId ?? 0} union all
    select p.id from ${person} p where p.t = ${t} and p.email = ${wanted.email ?? ''} and p.deleted_at is null union all
    select p.id from ${person} p where p.t = ${t} and p.customer_id = ${wanted.customerId ?? UNKNOWN_CUSTOMER} and p.is_general)`
  return [
    orm
      .select()
      .from(ticketType)
      .where(typeIs)
      .orderBy(asc(ticketType.sequence), asc(ticketType.id))
      .limit(1),
    orm
      .select({ stepId: workflowStep.id })
      .from(workflowStep)
      .where(
        and(
          eq(workflowStep.t, t),
          eq(workflowStep.isStart, true),
          inArray(
            workflowStep.workflowId,
            orm
              .select({ id: ticketType.workflowId })
              .from(ticketType)
              .where(and(eq(ticketType.t, t), inArray(ticketType.id, chosenType))),
          ),
        ),
      ),
    orm
      .select()
      .from(actionType)
      .where(and(eq(actionType.t, t), eq(actionType.systemUse, 'logged'))),
    orm.select().from(status).where(eq(status.t, t)),
    orm.select().from(priority).where(eq(priority.t, t)),
    orm
      .select({ ...getTableColumns(field), current: sql<string | null>`null`.as('current') })
      .from(field)
      .where(and(eq(field.t, t), isWanted)),
    orm
      .select()
      .from(fieldOption)
      .where(
        and(
          eq(fieldOption.t, t),
          inArray(
            fieldOption.fieldId,
            orm
              .select({ id: field.id })
              .from(field)
              .where(and(eq(field.t, t), isWanted)),
          ),
        ),
      ),
    orm
      .select({
        fieldId: ticketTypeField.fieldId,
        agentNew: ticketTypeField.agentNew,
        userNew: ticketTypeField.userNew,
      })
      .from(ticketTypeField)
      .where(and(eq(ticketTypeField.t, t), inArray(ticketTypeField.ticketTypeId, chosenType))),
    orm
      .select({
        id: person.id,
        customerId: person.customerId,
        siteId: person.siteId,
        name: person.name,
        email: person.email,
        isGeneral: person.isGeneral,
      })
      .from(person)
      .innerJoin(
        customer,
        and(
          eq(customer.t, person.t),
          eq(customer.id, person.customerId),
          isNull(customer.deletedAt),
        ),
      )
      .where(and(eq(person.t, t), isNull(person.deletedAt), sql`${person.id} in ${personIds}`)),
    when(wanted.siteId !== undefined, () =>
      orm
        .select({ id: site.id, customerId: site.customerId })
        .from(site)
        .where(and(eq(site.t, t), isNull(site.deletedAt), eq(site.id, wanted.siteId ?? 0))),
    ),
  ] as const
})

export type NewTicketRows = BatchResponse<ReturnType<typeof newTicketQueries>>

export interface TicketPlan extends Plan {
  row: Omit<
    typeof ticket.$inferInsert,
    't' | 'id' | 'uid' | 'clock' | 'createdAt' | 'lastActionAt' | 'personId'
  >
  /** The end user; one with a name is made. */
  personId: number | null
  newPerson: { name: string; email: string; customerId: number } | null
}

/**
 * Decides what logging a ticket writes. Pure. Throws the refusal, naming the field, before anything is written.
 * `byUser` is set where an end user logs it: then the mandatory fields of the portal count.
 */
export function planTicket(rows: NewTicketRows, draft: NewTicket, byUser: boolean): TicketPlan {
  const [
    [type],
    [start],
    [logged],
    statuses,
    priorities,
    fields,
    options,
    typeFields,
    persons,
    sites,
    categories,
    agents,
    teams,
  ] = rows
  if (!type) throw Problem.field('tickettype_id', 'there is no such ticket type')
  if (byUser && !type.endUsersCanSelect)
    throw Problem.field('tickettype_id', 'this type cannot be chosen here')
  if (!start || !logged)
    throw new Error(
      `Ticket type ${type.id} has no first step, or the desk no entry type for new tickets`,
    )
  const who = personOf(draft, persons)
  const siteId = draft.siteId ?? who.person?.siteId ?? null
  if (draft.siteId !== undefined && sites[0]?.customerId !== who.customerId)
    throw Problem.field('site_id', 'this site is not one of the customer\u2019s')
  const initial = statuses.find(({ id }) => id === type.initialStatusId)
  const base = {
    typeId: type.id,
    statusId: type.initialStatusId,
    isClosed: initial?.kind === 'closed',
    priorityId: type.defaultPriorityId,
    categoryId: null,
    agentId: null,
    teamId: type.defaultTeamId,
    customerId: who.customerId,
    siteId,
    workflowId: type.workflowId,
    stepId: start.stepId,
    startDate: null,
    targetDate: null,
    supplierId: null,
    supplierRef: null,
    customerRef: null,
  }
  const plan: Plan = {
    ticketId: 0,
    actionId: 1,
    type: logged,
    noteHtml: draft.detailsHtml,
    hidden: false,
    authorName: '',
    set: {},
    values: [...(draft.values ?? [])],
    touched: [],
    changes: [],
    mail: null,
  }
  const now = { ...base, summary: draft.summary, personId: who.person?.id ?? 0 }
  // An end user fills what the portal's form has.
  const onForm = typeFields.filter(({ userNew }) => !byUser || userNew > 0)
  const onType = onForm.map(({ fieldId }) => fieldId)
  applyChanges(
    plan,
    {
      ticket: now,
      statuses,
      priorities,
      categories,
      agents,
      teams,
      fields,
      options,
      typeFields: onType,
      persons: [],
      sites: [],
    },
    draft.changes,
    null,
  )
  requireTypeFields(plan, fields, typeFields, {
    byUser,
    // Who sent it cannot fill it there: the value comes with the ticket only where the field is mapped (F25).
    ...(draft.source === 'connection' && {
      fix: `In the receiving instance: map a field to it on the connection, Inbound settings, or let the ticket type \u201c${type.name}\u201d not require it. Then retry.`,
    }),
  })
  const set = plan.set
  plan.changes = []
  return {
    ...plan,
    row: { ...base, ...set, summary: draft.summary, source: draft.source, lastAction: 1 },
    personId: who.person?.id ?? null,
    newPerson: who.person
      ? null
      : {
          name: draft.personName ?? draft.personEmail ?? '',
          email: draft.personEmail?.toLowerCase() ?? '',
          customerId: who.customerId,
        },
  }
}

function personOf(draft: NewTicket, persons: NewTicketRows[8]) {
  if (draft.personId !== undefined) {
    const person = persons.find(({ id }) => id === draft.personId)
    if (!person) throw Problem.field('user_id', 'there is no user of that number')
    if (draft.customerId !== undefined && person.customerId !== draft.customerId)
      throw Problem.field('user_id', 'this user belongs to another customer')
    return { person, customerId: person.customerId }
  }
  const known =
    draft.personEmail && persons.find(({ email }) => email === draft.personEmail?.toLowerCase())
  if (known) return { person: known, customerId: known.customerId }
  const general = persons.find(
    (person) => person.isGeneral && person.customerId === (draft.customerId ?? UNKNOWN_CUSTOMER),
  )
  if (!general) throw Problem.field('client_id', 'there is no customer of that number')
  return draft.personEmail
    ? { person: null, customerId: general.customerId }
    : { person: general, customerId: general.customerId }
}

function requireTypeFields(
  plan: Plan,
  fields: NewTicketRows[5],
  typeFields: NewTicketRows[7],
  { byUser, fix }: { byUser: boolean; fix?: string },
): void {
  const missing: Record<string, string> = {}
  for (const { fieldId, agentNew, userNew } of typeFields) {
    const own = fields.find(({ id, builtin }) => id === fieldId && builtin === null)
    const mandatory = (byUser ? userNew : agentNew) === 2
    if (
      own &&
      mandatory &&
      !plan.values.some((one) => one.fieldId === fieldId && one.value !== null)
    )
      missing[`customfields.${own.name}`] = `${own.label} must be filled`
  }
  const [first] = Object.values(missing)
  if (first !== undefined)
    throw new Problem('VALIDATION', {
      message: first,
      fields: missing,
      ...(fix !== undefined && { fix }),
    })
}

/** The number of the ticket that this batch makes. */
export const newTicketId = (db: Db) => idOf(db, 'ticket')

const addTicket = once(
  (
    db: Db,
    row: Omit<typeof ticket.$inferInsert, 't' | 'id' | 'personId'> & {
      personId: number | SQL<number>
    },
  ) => db.orm.insert(ticket).values({ ...row, t: db.t, id: newTicketId(db) }),
)

const addFirstEntry = once(
  (db: Db, row: Omit<typeof action.$inferInsert, 't' | 'ticketId' | 'id'>) =>
    db.orm.insert(action).values({ ...row, t: db.t, ticketId: newTicketId(db), id: 1 }),
)

const addFirstBody = once((db: Db, noteHtml: string) =>
  db.orm.insert(actionBody).values({ t: db.t, ticketId: newTicketId(db), actionId: 1, noteHtml }),
)

const addFirstWords = once((db: Db, found: ReturnType<typeof wordsOf>) =>
  addWords(db, newTicketId(db), 1, found),
)

/** The statements that log a ticket: its number, its row, its first entry with the text, field values, words for search. */
export function newTicketStatements(
  db: Db,
  plan: TicketPlan,
  by: Signature,
  ticketUid: string,
  newPersonUid: string,
) {
  const { orm, t } = db
  const id = newTicketId(db)
  const made = plan.newPerson
  const words = [plan.row.summary, plainText(plan.noteHtml)].filter(Boolean).join('\n')
  const clock = (by.from?.clock ?? 0) + 1
  return [
    ...(made
      ? [
          nextId(db, 'person'),
          orm.insert(person).values({
            t,
            id: idOf(db, 'person'),
            uid: newPersonUid,
            customerId: made.customerId,
            siteId: plan.row.siteId ?? null,
            name: made.name,
            email: made.email,
            source: by.from ? 'partner' : 'local',
            createdAt: by.at,
          }),
        ]
      : []),
    nextId(db, 'ticket'),
    addTicket(db, {
      ...plan.row,
      uid: ticketUid,
      personId: made ? idOf(db, 'person') : (plan.personId ?? 0),
      clock,
      createdAt: by.at,
      lastActionAt: by.at,
      closedAt: plan.row.isClosed ? by.at : null,
    }),
    addFirstEntry(db, { ...entryRow(plan.type, by), clock, hidden: plan.hidden }),
    ...(plan.noteHtml ? [addFirstBody(db, plan.noteHtml)] : []),
    ...plan.values.map(({ fieldId, value }) =>
      orm.insert(fieldValue).values({ t, ticketId: id, fieldId, value: JSON.stringify(value) }),
    ),
    ...(words ? [addFirstWords(db, wordsOf(t, words, false))] : []),
  ]
}
