import { createHash } from 'node:crypto'
import type { Entry } from './book.ts'
import type { Chance } from './chance.ts'
import type { Slug } from './deployment.ts'

/** Something that people of a desk do to a ticket. */
export interface Step {
  desk: Slug
  who: 'agent' | 'user'
  outcome: string
  mails?: Entry['mails']
  mayBeRefused?: boolean
  /** Files may go with it. */
  withFiles?: boolean
  fields?: object
  /** Refusals at the door that are right when the other desk was faster. */
  rightly?: readonly string[]
}

export const ACME_STEPS = [
  { desk: 'acme', who: 'agent', outcome: 'Private note', withFiles: true },
  { desk: 'acme', who: 'agent', outcome: 'Private note', withFiles: true },
  { desk: 'acme', who: 'user', outcome: 'User update', withFiles: true },
] as const satisfies Step[]
export const SKYLINE_STEPS = [
  { desk: 'skyline', who: 'agent', outcome: 'Note', withFiles: true },
  { desk: 'skyline', who: 'agent', outcome: 'Note', withFiles: true },
  { desk: 'skyline', who: 'agent', outcome: 'Indirect email to end user', mails: 'one' },
  // Acme takes it as a reopening, and refuses it while its ticket is open.
  {
    desk: 'skyline',
    who: 'agent',
    outcome: 'Public note',
    mayBeRefused: true,
    fields: { send_to: 'customer' },
  },
] as const satisfies Step[]
export const LAST_WORD = {
  acme: { desk: 'acme', who: 'user', outcome: 'User update' },
  skyline: { desk: 'skyline', who: 'agent', outcome: 'Note' },
} as const satisfies Record<Slug, Step>
export const ACME_RESOLVES = { desk: 'acme', who: 'agent', outcome: 'Resolve' } as const
export const SKYLINE_RESOLVES = {
  desk: 'skyline',
  who: 'agent',
  outcome: 'Resolve third party ticket',
} as const
/** The action type of a fresh desk. */
export const REOPEN = 10
const NOT_CLOSED = ['ACTION_NOT_ALLOWED']
export const ACME_REOPENS = {
  desk: 'acme',
  who: 'agent',
  outcome: 'Reopen',
  fields: { send_to: 'supplier' },
  rightly: NOT_CLOSED,
} as const
export const SKYLINE_REOPENS = {
  desk: 'skyline',
  who: 'agent',
  outcome: 'Reopen',
  fields: { send_to: 'customer' },
  rightly: NOT_CLOSED,
} as const

/** How many of the actions that may carry files do, and how large those are at most. */
const WITH_FILES = 0.15
const MOST_BYTES = 120_000

/** The files of an action that may carry some: mostly none. */
export const filesOf = (mark: string, chance: Chance) =>
  chance.next() < WITH_FILES
    ? Array.from({ length: chance.between(1, 3) }, (_, place) => fileOf(mark, place, chance))
    : []

/** A file of a few bytes or many, whose content no other has. */
function fileOf(mark: string, place: number, chance: Chance) {
  const size = chance.next() < 0.8 ? chance.between(1, 4_000) : chance.between(4_000, MOST_BYTES)
  const bytes = Buffer.from(`${mark}${place} `.padEnd(size, `${mark}${chance.next()}`))
  return {
    filename: `${mark}${place}.txt`,
    data_base64: bytes.toString('base64'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

/** Changes that travel with an action. The numbers are those of a fresh desk, equal on both. */
export const CHANGES: readonly [object, ...object[]] = [
  {},
  {},
  { priority_id: 1 },
  { priority_id: 4 },
  { status_id: 2 },
  { status_id: 4 },
  { status_id: 28 },
  { category_1: 'Hardware>Printer' },
  { category_1: 'Network>VPN' },
  { targetdate: '2031-05-06' },
  { startdate: '2031-04-05' },
  { customfields: [{ name: 'CFimpact', value: 'High' }] },
  { customfields: [{ name: 'CFasset', value: 'HQ-3' }] },
]
