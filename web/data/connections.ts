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

const onlyThere = (slug: string, id: number) =>
  queryOptions({
    queryKey: [...connectionKey(slug), id, 'onlythere'] as const,
    queryFn: () =>
      parseResponse(api(slug).connection[':id'].onlythere.$get({ param: { id: String(id) } })),
  })

/** What only the partner has since this desk was restored. */
export const useOnlyThere = (slug: Accessor<string>, id: Accessor<number>) =>
  useQuery(() => onlyThere(slug(), id()))

/** A change of one connection; whatever becomes of it, it is read anew. */
function useChange<Given, Got>(slug: Accessor<string>, change: (given: Given) => Promise<Got>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: connectionKey(slug()) }),
  }))
}

/** Pauses or resumes. */
export const useConnectionState = (slug: Accessor<string>, id: Accessor<number>) =>
  useChange(slug, (state: 'live' | 'paused') =>
    parseResponse(api(slug()).connection.$post({ query: {}, json: { id: id(), state } })),
  )

/** Whether files go to this partner. */
export const useSyncAttachments = (slug: Accessor<string>, id: Accessor<number>) =>
  useChange(slug, (on: boolean) =>
    parseResponse(
      api(slug()).connection.$post({ query: {}, json: { id: id(), sync_attachments: on } }),
    ),
  )

/** Ends it. What a screen of it still shows must not be asked for again: of an ended connection most is refused. */
export function useEndConnection(slug: Accessor<string>, id: Accessor<number>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: () =>
      parseResponse(api(slug()).connection[':id'].$delete({ param: { id: String(id()) } })),
    onSuccess: (ended) => client.setQueryData(connection(slug(), id()).queryKey, ended),
    onSettled: () => client.invalidateQueries({ queryKey: connectionKey(slug()), exact: true }),
  }))
}

/** Makes a new secret; the old one stays good for so many hours. */
export const useRotate = (slug: Accessor<string>, id: Accessor<number>) =>
  useChange(slug, (hours: number) =>
    parseResponse(
      api(slug()).connection[':id'].rotate.$post({
        param: { id: String(id()) },
        json: { overlap_hours: hours },
      }),
    ),
  )

export const useClearOnlyThere = (slug: Accessor<string>, id: Accessor<number>) =>
  useChange(slug, () =>
    parseResponse(api(slug()).connection[':id'].onlythere.$delete({ param: { id: String(id()) } })),
  )

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
