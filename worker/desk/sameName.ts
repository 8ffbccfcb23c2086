/** A name as people compare it: without blanks around it and without case. */
export const foldedName = (name: string): string => name.normalize('NFC').trim().toLowerCase()

/** Groups of those that people cannot tell apart by their names (case f02). */
export function alike<T extends { name: string }>(list: T[]): T[][] {
  const groups = Map.groupBy(list, ({ name }) => foldedName(name))
  return [...groups.values()].filter((group) => group.length > 1)
}
