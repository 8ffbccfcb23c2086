import { queryOptions, useMutation, useQueryClient } from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { parseResponse } from 'hono/client'
import { api } from './client'
import { useQuery } from './query'

const connectionKey = (slug: string) => [slug, 'connection'] as const
const LOOK_AGAIN_MS = 15_000

const connections = (slug: string) =>
  queryOptions({
    queryKey: connectionKey(slug),
    queryFn: () => parseResponse(api(slug).connection.$get({ query: { ended: 'true' } })),
    refetchInterval: LOOK_AGAIN_MS,
  })

const connection = (slug: string, id: number) =>
  queryOptions({
    queryKey: [...connectionKey(slug), id] as const,
    queryFn: () => parseResponse(api(slug).connection[':id'].$get({ param: { id: String(id) } })),
    refetchInterval: LOOK_AGAIN_MS,
  })

const connectionLog = (slug: string, id: number) =>
  queryOptions({
    queryKey: [...connectionKey(slug), id, 'log'] as const,
    queryFn: () =>
      parseResponse(api(slug).connection[':id'].log.$get({ param: { id: String(id) }, query: {} })),
    refetchInterval: LOOK_AGAIN_MS,
  })

const connectionCheck = (slug: string, id: number) =>
  queryOptions({
    queryKey: [...connectionKey(slug), id, 'check'] as const,
    queryFn: () =>
      parseResponse(api(slug).connection[':id'].check.$get({ param: { id: String(id) } })),
  })

export const useConnectionCheck = (slug: Accessor<string>, id: Accessor<number>) =>
  useQuery(() => connectionCheck(slug(), id()))
export const useConnections = (slug: Accessor<string>) => useQuery(() => connections(slug()))
export const useConnection = (slug: Accessor<string>, id: Accessor<number>) =>
  useQuery(() => connection(slug(), id()))
export const useConnectionLog = (slug: Accessor<string>, id: Accessor<number>) =>
  useQuery(() => connectionLog(slug(), id()))

export function useAuthenticate(slug: Accessor<string>, id: Accessor<number>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: () =>
      parseResponse(
        api(slug()).connection[':id'].authenticate.$post({ param: { id: String(id()) } }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: connectionKey(slug()) }),
  }))
}
