import type { Delivery } from '../../data/names'
import { t } from '../../i18n/agent'
import { syncMark } from '../../ui/syncWords'
import { moment, span } from '../../ui/time'

const reasons = {
  NOT_ASKED: 'sync.reason.NOT_ASKED',
  ARRIVED_FROM_THERE: 'sync.reason.ARRIVED_FROM_THERE',
  HIDDEN_FROM_USER: 'sync.reason.HIDDEN_FROM_USER',
  OTHER_CUSTOMER: 'sync.reason.OTHER_CUSTOMER',
  NOT_VERIFIED: 'sync.reason.NOT_VERIFIED',
  ACTION_NOT_MAPPED: 'sync.reason.ACTION_NOT_MAPPED',
} as const

const isKnown = (code: string): code is keyof typeof reasons => code in reasons

/** A reason in words: codes that we know are put into a sentence, sentences stay as they are. */
export function reasonWords(reason: string | null): string | undefined {
  if (reason === null || reason === '') return undefined
  const code = reason.toUpperCase()
  return isKnown(code) ? t(reasons[code]) : reason
}

/** What became of a delivery, as one sentence. */
export function deliveryWords(delivery: Delivery, now: number): string {
  const partner = delivery.partner
  switch (delivery.state) {
    case 'synced':
      if (delivery.direction === 'in') return t('sync.came', partner)
      return delivery.remote_ticket_id === null
        ? t('sync.sent', partner)
        : t('sync.sentAs', partner, delivery.remote_ticket_id)
    case 'pending':
      return syncMark(delivery) === 'sending' ? t('sync.sending', partner) : waiting(delivery, now)
    case 'parked':
      return waiting(delivery, now)
    case 'skipped':
      return partner ? t('sync.skipped', partner) : t('sync.skippedNobody')
    case 'failed':
      return t('sync.failed', partner)
    case 'dead':
      return t('sync.dead', partner, delivery.attempts)
    case 'unknown':
      return t('sync.unknown', partner)
    case 'withdrawn':
      return t('sync.withdrawn', partner)
  }
}

function waiting(delivery: Delivery, now: number): string {
  const next = moment(delivery.next_attempt_at)
  // What has never been tried is held back by its reason, not by a time.
  if (next === undefined || delivery.attempts === 0) return t('sync.waiting', delivery.partner)
  return next <= now
    ? t('sync.waitingNow', delivery.partner)
    : t('sync.waitingNext', delivery.partner, span(next - now))
}

/** What became of one part of a message, as one sentence. */
export function partWords({ part, result, value, reason }: Delivery['parts'][number]): string {
  const why = reason ?? ''
  switch (result) {
    case 'done':
      return value ? t('sync.part.set', part, value) : part
    case 'unchanged':
      return t('sync.part.unchanged', part, why)
    case 'dropped':
      return t('sync.part.dropped', part, why)
    case 'later':
      return t('sync.part.later', part, why)
  }
}
