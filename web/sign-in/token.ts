/**
 * The token of a mailed link. It stands in the fragment, which no server sees, and leaves the address at once, so that neither a
 * bookmark nor a shared screen has it. A reload of the page finds it in the history's state.
 */
export function takeToken(): string {
  const state: unknown = history.state
  const kept =
    typeof state === 'object' &&
    state !== null &&
    'token' in state &&
    typeof state.token === 'string'
      ? state.token
      : ''
  const token = location.hash.slice(1) || kept
  history.replaceState(
    { ...(typeof state === 'object' ? state : {}), token },
    '',
    location.pathname,
  )
  return token
}
