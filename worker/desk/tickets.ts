import {
  and,
  asc,
  desc,
  eq,
  gte,
  isNotNull,
  isNull,
  lte,
  not,
  ne,
  or,
  sql,
  type SQL,
} from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import {
  actionBody,
  actionType,
  agent,
  category,
  customer,
  field,
  fieldOption,
  fieldValue,
  link,
  outbox,
  person,
  priority,
  site,
  sla,
  status,
  stepAction,
  supplier,
  team,
  ticket,
  ticketType,
  ticketTypeField,
  workflow,
  workflowStep,
} from '../../db/schema'
import type { Db } from '../platform/database'
import { once } from '../platform/once'
import { among } from './lists'
import { matchOf, ticketsMatching } from './search'

export interface TicketFilter {
  search?: string
  /** Searches only what an end user may see. */
  publicOnly?: boolean
  ids?: number[]
  excludeIds?: number[]
  open?: boolean
  statusIds?: number[]
  typeIds?: number[]
  priorityIds?: number[]
  customerIds?: number[]
  siteId?: number
  personId?: number
  /** Null: unassigned. */
  agentIds?: (number | null)[]
  teamIds?: number[]
  teamName?: string
  supplierId?: number
  supplierRef?: string
  customerRef?: string
  syncProblem?: boolean
  loggedFrom?: number
  loggedTo?: number
  updatedFrom?: number
  updatedTo?: number
}

export type TicketOrder = {
  by: 'id' | 'summary' | 'updated' | 'priority' | 'status'
  desc: boolean
}

const workAgent = alias(agent, 'work_agent')

/** A ticket with the names of all it points at. */
const columns = {
  id: ticket.id,
  uid: ticket.uid,
  summary: ticket.summary,
  typeId: ticket.typeId,
  typeName: sql<string>`${ticketType.name}`.as('type_name'),
  statusId: ticket.statusId,
  statusName: sql<string>`${status.name}`.as('status_name'),
  statusKind: sql<(typeof status.$inferSelect)['kind']>`${status.kind}`.as('status_kind'),
  statusPortalName: status.portalName,
  isClosed: ticket.isClosed,
  priorityId: ticket.priorityId,
  priorityUid: sql<string>`${priority.uid}`.as('priority_uid'),
  priorityName: sql<string>`${priority.name}`.as('priority_name'),
  priorityColour: sql<string | null>`${priority.colour}`.as('priority_colour'),
  slaId: sql<number>`${priority.slaId}`.as('sla_id'),
  slaName: sql<string>`${sla.name}`.as('sla_name'),
  categoryId: ticket.categoryId,
  categoryPath: sql<string | null>`${category.path}`.as('category_path'),
  agentId: ticket.agentId,
  agentName: sql<string | null>`${workAgent.name}`.as('agent_name'),
  teamId: ticket.teamId,
  teamName: sql<string | null>`${team.name}`.as('team_name'),
  customerId: ticket.customerId,
  customerName: sql<string>`${customer.name}`.as('customer_name'),
  siteId: ticket.siteId,
  siteName: sql<string | null>`${site.name}`.as('site_name'),
  personId: ticket.personId,
  personName: sql<string>`${person.name}`.as('person_name'),
  personEmail: sql<string | null>`${person.email}`.as('person_email'),
  workflowId: ticket.workflowId,
  workflowName: sql<string>`${workflow.name}`.as('workflow_name'),
  stepId: ticket.stepId,
  stepName: sql<string>`${workflowStep.name}`.as('step_name'),
  supplierId: ticket.supplierId,
  supplierName: sql<string | null>`${supplier.name}`.as('supplier_name'),
  supplierRef: ticket.supplierRef,
  customerRef: ticket.customerRef,
  startDate: ticket.startDate,
  targetDate: ticket.targetDate,
  source: ticket.source,
  syncProblem: ticket.syncProblem,
  isLinked:
    sql<number>`exists (select 1 from ${link} where ${link.t} = ${ticket.t} and ${link.ticketId} = ${ticket.id} and ${link.state} <> 'ended')`.as(
      'is_linked',
    ),
  isWaiting:
    sql<number>`exists (select 1 from ${link} join ${outbox} on ${outbox.t} = ${link.t} and ${outbox.connectionId} = ${link.connectionId} and ${outbox.linkId} = ${link.id} and ${outbox.nextAt} is not null where ${link.t} = ${ticket.t} and ${link.ticketId} = ${ticket.id})`.as(
      'is_waiting',
    ),
  createdAt: ticket.createdAt,
  lastActionAt: ticket.lastActionAt,
  closedAt: ticket.closedAt,
}

