/** What may stand in a log line; nothing else gets there, so no secret and no text of a ticket can (T34). */
interface Entry {
  id?: string
  t?: number
  method?: string
  route?: string
  connection?: number
  what?: string
  error?: unknown
}

/** Writes one line for an operator. An error's message and stack go only here, never to a caller. */
export function log(level: 'info' | 'error', entry: Entry): void {
  const { error, ...rest } = entry
  const words =
    error instanceof Error
      ? (error.stack ?? error.message)
      : error === undefined
        ? undefined
        : JSON.stringify(error)
  console[level](JSON.stringify({ level, ...rest, ...(words !== undefined && { error: words }) }))
}
