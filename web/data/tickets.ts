import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { parseResponse } from 'hono/client'
import { api, under } from './client'
import { savedOf } from './saved'
import { useQuery } from './query'

/** How often an open page looks for news; the query stops by itself while the page is hidden. */
export const LOOK_AGAIN_MS = 5_000
export const PAGE_SIZE = 50
/** Beyond this the list says "1000+": an exact count of everything costs more than it tells. */
const COUNT_LIMIT = 1_000

export type TicketQuery = {
  page: number
  search?: string
  open_only?: true
  closed_only?: true
  mine?: true
  unassigned?: true
  sync_problem?: true
  status_id?: string
  priority?: string
  agent_id?: string
  client_id?: string
  team?: string
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
      const paging = {
        pageinate: true,
        page_size: PAGE_SIZE,
        page_no: page,
        countlimit: COUNT_LIMIT,
      }
      return parseResponse(api(slug).tickets.$get({ query: { ...filter, ...paging } }))
    },
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_AGAIN_MS,
  })

export const useTickets = (slug: Accessor<string>, query: Accessor<TicketQuery>) =>
  useQuery(() => ticketList(slug(), query()))

export const ticket = (slug: string, id: number) =>
  queryOptions({
    queryKey: ticketKeys.one(slug, id),
    queryFn: () => parseResponse(api(slug).tickets[':id'].$get({ param: { id: String(id) } })),
    refetchInterval: LOOK_AGAIN_MS,
  })

export const useTicket = (slug: Accessor<string>, id: Accessor<number>) =>
  useQuery(() => ticket(slug(), id()))

export type TicketChange = Partial<{
  summary: string
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
      parseResponse(api(slug()).tickets.$post({ json: { id: id(), ...change }, query: {} })),
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
    mutationFn: async ({ ticket: made, key }: { ticket: NewTicket; key: string }) =>
      savedOf(
        await parseResponse(api(slug()).tickets.$post({ json: made, query: {} }, under(key))),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ticketKeys.all(slug()) }),
  }))
}
