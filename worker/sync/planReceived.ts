import type { actionType, connection, emailTemplate, ticket } from '../../db/schema'
import type { Plan } from '../desk/decide'
import { tidyAiNote } from '../desk/markdown'
import { Problem } from '../platform/problem'
import type { LinkRow } from './links'
import type { Message, Part } from './message'
import { reach, type Reach } from './reach'
import { compareStamps, type Stamp } from './stamps'
import {
  mapsStatus,
  mergeRegisters,
  putEffect,
  unmappedParts,
  type Effect,
  type Merged,
  type Standing,
  type Vocabulary,
} from './translate'

/** What a taken message writes: the entry with its effects, the registers that were news, and where it goes on to. */
export interface Received {
  local: Plan
  merged: Merged[]
  /** The stamp of a status that the action type here set by itself. */
  ownStatus: Stamp | null
  onward: Reach[]
  parts: Part[]
  statuses: Vocabulary['statuses']
}

/** What decides it, as it stands on this desk. */
export interface Ground {
  message: Message
  on: typeof connection.$inferSelect
  at: typeof ticket.$inferSelect
  type: typeof actionType.$inferSelect | undefined
  allowed: { actionTypeId: number; nextStepId: number | null }[]
  registers: Standing[]
  /** The ticket's end user, and whether a mail has told them that it is closed. */
  user: { name: string; email: string | null; told: number } | undefined
  template: typeof emailTemplate.$inferSelect | undefined
  words: Vocabulary
  links: LinkRow[]
}

/**
 * Decides what an action of the partner's becomes here (design.md §6). Pure. Throws ACTION_NOT_MAPPED, ACTION_NOT_ALLOWED,
 * EMAIL_TO_EMAIL; then nothing is stored.
 */
export function planReceived(ground: Ground): Received {
  const { message, at, on, words, links } = ground
  const type = typeOf(ground)
  const local: Plan = {
    ticketId: at.id,
    actionId: at.lastAction + 1,
    type,
    noteHtml: tidyAiNote(type, message.noteHtml),
    hidden: type.hideFromUser,
    authorName: message.baton.author.name,
    set: {},
    values: [],
    touched: [],
    changes: [],
    mail: null,
  }
  const parts: Part[] = local.noteHtml ? [{ part: 'Note', result: 'done' }] : []
  const { registers, clock } = message.baton
  const merged = mergeRegisters(registers, ground.registers, words)
  for (const one of merged) {
    parts.push(one.part)
    if (one.effect) applyEffect(local, one.effect, one)
  }
  parts.push(...unmappedParts(registers, clock, words))
  const ownStatus = statusOfType(local, ground, parts)
  const step = ground.allowed.find(({ actionTypeId }) => actionTypeId === type.id)
  if (step?.nextStepId) local.set.stepId = step.nextStepId
  planMail(local, ground, parts)
  const { to } = reach(
    {
      sendTo: type.sendToConnected ? 'yes' : 'none',
      hidden: local.hidden,
      cameFrom: on.id,
      connectionIds: undefined,
      automatic: true,
      customerId: at.customerId,
    },
    links.map((link) => ({ ...link, verified: link.verifiedAt !== null })),
  )
  return { local, merged, ownStatus, onward: to, parts, statuses: words.statuses }
}

/** The action type it becomes: as mapped or the default, and allowed by the ticket's workflow step (G50, G56, G58, G59). */
function typeOf({ message, type, allowed }: Ground): typeof actionType.$inferSelect {
  if (!type)
    throw new Problem('ACTION_NOT_MAPPED', {
      message: `“${message.outcomeName}” is not mapped to an action in the receiving instance`,
    })
  if (type.inactive || !allowed.some(({ actionTypeId }) => actionTypeId === type.id)) {
    throw new Problem('ACTION_NOT_ALLOWED', {
      fix: `In the receiving instance: map “${message.outcomeName}” to an action that the ticket\u2019s workflow allows now, or add “${type.name}” to the workflow of the ticket. Then retry.`,
    })
  }
  if (message.sendsEmail && type.sendEmail) {
    throw new Problem('EMAIL_TO_EMAIL', {
      message: `“${message.outcomeName}” and “${type.name}”, which it is mapped to, both send an email`,
    })
  }
  return type
}

/** Puts what a register does here into a plan, with its words for the timeline. */
export function applyEffect(
  local: Plan,
  effect: Effect,
  { label, shown }: Pick<Merged, 'label' | 'shown'>,
): void {
  putEffect(local.set, local.values, effect)
  local.changes.push({ name: label, to: shown })
}

/**
 * A mapped status wins; else the action type's own, with the message's stamp where that is newer; else it stays (design.md §6). A mapped
 * one wins also where it is no news: a closing that comes late brings the status of now, and must not close once more what was reopened.
 */
function statusOfType(
  local: Plan,
  { message, on, at, registers, words }: Ground,
  parts: Part[],
): Stamp | null {
  const to = words.statuses.find(({ id }) => id === local.type.statusAfterId)
  if (!to || mapsStatus(message.baton.registers, words)) return null
  const stamp = { clock: message.baton.clock, writer: on.partnerTenantId ?? '' }
  const ours = registers.find(({ name }) => name === 'status')
  if (ours && compareStamps(stamp, ours) <= 0) return null
  if (to.id !== at.statusId) {
    Object.assign(local.set, { statusId: to.id, isClosed: to.kind === 'closed' })
    local.changes.push({ name: 'Status', to: to.name })
  }
  const unmapped = parts.findIndex(({ part }) => part === 'Status')
  if (unmapped >= 0) parts.splice(unmapped, 1)
  parts.push({
    part: 'Status',
    result: 'done',
    value: to.name,
    reason: `set by \u201c${local.type.name}\u201d`,
  })
  return stamp
}

/** Mail leaves only where the action type says so for actions made through a connection (G95); the partner never sees the address. */
function planMail(local: Plan, { at, user, template, words }: Ground, parts: Part[]): void {
  if (!local.type.sendEmail) return
  const no = (reason: string, fix: string) => {
    parts.push({ part: 'Email', result: 'dropped', reason, fix })
  }
  if (!local.type.emailOnConnection) {
    return no(
      `“${local.type.name}” does not send an email when it is made through a connection`,
      'In the receiving instance: switch “Send an email when this action is created using the supplier/customer API connection” on.',
    )
  }
  // Both desks closed at once, or one repeats the other: the user has had the confirmation (G99, F23). A ticket may be closed and
  // its user not told: every message brings the status, so one that was saved before this closing may have been the first to bring it.
  const closes = words.statuses.find(({ id }) => id === local.type.statusAfterId)?.kind === 'closed'
  if (closes && at.isClosed && user?.told)
    return no('the ticket was closed already', 'Nothing: its user was told when it was closed.')
  // It was reopened after this closing was saved there, and the newer value stands: its user must not read that it is closed (F23).
  if (closes && !(local.set.isClosed ?? at.isClosed))
    return no('the ticket was reopened meanwhile', 'Nothing: the newer status counts.')
  if (!template)
    return no(
      'the action has no email template',
      'In the receiving instance: choose an email template on the action.',
    )
  if (!user?.email)
    return no(
      'the user has no email address',
      'In the receiving instance: enter the address of the ticket\u2019s user.',
    )
  local.mail = { template, to: { name: user.name, email: user.email } }
  // To whom stays here: the partner never learns of an end user's address.
  parts.push({ part: 'Email', result: 'done', value: 'sent to the user' })
}
