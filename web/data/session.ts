import { queryOptions, useMutation, useQueryClient, type QueryClient } from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { parseResponse } from 'hono/client'
import { auth } from './client'
import type { Me } from './names'
import { useQuery } from './query'

/** Who is signed in here; null when nobody is, which is an answer and not an error. */
export const session = (slug: string) =>
  queryOptions({
    queryKey: [slug, 'session'] as const,
    queryFn: async (): Promise<Me | null> => {
      const who = await parseResponse(auth(slug).session.$get())
      return who.kind === 'nobody' ? null : who
    },
    staleTime: 60_000,
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
    mutationFn: (given: { email: string; password: string }) =>
      parseResponse(auth(slug()).session.$post({ json: given })),
    onSuccess: (who: Me) => becomes(client, slug(), who),
  }))
}

/** Signs in by the token of a mailed link, and sets a new password where one is given. */
export function useOpenLink(slug: Accessor<string>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: (given: { token: string; password?: string }) =>
      parseResponse(auth(slug()).link.open.$post({ json: given })),
    onSuccess: (who: Me) => becomes(client, slug(), who),
  }))
}

/** Asks for such a link. */
export const useAskForLink = (slug: Accessor<string>) =>
  useMutation(() => ({
    mutationFn: (email: string) => parseResponse(auth(slug()).link.$post({ json: { email } })),
  }))

export function useSignOut(slug: Accessor<string>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: async () => {
      await auth(slug()).session.$delete()
    },
    onSuccess: () => becomes(client, slug(), null),
  }))
}
