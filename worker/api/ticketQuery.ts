import { z } from 'zod'
import { isStaff, type Principal } from '../auth/principal'
import type { TicketFilter, TicketOrder } from '../desk/tickets'
import { Search } from './filters'
import { DateIn, given, Id, Ids, Paging, QueryBool, Text } from './wire'

/** The query of a list of tickets (halo-api.md §8), and ours: `sync_problem`, `unassigned`, `countlimit`. */
export const TicketListQuery = z.object({
  ...Paging,
  search: Search.optional(),
  search_id: Id.optional(),
  ticketids: Ids.optional(),
  excludethese: Ids.optional(),
  open_only: QueryBool.optional(),
  closed_only: QueryBool.optional(),
  mine: QueryBool.optional(),
  unassigned: QueryBool.optional(),
  sync_problem: QueryBool.optional(),
  status_id: Ids.optional(),
  status: Ids.optional(),
  requesttype_id: Ids.optional(),
  requesttype: Ids.optional(),
  priority: Ids.optional(),
  client_id: Ids.optional(),
  client_ids: Ids.optional(),
  site_id: Id.optional(),
  user_id: Id.optional(),
  agent_id: Ids.optional(),
  agent: Ids.optional(),
  team: Text(500).optional(),
  team_name: Text(200).optional(),
  supplier_id: Id.optional(),
  search_supplier_reference: Text(100).optional(),
  client_ref: Text(100).optional(),
  datesearch: Text(50).optional(),
  startdate: DateIn.optional(),
  enddate: DateIn.optional(),
  lastupdatefromdate: DateIn.optional(),
  lastupdatetodate: DateIn.optional(),
  order: Text(50).optional(),
  orderdesc: QueryBool.optional(),
  countlimit: Id.optional(),
})
type Wanted = z.output<typeof TicketListQuery>

/** What a caller's query selects. An end user sees their own tickets, and asks by nothing that is hidden from them (G119). */
export function filterOf(wanted: Wanted, who: Principal): TicketFilter {
  if (who.kind === 'user') return { ...ofAnybody(wanted), personId: who.personId, publicOnly: true }
  const agents = [...(wanted.agent_id ?? wanted.agent ?? [])].map((id) => (id === 1 ? null : id))
  if (wanted.unassigned) agents.push(null)
  if (wanted.mine && isStaff(who)) agents.push(who.agentId)
  // A team is named by number or by name; a list of numbers is numbers.
  const teamIds =
    wanted.team !== undefined && /^[\d,\s]+$/.test(wanted.team)
      ? wanted.team.split(',').map(Number)
      : undefined
  return given({
    ...ofAnybody(wanted),
    statusIds: wanted.status_id ?? wanted.status,
    priorityIds: wanted.priority,
    customerIds: wanted.client_id ?? wanted.client_ids,
    siteId: wanted.site_id,
    personId: wanted.user_id,
    agentIds: agents.length > 0 ? agents : undefined,
    teamIds,
    teamName: teamIds ? undefined : (wanted.team_name ?? (wanted.team || undefined)),
    supplierId: wanted.supplier_id,
    supplierRef: wanted.search_supplier_reference,
    customerRef: wanted.client_ref,
    syncProblem: wanted.sync_problem ? true : undefined,
    updatedFrom: wanted.lastupdatefromdate,
    updatedTo: wanted.lastupdatetodate,
  })
}

const ofAnybody = (wanted: Wanted): TicketFilter =>
  given({
    search: wanted.search,
    ids: wanted.search_id === undefined ? wanted.ticketids : [wanted.search_id],
    excludeIds: wanted.excludethese,
    open: wanted.open_only ? true : wanted.closed_only ? false : undefined,
    typeIds: wanted.requesttype_id ?? wanted.requesttype,
    loggedFrom: wanted.startdate,
    loggedTo: wanted.enddate,
  })

const ORDERS: Record<string, TicketOrder['by']> = {
  id: 'id',
  dateoccurred: 'id',
  summary: 'summary',
  lastactiondate: 'updated',
  lastupdate: 'updated',
  priority_id: 'priority',
  status_id: 'status',
}

/** Newest first, unless asked otherwise; a name that means nothing here is ignored. */
export const orderOf = ({ order, orderdesc }: Wanted): TicketOrder => {
  const by = order === undefined ? undefined : ORDERS[order.toLowerCase()]
  return by ? { by, desc: orderdesc ?? false } : { by: 'id', desc: true }
}
