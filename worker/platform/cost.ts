/**
 * What the work so far has cost, counted per isolate. A development switch shows the difference over one request as `x-cost`; objects
 * and the desks of a pair run in the same isolate there, so both desks are in it. Only true while one request runs at a time.
 */
const spent = { read: 0, written: 0, statements: 0, batches: 0, do: 0, hops: 0 }

export type Cost = typeof spent

export const cost = {
  spend(what: Partial<Cost>) {
    for (const [name, n] of Object.entries(what) as [keyof Cost, number][]) spent[name] += n
  },
  now: (): Cost => ({ ...spent }),
  since(before: Cost): Cost {
    const now = { ...spent }
    for (const name of Object.keys(now) as (keyof Cost)[]) now[name] -= before[name]
    return now
  },
}
