import { t } from '../i18n/portal'

/** Kinds of a status as the API numbers them. */
const kinds = ['open', 'waiting', 'closed', 'resolved'] as const

/**
 * A status as somebody outside the desk understands it. The desk's own name is used where it is the
 * only thing known.
 */
export function statusWords(ticket: {
  status_name?: string
  status_type?: number
  hasbeenclosed?: boolean
}): string {
  const kind = ticket.status_type === undefined ? undefined : kinds[ticket.status_type]
  if (kind !== undefined) return t(`status.${kind}`)
  if (ticket.hasbeenclosed === true) return t('status.closed')
  return ticket.status_name ?? t('status.open')
}
