import { t } from '../i18n/common'
import { locale } from '../i18n/words'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
const dayThisYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
const dayOtherYear = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })

/** "3 min. ago", "yesterday", then the date: after a week nobody counts the days. */
export function ago(at: number, now: number): string {
  const past = now - at
  if (past < MINUTE_MS) return t('time.now')
  if (past < HOUR_MS) return relative.format(-Math.floor(past / MINUTE_MS), 'minute')
  if (past < DAY_MS) return relative.format(-Math.floor(past / HOUR_MS), 'hour')
  if (past < 7 * DAY_MS) return relative.format(-Math.floor(past / DAY_MS), 'day')
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return (sameYear ? dayThisYear : dayOtherYear).format(at)
}

/** The moment in full, for the tooltip. */
export const exactly = (at: number): string => exact.format(at)

/** How long until something happens, in the one unit that matters: "40 s", "3 min". Never below 1 s. */
export function span(ms: number): string {
  if (ms < MINUTE_MS) return t('time.seconds', Math.max(1, Math.ceil(ms / 1000)))
  if (ms < HOUR_MS) return t('time.minutes', Math.ceil(ms / MINUTE_MS))
  if (ms < DAY_MS) return t('time.hours', Math.ceil(ms / HOUR_MS))
  return t('time.days', Math.ceil(ms / DAY_MS))
}

/** Milliseconds of a wire date; undefined for what is missing or no date. */
export function moment(wire: string | null | undefined): number | undefined {
  if (wire === null || wire === undefined || wire === '') return undefined
  const at = Date.parse(wire)
  return Number.isNaN(at) ? undefined : at
}
