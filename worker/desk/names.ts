import { and, eq, sql, type SQL } from 'drizzle-orm'
import { customer, priority, ticket, ticketType } from '../../db/schema'
import type { Db } from '../platform/database'
import { once } from '../platform/once'

/** What a ticket's type, priority and customer are called: the words that templates put in. */
export const ticketNamesQuery = once(({ orm, t }: Db, ticketId: number | SQL<number>) =>
  orm
    .select({
      type: sql<string>`${ticketType.name}`.as('type_name'),
      priority: sql<string>`${priority.name}`.as('priority_name'),
      customer: sql<string>`${customer.name}`.as('customer_name'),
    })
    .from(ticket)
    .innerJoin(ticketType, and(eq(ticketType.t, t), eq(ticketType.id, ticket.typeId)))
    .innerJoin(priority, and(eq(priority.t, t), eq(priority.id, ticket.priorityId)))
    .innerJoin(customer, and(eq(customer.t, t), eq(customer.id, ticket.customerId)))
    .where(and(eq(ticket.t, t), eq(ticket.id, ticketId))),
)

export type TicketNames = Awaited<ReturnType<typeof ticketNamesQuery>>[number]
