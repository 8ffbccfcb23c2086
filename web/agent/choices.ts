import type { Accessor } from 'solid-js'
import {
  useAgents,
  useCategories,
  useCustomers,
  usePriorities,
  useStatuses,
  useTeams,
  useTemplates,
  useUsers,
} from '../data/lists'
import type { User } from '../data/names'
import type { Choice } from '../ui/Select'

type Slug = Accessor<string>
type Choices = Accessor<Choice[]>

/** Rows of a list; none until it is there, since a control without choices says so by itself. */
const rowsOf = <T>(list: { isPending: boolean; data: T[] | undefined }): T[] =>
  list.isPending ? [] : (list.data ?? [])

const named = (row: { id: number; name: string }): Choice => ({
  value: String(row.id),
  label: row.name,
})

/** Lists keep what was retired, since old tickets still name it; new choices leave it out. */
const inUse = (row: object): boolean => !('inactive' in row && row.inactive === true)

export function useStatusChoices(slug: Slug): Choices {
  const statuses = useStatuses(slug)
  return () => rowsOf(statuses).filter(inUse).map(named)
}

export function usePriorityChoices(slug: Slug): Choices {
  const priorities = usePriorities(slug)
  return () => rowsOf(priorities).map((row) => ({ value: String(row.priorityid), label: row.name }))
}

/** The wire names a category by its path. */
export function useCategoryChoices(slug: Slug): Choices {
  const categories = useCategories(slug)
  return () =>
    rowsOf(categories)
      .filter(inUse)
      .map((row) => ({ value: row.value, label: row.value.replaceAll('>', ' › ') }))
}

/** Agents who can be given a ticket: people who still work here. */
export function useAgentChoices(slug: Slug): Choices {
  const agents = useAgents(slug)
  return () =>
    rowsOf(agents)
      .filter((row) => !row.isdisabled && !row.isapiagent)
      .map(named)
}

/** A ticket names its team by the name; a filter, which may hold several, by the number. */
export function useTeamChoices(slug: Slug, by: 'id' | 'name'): Choices {
  const teams = useTeams(slug)
  return () =>
    rowsOf(teams)
      .filter(inUse)
      .map((row) => ({ value: String(row[by]), label: row.name }))
}

export function useTemplateChoices(slug: Slug, wanted: Accessor<boolean>): Choices {
  const templates = useTemplates(slug, wanted)
  return () => (wanted() ? rowsOf(templates).map(named) : [])
}

export function useCustomerChoices(slug: Slug): Choices {
  const customers = useCustomers(slug)
  return () => rowsOf(customers).filter(inUse).map(named)
}

export const userChoice = (user: User): Choice => ({
  value: String(user.id),
  label: [user.name, user.emailaddress || user.client_name].join(' · '),
})

/** End users of a customer, or of all while none is chosen (""). */
export function useUserRows(slug: Slug, customer: Accessor<string>): Accessor<User[]> {
  const users = useUsers(slug, () => (customer() === '' ? undefined : Number(customer())))
  return () => rowsOf(users).filter(inUse)
}