const selectTickets = ({ orm }: Db) =>
  orm
    .select(columns)
    .from(ticket)
    .innerJoin(ticketType, and(eq(ticketType.t, ticket.t), eq(ticketType.id, ticket.typeId)))
    .innerJoin(status, and(eq(status.t, ticket.t), eq(status.id, ticket.statusId)))
    .innerJoin(priority, and(eq(priority.t, ticket.t), eq(priority.id, ticket.priorityId)))
    .innerJoin(sla, and(eq(sla.t, ticket.t), eq(sla.id, priority.slaId)))
    .innerJoin(customer, and(eq(customer.t, ticket.t), eq(customer.id, ticket.customerId)))
    .innerJoin(person, and(eq(person.t, ticket.t), eq(person.id, ticket.personId)))
    .innerJoin(workflow, and(eq(workflow.t, ticket.t), eq(workflow.id, ticket.workflowId)))
    .innerJoin(
      workflowStep,
      and(
        eq(workflowStep.t, ticket.t),
        eq(workflowStep.workflowId, ticket.workflowId),
        eq(workflowStep.id, ticket.stepId),
      ),
    )
    .leftJoin(category, and(eq(category.t, ticket.t), eq(category.id, ticket.categoryId)))
    .leftJoin(workAgent, and(eq(workAgent.t, ticket.t), eq(workAgent.id, ticket.agentId)))
    .leftJoin(team, and(eq(team.t, ticket.t), eq(team.id, ticket.teamId)))
    .leftJoin(site, and(eq(site.t, ticket.t), eq(site.id, ticket.siteId)))
    .leftJoin(supplier, and(eq(supplier.t, ticket.t), eq(supplier.id, ticket.supplierId)))

export type TicketRow = Awaited<ReturnType<typeof ticketQuery>>[number]

/** One ticket by its number, which may be an expression: at the end of a batch it shows what the batch wrote. */
export const ticketQuery = once((db: Db, id: number | SQL<number>, ofPerson?: number) =>
  selectTickets(db).where(
    and(
      eq(ticket.t, db.t),
      eq(ticket.id, id),
      isNull(ticket.deletedAt),
      ofPerson === undefined ? undefined : eq(ticket.personId, ofPerson),
    ),
  ),
)

const idsIn = (
  column:
    | typeof ticket.statusId
    | typeof ticket.typeId
    | typeof ticket.priorityId
    | typeof ticket.customerId
    | typeof ticket.teamId,
  ids?: number[],
) => (ids ? among(column, ids) : undefined)

/** One agent alone, as most lists ask, by plain equality: the index then gives the order too. */
function agentIn(ids: (number | null)[]): SQL | undefined {
  const [first, ...more] = ids.filter((id) => id !== null)
  const named =
    first === undefined
      ? undefined
      : more.length === 0
        ? eq(ticket.agentId, first)
        : among(ticket.agentId, [first, ...more])
  return or(named, ids.includes(null) ? isNull(ticket.agentId) : undefined)
}

/** A filter with its words made into an expression for full text; null where nothing in them can be looked for. */
type Searched = Omit<TicketFilter, 'search' | 'publicOnly'> & {
  match: string | null | undefined
  number: number | undefined
}

function searched(t: number, { search, publicOnly = false, ...filter }: TicketFilter): Searched {
  const typed = search?.trim() ?? ''
  return {
    ...filter,
    match: search === undefined ? undefined : matchOf(t, search, { publicOnly }),
    number: /^#?\d{1,9}$/.test(typed) ? Number(typed.replace('#', '')) : undefined,
  }
}

function whereOf(t: number, { match, number, ...filter }: Searched): SQL | undefined {
  return and(
    eq(ticket.t, t),
    isNull(ticket.deletedAt),
    match === undefined
      ? undefined
      : match === null
        ? sql`0`
        : number === undefined
          ? ticketsMatching(match)
          : or(ticketsMatching(match), eq(ticket.id, number)),
    filter.ids ? among(ticket.id, filter.ids) : undefined,
    filter.excludeIds?.length ? not(among(ticket.id, filter.excludeIds)) : undefined,
    filter.open === undefined ? undefined : eq(ticket.isClosed, !filter.open),
    idsIn(ticket.statusId, filter.statusIds),
    idsIn(ticket.typeId, filter.typeIds),
    idsIn(ticket.priorityId, filter.priorityIds),
    idsIn(ticket.customerId, filter.customerIds),
    filter.siteId === undefined ? undefined : eq(ticket.siteId, filter.siteId),
    filter.personId === undefined ? undefined : eq(ticket.personId, filter.personId),
    filter.agentIds && agentIn(filter.agentIds),
    idsIn(ticket.teamId, filter.teamIds),
    filter.teamName === undefined
      ? undefined
      : sql`${ticket.teamId} in (select ${team.id} from ${team} where ${team.t} = ${t} and lower(${team.name}) = lower(${filter.teamName}))`,
    filter.supplierId === undefined ? undefined : eq(ticket.supplierId, filter.supplierId),
    filter.supplierRef === undefined ? undefined : eq(ticket.supplierRef, filter.supplierRef),
    filter.customerRef === undefined ? undefined : eq(ticket.customerRef, filter.customerRef),
    filter.syncProblem ? isNotNull(ticket.syncProblem) : undefined,
    filter.loggedFrom === undefined ? undefined : gte(ticket.createdAt, filter.loggedFrom),
    filter.loggedTo === undefined ? undefined : lte(ticket.createdAt, filter.loggedTo),
    filter.updatedFrom === undefined ? undefined : gte(ticket.lastActionAt, filter.updatedFrom),
    filter.updatedTo === undefined ? undefined : lte(ticket.lastActionAt, filter.updatedTo),
  )
}

