import { translator, type BaseRecordDict, type Translator } from '@solid-primitives/i18n'

/**
 * A face's own `t()`. Each face has its own dictionary, so that the portal never downloads the words
 * of the desk. A text with a gap is a function, which makes its arguments part of the type.
 */
export function words<D extends BaseRecordDict>(dictionary: D): Translator<D> {
  return translator(() => dictionary)
}

/** Dates and numbers follow the person's region where it fits the language of the words. */
export const locale =
  typeof navigator !== 'undefined' && navigator.language.startsWith('en') ? navigator.language : 'en'

const plurals = new Intl.PluralRules('en')

/** "1 ticket", "3 tickets". */
export const counted = (n: number, one: string, other: string): string =>
  `${n.toLocaleString(locale)} ${plurals.select(n) === 'one' ? one : other}`
