import {
  QueryObserver,
  useQueryClient,
  type DefaultError,
  type QueryKey,
  type QueryObserverResult,
  type QueryOptions,
} from '@tanstack/solid-query'
import { batch, createComputed, createMemo, createSignal, on, onCleanup, untrack } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import type { Accessor } from 'solid-js'

/** What a screen may ask of a query. */
export type Query<Data> = {
  readonly data: Data | undefined
  readonly error: Error | null
  /** There is nothing to show yet. */
  readonly isPending: boolean
  readonly isLoading: boolean
  readonly isRefetchError: boolean
  refetch: () => Promise<unknown>
}

/**
 * A query that can be read at any time. The library's own reader suspends the page when it is asked
 * for data that is being looked for, even where older data lies in the cache: with every look for news
 * the page left the document for a moment, and the caret of whoever was writing was lost.
 */
export function useQuery<Fetched, Data = Fetched, Key extends QueryKey = QueryKey>(
  options: Accessor<QueryOptions<Fetched, DefaultError, Data, Key>>,
): Query<Data> {
  const client = useQueryClient()
  const wanted = createMemo(() => ({
    ...client.defaultQueryOptions(options()),
    _optimisticResults: 'optimistic' as const,
  }))
  const observer = untrack(() => new QueryObserver(client, wanted()))
  const first = untrack(() => observer.getOptimisticResult(wanted()))
  const [result, setResult] = createSignal<QueryObserverResult<Data>>(first)
  const [held, setHeld] = createStore<{ data: Data | undefined }>({ data: copy(first.data) })

  const take = (next: QueryObserverResult<Data>) =>
    batch(() => {
      // Rows keep their identity, so that focus and open parts stay where the row stays.
      if (next.data !== untrack(result).data)
        setHeld('data', reconcile(copy(next.data), { key: 'id' }))
      setResult(() => next)
    })
  createComputed(
    on(
      wanted,
      (changed) => {
        observer.setOptions(changed)
        take(observer.getOptimisticResult(changed))
      },
      { defer: true },
    ),
  )
  onCleanup(observer.subscribe(take))
  return {
    get data() {
      return held.data
    },
    get error() {
      return result().error
    },
    get isPending() {
      return result().isPending
    },
    get isLoading() {
      return result().isLoading
    },
    get isRefetchError() {
      return result().isRefetchError
    },
    refetch: () => observer.refetch(),
  }
}

/** The store changes what it holds; the cache must not change with it. */
const copy = <T>(data: T): T => structuredClone(data)
