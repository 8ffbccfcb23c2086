import { sql } from 'drizzle-orm'
import { connection, person } from '../../db/schema'
import type { NewTicket, NewTicketRows } from '../desk/newTicket'
import type { Db } from '../platform/database'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import type { BatonIn, Part } from './message'

/** Who a ticket that a partner sends is for. The partner chooses the address, so it must give nobody a right here (T44). */

export const HOUR_MS = 3_600_000

/** How many people the partner of a connection has brought to its customer: nothing to count where this one is known already. */
export const broughtQuery = (
  { orm, t }: Db,
  connectionId: number,
  email: string,
  hourAgo: number,
) =>
  orm
    .select({
      all: sql<number>`count(*)`.as('brought'),
      lately: sql<number>`coalesce(sum(${person.createdAt} > ${hourAgo}), 0)`.as('lately'),
    })
    .from(person)
    .where(
      sql`${person.t} = ${t} and ${person.customerId} = (select ${connection.customerId} from ${connection} where ${connection.t} = ${t} and ${connection.id} = ${connectionId})
        and ${person.source} = 'partner' and not exists (select 1 from person e where e.t = ${t} and e.email = ${email} and e.deleted_at is null)`,
    )

interface Known {
  persons: NewTicketRows[8]
  /** The address is that of one of our agents. */
  isOurAgent: boolean
  brought: { all: number; lately: number } | undefined
}

/**
 * The sending agent where the customer has them, else what the connection's setting says (G35): made, without a way to sign in; the
 * customer's general user; or refused. An address that is one of our agents' or another customer's goes to the general user. So does
 * who comes beyond the limits, and then the parts say so. Throws UNKNOWN_SENDER.
 */
export function senderOf(
  author: BatonIn['author'],
  on: typeof connection.$inferSelect,
  { persons, isOurAgent, brought }: Known,
): { user: Partial<NewTicket>; parts: Part[] } {
  const email = author.kind === 'agent' ? author.email : undefined
  const known = email ? persons.find((one) => one.email === email) : undefined
  if (known && known.customerId === on.customerId)
    return { user: { personId: known.id }, parts: [] }
  const refused = () =>
    new Problem('UNKNOWN_SENDER', {
      message: `${author.name} is not known as a user of this customer`,
    })
  const general = persons.find((one) => one.isGeneral && one.customerId === on.customerId)
  const forGeneral = (parts: Part[]) => {
    if (!general) throw refused()
    return { user: { personId: general.id }, parts }
  }
  if (!email || on.unknownSender === 'general') return forGeneral([])
  // Not told to the partner: it would learn who is known to this desk (T11).
  if (known || isOurAgent)
    return forGeneral([
      {
        part: 'User',
        result: 'unchanged',
        reason: `the address ${email}, given by the partner, belongs to ${isOurAgent ? 'an agent of this desk' : 'a user of another customer'}, so the ticket is under the general user`,
        here: true,
      },
    ])
  if (on.unknownSender === 'refuse') throw refused()
  const tooMany = beyond(brought ?? { all: 0, lately: 0 })
  if (tooMany === null) return { user: { personEmail: email, personName: author.name }, parts: [] }
  return forGeneral([
    {
      part: 'User',
      result: 'dropped',
      reason: `${tooMany}, so the ticket is under the general user`,
      fix: 'In the receiving instance: add the person as a user of this customer, or import the agents.',
    },
  ])
}

function beyond({ all, lately }: { all: number; lately: number }): string | null {
  if (all >= limits.partnerPeople)
    return `this connection has brought ${limits.partnerPeople} people, as many as it may`
  if (lately >= limits.partnerPeopleAnHour)
    return `this connection has brought ${limits.partnerPeopleAnHour} people within an hour, as many as it may`
  return null
}
