import { queryOptions } from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { parseResponse } from 'hono/client'
import { api } from './client'
import type { Instance } from './names'
import { ApiError } from './failure'
import { useQuery } from './query'

/** The public card of a desk; null when there is none of that name. */
export const instance = (slug: string) =>
  queryOptions({
    queryKey: [slug, 'instance'] as const,
    queryFn: async (): Promise<Instance | null> => {
      try {
        return await parseResponse(api(slug).instanceinfo.$get())
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null
        throw error
      }
    },
    staleTime: 600_000,
  })

export const useInstance = (slug: Accessor<string>) => useQuery(() => instance(slug()))
