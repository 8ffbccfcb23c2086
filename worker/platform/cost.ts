/**
 * What the work so far has cost, counted per isolate. A development switch shows the difference over one request as `x-cost`; objects
 * and the desks of a pair run in the same isolate there, so both desks are in it. Only true while one request runs at a time.
 */
const spent = { read: 0, written: 0, statements: 0, batches: 0, do: 0, hops: 0 }

export type Cost = typeof spent

const NAMES = [
  'read',
  'written',
  'statements',
  'batches',
  'do',
  'hops',
] as const satisfies (keyof Cost)[]

export const cost = {
  spend(what: Partial<Cost>) {
    for (const name of NAMES) spent[name] += what[name] ?? 0
  },
  now: (): Cost => ({ ...spent }),
  since(before: Cost): Cost {
    const now = { ...spent }
    for (const name of NAMES) now[name] -= before[name]
    return now
  },
}
