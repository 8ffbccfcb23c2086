/** Where a register's value comes from: the Lamport clock of the change and the tenant_id of the desk that made it (protocol.md §7). */
export interface Stamp {
  clock: number
  writer: string
}

/** Below 0 when `a` is older, 0 when it is the same change, above 0 when `a` wins: by clock, then by writer as lower-case text. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.clock !== b.clock) return a.clock - b.clock
  const left = a.writer.toLowerCase()
  const right = b.writer.toLowerCase()
  return left < right ? -1 : left > right ? 1 : 0
}
