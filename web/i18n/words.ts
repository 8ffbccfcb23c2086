import { translator, type BaseRecordDict, type Translator } from '@solid-primitives/i18n'

/**
 * A face's own `t()`. Each face has its own dictionary, so that the portal never downloads the words
 * of the desk. A text with a gap is a function, which makes its arguments part of the type.
 */
export function words<D extends BaseRecordDict>(dictionary: D): Translator<D> {
  return translator(() => dictionary)
}

/**
 * Dates and numbers follow the person's region where it fits the language of the words. A browser
 * may name a language that Intl refuses (`en-US@posix`), which must not take the page down.
 */
export function regionOf(language: string): string {
  try {
    return language.startsWith('en') ? (Intl.getCanonicalLocales(language)[0] ?? 'en') : 'en'
  } catch {
    return 'en'
  }
}

export const locale = regionOf(typeof navigator === 'undefined' ? 'en' : navigator.language)

const plurals = new Intl.PluralRules('en')

/** "1 ticket", "3 tickets". */
export const counted = (n: number, one: string, other: string): string =>
  `${n.toLocaleString(locale)} ${plurals.select(n) === 'one' ? one : other}`

/** "40 seconds", "15 minutes", "4 hours": rounded up, so that waiting that long is enough. */
export function waiting(seconds: number): string {
  if (seconds < 100) return counted(seconds, 'second', 'seconds')
  const minutes = Math.ceil(seconds / 60)
  return minutes < 100
    ? counted(minutes, 'minute', 'minutes')
    : counted(Math.ceil(minutes / 60), 'hour', 'hours')
}
