import type { BatchResponse } from 'drizzle-orm/batch'
import { and, asc, eq, getTableColumns, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import {
  actionType,
  actionTypeField,
  agent,
  emailTemplate,
  field,
  fieldOption,
  fieldValue,
  module,
  person,
  priority,
  site,
  stepAction,
  status,
  ticket,
  ticketTypeField,
} from '../../db/schema'
import { SUPPLIER_TEMPLATE } from '../../db/seed/defaultActions'
import { when, type Db } from '../platform/database'
import { once } from '../platform/once'
import type { Author, Draft } from './draft'
import { among } from './lists'
import { namedQueries } from './named'

/** The template an action type is set to; where none is, sending a ticket to a supplier takes the one for that (G77). */
const templateOfType = sql<number>`coalesce(${actionType.emailTemplateId}, case ${actionType.systemUse} when 'log_to_supplier' then ${SUPPLIER_TEMPLATE} end)`

/** Which action type a draft names: the one for plain edits, one by number, or one by name or button, without case. */
interface TypeNamed {
  plainEdit: boolean
  id: number | undefined
  name: string | undefined
}

const typeNamed = ({ plainEdit = false, typeId, typeName }: Draft): TypeNamed => ({
  plainEdit,
  id: plainEdit ? undefined : typeId,
  name: plainEdit || typeId !== undefined ? undefined : (typeName ?? '').toLowerCase(),
})

const isType = (t: number, { plainEdit, id, name }: TypeNamed) =>
  and(
    eq(actionType.t, t),
    plainEdit
      ? eq(actionType.systemUse, 'changed')
      : id !== undefined
        ? eq(actionType.id, id)
        : or(eq(sql`lower(${actionType.name})`, name), eq(sql`lower(${actionType.button})`, name)),
  )

const ofTicket = (t: number, ticketId: number) =>
  and(eq(ticket.t, t), eq(ticket.id, ticketId), isNull(ticket.deletedAt))

const ticketsOf = once(({ orm, t }: Db, ticketId: number) =>
  orm.select().from(ticket).where(ofTicket(t, ticketId)),
)

const typesOf = once(({ orm, t }: Db, named: TypeNamed) =>
  orm.select().from(actionType).where(isType(t, named)).orderBy(asc(actionType.id)).limit(1),
)

const formOf = once(({ orm, t }: Db, named: TypeNamed) =>
  orm
    .select({
      ...getTableColumns(field),
      typeOfForm: sql<number>`${actionTypeField.actionTypeId}`.as('type_of_form'),
      required: actionTypeField.required,
      readOnly: actionTypeField.readOnly,
      defaultValue: actionTypeField.defaultValue,
    })
    .from(actionTypeField)
    .innerJoin(field, and(eq(field.t, actionTypeField.t), eq(field.id, actionTypeField.fieldId)))
    .where(
      and(
        eq(actionTypeField.t, t),
        inArray(
          actionTypeField.actionTypeId,
          orm.select({ id: actionType.id }).from(actionType).where(isType(t, named)),
        ),
      ),
    )
    .orderBy(asc(actionTypeField.sequence)),
)

const allowedOf = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select({ actionTypeId: stepAction.actionTypeId, nextStepId: stepAction.nextStepId })
    .from(stepAction)
    .innerJoin(
      ticket,
      and(
        eq(ticket.t, stepAction.t),
        eq(ticket.workflowId, stepAction.workflowId),
        eq(ticket.stepId, stepAction.stepId),
      ),
    )
    .where(and(eq(stepAction.t, t), ofTicket(t, ticketId))),
)

/** Which actions lead from the ticket's step to another, and the status that each sets. */
const waysOnOf = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select({ nextStepId: stepAction.nextStepId, statusAfterId: actionType.statusAfterId })
    .from(stepAction)
    .innerJoin(
      ticket,
      and(
        eq(ticket.t, stepAction.t),
        eq(ticket.workflowId, stepAction.workflowId),
        eq(ticket.stepId, stepAction.stepId),
      ),
    )
    .innerJoin(
      actionType,
      and(eq(actionType.t, stepAction.t), eq(actionType.id, stepAction.actionTypeId)),
    )
    .where(and(eq(stepAction.t, t), isNotNull(stepAction.nextStepId), ofTicket(t, ticketId))),
)

const statusesOf = once(({ orm, t }: Db) => orm.select().from(status).where(eq(status.t, t)))

const userOf = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select({
      id: person.id,
      customerId: person.customerId,
      name: person.name,
      email: person.email,
    })
    .from(person)
    .innerJoin(ticket, and(eq(ticket.t, person.t), eq(ticket.personId, person.id)))
    .where(and(eq(person.t, t), ofTicket(t, ticketId))),
)

const authorUser = once(({ orm, t }: Db, personId: number) =>
  orm
    .select({ name: person.name })
    .from(person)
    .where(and(eq(person.t, t), eq(person.id, personId))),
)

