import type { TicketQuery } from '../../data/tickets'

/** The list's whole state, as it stands in the address. */
export type Filters = {
  [
    name in
      | 'state'
      | 'mine'
      | 'unassigned'
      | 'sync'
      | 'status'
      | 'priority'
      | 'team'
      | 'agent'
      | 'customer'
      | 'q'
      | 'page'
  ]?: string | undefined
}

export type ListState = 'open' | 'closed' | 'all'
/** Those that take several values. */
export type ManyFilter = 'status' | 'priority' | 'team' | 'agent' | 'customer'

export const listState = (filters: Filters): ListState =>
  filters.state === 'closed' || filters.state === 'all' ? filters.state : 'open'

export const pageNo = (filters: Filters): number => {
  const page = Number(filters.page ?? 1)
  return Number.isInteger(page) && page > 0 ? page : 1
}

export const chosen = (value: string | undefined): string[] =>
  value === undefined || value === '' ? [] : value.split(',')

/** Adds or takes away one value of a filter; undefined takes the filter out of the address. */
export function toggled(value: string | undefined, one: string): string | undefined {
  const now = chosen(value)
  const next = now.includes(one) ? now.filter((it) => it !== one) : [...now, one]
  return next.length === 0 ? undefined : next.join(',')
}

/** Whether something narrows the list, so that "nothing found" can say why. */
export function isNarrowed(filters: Filters): boolean {
  const { state: _state, page: _page, ...narrowing } = filters
  return Object.values(narrowing).some(Boolean)
}

/** What the API is asked for: only what the address says, so that the same list is the same question. */
export function ticketQuery(filters: Filters): TicketQuery {
  const state = listState(filters)
  return {
    page: pageNo(filters),
    ...(state === 'open' && { open_only: true }),
    ...(state === 'closed' && { closed_only: true }),
    ...(filters.mine === '1' && { mine: true }),
    ...(filters.unassigned === '1' && { unassigned: true }),
    ...(filters.sync === 'problems' && { sync_problem: true }),
    ...(filters.status && { status_id: filters.status }),
    ...(filters.priority && { priority: filters.priority }),
    ...(filters.team && { team: filters.team }),
    ...(filters.agent && { agent_id: filters.agent }),
    ...(filters.customer && { client_id: filters.customer }),
    ...(filters.q && { search: filters.q }),
  }
}
