import { and, asc, eq, getTableColumns, sql, type SQL } from 'drizzle-orm'
import { field, team, ticket, ticketType, ticketTypeField, workflow } from '../../db/schema'
import { found, type Db } from '../platform/database'
import { optionsOf, optionsQuery, type Field } from './fields'
import { openTicketsBy } from './staff'

export type TypeField = Field &
  Pick<
    typeof ticketTypeField.$inferSelect,
    'agentNew' | 'agentDetail' | 'userNew' | 'userDetail'
  > & { order: number }
export type TicketTypeRow = Awaited<ReturnType<typeof typesQuery>>[number]
export type TicketType = TicketTypeRow & { fields: TypeField[] }

const typesQuery = ({ orm, t }: Db, which?: SQL) =>
  orm
    .select({
      id: ticketType.id,
      uid: sql<string>`${ticketType.uid}`.as('type_uid'),
      name: sql<string>`${ticketType.name}`.as('type_name'),
      description: ticketType.description,
      workflowId: ticketType.workflowId,
      workflowName: sql<string>`${workflow.name}`.as('workflow_name'),
      initialStatusId: ticketType.initialStatusId,
      defaultPriorityId: ticketType.defaultPriorityId,
      defaultTeamId: ticketType.defaultTeamId,
      defaultTeamName: sql<string | null>`${team.name}`.as('team_name'),
      slaId: ticketType.slaId,
      itilType: ticketType.itilType,
      sequence: sql<number>`${ticketType.sequence}`.as('type_sequence'),
      endUsersCanSelect: ticketType.endUsersCanSelect,
      inactive: sql<number>`${ticketType.inactive}`.as('type_inactive'),
    })
    .from(ticketType)
    .innerJoin(workflow, and(eq(workflow.t, ticketType.t), eq(workflow.id, ticketType.workflowId)))
    .leftJoin(team, and(eq(team.t, ticketType.t), eq(team.id, ticketType.defaultTeamId)))
    .where(and(eq(ticketType.t, t), which))
    .orderBy(asc(ticketType.sequence), asc(ticketType.id))

/** What an end user may choose when logging a ticket. */
const forUsers = and(eq(ticketType.endUsersCanSelect, true), eq(ticketType.inactive, false))

/** The ticket types in their order. */
export const listTicketTypes = (db: Db, withInactive: boolean): Promise<TicketTypeRow[]> =>
  typesQuery(db, withInactive ? undefined : eq(ticketType.inactive, false))

export const listTypesForUser = (db: Db): Promise<TicketTypeRow[]> => typesQuery(db, forUsers)

/** How many open tickets each type has, by its number. */
export async function openTicketsOfTypes(db: Db): Promise<Map<number, number>> {
  const rows = await openTicketsBy(db, ticket.typeId)
  return new Map(rows.flatMap(({ id, n }) => (id === null ? [] : [[id, n] as const])))
}

/** One ticket type with its fields in order. Throws NOT_FOUND; for an end user also where they cannot choose it. */
export async function readTicketType(db: Db, id: number, forUser: boolean): Promise<TicketType> {
  const { orm, t } = db
  const { agentNew, agentDetail, userNew, userDetail } = ticketTypeField
  const [[row], fields, options] = await orm.batch([
    typesQuery(db, and(eq(ticketType.id, id), forUser ? forUsers : undefined)),
    orm
      .select({
        ...getTableColumns(field),
        agentNew,
        agentDetail,
        userNew,
        userDetail,
        order: ticketTypeField.sequence,
      })
      .from(ticketTypeField)
      .innerJoin(field, and(eq(field.t, ticketTypeField.t), eq(field.id, ticketTypeField.fieldId)))
      .where(
        and(
          eq(ticketTypeField.t, t),
          eq(ticketTypeField.ticketTypeId, id),
          eq(field.inactive, false),
          forUser ? sql`${userNew} + ${userDetail} > 0` : undefined,
        ),
      )
      .orderBy(asc(ticketTypeField.sequence)),
    optionsQuery(db),
  ])
  return {
    ...found(row),
    fields: fields.map((one) => ({ ...one, options: optionsOf(options, one.id) })),
  }
}