const orders = {
  id: ticket.id,
  summary: ticket.summary,
  updated: ticket.lastActionAt,
  priority: ticket.priorityId,
  status: ticket.statusId,
}

/** A page of tickets; by default the newest first. */
export const ticketsQuery = (
  db: Db,
  filter: TicketFilter,
  order: TicketOrder,
  page: { limit: number; offset: number },
) => pages[order.by](db, searched(db.t, filter), order.desc, page)

const pagesBy = (by: TicketOrder['by']) =>
  once(
    (db: Db, filter: Searched, newestFirst: boolean, page: { limit: number; offset: number }) => {
      const direction = newestFirst ? desc : asc
      return (
        selectTickets(db)
          .where(whereOf(db.t, filter))
          // The number once: asked for twice, SQLite sorts what an index has in order already.
          .orderBy(...(by === 'id' ? [] : [direction(orders[by])]), direction(ticket.id))
          .limit(page.limit)
          .offset(page.offset)
      )
    },
  )

const pages = {
  id: pagesBy('id'),
  summary: pagesBy('summary'),
  updated: pagesBy('updated'),
  priority: pagesBy('priority'),
  status: pagesBy('status'),
}

/** How many tickets a filter has, counted no further than `most`: a screen needs "more than 999", not the sum of a large table. */
export const ticketCountQuery = (db: Db, filter: TicketFilter, most?: number) =>
  count(db, searched(db.t, filter), most)

const count = once(({ orm, t }: Db, filter: Searched, most: number | undefined) => {
  const rows = orm
    .select({ one: sql`1`.as('one') })
    .from(ticket)
    .where(whereOf(t, filter))
  const bounded = most === undefined ? rows.as('counted') : rows.limit(most).as('counted')
  return orm.select({ n: sql<number>`count(*)`.as('n') }).from(bounded)
})

/** The fields of a ticket's type with the values on this ticket. */
export const ticketFieldsQuery = once(({ orm, t }: Db, id: number | SQL<number>) =>
  orm
    .select({
      id: field.id,
      name: field.name,
      label: field.label,
      hint: field.hint,
      type: field.type,
      value: fieldValue.value,
      agentDetail: ticketTypeField.agentDetail,
      userDetail: ticketTypeField.userDetail,
      options:
        sql<string>`(select json_group_array(json_object('id', ${fieldOption.id}, 'name', ${fieldOption.name})) from ${fieldOption} where ${fieldOption.t} = ${field.t} and ${fieldOption.fieldId} = ${field.id})`.as(
          'options',
        ),
    })
    .from(ticket)
    .innerJoin(
      ticketTypeField,
      and(eq(ticketTypeField.t, ticket.t), eq(ticketTypeField.ticketTypeId, ticket.typeId)),
    )
    .innerJoin(field, and(eq(field.t, ticket.t), eq(field.id, ticketTypeField.fieldId)))
    .leftJoin(
      fieldValue,
      and(
        eq(fieldValue.t, ticket.t),
        eq(fieldValue.ticketId, ticket.id),
        eq(fieldValue.fieldId, field.id),
      ),
    )
    .where(and(eq(ticket.t, t), eq(ticket.id, id), isNull(field.builtin)))
    .orderBy(asc(ticketTypeField.sequence)),
)

/** The action types that the ticket's workflow step allows an agent; the portal's reply is the end user's. */
export const allowedQuery = once(({ orm, t }: Db, id: number | SQL<number>) =>
  orm
    .select({ actionTypeId: stepAction.actionTypeId })
    .from(ticket)
    .innerJoin(
      stepAction,
      and(
        eq(stepAction.t, ticket.t),
        eq(stepAction.workflowId, ticket.workflowId),
        eq(stepAction.stepId, ticket.stepId),
      ),
    )
    .innerJoin(
      actionType,
      and(
        eq(actionType.t, ticket.t),
        eq(actionType.id, stepAction.actionTypeId),
        ne(actionType.systemUse, 'user_update'),
        eq(actionType.inactive, false),
      ),
    )
    .where(and(eq(ticket.t, t), eq(ticket.id, id)))
    .orderBy(asc(actionType.sequence), asc(actionType.id)),
)

/** What an end user may do on a ticket of theirs: the portal's own reply. */
export const userActionsQuery = once(({ orm, t }: Db) =>
  orm
    .select({ id: actionType.id })
    .from(actionType)
    .where(
      and(
        eq(actionType.t, t),
        eq(actionType.systemUse, 'user_update'),
        eq(actionType.inactive, false),
      ),
    ),
)

/** A ticket's text: the note of its first entry. */
export const detailsQuery = once(({ orm, t }: Db, id: number | SQL<number>) =>
  orm
    .select({ noteHtml: actionBody.noteHtml })
    .from(actionBody)
    .where(and(eq(actionBody.t, t), eq(actionBody.ticketId, id), eq(actionBody.actionId, 1))),
)
