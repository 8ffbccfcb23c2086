import type { FieldValue, FormValues } from './form'

/** What survives a reload of the tab: the values, and the key under which they may already be saved. */
export type Draft = { key: string; values: FormValues }

/** A draft belongs to one person, one ticket and one action: it can never turn up on another ticket. */
export const draftName = (slug: string, person: number, ticket: number, outcome: number): string =>
  `baton.draft/${slug}/${person}/${ticket}/${outcome}`

const isValue = (value: unknown): value is FieldValue =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (Array.isArray(value) && value.every((one) => typeof one === 'string'))

/** Reads a draft back; whatever is not a draft is none. */
export function parseDraft(stored: string | null): Draft | undefined {
  if (stored === null) return undefined
  try {
    const read: unknown = JSON.parse(stored)
    if (typeof read !== 'object' || read === null || !('key' in read) || !('values' in read)) {
      return undefined
    }
    const { key, values } = read
    if (typeof key !== 'string' || typeof values !== 'object' || values === null) return undefined
    return {
      key,
      values: Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) => (isValue(value) ? [[name, value]] : [])),
      ),
    }
  } catch {
    return undefined
  }
}

/** The tab's store of drafts. When the browser forbids it, the form works on and only the reload loses. */
export const drafts = {
  read(name: string): Draft | undefined {
    try {
      return parseDraft(sessionStorage.getItem(name))
    } catch {
      return undefined
    }
  },
  keep(name: string, draft: Draft): boolean {
    try {
      sessionStorage.setItem(name, JSON.stringify(draft))
      return true
    } catch {
      return false
    }
  },
  drop(name: string) {
    try {
      sessionStorage.removeItem(name)
    } catch {
      // Nothing was kept, so nothing is left behind.
    }
  },
}
