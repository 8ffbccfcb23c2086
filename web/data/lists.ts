import { queryOptions, useQuery } from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { api } from './client'
import type {
  Agent,
  Category,
  EmailTemplate,
  Customer,
  Outcome,
  Priority,
  Status,
  Supplier,
  Team,
  TicketType,
  User,
} from './wire'

/** Configuration changes seldom, so a list is asked for once in a while and shared by all screens. */
const SELDOM_MS = 60_000
const WHOLE_LIST = 1_000

const list = <T>(slug: string, name: string, fetch: () => Promise<T>) =>
  queryOptions({ queryKey: [slug, 'lists', name] as const, queryFn: fetch, staleTime: SELDOM_MS })

const lists = {
  statuses: (slug: string) => list(slug, 'status', () => api(slug).get<Status[]>('status')),
  priorities: (slug: string) => list(slug, 'priority', () => api(slug).get<Priority[]>('priority')),
  categories: (slug: string) => list(slug, 'category', () => api(slug).get<Category[]>('category')),
  agents: (slug: string) => list(slug, 'agent', () => api(slug).get<Agent[]>('agent')),
  teams: (slug: string) => list(slug, 'team', () => api(slug).get<Team[]>('team')),
  types: (slug: string) =>
    list(slug, 'tickettype', () => api(slug).get<TicketType[]>('tickettype')),
  outcomes: (slug: string) => list(slug, 'outcome', () => api(slug).get<Outcome[]>('outcome')),
  templates: (slug: string) =>
    list(slug, 'emailtemplate', () => api(slug).get<EmailTemplate[]>('emailtemplate')),
  customers: (slug: string) =>
    list(slug, 'client', async () => {
      const answer = await api(slug).get<{ clients: Customer[] }>('client', { count: WHOLE_LIST })
      return answer.clients
    }),
  suppliers: (slug: string) =>
    list(slug, 'supplier', async () => {
      const answer = await api(slug).get<{ suppliers: Supplier[] }>('supplier', {
        count: WHOLE_LIST,
      })
      return answer.suppliers
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
  useQuery(() => ({
    ...list(slug(), `users/${customerId() ?? ''}`, async () => {
      const answer = await api(slug()).get<{ users: User[] }>('users', {
        client_id: customerId(),
        count: WHOLE_LIST,
      })
      return answer.users
    }),
  }))
