const LONGEST = 40

/** A desk's address from an organisation's name: "Müller & Söhne" is muller-sohne. Empty where nothing is left of it. */
export function slugFrom(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/u)
    .filter(Boolean)
  return words.join('-').slice(0, LONGEST).replace(/-$/u, '')
}
