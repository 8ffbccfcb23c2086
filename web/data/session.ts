import {
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
} from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { ApiError, call } from './failure'
import type { Me } from './wire'

const door = (slug: string) => `/${encodeURIComponent(slug)}/auth/session`

async function me(response: Response): Promise<Me> {
  return response.json()
}

/** Who is signed in here; null when nobody is, which is an answer and not an error. */
export const session = (slug: string) =>
  queryOptions({
    queryKey: [slug, 'session'] as const,
    queryFn: async (): Promise<Me | null> => {
      try {
        return await me(await call(door(slug)))
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null
        throw error
      }
    },
    staleTime: 60_000,
    reconcile: false,
  })

export const useSession = (slug: Accessor<string>) => useQuery(() => session(slug()))

/** Another person, or nobody, sits here now. What the last one saw must not greet the next. */
function becomes(client: QueryClient, slug: string, who: Me | null) {
  // The session itself stays: the door of the face watches it.
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[1] !== 'session' })
  client.setQueryData(session(slug).queryKey, who)
}

export function useSignIn(slug: Accessor<string>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: async (given: { email: string; password: string }): Promise<Me> =>
      me(
        await call(door(slug()), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(given),
        }),
      ),
    onSuccess: (who: Me) => becomes(client, slug(), who),
  }))
}

export function useSignOut(slug: Accessor<string>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: async () => {
      await call(door(slug()), { method: 'DELETE' })
    },
    onSuccess: () => becomes(client, slug(), null),
  }))
}
