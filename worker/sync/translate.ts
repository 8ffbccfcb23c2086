import type { category, field, fieldOption, mapping, priority, status } from '../../db/schema'
import { readValue, type Value } from '../desk/fieldValue'
import { foldedName } from '../desk/sameName'
import { oneLine } from '../desk/template'
import type { Part, Register } from './message'
import { compareStamps } from './stamps'

/** What a message's registers are turned into here by: our rows and what the connection's published mapping says. */
export interface Vocabulary {
  mappings: (typeof mapping.$inferSelect)[]
  statuses: (typeof status.$inferSelect)[]
  priorities: (typeof priority.$inferSelect)[]
  categories: (typeof category.$inferSelect)[]
  fields: (typeof field.$inferSelect)[]
  options: (typeof fieldOption.$inferSelect)[]
  /** The own fields that the ticket's type has. */
  typeFields: number[]
}

/** A register as it stands here. */
export interface Standing {
  name: string
  clock: number
  writer: string
  applied: boolean
}

/** A value of ours that follows from a received register. */
export type Effect =
  | { to: 'status'; statusId: number; isClosed: boolean }
  | { to: 'priority'; priorityId: number }
  | { to: 'category'; categoryId: number | null }
  | { to: 'summary'; summary: string }
  | { to: 'startdate' | 'targetdate'; date: string | null }
  | { to: 'field'; fieldId: number; value: Value }

/** The ticket's own columns that an effect can set. */
interface Columns {
  statusId?: number | undefined
  isClosed?: boolean | undefined
  priorityId?: number | undefined
  categoryId?: number | null | undefined
  summary?: string | undefined
  startDate?: string | null | undefined
  targetDate?: string | null | undefined
}

/** Puts an effect into what is to be written: a column of the ticket, or the value of an own field. */
export function putEffect(
  set: Columns,
  values: { fieldId: number; value: Value }[],
  effect: Effect,
): void {
  switch (effect.to) {
    case 'status':
      set.statusId = effect.statusId
      set.isClosed = effect.isClosed
      break
    case 'priority':
      set.priorityId = effect.priorityId
      break
    case 'category':
      set.categoryId = effect.categoryId
      break
    case 'summary':
      set.summary = effect.summary
      break
    case 'startdate':
      set.startDate = effect.date
      break
    case 'targetdate':
      set.targetDate = effect.date
      break
    case 'field':
      values.push({ fieldId: effect.fieldId, value: effect.value })
  }
}

/** A received register that is newer than ours: under our own name, with the value as it came, and what it does here. */
export interface Merged {
  name: string
  clock: number
  writer: string
  /** JSON, in the sender's words. */
  value: string
  effect: Effect | null
  part: Part
  /** What it is called and becomes, for the timeline. */
  label: string
  shown: string
}

/** The local id that the mapping gives the partner's. Named by the partner's id; the name is only a label. */
export const mapped = (
  mappings: Vocabulary['mappings'],
  kind: Vocabulary['mappings'][number]['kind'],
  remoteId: string,
): number | null =>
  mappings.find((one) => one.kind === kind && one.remoteId === remoteId)?.localId ?? null

/**
 * Takes a message's registers apart: which are newer than what stands here, and what each becomes in this desk's words (protocol.md
 * §7). One without a mapping is kept but changes nothing, and says so. Pure; the order of the registers does not matter.
 */
export function mergeRegisters(
  registers: Register[],
  standing: Standing[],
  words: Vocabulary,
): Merged[] {
  const merged: Merged[] = []
  for (const register of registers) {
    const derived = derive(register, words)
    if (!derived) continue // a field that is not mapped here has no place to be kept; it comes with every message, so nothing is lost
    const ours = standing.find(({ name }) => name === derived.name)
    const order = ours ? compareStamps(register, ours) : 1
    // An equal stamp changes nothing, unless the value could not be used until now.
    if (order < 0 || (order === 0 && (ours?.applied ?? false))) continue
    merged.push({
      ...derived,
      clock: register.clock,
      writer: register.writer,
      value: JSON.stringify(register.value),
    })
  }
  return merged
}

