import {
  keepPreviousData,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { api } from './client'
import type { Ticket, TicketPage } from './wire'

/** How often an open page looks for news; the query stops by itself while the page is hidden. */
export const LOOK_AGAIN_MS = 5_000
export const PAGE_SIZE = 50
/** Beyond this the list says "1000+": an exact count of everything costs more than it tells. */
const COUNT_LIMIT = 1_000

export type TicketQuery = {
  page: number
  search?: string | undefined
  open_only?: boolean | undefined
  closed_only?: boolean | undefined
  status_id?: string | undefined
  priority?: string | undefined
  agent_id?: string | undefined
  client_id?: string | undefined
  team?: string | undefined
  mine?: boolean | undefined
  sync?: string | undefined
}

export const ticketKeys = {
  all: (slug: string) => [slug, 'tickets'] as const,
  list: (slug: string, query: TicketQuery) => [slug, 'tickets', 'list', query] as const,
  one: (slug: string, id: number) => [slug, 'tickets', id] as const,
}

export const ticketList = (slug: string, query: TicketQuery) =>
  queryOptions({
    queryKey: ticketKeys.list(slug, query),
    queryFn: () => {
      const { page, ...filter } = query
      return api(slug).get<TicketPage>('tickets', {
        ...filter,
        pageinate: true,
        page_size: PAGE_SIZE,
        page_no: page,
        countlimit: COUNT_LIMIT,
        includeagent: true,
        includestatus: true,
      })
    },
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_AGAIN_MS,
  })

export const useTickets = (slug: Accessor<string>, query: Accessor<TicketQuery>) =>
  useQuery(() => ticketList(slug(), query()))

export const ticket = (slug: string, id: number) =>
  queryOptions({
    queryKey: ticketKeys.one(slug, id),
    queryFn: () =>
      api(slug).get<Ticket>(`tickets/${id}`, {
        includedetails: true,
        includeagent: true,
        includestatus: true,
      }),
    refetchInterval: LOOK_AGAIN_MS,
  })

export const useTicket = (slug: Accessor<string>, id: Accessor<number>) =>
  useQuery(() => ticket(slug(), id()))

export type TicketChange = Partial<{
  status_id: number
  priority_id: number
  agent_id: number
  team: string
  category_1: string
  client_id: number
  user_id: number
  customfields: { id: number; value: unknown }[]
}>

export function useChangeTicket(slug: Accessor<string>, id: Accessor<number>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: (change: TicketChange) =>
      api(slug()).post<Ticket>('tickets', [{ id: id(), ...change }]),
    onSettled: () => client.invalidateQueries({ queryKey: ticketKeys.all(slug()) }),
  }))
}

export type NewTicket = {
  summary: string
  details_html: string
  tickettype_id: number
  client_id?: number
  user_id?: number
  priority_id?: number
  category_1?: string
  attachments: { id: number }[]
}

export function useCreateTicket(slug: Accessor<string>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: (given: { ticket: NewTicket; key: string }) =>
      api(slug()).post<Ticket>('tickets', [given.ticket], given.key),
    onSuccess: () => client.invalidateQueries({ queryKey: ticketKeys.all(slug()) }),
  }))
}
