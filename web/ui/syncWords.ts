import type { SyncState } from '../data/names'
import { t } from '../i18n/common'
import type { Tone } from './Badge'

export type SyncMark =
  | 'synced'
  | 'from'
  | 'sending'
  | 'waiting'
  | 'skipped'
  | 'failed'
  | 'dead'
  | 'unknown'
  | 'withdrawn'

/** What the badge needs to know of a delivery; a ticket in a list knows only the state. */
export type SyncLook = {
  state: SyncState
  direction?: 'out' | 'in'
  attempts?: number
  /** Why it is not on its way, for instance because the connection is paused. */
  reason?: string | null
  partner?: string
}

/** The one vocabulary of sync states, the same on every screen. */
export function syncMark(look: SyncLook): SyncMark {
  switch (look.state) {
    case 'synced':
      return look.direction === 'in' ? 'from' : 'synced'
    case 'pending':
      return (look.attempts ?? 0) > 0 || look.reason ? 'waiting' : 'sending'
    case 'parked':
      return 'waiting'
    case 'skipped':
    case 'failed':
    case 'dead':
    case 'unknown':
    case 'withdrawn':
      return look.state
  }
}

export const markTone: Record<SyncMark, Tone> = {
  synced: 'good',
  from: 'good',
  sending: 'info',
  waiting: 'warn',
  skipped: 'warn',
  failed: 'bad',
  dead: 'bad',
  unknown: 'warn',
  withdrawn: 'neutral',
}

export function markWords(mark: SyncMark, partner: string): string {
  return mark === 'from' ? t('sync.from', partner) : t(`sync.${mark}`)
}

/** States in which a person can have it sent again. The first try needs no help. */
export const canRetry = (look: SyncLook): boolean =>
  ['waiting', 'skipped', 'failed', 'dead', 'unknown'].includes(syncMark(look))
