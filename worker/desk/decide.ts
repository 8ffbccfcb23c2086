import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import type { Author, Changes, Draft } from './draft'
import { readValue, showValue, type Value } from './fieldValue'
import { plainText } from './html'
import { tidyAiNote } from './markdown'
import type { Situation } from './situation'

/** What saving a draft will write on this desk. Nothing in it can be refused any more. */
export interface Plan {
  ticketId: number
  actionId: number
  type: NonNullable<Situation['type']>
  noteHtml: string
  hidden: boolean
  authorName: string
  /** New values of the ticket's own columns. */
  set: Partial<
    Pick<
      Ticket,
      | 'summary'
      | 'statusId'
      | 'isClosed'
      | 'priorityId'
      | 'categoryId'
      | 'agentId'
      | 'teamId'
      | 'customerId'
      | 'siteId'
      | 'personId'
      | 'startDate'
      | 'targetDate'
      | 'stepId'
      | 'supplierId'
      | 'supplierRef'
      | 'customerRef'
    >
  >
  values: { fieldId: number; value: Value }[]
  /** The names of the registers it changes (protocol.md §7). */
  touched: string[]
  /** What changed, in words, for the timeline. */
  changes: { name: string; from?: string; to: string }[]
  /** The mail it causes on this desk, to the ticket's end user. */
  mail: {
    template: { subject: string; bodyHtml: string }
    to: { name: string; email: string }
  } | null
}

type Ticket = NonNullable<Situation['ticket']>

/**
 * Decides what a draft does on its own desk: permission, workflow step, required fields, types and sizes. Pure.
 * Throws the refusal, naming the field, before anything is written (design.md §5).
 */
export function decide(s: Situation, draft: Draft, author: Author): Plan {
  const { ticket, type } = s
  if (!ticket || (author.kind === 'user' && ticket.personId !== author.personId))
    throw new Problem('NOT_FOUND', {
      message: 'There is no ticket of that number',
      fix: 'Check the ticket_id.',
    })
  if (!type)
    throw draft.typeId === undefined && !draft.typeName
      ? new Problem('OUTCOME_NEEDED')
      : Problem.field('outcome_id', 'there is no such action')
  mayUse(s, draft, author)
  if (draft.changes.typeId !== undefined && draft.changes.typeId !== ticket.typeId)
    throw Problem.field(
      'tickettype_id',
      'the type of a ticket cannot be changed after it was logged',
    )
  if (draft.emailTemplateId !== undefined && !s.template)
    throw Problem.field('emailtemplate_id', 'there is no such email template')
  if (draft.files.length > limits.filesPerAction)
    throw Problem.field('attachments', `at most ${limits.filesPerAction} files with one action`)
  const plan: Plan = {
    ticketId: ticket.id,
    actionId: ticket.lastAction + 1,
    type,
    noteHtml: tidyAiNote(type, draft.noteHtml),
    hidden:
      author.kind === 'user'
        ? false
        : type.systemUse === 'changed' || (draft.hidden ?? type.hideFromUser),
    authorName: s.author?.name ?? '',
    set: {},
    values: [],
    touched: [],
    changes: [],
    mail: null,
  }
  applyChanges(plan, { ...s, ticket }, draft.changes, type.statusAfterId)
  requireFields(plan, s, draft)
  moveOn(plan, s)
  if (author.kind === 'user') reopen(plan, { ...s, ticket })
  planMail(plan, s)
  return plan
}

/** The action types a ticket may use now: those of its workflow step. An end user has the portal's own alone. */
function mayUse(s: Situation, draft: Draft, author: Author): void {
  const use = s.type?.systemUse
  if (author.kind === 'user') {
    if (use !== 'user_update')
      throw new Problem('FORBIDDEN', { message: 'You can reply, but not use this action' })
    return
  }
  if (draft.plainEdit) return
  if (use === 'logged' || use === 'changed')
    throw Problem.field('outcome_id', 'this action is made by the desk itself')
  if (s.type?.inactive || !s.allowed.some(({ actionTypeId }) => actionTypeId === s.type?.id))
    throw new Problem('ACTION_NOT_ALLOWED')
}

/** What changing a ticket is checked against: its values now, and the rows that the new ones name. */
export interface Facts extends Pick<
  Situation,
  | 'statuses'
  | 'priorities'
  | 'categories'
  | 'agents'
  | 'teams'
  | 'fields'
  | 'options'
  | 'typeFields'
  | 'persons'
  | 'sites'
> {
  ticket: Pick<
    Ticket,
    | 'summary'
    | 'statusId'
    | 'priorityId'
    | 'categoryId'
    | 'agentId'
    | 'teamId'
    | 'customerId'
    | 'siteId'
    | 'personId'
    | 'startDate'
    | 'targetDate'
  >
}

