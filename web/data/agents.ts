import { queryOptions, useMutation, useQueryClient } from '@tanstack/solid-query'
import { parseResponse, type InferRequestType } from 'hono/client'
import type { Accessor } from 'solid-js'
import { api } from './client'
import type { AgentRow } from './names'
import { useQuery } from './query'

type AgentsCall = ReturnType<typeof api>['agent']['$post']
/** What can be said of an agent; without an id it makes one. */
export type AgentDraft = Exclude<InferRequestType<AgentsCall>['json'], unknown[]>

const everybody = (slug: string) =>
  queryOptions({
    queryKey: [slug, 'agents'] as const,
    queryFn: () => parseResponse(api(slug).agent.$get({ query: { includedisabled: 'true' } })),
  })

/** All agents, those that are disabled too. */
export const useEverybody = (slug: Accessor<string>) => useQuery(() => everybody(slug()))

/** Makes or changes an agent, and has all lists of agents read again, also after a refusal that saved. */
export function useSaveAgent(slug: Accessor<string>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: async (draft: AgentDraft): Promise<AgentRow> => {
      const saved = await parseResponse(api(slug()).agent.$post({ query: {}, json: draft }))
      const [one] = [saved].flat()
      if (one === undefined) throw new Error('No agent came back')
      return one
    },
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: everybody(slug()).queryKey })
      await client.invalidateQueries({ queryKey: [slug(), 'lists', 'agent'] })
    },
  }))
}

/** Sends the invitation again. */
export const useInvite = (slug: Accessor<string>) =>
  useMutation(() => ({
    mutationFn: (id: number) =>
      parseResponse(api(slug()).agent[':id'].invitation.$post({ param: { id: String(id) } })),
  }))
