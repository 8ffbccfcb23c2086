import type { FieldValue, FormValues } from '../../data/drafts'
import type { NewAction } from '../../data/actions'
import type { ActionField, Link, Outcome, SendTo, Ticket } from '../../data/names'
import { t as desk } from '../../i18n/agent'
import { t } from '../../i18n/common'
import { isEmptyHtml } from '../../ui/plainText'
import { fieldType } from './fieldTypes'

/** The name of a field inside the form: the builtin's own name, or the number of a custom field. */
export const fieldKey = (field: Pick<ActionField, 'builtin' | 'fieldid'>): string =>
  field.builtin ?? `field:${field.fieldid}`

export const isEscalation = (outcome: Outcome): boolean => outcome.systemid === 'log_to_supplier'

/** What the rules of a form need to know of the ticket. */
export type FormTicket = Pick<Ticket, 'id' | 'links' | 'default_send_to'>

/** Links on which something can travel now. */
export const liveLinks = (ticket: FormTicket, kind: string): Link[] =>
  ticket.links.filter(
    (link) => link.kind === kind && (link.state === 'live' || link.state === 'creating'),
  )

/** Where *Send to connected instance* stands when the form opens: the direction that the ticket's links give. */
export const defaultSendTo = (outcome: Outcome, ticket: FormTicket): SendTo =>
  outcome.default_send_to_halo && !isEscalation(outcome) ? ticket.default_send_to : 'none'

const text = (values: FormValues, key: string): string => {
  const value = values[key]
  return typeof value === 'string' ? value : ''
}

/** Partners who were named, where more than one could be meant. */
export const PARTNERS = 'partners'

/** Whether the person has to name the partners: no note may reach one that it is not for. */
export const mustNamePartners = (ticket: FormTicket, values: FormValues): boolean =>
  liveLinks(ticket, text(values, 'send_to')).length > 1

const asText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

function startValue(field: ActionField, outcome: Outcome, ticket: FormTicket): FieldValue {
  if (field.builtin === 'note') return asText(field.default) || outcome.default_note
  if (field.builtin === 'send_to') return defaultSendTo(outcome, ticket)
  if (field.builtin === 'emailtemplate') return asText(field.default ?? outcome.emailtemplate_id)
  if (field.type === fieldType.checkbox) return field.default === true || field.default === 'true'
  if (field.type === fieldType.multiple) {
    return Array.isArray(field.default) ? field.default.map(asText) : []
  }
  return asText(field.default)
}

/** The form as it opens. */
export function startValues(outcome: Outcome, ticket: FormTicket): FormValues {
  return Object.fromEntries(
    outcome.fields.map((field) => [fieldKey(field), startValue(field, outcome, ticket)]),
  )
}

/** Who will see the action. An escalation sends no email, whatever its setting says. */
export type Audience = 'agents' | 'user' | 'email'
export function audience(outcome: Outcome): Audience {
  if (outcome.hidefromuser) return 'agents'
  return outcome.sendemail && !isEscalation(outcome) ? 'email' : 'user'
}

export type Destination =
  | { kind: 'stays' }
  | { kind: 'create'; partner: string | undefined }
  | { kind: 'send'; partner: string }
  | { kind: 'nobody' }

/** Where the action will travel when it is saved now. */
export function destination(
  outcome: Outcome,
  ticket: FormTicket,
  values: FormValues,
  supplierName: string | undefined,
): Destination {
  if (isEscalation(outcome)) return { kind: 'create', partner: supplierName }
  const onForm = outcome.fields.some((field) => field.builtin === 'send_to')
  const to = onForm ? text(values, 'send_to') : defaultSendTo(outcome, ticket)
  if (to !== 'supplier' && to !== 'customer') return { kind: 'stays' }
  const links = liveLinks(ticket, to)
  const named = links.filter((link) => partnersIn(values).includes(String(link.connection_id)))
  const partners = links.length > 1 ? named : links
  return partners.length === 0
    ? { kind: 'nobody' }
    : { kind: 'send', partner: partners.map((link) => link.partner).join(', ') }
}