/** Puts each wished change that is one into the plan. Throws where a new value does not exist or does not fit. */
export function applyChanges(
  plan: Plan,
  s: Facts,
  changes: Changes,
  statusAfterId: number | null,
): void {
  const now = s.ticket
  if (changes.summary !== undefined && changes.summary !== now.summary) {
    plan.set.summary = changes.summary
    touch(plan, 'summary', 'Summary', changes.summary, now.summary)
  }
  const statusId = changes.statusId ?? statusAfterId ?? now.statusId
  if (statusId !== now.statusId) setStatus(plan, s, statusId)
  if (changes.priorityId !== undefined && changes.priorityId !== now.priorityId) {
    const to = s.priorities.find(({ id }) => id === changes.priorityId)
    if (!to) throw Problem.field('priority_id', 'there is no priority of that number')
    plan.set.priorityId = to.id
    touch(plan, 'priority', 'Priority', to.name)
  }
  if (changes.categoryId !== undefined || changes.categoryPath !== undefined)
    applyCategory(plan, s, changes)
  if (changes.agentId !== undefined && changes.agentId !== now.agentId) {
    const to = s.agents[0]
    if (changes.agentId !== null && !to)
      throw Problem.field('agent_id', 'there is no agent of that number')
    plan.set.agentId = changes.agentId
    plan.changes.push({ name: 'Agent', to: to?.name ?? 'Unassigned' })
  }
  if (changes.teamId !== undefined || changes.teamName !== undefined) {
    const to = s.teams[0]
    if (!to && changes.teamId !== null) throw Problem.field('team', 'there is no such team')
    if ((to?.id ?? null) !== now.teamId) {
      plan.set.teamId = to?.id ?? null
      plan.changes.push({ name: 'Team', to: to?.name ?? 'None' })
    }
  }
  for (const [key, label, register] of [
    ['startDate', 'Start date', 'startdate'],
    ['targetDate', 'Target date', 'targetdate'],
  ] as const) {
    const to = changes[key]
    if (to === undefined || to === now[key]) continue
    plan.set[key] = to
    touch(plan, register, label, to ?? '')
  }
  if (changes.customerRef !== undefined) plan.set.customerRef = changes.customerRef
  applyPerson(plan, s, changes)
  for (const entry of changes.fields ?? []) applyField(plan, s, entry)
}

/** Sets a status by number; the caller knows that it is another than now. */
export function setStatus(plan: Plan, s: Facts, statusId: number): void {
  const to = s.statuses.find(({ id }) => id === statusId)
  if (!to) throw Problem.field('status_id', 'there is no status of that number')
  plan.set.statusId = to.id
  plan.set.isClosed = to.kind === 'closed'
  const from = s.statuses.find(({ id }) => id === s.ticket.statusId)?.name
  touch(plan, 'status', 'Status', to.name, from)
}

function applyCategory(plan: Plan, s: Facts, changes: Changes): void {
  const clears = changes.categoryId === null || changes.categoryPath === ''
  const to = s.categories[0]
  if (!clears && !to) throw Problem.field('category_1', 'there is no such category')
  const id = clears ? null : (to?.id ?? null)
  if (id === s.ticket.categoryId) return
  plan.set.categoryId = id
  touch(plan, 'category', 'Category', clears ? '' : (to?.path ?? ''))
}

function applyPerson(plan: Plan, s: Facts, changes: Changes): void {
  const now = s.ticket
  if (
    (changes.personId ?? now.personId) !== now.personId ||
    (changes.customerId ?? now.customerId) !== now.customerId
  )
    moveTo(plan, s, changes)
  // A ticket that is sent back as it was read names the site it has.
  if (changes.siteId === undefined || changes.siteId === now.siteId) return
  const site = s.sites[0]
  if (site?.customerId !== (plan.set.customerId ?? now.customerId))
    throw Problem.field('site_id', 'this site is not one of the customer\u2019s')
  plan.set.siteId = site.id
  plan.changes.push({ name: 'Site', to: site.name })
}

function moveTo(plan: Plan, s: Facts, changes: Changes): void {
  const to = s.persons[0]
  if (!to)
    throw Problem.field(
      changes.personId === undefined ? 'client_id' : 'user_id',
      'there is nobody of that number',
    )
  if (changes.customerId !== undefined && to.customerId !== changes.customerId)
    throw Problem.field('user_id', 'this user belongs to another customer')
  plan.set.personId = to.id
  plan.set.customerId = to.customerId
  plan.set.siteId = to.siteId
  plan.changes.push({ name: 'User', to: to.name })
}

