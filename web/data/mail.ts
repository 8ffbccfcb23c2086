import { queryOptions } from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { parseResponse } from 'hono/client'
import { api } from './client'
import { LOOK_AGAIN_MS } from './tickets'
import { useQuery } from './query'

const mail = (slug: string) =>
  queryOptions({
    queryKey: [slug, 'mail'] as const,
    queryFn: () => parseResponse(api(slug).mail.$get({ query: {} })),
    refetchInterval: LOOK_AGAIN_MS,
  })

export const useMail = (slug: Accessor<string>) => useQuery(() => mail(slug()))
