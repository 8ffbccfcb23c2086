import type { Accepted } from './book.ts'
import type { Slug } from './deployment.ts'
import type { Ending } from './ending.ts'
import type { Wire } from './wire.ts'

/** One promise of reliability.md §3, and each way in which the two desks break it. */
export interface Guarantee {
  name: string
  /** What was counted, such as `123 actions`. */
  of: string
  faults: string[]
}

export type Endings = Record<Slug, Ending>

/** Everything that is known at the end, when all has healed. */
export interface Seen {
  accepted: Accepted[]
  ends: Endings
  wires: Record<Slug, Pick<Wire, 'said'>>
  /** Messages that were parked, or that somebody sent again by hand: others may have passed them (Q4). */
  passed: ReadonlySet<string>
  /** What the watcher saw while all went on. */
  watched: { seen: number; lies: string[] }
  now: number
}

export const SLUGS = ['acme', 'skyline'] as const
export const otherOf = (slug: Slug): Slug => (slug === 'acme' ? 'skyline' : 'acme')

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