const partnersIn = (values: FormValues): string[] => {
  const named = values[PARTNERS]
  return Array.isArray(named) ? named : []
}

const isBlank = (field: ActionField, value: FieldValue | undefined, fileCount: number): boolean => {
  if (field.builtin === 'attachments') return fileCount === 0
  if (field.builtin === 'note' || field.type === fieldType.rich) {
    return typeof value !== 'string' || isEmptyHtml(value)
  }
  if (Array.isArray(value)) return value.length === 0
  return value === undefined || value === '' || value === false
}

/** Why the form cannot be sent yet, by field. The server has the last word; this spares the way to it. */
export function missing(
  outcome: Outcome,
  ticket: FormTicket,
  values: FormValues,
  fileCount: number,
): Record<string, string> {
  const found: Record<string, string> = {}
  for (const field of outcome.fields) {
    if (field.mandatory && isBlank(field, values[fieldKey(field)], fileCount)) {
      found[fieldKey(field)] = t('field.missing', field.label)
    }
  }
  if (mustNamePartners(ticket, values) && partnersIn(values).length === 0) {
    found['send_to'] = desk('form.partners.missing')
  }
  return found
}

const customValue = (field: ActionField, value: FieldValue): unknown => {
  if (field.type === fieldType.single) return Number(value)
  if (field.type === fieldType.multiple && Array.isArray(value)) return value.map(Number)
  return value
}

/** The action as the API takes it. A field that was left blank is not sent at all. */
export function actionBody(
  outcome: Outcome,
  ticket: FormTicket,
  values: FormValues,
  attachments: { id: number }[],
): NewAction {
  const body: NewAction = { ticket_id: ticket.id, outcome_id: outcome.id }
  const custom: { id: number; value: unknown }[] = []
  for (const field of outcome.fields) {
    const value = values[fieldKey(field)]
    if (value === undefined || value === '') continue
    const word = typeof value === 'string' ? value : ''
    switch (field.builtin) {
      case 'note':
        body.note_html = word
        break
      case 'supplier':
        body.supplier_id = Number(word)
        break
      case 'supplier_ref':
        body.supplier_ref = word
        break
      case 'send_to':
        body.send_to = word === 'supplier' || word === 'customer' ? word : 'none'
        break
      case 'emailtemplate':
        body.emailtemplate_id = Number(word)
        break
      case 'status':
        body.new_status = Number(word)
        break
      case 'agent':
        body.new_agent = Number(word)
        break
      case 'team':
        body.new_team = word
        break
      case 'priority':
        body.new_priority = Number(word)
        break
      case 'category':
        body.new_category1 = word
        break
      case 'attachments':
        break
      default:
        custom.push({ id: field.fieldid, value: customValue(field, value) })
    }
  }
  if (mustNamePartners(ticket, values)) body.connection_ids = partnersIn(values).map(Number)
  if (custom.length > 0) body.customfields = custom
  if (attachments.length > 0) body.attachments = attachments
  return body
}

/** Which control an error of the API belongs to; undefined when it is about the whole. */
const wireNames: Record<string, string> = {
  note: 'note',
  note_html: 'note',
  supplier_id: 'supplier',
  new_supplier_id: 'supplier',
  supplier_ref: 'supplier_ref',
  new_supplier_ref: 'supplier_ref',
  send_to: 'send_to',
  emailtemplate_id: 'emailtemplate',
  new_status: 'status',
  new_agent: 'agent',
  new_team: 'team',
  new_priority: 'priority',
  new_category1: 'category',
  category_1: 'category',
  attachments: 'attachments',
}

/** Puts the API's field errors to the controls of this form. */
export function errorsByField(
  outcome: Outcome,
  fields: Record<string, string>,
): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [wire, why] of Object.entries(fields)) {
    const name = wire.replace(/^\[\d+\]\./u, '')
    const field = outcome.fields.find(
      (it) =>
        fieldKey(it) === wireNames[name] ||
        it.name.toLowerCase() === name.toLowerCase() ||
        `customfields.${it.name}`.toLowerCase() === name.toLowerCase(),
    )
    if (field !== undefined) found[fieldKey(field)] = why
  }
  return found
}
