import { ApiError } from './failure'

/** What a control of a form holds: text, a tick, or several choices. */
export type FieldValue = string | boolean | string[]
export type FormValues = Record<string, FieldValue>

/** What survives a reload of the tab: the values, and the key under which they may already be saved. */
export type Draft = { key: string; values: FormValues }

/** A draft belongs to one person and one place, such as a ticket's action: it can never turn up elsewhere. */
export const draftName = (slug: string, person: number, ...place: (string | number)[]): string =>
  ['baton.draft', slug, person, ...place].join('/')

/** A text of a draft; "" when there is none. */
export const textOf = (values: FormValues | undefined, name: string): string => {
  const value = values?.[name]
  return typeof value === 'string' ? value : ''
}

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
const store = {
  read(name: string): Draft | undefined {
    try {
      return parseDraft(sessionStorage.getItem(name))
    } catch {
      return undefined
    }
  },
  write(name: string, draft: Draft): boolean {
    try {
      sessionStorage.setItem(name, JSON.stringify(draft))
      return true
    } catch {
      return false
    }
  },
  remove(name: string) {
    try {
      sessionStorage.removeItem(name)
    } catch {
      // Nothing was kept, so nothing is left behind.
    }
  },
}

/**
 * The draft of one form, with the key of its creating call. The key is made when the form opens and is
 * kept with the text: pressing twice, or again after a lost answer or a reload, makes one thing.
 */
export function openDraft(name: string) {
  const kept = store.read(name)
  let key = kept?.key ?? crypto.randomUUID()
  return {
    kept: kept?.values,
    key: () => key,
    /** Whether it could be kept. */
    keep: (values: FormValues): boolean => store.write(name, { key, values }),
    drop() {
      store.remove(name)
      key = crypto.randomUUID()
    },
    /**
     * After an error. A refusal wrote nothing, so the corrected form is a new try. Without an answer it
     * may be saved already, and only the same key can tell.
     */
    failed(error: unknown, values: FormValues) {
      const refused = error instanceof ApiError && error.status >= 400 && error.status < 500
      if (refused) key = crypto.randomUUID()
      store.write(name, { key, values })
    },
  }
}
