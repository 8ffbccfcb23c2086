import { queryOptions } from '@tanstack/solid-query'
import { parseResponse } from 'hono/client'
import type { Accessor } from 'solid-js'
import { api } from './client'
import { useQuery } from './query'

/** Configuration changes seldom, so a list is asked for once in a while and shared by all screens. */
const SELDOM_MS = 60_000
const WHOLE_LIST = { count: 1_000 }

const list = <T>(slug: string, name: string, fetch: () => Promise<T>) =>
  queryOptions({ queryKey: [slug, 'lists', name] as const, queryFn: fetch, staleTime: SELDOM_MS })

const lists = {
  statuses: (slug: string) =>
    list(slug, 'status', () => parseResponse(api(slug).status.$get({ query: {} }))),
  priorities: (slug: string) =>
    list(slug, 'priority', () => parseResponse(api(slug).priority.$get({ query: {} }))),
  categories: (slug: string) =>
    list(slug, 'category', () => parseResponse(api(slug).category.$get({ query: {} }))),
  agents: (slug: string) =>
    list(slug, 'agent', () => parseResponse(api(slug).agent.$get({ query: {} }))),
  teams: (slug: string) =>
    list(slug, 'team', () => parseResponse(api(slug).team.$get({ query: {} }))),
  types: (slug: string) =>
    list(slug, 'tickettype', () => parseResponse(api(slug).tickettype.$get({ query: {} }))),
  outcomes: (slug: string) =>
    list(slug, 'outcome', () => parseResponse(api(slug).outcome.$get({ query: {} }))),
  templates: (slug: string) =>
    list(slug, 'emailtemplate', () => parseResponse(api(slug).emailtemplate.$get({ query: {} }))),
  customers: (slug: string) =>
    list(
      slug,
      'client',
      async () => (await parseResponse(api(slug).client.$get({ query: WHOLE_LIST }))).clients,
    ),
  suppliers: (slug: string) =>
    list(slug, 'supplier', async () => {
      const answer = await parseResponse(api(slug).supplier.$get({ query: WHOLE_LIST }))
      return answer.suppliers
    }),
  users: (slug: string, customerId: number | undefined) =>
    list(slug, `users/${customerId ?? ''}`, async () => {
      const ofCustomer = customerId === undefined ? {} : { client_id: customerId }
      const query = { ...WHOLE_LIST, ...ofCustomer }
      const answer = await parseResponse(api(slug).users.$get({ query }))
      return answer.users
    }),
}

export const useStatuses = (slug: Accessor<string>) => useQuery(() => lists.statuses(slug()))
export const usePriorities = (slug: Accessor<string>) => useQuery(() => lists.priorities(slug()))
export const useCategories = (slug: Accessor<string>) => useQuery(() => lists.categories(slug()))
export const useAgents = (slug: Accessor<string>) => useQuery(() => lists.agents(slug()))
export const useTeams = (slug: Accessor<string>) => useQuery(() => lists.teams(slug()))
export const useTicketTypes = (slug: Accessor<string>) => useQuery(() => lists.types(slug()))
export const useOutcomes = (slug: Accessor<string>) => useQuery(() => lists.outcomes(slug()))
export const useTemplates = (slug: Accessor<string>, wanted: Accessor<boolean>) =>
  useQuery(() => ({ ...lists.templates(slug()), enabled: wanted() }))
export const useCustomers = (slug: Accessor<string>) => useQuery(() => lists.customers(slug()))
export const useSuppliers = (slug: Accessor<string>, wanted: Accessor<boolean>) =>
  useQuery(() => ({ ...lists.suppliers(slug()), enabled: wanted() }))

/** End users of one customer; all of them until a customer is chosen. */
export const useUsers = (slug: Accessor<string>, customerId: Accessor<number | undefined>) =>
  useQuery(() => lists.users(slug(), customerId()))
