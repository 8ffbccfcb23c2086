import { t } from '../i18n/common'
import { locale } from '../i18n/words'

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** "340 kB", in thousands, as file managers and mail programs count. */
export function fileSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  if (unit === 0) return t('files.bytes', bytes)
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[unit] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value)
}