const authorAgent = once(({ orm, t }: Db, agentId: number) =>
  orm
    .select({ name: agent.name, email: agent.email, uid: agent.uid })
    .from(agent)
    .where(and(eq(agent.t, t), eq(agent.id, agentId))),
)

const templatesOf = once(({ orm, t }: Db, templateId: number | undefined, named: TypeNamed) =>
  orm
    .select()
    .from(emailTemplate)
    .where(
      and(
        eq(emailTemplate.t, t),
        templateId !== undefined
          ? eq(emailTemplate.id, templateId)
          : inArray(
              emailTemplate.id,
              orm.select({ id: templateOfType }).from(actionType).where(isType(t, named)),
            ),
      ),
    ),
)

const modulesOf = once(({ orm, t }: Db) =>
  orm
    .select({ on: module.enabled })
    .from(module)
    .where(and(eq(module.t, t), eq(module.name, 'suppliers'))),
)

/** The statements that read all that `decide` needs for a draft, for one batch. Small configuration lists are read whole. */
export function situationQueries(db: Db, author: Author, draft: Draft) {
  const { orm, t } = db
  const { ticketId, changes } = draft
  const named = typeNamed(draft)
  const fieldIds = (changes.fields ?? []).flatMap(({ id }) => (id === undefined ? [] : [id]))
  const fieldNames = (changes.fields ?? []).flatMap(({ name }) =>
    name === undefined ? [] : [name.toLowerCase(), `cf${name.toLowerCase()}`],
  )
  const ofFields = fieldIds.length + fieldNames.length > 0
  const isField = or(
    fieldIds.length > 0 ? among(field.id, fieldIds) : undefined,
    fieldNames.length > 0 ? among(sql`lower(${field.name})`, fieldNames) : undefined,
  )
  return [
    ticketsOf(db, ticketId),
    typesOf(db, named),
    formOf(db, named),
    allowedOf(db, ticketId),
    statusesOf(db),
    userOf(db, ticketId),
    author.kind === 'user' ? authorUser(db, author.personId) : authorAgent(db, author.agentId),
    templatesOf(db, draft.emailTemplateId, named),
    when(changes.priorityId !== undefined, () =>
      orm.select().from(priority).where(eq(priority.t, t)),
    ),
    ...namedQueries(db, changes),
    when(ofFields, () =>
      orm
        .select({
          ...getTableColumns(field),
          current: sql<string | null>`${fieldValue.value}`.as('current'),
        })
        .from(field)
        .leftJoin(
          fieldValue,
          and(
            eq(fieldValue.t, field.t),
            eq(fieldValue.fieldId, field.id),
            eq(fieldValue.ticketId, ticketId),
          ),
        )
        .where(and(eq(field.t, t), isField)),
    ),
    when(ofFields, () =>
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
                .where(and(eq(field.t, t), isField)),
            ),
          ),
        ),
    ),
    when(ofFields, () =>
      orm
        .select({ fieldId: ticketTypeField.fieldId })
        .from(ticketTypeField)
        .innerJoin(
          ticket,
          and(eq(ticket.t, ticketTypeField.t), eq(ticket.typeId, ticketTypeField.ticketTypeId)),
        )
        .where(and(eq(ticketTypeField.t, t), ofTicket(t, ticketId))),
    ),
    when(Boolean(changes.personId || changes.customerId), () =>
      orm
        .select({
          id: person.id,
          customerId: person.customerId,
          name: person.name,
          siteId: person.siteId,
        })
        .from(person)
        .where(
          and(
            eq(person.t, t),
            isNull(person.deletedAt),
            changes.personId
              ? eq(person.id, changes.personId)
              : and(eq(person.customerId, changes.customerId ?? 0), eq(person.isGeneral, true)),
          ),
        ),
    ),
    when(changes.siteId !== undefined, () =>
      orm
        .select({ id: site.id, customerId: site.customerId, name: site.name })
        .from(site)
        .where(and(eq(site.t, t), isNull(site.deletedAt), eq(site.id, changes.siteId ?? 0))),
    ),
    modulesOf(db),
    when(author.kind === 'user', () => waysOnOf(db, ticketId)),
  ] as const
}

/** What `decide` knows: the rows that the statements brought, by name. */
export function situationOf(rows: BatchResponse<ReturnType<typeof situationQueries>>) {
  const [
    tickets,
    types,
    form,
    allowed,
    statuses,
    persons0,
    authors,
    templates,
    priorities,
    categories,
    agents,
    teams,
    fields,
    options,
    typeFields,
    persons,
    sites,
    modules,
    waysOn,
  ] = rows
  return {
    ticket: tickets[0],
    type: types[0],
    form,
    allowed,
    statuses,
    person: persons0[0],
    author: authors[0],
    template: templates[0],
    priorities,
    categories,
    agents,
    teams,
    fields,
    options,
    typeFields: typeFields.map(({ fieldId }) => fieldId),
    persons,
    sites,
    suppliersOn: modules[0]?.on ?? false,
    waysOn,
  }
}
export type Situation = ReturnType<typeof situationOf>
