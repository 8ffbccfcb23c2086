import { queryOptions, useMutation, useQueryClient } from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { parseResponse } from 'hono/client'
import { api, under } from './client'
import { savedOf } from './saved'
import { LOOK_AGAIN_MS, ticketKeys } from './tickets'
import type { SendTo } from './names'
import { useQuery } from './query'

export const FIRST_ACTIONS = 50

export const timeline = (slug: string, ticketId: number, count: number) =>
  queryOptions({
    queryKey: [...ticketKeys.one(slug, ticketId), 'actions', count] as const,
    queryFn: () => parseResponse(api(slug).actions.$get({ query: { ticket_id: ticketId, count } })),
    refetchInterval: LOOK_AGAIN_MS,
    placeholderData: (before) => before,
  })

export const useTimeline = (
  slug: Accessor<string>,
  ticketId: Accessor<number>,
  count: Accessor<number>,
) => useQuery(() => timeline(slug(), ticketId(), count()))

export type NewAction = {
  ticket_id: number
  outcome_id: number
  note_html?: string
  supplier_id?: number
  supplier_ref?: string
  send_to?: SendTo
  connection_ids?: number[]
  emailtemplate_id?: number
  new_status?: number
  new_agent?: number
  new_team?: string
  new_priority?: number
  new_category1?: string
  attachments?: { id: number }[]
  customfields?: { id: number; value: unknown }[]
}

export function useAddAction(slug: Accessor<string>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: async ({ action, key }: { action: NewAction; key: string }) =>
      savedOf(
        await parseResponse(api(slug()).actions.$post({ json: action, query: {} }, under(key))),
      ),
    // Not awaited: the answer is enough for the form to close.
    onSuccess: () => void client.invalidateQueries({ queryKey: ticketKeys.all(slug()) }),
  }))
}

/** Sends a failed or waiting delivery once more; with `check` only where the partner does not have it. */
export function useReplay(slug: Accessor<string>) {
  const client = useQueryClient()
  return useMutation(() => ({
    mutationFn: ({
      connectionId,
      ids,
      check,
    }: {
      connectionId: number
      ids: string[]
      check: boolean
    }) =>
      parseResponse(
        api(slug()).connection[':id'].replay.$post({
          param: { id: String(connectionId) },
          json: { ids, check },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ticketKeys.all(slug()) }),
  }))
}
