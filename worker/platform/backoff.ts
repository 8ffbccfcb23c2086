const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** What to wait after so many failures in a row; from then on an hour (protocol.md §4). */
const DELAYS_MS = [0, 5 * SECOND, 20 * SECOND, MINUTE, 3 * MINUTE, 10 * MINUTE, 30 * MINUTE]
const TRIED_FOR_HOURS = 72
const MOST_FAILURES = DELAYS_MS.length + TRIED_FOR_HOURS - 1

/**
 * When to try again after `failures` failures in a row: milliseconds from now, or null once it was tried for 72 hours. What the other
 * side asked for (`Retry-After`) is obeyed within 1 s and 12 h; else each delay varies by 20 %, so that not all come back at once.
 */
export function backoff(
  failures: number,
  retryAfterMs: number | null,
  random: number,
): number | null {
  if (failures > MOST_FAILURES) return null
  if (retryAfterMs !== null) return Math.min(Math.max(retryAfterMs, SECOND), 12 * HOUR)
  return Math.round((DELAYS_MS[failures] ?? HOUR) * (0.8 + 0.4 * random))
}