function applyField(
  plan: Plan,
  s: Facts,
  entry: { id?: number; name?: string; value: unknown },
): void {
  const name = entry.name?.toLowerCase()
  const field = s.fields.find(
    (one) =>
      one.id === entry.id ||
      (name !== undefined && [name, `cf${name}`].includes(one.name.toLowerCase())),
  )
  const label = `customfields.${entry.name ?? entry.id}`
  if (!field || field.builtin || field.inactive)
    throw Problem.field(label, 'there is no such field')
  if (field.scope === 'ticket' && !s.typeFields.includes(field.id))
    throw Problem.field(label, 'this field is not on the ticket\u2019s type')
  const options = s.options.filter(({ fieldId }) => fieldId === field.id)
  const read = readValue(field.type, options, entry.value)
  if ('why' in read) throw Problem.field(label, read.why)
  const shown = showValue(options, read.value)
  if (field.scope === 'action') {
    if (shown) plan.changes.push({ name: field.label, to: shown }) // an action's own field is part of its entry, not of the ticket
    return
  }
  if (JSON.stringify(read.value) === (field.current ?? 'null')) return
  plan.values.push({ fieldId: field.id, value: read.value })
  touch(plan, `field:${field.id}`, field.label, shown)
}

function touch(plan: Plan, register: string, name: string, to: string, from?: string): void {
  plan.touched.push(register)
  plan.changes.push({ name, to, ...(from !== undefined && { from }) })
}

/** Each required field of the action's form must be filled; the refusal names all that are not. */
function requireFields(plan: Plan, s: Situation, draft: Draft): void {
  const fields: Record<string, string> = {}
  const { changes } = draft
  const filled: Record<string, boolean> = {
    note: plainText(plan.noteHtml).trim() !== '' || plan.noteHtml.includes('<img'),
    supplier: draft.supplierId !== undefined,
    status: changes.statusId !== undefined,
    priority: changes.priorityId !== undefined,
    category: changes.categoryId !== undefined || changes.categoryPath !== undefined,
    agent: changes.agentId !== undefined,
    team: changes.teamId !== undefined || changes.teamName !== undefined,
    attachments: draft.files.length > 0,
  }
  const wire: Record<string, string> = {
    note: 'note_html',
    supplier: 'supplier_id',
    status: 'new_status',
    priority: 'new_priority',
    category: 'category_1',
    agent: 'new_agent',
    team: 'new_team',
    attachments: 'attachments',
  }
  for (const field of s.form) {
    if (!field.required) continue
    const own = (changes.fields ?? []).find(
      ({ id, name }) => id === field.id || name?.toLowerCase() === field.name.toLowerCase(),
    )
    const given = field.builtin
      ? filled[field.builtin]
      : own !== undefined && own.value !== null && own.value !== ''
    if (given === false)
      fields[
        field.builtin ? (wire[field.builtin] ?? field.builtin) : `customfields.${field.name}`
      ] = `${field.label} must be filled`
  }
  const [first] = Object.values(fields)
  if (first !== undefined) throw new Problem('VALIDATION', { message: first, fields })
}

function moveOn(plan: Plan, s: Situation): void {
  const step = s.allowed.find(({ actionTypeId }) => actionTypeId === plan.type.id)
  if (step?.nextStepId) plan.set.stepId = step.nextStepId
}

/**
 * A reply of the end user to a ticket that was resolved or closed reopens it, by the way back that the workflow's step has; where it has
 * none, with the last of the open statuses (design.md §12). For how many days is no setting yet, so it always does.
 */
function reopen(plan: Plan, s: Situation & Facts): void {
  const kindOf = (id: number | null) => s.statuses.find((one) => one.id === id)?.kind
  const now = kindOf(s.ticket.statusId)
  if (plan.set.statusId !== undefined || (now !== 'resolved' && now !== 'closed')) return
  const back = s.waysOn.find(({ statusAfterId }) => kindOf(statusAfterId) === 'open')
  const open = s.statuses.filter(({ kind }) => kind === 'open')
  const last = open.toSorted((a, b) => a.sequence - b.sequence).at(-1)
  const statusId = back?.statusAfterId ?? last?.id
  if (statusId === undefined) return
  setStatus(plan, s, statusId)
  if (back?.nextStepId) plan.set.stepId = back.nextStepId
}

/** An action that sends an email reaches the ticket's end user; Log to supplier is set to send one and never does (G74). */
function planMail(plan: Plan, s: Situation): void {
  if (!plan.type.sendEmail || plan.type.systemUse === 'log_to_supplier') return
  if (!s.template || !s.person?.email) {
    plan.changes.push({
      name: 'Email',
      to: s.template
        ? 'not sent: the user has no email address'
        : 'not sent: the action has no email template',
    })
    return
  }
  plan.mail = { template: s.template, to: { name: s.person.name, email: s.person.email } }
}
