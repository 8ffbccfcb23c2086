import { seams } from './seams'

/** A bucket: so many units flow in each second, and so many are there after a quiet while. A plain read costs one unit. */
export interface Rate {
  perSecond: number
  burst: number
}

/** How much may be asked of a desk (T39, F50). Tests set others. */
export const rates = {
  /** All callers of a desk together, but for those who are not signed in. */
  tenant: { perSecond: 200, burst: 4_000 },
  /** One agent, application or end user. */
  caller: { perSecond: 50, burst: 1_000 },
  /** A partner's desk. One of ours makes ten calls a second at most, which come to 30 units, so it never meets this. */
  connection: { perSecond: 60, burst: 600 },
  /** Whoever is not signed in, by network address. */
  address: { perSecond: 10, burst: 600 },
}

/** What costs more than a plain read, in units. */
export const costs = { read: 1, write: 2, file: 3, search: 5, signIn: 10, signUp: 50 }

const buckets = new Map<string, { left: number; at: number }>()
const MOST = 20_000

/**
 * Takes units from a bucket. Where it holds too little nothing is taken, and the answer is the seconds until it holds enough. The buckets
 * are this isolate's own: it costs no trip, and a flood over several isolates gets as often as much (docs/security.md).
 */
export function take(key: string, units: number, { perSecond, burst }: Rate): number {
  const now = seams.now()
  const known = buckets.get(key)
  const flown = known ? (Math.max(0, now - known.at) / 1_000) * perSecond : 0
  const left = known ? Math.min(burst, known.left + flown) : burst
  if (left < units) return Math.ceil((units - left) / perSecond)
  if (buckets.size >= MOST && !known) forgetQuiet(now)
  buckets.set(key, { left: left - units, at: now })
  return 0
}

const QUIET_MS = 60_000

/** Whoever asked nothing for a minute begins anew; when nobody was quiet, everybody does. */
function forgetQuiet(now: number): void {
  for (const [key, { at }] of buckets) if (now - at > QUIET_MS) buckets.delete(key)
  if (buckets.size >= MOST) buckets.clear()
}

/** Forgets what was asked so far. */
export const refill = (): void => buckets.clear()
