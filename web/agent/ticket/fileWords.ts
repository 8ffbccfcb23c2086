import type { Delivery, FileInfo } from '../../data/names'
import { t } from '../../i18n/agent'

export type FileFate = Delivery['files'][number]

/** Worst first: one word stands for several partners. */
const worstFirst: FileFate['state'][] = ['refused', 'stays', 'unsent', 'follows', 'waiting', 'sent']

/** What a file's chip says of its way, in a word or two; nothing where it was to go nowhere. */
export function fileMark(sync: FileInfo['sync']): string | undefined {
  const state = worstFirst.find((one) => sync.some((at) => at.state === one))
  return state && t(`file.${state}`)
}

/** The files of a delivery that need words: what went well needs none. */
export const told = (delivery: Delivery): FileFate[] =>
  delivery.files.filter(({ state, reason }) =>
    state === 'waiting' ? reason !== null : state !== 'sent' && state !== 'unsent',
  )

/** What became of one file, as a sentence or two. */
export function fileWords(file: FileFate, { direction, partner }: Delivery): string {
  const why = file.reason ?? ''
  switch (file.state) {
    case 'follows':
      return direction === 'in'
        ? t('file.follows.in', file.filename, partner)
        : t('file.follows.out', file.filename, partner, why)
    case 'refused':
      return direction === 'in'
        ? t('file.refused.in', file.filename, partner)
        : t('file.refused.out', file.filename, partner, why)
    case 'stays':
      return t('file.stays.why', file.filename, why)
    case 'sent':
    case 'waiting':
    case 'unsent':
      return t('file.waiting.why', file.filename, why)
  }
}