/** Whether a message brings a status that has a counterpart here, news or not. */
export const mapsStatus = (registers: Register[], words: Vocabulary): boolean =>
  registers.some((one) => one.name === 'status' && deriveStatus(one, words).effect !== null)

type Derived = Omit<Merged, 'clock' | 'writer' | 'value'>

function derive(register: Register, words: Vocabulary): Derived | null {
  switch (register.name) {
    case 'status':
      return deriveStatus(register, words)
    case 'priority': {
      const named = namedOf(register)
      const id = named && mapped(words.mappings, 'priority', named.id)
      const ours = words.priorities.find((one) => one.id === id && !one.inactive)
      return ours
        ? done('priority', 'Priority', ours.name, { to: 'priority', priorityId: ours.id })
        : kept('priority', 'Priority', named?.name, id)
    }
    case 'category':
      return deriveCategory(register, words)
    case 'summary':
    case 'startdate':
    case 'targetdate':
      return deriveBuiltin(register.name, register, words)
    default:
      return register.name.startsWith('field:') ? deriveField(register, words) : null
  }
}

function deriveStatus(register: Register, { mappings, statuses }: Vocabulary): Derived {
  const named = namedOf(register)
  const id = named && mapped(mappings, 'status', named.id)
  const ours = statuses.find((one) => one.id === id && !one.inactive)
  return ours
    ? done('status', 'Status', ours.name, {
        to: 'status',
        statusId: ours.id,
        isClosed: ours.kind === 'closed',
      })
    : kept('status', 'Status', named?.name, id)
}

function deriveCategory(register: Register, { mappings, categories }: Vocabulary): Derived {
  if (register.value === null)
    return done('category', 'Category', '', { to: 'category', categoryId: null })
  const named = namedOf(register)
  const id = named && mapped(mappings, 'category', named.id)
  const ours = categories.find((one) => one.id === id && !one.inactive)
  return ours
    ? done('category', 'Category', ours.path, { to: 'category', categoryId: ours.id })
    : kept('category', 'Category', named?.path ?? named?.name, id)
}

/** Summary and dates have a register of their own and count only where the field is mapped (G49). */
function deriveBuiltin(
  name: 'summary' | 'startdate' | 'targetdate',
  register: Register,
  words: Vocabulary,
): Derived | null {
  const fieldId = mapped(words.mappings, 'field', name)
  const ours = words.fields.find((one) => one.id === fieldId && one.builtin === name)
  if (!ours) return null
  if (name === 'summary') {
    if (typeof register.value !== 'string' || register.value.trim() === '')
      return dropped(name, ours.label, 'an empty summary is not taken')
    return done(name, ours.label, register.value, { to: 'summary', summary: register.value })
  }
  const read = readValue('date', [], register.value)
  if ('why' in read) return dropped(name, ours.label, read.why)
  const date = typeof read.value === 'string' ? read.value : null
  return done(name, ours.label, date ?? '', { to: name, date })
}

function deriveField(register: Register, words: Vocabulary): Derived | null {
  const fieldId = mapped(words.mappings, 'field', register.name.slice('field:'.length))
  const ours = words.fields.find(
    (one) => one.id === fieldId && one.builtin === null && !one.inactive,
  )
  if (!ours) return null
  const name = `field:${ours.id}`
  if (!words.typeFields.includes(ours.id))
    return dropped(name, ours.label, 'this ticket\u2019s type does not have the field', {
      fix: `In the receiving instance: add \u201c${ours.label}\u201d to the ticket type, or map the field to another one (open the connection, Inbound settings, Field mappings).`,
    })
  if (ours.type === 'choice' || ours.type === 'choices') {
    const chosen = readChoices(register, ours.type, optionsOf(words, ours.id))
    if ('why' in chosen)
      return dropped(name, ours.label, chosen.why, {
        fix: `In the receiving instance: add this choice to \u201c${ours.label}\u201d, or map another field (open the connection, Inbound settings, Field mappings).`,
      })
    return done(name, ours.label, shownOf(register), { to: 'field', fieldId: ours.id, ...chosen })
  }
  const read = readValue(ours.type, [], namedOf(register)?.name ?? register.value)
  if ('why' in read) return dropped(name, ours.label, read.why)
  return done(name, ours.label, shownOf(register), {
    to: 'field',
    fieldId: ours.id,
    value: read.value,
  })
}

