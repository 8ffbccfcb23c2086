import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Register } from '../../../worker/sync/message'
import { compareStamps } from '../../../worker/sync/stamps'
import { mergeRegisters, type Standing, type Vocabulary } from '../../../worker/sync/translate'

const A = 'aaaaaaaa-0000-4000-8000-000000000000'
const B = 'bbbbbbbb-0000-4000-8000-000000000000'

describe('stamps (protocol.md §7)', () => {
  test.each([
    ['the higher clock wins', { clock: 2, writer: A }, { clock: 1, writer: B }, 1],
    [
      'at equal clocks the greater writer wins',
      { clock: 1, writer: B },
      { clock: 1, writer: A },
      1,
    ],
    ['the same change is the same', { clock: 1, writer: A }, { clock: 1, writer: A }, 0],
    [
      'writers are compared as lower-case text',
      { clock: 1, writer: A.toUpperCase() },
      { clock: 1, writer: A },
      0,
    ],
    [
      'B in capitals is still greater than a',
      { clock: 1, writer: B.toUpperCase() },
      { clock: 1, writer: A },
      1,
    ],
    ['clocks are numbers, not text', { clock: 10, writer: A }, { clock: 9, writer: A }, 1],
  ])('Q5 %s', (_, a, b, expected) => {
    expect(Math.sign(compareStamps(a, b))).toBe(expected)
    expect(Math.sign(compareStamps(b, a))).toBe(-expected + 0)
  })

  const stamp = fc.record({ clock: fc.nat(4), writer: fc.constantFrom(A, B, A.toUpperCase()) })
  test('Q5 stamps have one order: reversed it is the opposite, and it is transitive', () => {
    fc.assert(
      fc.property(stamp, stamp, stamp, (a, b, c) => {
        expect(Math.sign(compareStamps(a, b)) + Math.sign(compareStamps(b, a))).toBe(0)
        if (compareStamps(a, b) <= 0 && compareStamps(b, c) <= 0)
          expect(compareStamps(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })
})

const base = { t: 1, colour: null, sequence: 1, inactive: false, portalName: null }
const statuses: Vocabulary['statuses'] = [
  { ...base, id: 1, name: 'New', kind: 'open' },
  { ...base, id: 9, name: 'Closed', kind: 'closed' },
]
const mapping = (
  kind: Vocabulary['mappings'][number]['kind'],
  remoteId: string,
  localId: number,
) => ({
  t: 1,
  connectionId: 1,
  version: 1,
  kind,
  remoteId,
  remoteName: remoteId,
  localId,
})
const field = (
  id: number,
  type: Vocabulary['fields'][number]['type'],
  builtin: Vocabulary['fields'][number]['builtin'],
) => ({
  t: 1,
  id,
  name: `CF${id}`,
  label: `Field ${id}`,
  hint: null,
  scope: 'ticket' as const,
  type,
  builtin,
  inactive: false,
})
const words: Vocabulary = {
  mappings: [
    mapping('status', '20', 9),
    mapping('status', '21', 1),
    mapping('field', 'summary', 2),
    mapping('field', 'startdate', 4),
    mapping('field', '77', 101),
    mapping('field', '78', 102),
    mapping('field', '79', 103),
  ],
  statuses,
  priorities: [],
  categories: [],
  fields: [
    field(2, 'text', 'summary'),
    field(4, 'date', 'startdate'),
    field(101, 'choice', null),
    field(102, 'text', null),
    field(103, 'text', null),
  ],
  options: [{ t: 1, fieldId: 101, id: 3, name: 'High', sequence: 1, inactive: false }],
  typeFields: [101, 102],
}
const register = (name: string, value: Register['value'], clock = 5, writer = B): Register => ({
  name,
  label: name,
  clock,
  writer,
  value,
})
const one = (given: Register, standing: Standing[] = []) =>
  mergeRegisters([given], standing, words)[0]

describe('what a register becomes here (G38 to G49)', () => {
  test.each([
    [
      'G38 a mapped status becomes ours',
      register('status', { id: '20', name: 'Done' }),
      { to: 'status', statusId: 9, isClosed: true },
    ],
    [
      'G44 a mapped text field',
      register('field:78', 'PC-1'),
      { to: 'field', fieldId: 102, value: 'PC-1' },
    ],
    [
      'design §6 a choice maps by its text, whatever its number',
      register('field:77', { id: '40', name: 'High' }),
      { to: 'field', fieldId: 101, value: 3 },
    ],
    [
      'G49 a mapped summary',
      register('summary', 'New words'),
      { to: 'summary', summary: 'New words' },
    ],
    [
      'z01 a date stays the day it is',
      register('startdate', '2026-08-09'),
      { to: 'startdate', date: '2026-08-09' },
    ],
    ['an emptied date empties ours', register('startdate', null), { to: 'startdate', date: null }],
    [
      'an emptied field empties ours',
      register('field:78', null),
      { to: 'field', fieldId: 102, value: null },
    ],
    [
      'an emptied category empties ours',
      register('category', null),
      { to: 'category', categoryId: null },
    ],
  ])('%s', (_, given, effect) => {
    expect(one(given)).toMatchObject({ effect, part: { result: 'done' } })
  })

  test.each([
    [
      'G40 an unmapped status changes nothing and says so',
      register('status', { id: '99', name: 'Weird' }),
      'unchanged',
      /“Weird” is not mapped/,
    ],
    [
      'G43 an unmapped category changes nothing and says so',
      register('category', { id: '5', name: 'VPN', path: 'Network>VPN' }),
      'unchanged',
      /“Network>VPN” is not mapped/,
    ],
    [
      'an unmapped priority changes nothing and says so',
      register('priority', { id: '5', name: 'Odd' }),
      'unchanged',
      /“Odd” is not mapped/,
    ],
    [
      'f01 a choice that is not there',
      register('field:77', { id: '1', name: 'Critical (P1)' }),
      'dropped',
      /there is no choice “Critical \(P1\)”/,
    ],
    [
      'f04 a field that the ticket’s type does not have',
      register('field:79', 'x'),
      'dropped',
      /this ticket.s type does not have the field/,
    ],
    ['an empty summary', register('summary', ' '), 'dropped', /an empty summary is not taken/],
    ['G47 a text for a date', register('startdate', 'tomorrow'), 'dropped', /date/],
  ])('%s', (_, given, result, reason) => {
    const merged = one(given)
    expect(merged?.effect).toBeNull()
    expect(merged?.part).toMatchObject({
      result,
      reason: expect.stringMatching(reason),
      fix: expect.stringMatching(/Inbound settings/),
    })
  })

  test.each([
    ['G49 an unmapped target date', register('targetdate', '2026-08-09')],
    ['G52 an unmapped own field', register('field:1234', 'x')],
    ['F48 a register of a later version', register('mood', 'good')],
  ])('%s is left alone without a word', (_, given) => {
    expect(one(given)).toBeUndefined()
  })

  test('R5 an older stamp changes nothing; an equal one neither, unless it could not be used until now', () => {
    const given = register('status', { id: '20', name: 'Done' }, 5, B)
    const ours = (clock: number, writer: string, applied = true): Standing[] => [
      { name: 'status', clock, writer, applied },
    ]
    expect(one(given, ours(6, A))).toBeUndefined()
    expect(one(given, ours(5, B))).toBeUndefined()
    expect(one(given, ours(5, B, false))).toBeDefined()
    expect(one(given, ours(5, A))).toBeDefined()
    expect(one(given, ours(4, B))).toBeDefined()
  })
})

/** A desk's registers and values, changed by messages as `receive` changes them. */
function after(messages: Register[][]): Record<string, unknown> {
  const standing = new Map<string, Standing>()
  const values: Record<string, unknown> = {}
  for (const message of messages) {
    for (const merged of mergeRegisters(message, [...standing.values()], words)) {
      const { name, clock, writer, effect } = merged
      standing.set(name, { name, clock, writer, applied: effect !== null })
      if (effect) values[effect.to === 'field' ? `field:${effect.fieldId}` : effect.to] = effect
    }
  }
  const stamps = [...standing.values()].map(({ name, clock, writer }) => [
    name,
    `${clock} ${writer}`,
  ])
  return { values, stamps: Object.fromEntries(stamps) }
}

describe('order of arrival (Q5, F21)', () => {
  const value = {
    status: fc.constantFrom({ id: '20', name: 'Done' }, { id: '21', name: 'Open' }),
    'field:78': fc.constantFrom('x', 'y', null),
    summary: fc.constantFrom('One', 'Two'),
  }
  /** One value for each stamp: two desks never make the same stamp for two values. */
  const change = fc.constantFrom('status', 'field:78', 'summary').chain((name) =>
    fc.record({
      name: fc.constant<string>(name),
      label: fc.constant(''),
      clock: fc.integer({ min: 1, max: 6 }),
      writer: fc.constantFrom(A, B),
      value: (value as Record<string, fc.Arbitrary<Register['value']>>)[name] ?? fc.constant(null),
    }),
  )
  const changes = fc.uniqueArray(change, {
    selector: ({ name, clock, writer }) => `${name} ${clock} ${writer}`,
    minLength: 1,
    maxLength: 12,
  })

  test('Q5 F21 whatever the order in which messages arrive, the values and stamps are the same in the end', () => {
    fc.assert(
      fc.property(
        changes.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          expect(after(shuffled.map((one) => [one]))).toEqual(after(all.map((one) => [one])))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('Q5 R2 repeats do nothing, and what travels together may travel apart', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const apart = all.map((one) => [one])
        expect(after([...apart, ...apart, ...apart.toReversed()])).toEqual(after(apart))
      }),
      { numRuns: 500 },
    )
  })

  test('G39 two desks that close at the same moment agree, whoever hears of it first', () => {
    const mine = register('status', { id: '20', name: 'Done' }, 7, A)
    const theirs = register('status', { id: '21', name: 'Open' }, 7, B)
    expect(after([[mine], [theirs]])).toEqual(after([[theirs], [mine]]))
    expect(after([[mine], [theirs]])).toMatchObject({ values: { status: { statusId: 1 } } })
  })
})
