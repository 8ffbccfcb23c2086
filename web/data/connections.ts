import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { api } from './client'
import type { Connection, LogLine } from './wire'

const connectionKey = (slug: string) => [slug, 'connection'] as const
const LOOK_AGAIN_MS = 15_000

const connections = (slug: string) =>
  queryOptions({
    queryKey: connectionKey(slug),
    queryFn: () => api(slug).get<Connection[]>('connection'),
    refetchInterval: LOOK_AGAIN_MS,
  })

const connection = (slug: string, id: number) =>
  queryOptions({
    queryKey: [...connectionKey(slug), id] as const,
    queryFn: () => api(slug).get<Connection>(`connection/${id}`),
    refetchInterval: LOOK_AGAIN_MS,
  })

const connectionLog = (slug: string, id: number) =>
  queryOptions({
    queryKey: [...connectionKey(slug), id, 'log'] as const,
    queryFn: () => api(slug).get<{ log: LogLine[] }>(`connection/${id}/log`),
    refetchInterval: LOOK_AGAIN_MS,
  })

export const useConnections = (slug: Accessor<string>) => useQuery(() => connections(slug()))
export const useConnection = (slug: Accessor<string>, id: Accessor<number>) =>
  useQuery(() => connection(slug(), id()))
export const useConnectionLog = (slug: Accessor<string>, id: Accessor<number>) =>
  useQuery(() => connectionLog(slug(), id()))

export type Authenticated = { verified_at?: string | null; message?: string }

export function useAuthenticate(slug: Accessor<string>, id: Accessor<number>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: () => api(slug()).post<Authenticated>(`connection/${id()}/authenticate`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: connectionKey(slug()) }),
  }))
}
