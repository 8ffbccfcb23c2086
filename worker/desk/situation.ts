import type { BatchResponse } from 'drizzle-orm/batch'
import { and, asc, eq, getTableColumns, inArray, isNull, or, sql } from 'drizzle-orm'
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
import type { Author, Draft } from './draft'
import { among } from './lists'
import { namedQueries } from './named'

/** The template an action type is set to; where none is, sending a ticket to a supplier takes the one for that (G77). */
const templateOfType = sql<number>`coalesce(${actionType.emailTemplateId}, case ${actionType.systemUse} when 'log_to_supplier' then ${SUPPLIER_TEMPLATE} end)`

/** The statements that read all that `decide` needs for a draft, for one batch. Small configuration lists are read whole. */
export function situationQueries(db: Db, author: Author, draft: Draft) {
  const { orm, t } = db
  const { ticketId, changes } = draft
  const typeIs = draft.plainEdit
    ? eq(actionType.systemUse, 'changed')
    : draft.typeId !== undefined
      ? eq(actionType.id, draft.typeId)
      : or(
          eq(sql`lower(${actionType.name})`, draft.typeName?.toLowerCase() ?? ''),
          eq(sql`lower(${actionType.button})`, draft.typeName?.toLowerCase() ?? ''),
        )
  const ofTicket = and(eq(ticket.t, t), eq(ticket.id, ticketId), isNull(ticket.deletedAt))
  const fieldIds = (changes.fields ?? []).flatMap(({ id }) => (id === undefined ? [] : [id]))
  const fieldNames = (changes.fields ?? []).flatMap(({ name }) =>
    name === undefined ? [] : [name.toLowerCase(), `cf${name.toLowerCase()}`],
  )
  const ofFields = fieldIds.length + fieldNames.length > 0
  const named = or(
    fieldIds.length > 0 ? among(field.id, fieldIds) : undefined,
    fieldNames.length > 0 ? among(sql`lower(${field.name})`, fieldNames) : undefined,
  )
  return [
    orm.select().from(ticket).where(ofTicket),
    orm
      .select()
      .from(actionType)
      .where(and(eq(actionType.t, t), typeIs))
      .orderBy(asc(actionType.id))
      .limit(1),
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
            orm
              .select({ id: actionType.id })
              .from(actionType)
              .where(and(eq(actionType.t, t), typeIs)),
          ),
        ),
      )
      .orderBy(asc(actionTypeField.sequence)),
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
      .where(and(eq(stepAction.t, t), ofTicket)),
    orm.select().from(status).where(eq(status.t, t)),
    orm
      .select({
        id: person.id,
        customerId: person.customerId,
        name: person.name,
        email: person.email,
      })
      .from(person)
      .innerJoin(ticket, and(eq(ticket.t, person.t), eq(ticket.personId, person.id)))
      .where(and(eq(person.t, t), ofTicket)),
    authorQuery(db, author),
    orm
      .select()
      .from(emailTemplate)
      .where(
        and(
          eq(emailTemplate.t, t),
          draft.emailTemplateId !== undefined
            ? eq(emailTemplate.id, draft.emailTemplateId)
            : inArray(
                emailTemplate.id,
                orm
                  .select({ id: templateOfType })
                  .from(actionType)
                  .where(and(eq(actionType.t, t), typeIs)),
              ),
        ),
      ),
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
        .where(and(eq(field.t, t), named)),
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
                .where(and(eq(field.t, t), named)),
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
        .where(and(eq(ticketTypeField.t, t), ofTicket)),
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
    orm
      .select({ on: module.enabled })
      .from(module)
      .where(and(eq(module.t, t), eq(module.name, 'suppliers'))),
  ] as const
}

function authorQuery({ orm, t }: Db, author: Author) {
  return author.kind === 'user'
    ? orm
        .select({ name: person.name })
        .from(person)
        .where(and(eq(person.t, t), eq(person.id, author.personId)))
    : orm
        .select({ name: agent.name, email: agent.email, uid: agent.uid })
        .from(agent)
        .where(and(eq(agent.t, t), eq(agent.id, author.agentId)))
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
  }
}
export type Situation = ReturnType<typeof situationOf>
