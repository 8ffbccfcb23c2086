import { textOf, type FormValues } from '../data/drafts'
import type { NewTicket } from '../data/tickets'
import { t as common } from '../i18n/common'
import { t } from '../i18n/agent'

export type TicketDraft = {
  customer: string
  user: string
  type: string
  summary: string
  details: string
  priority: string
  category: string
}

/** The form as it opens: empty, or as it was left. */
export const draftOf = (kept: FormValues | undefined): TicketDraft => ({
  customer: textOf(kept, 'customer'),
  user: textOf(kept, 'user'),
  type: textOf(kept, 'type'),
  summary: textOf(kept, 'summary'),
  details: textOf(kept, 'details'),
  priority: textOf(kept, 'priority'),
  category: textOf(kept, 'category'),
})

const needed = ['user', 'type', 'summary'] as const

/** What is still missing, by field. */
export function missingIn(draft: TicketDraft): Partial<Record<keyof TicketDraft, string>> {
  return Object.fromEntries(
    needed.flatMap((name) =>
      draft[name].trim() === '' ? [[name, common('field.missing', t(`new.${name}`))]] : [],
    ),
  )
}

export function newTicketBody(draft: TicketDraft, attachments: { id: number }[]): NewTicket {
  return {
    summary: draft.summary.trim(),
    details_html: draft.details,
    tickettype_id: Number(draft.type),
    ...(draft.customer === '' ? {} : { client_id: Number(draft.customer) }),
    ...(draft.user === '' ? {} : { user_id: Number(draft.user) }),
    ...(draft.priority === '' ? {} : { priority_id: Number(draft.priority) }),
    ...(draft.category === '' ? {} : { category_1: draft.category }),
    attachments,
  }
}

const wireNames: Record<string, keyof TicketDraft> = {
  client_id: 'customer',
  user_id: 'user',
  tickettype_id: 'type',
  summary: 'summary',
  details: 'details',
  details_html: 'details',
  priority_id: 'priority',
  category_1: 'category',
}

/** Puts the API's field errors to the controls of this form. */
export function fieldErrors(
  fields: Record<string, string>,
): Partial<Record<keyof TicketDraft, string>> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([wire, why]) => {
      const name = wireNames[wire.replace(/^\[\d+\]\./u, '')]
      return name === undefined ? [] : [[name, why]]
    }),
  )
}
