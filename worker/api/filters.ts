import { z } from 'zod'
import type { Activity, Condition } from '../desk/lists'
import { Paging, QueryBool, Text } from './wire'

/** What the lists of organisations and people have in common in their query (halo-api.md §8). */

const MOST_CONDITIONS = 20

/** `advanced_search=[{"filter_name": .., "filter_type": 4, "filter_value": ..}]`; several are and-ed. */
export const AdvancedSearch = z.string().transform((given, c): Condition[] => {
  const read = z.array(ConditionIn).max(MOST_CONDITIONS).safeParse(jsonOf(given))
  if (read.success) return read.data
  c.addIssue({ code: 'custom', message: 'Invalid advanced search parameter' })
  return z.NEVER
})

const ConditionIn = z
  .object({
    filter_name: z.string(),
    filter_type: z.coerce.number().int(),
    filter_value: z.union([z.string(), z.number(), z.boolean()]),
  })
  .transform(({ filter_name, filter_type, filter_value }): Condition => ({
    name: filter_name,
    type: filter_type,
    value: String(filter_value),
  }))

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A search box: nothing typed is no search. */
export const Search = Text(200).transform((text) => (text.trim() === '' ? undefined : text))

export const ListQuery = {
  ...Paging,
  search: Search.optional(),
  includeactive: QueryBool.optional(),
  includeinactive: QueryBool.optional(),
  order: z.string().optional(),
  orderdesc: QueryBool.optional(),
}
type ListQueried = z.output<z.ZodObject<typeof ListQuery>>

/** Active ones unless asked otherwise. */
export const activityOf = ({
  includeactive,
  includeinactive,
}: Pick<ListQueried, 'includeactive' | 'includeinactive'>): Activity => ({
  active: includeactive ?? true,
  inactive: includeinactive ?? false,
})

/** By name or by number; a name that means nothing here gives `fallback`. */
export const orderOf = (
  { order, orderdesc }: Pick<ListQueried, 'order' | 'orderdesc'>,
  fallback: 'id' | 'name',
): { by: 'id' | 'name'; desc: boolean } => {
  const by = order?.toLowerCase()
  return { by: by === 'id' || by === 'name' ? by : fallback, desc: orderdesc ?? false }
}
