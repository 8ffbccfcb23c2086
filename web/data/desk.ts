import { QueryCache, QueryClient } from '@tanstack/solid-query'
import { useParams } from '@solidjs/router'
import type { Accessor } from 'solid-js'
import { ApiError } from './failure'

/** The desk named in the address. Every key begins with it: two desks in two tabs share one browser. */
export function useSlug(): Accessor<string> {
  const params = useParams()
  return () => params['slug'] ?? ''
}

/** The number in the address of a ticket or a connection. */
export function useIdInPath(): Accessor<number> {
  const params = useParams()
  return () => Number(params['id'])
}

const MAX_TRIES = 2
const FIRST_PAUSE_MS = 400

/** Refusals are answers and are not asked again; only a lost connection or a failing server is. */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    queryCache: new QueryCache({
      // A session that ended shows in any answer; the door then asks anew and sends to the sign-in page.
      onError(error, query) {
        const [slug, kind] = query.queryKey
        if (error instanceof ApiError && error.status === 401 && kind !== 'session') {
          void client.invalidateQueries({ queryKey: [slug, 'session'] })
        }
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        retry: (tries, error) =>
          tries < MAX_TRIES &&
          error instanceof ApiError &&
          (error.status === 0 || error.status >= 500),
        retryDelay: (tries) => FIRST_PAUSE_MS * 2 ** tries,
      },
    },
  })
  return client
}
