import { queryOptions, useQuery } from '@tanstack/solid-query'
import type { Accessor } from 'solid-js'
import { api } from './client'
import { LOOK_AGAIN_MS } from './tickets'
import type { Mail } from './wire'

const mail = (slug: string) =>
  queryOptions({
    queryKey: [slug, 'mail'] as const,
    queryFn: () => api(slug).get<{ mails: Mail[] }>('mail'),
    refetchInterval: LOOK_AGAIN_MS,
  })

export const useMail = (slug: Accessor<string>) => useQuery(() => mail(slug()))