const optionsOf = ({ options }: Vocabulary, fieldId: number) =>
  options.filter((one) => one.fieldId === fieldId && !one.inactive)

/** Choices map by their name: the partner's numbers mean nothing here, and a name may look like one of ours (f01). */
function readChoices(
  register: Register,
  type: 'choice' | 'choices',
  options: Vocabulary['options'],
): { value: Value } | { why: string } {
  const shown = shownOf(register)
  const given = Array.isArray(register.value)
    ? register.value.map((one) => one.name)
    : shown === ''
      ? []
      : [shown]
  const ids: number[] = []
  for (const name of given) {
    const ours = options.find((one) => foldedName(one.name) === foldedName(name))
    if (!ours) return { why: `there is no choice \u201c${name}\u201d` }
    ids.push(ours.id)
  }
  if (type === 'choices') return { value: [...new Set(ids)].sort((a, b) => a - b) }
  if (ids.length > 1) return { why: 'takes one choice only' }
  return { value: ids[0] ?? null }
}

function namedOf({
  value,
}: Register): { id: string; name: string; path?: string | undefined } | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
}

function shownOf({ value }: Register): string {
  if (Array.isArray(value)) return value.map((one) => one.name).join(', ')
  if (typeof value === 'object' && value !== null) return value.name
  return value === null ? '' : String(value)
}

/** So much of a value is told of it. */
const GLANCE = 80

const done = (name: string, label: string, shown: string, effect: Effect): Derived => ({
  name,
  label,
  shown,
  effect,
  part: { part: label, result: 'done', value: oneLine(shown, GLANCE) },
})

/** A value that has no counterpart here. `gone` is the number of ours that it is mapped to, when that is no longer there (c01). */
const kept = (
  name: string,
  label: string,
  theirs: string | undefined,
  gone: number | null,
): Derived => ({
  name,
  label,
  shown: '',
  effect: null,
  part: {
    part: label,
    result: 'unchanged',
    reason: `\u201c${theirs ?? ''}\u201d is ${gone === null ? 'not mapped' : `mapped to a ${label.toLowerCase()} that is no longer there`}`,
    fix: `In the receiving instance: open the connection, Inbound settings, and map this ${label.toLowerCase()}.`,
  },
})

const dropped = (
  name: string,
  label: string,
  why: string,
  more: { fix?: string } = {},
): Derived => ({
  name,
  label,
  shown: '',
  effect: null,
  part: {
    part: label,
    result: 'dropped',
    reason: why,
    fix: 'In the receiving instance: open the connection, Inbound settings, Field mappings.',
    ...more,
  },
})

/**
 * What a message changed in fields that are not mapped here, in the sender's words. Such a register has no place to be kept and comes
 * with every message, so only the message that made the change tells of it: its clock is the change's. A field without a value says nothing.
 */
export function unmappedParts(registers: Register[], clock: number, words: Vocabulary): Part[] {
  return registers
    .filter((one) => one.clock === clock && one.value !== null && derive(one, words) === null)
    .filter(({ name }) => isField(name))
    .map(({ name, label }) => ({
      part: label || name,
      result: 'dropped',
      reason: 'this field is not mapped',
      fix: 'In the receiving instance: open the connection, Inbound settings, Field mappings, and map it.',
    }))
}

const isField = (name: string): boolean =>
  name.startsWith('field:') || name === 'summary' || name === 'startdate' || name === 'targetdate'
