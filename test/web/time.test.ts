import { describe, expect, test, vi } from 'vitest'
import { regionOf, waiting } from '../../web/i18n/words'
import { ago, moment, span } from '../../web/ui/time'

// Before the modules look: the machine's own region must not decide what this test sees.
vi.hoisted(() => vi.stubGlobal('navigator', { language: 'en-US' }))

const now = Date.parse('2026-08-09T12:00:00Z')
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

describe('how long ago', () => {
  test.each([
    ['a moment', 20_000, 'just now'],
    ['in the future, by a clock that is ahead', -5_000, 'just now'],
    ['minutes', 4 * MINUTE_MS, '4 min. ago'],
    ['hours', 3 * 60 * MINUTE_MS, '3 hr. ago'],
    ['one day', DAY_MS, 'yesterday'],
    ['days', 3 * DAY_MS, '3 days ago'],
    ['weeks are a date', 20 * DAY_MS, 'Jul 20'],
    ['another year is named', 400 * DAY_MS, 'Jul 5, 2025'],
  ])('%s', (_, past, words) => {
    expect(ago(now - past, now)).toBe(words)
  })
})

test.each([
  [200, '1 s'],
  [40_000, '40 s'],
  [61_000, '2 min'],
  [3 * 60 * MINUTE_MS, '3 h'],
  [DAY_MS, '1 day'],
  [3 * DAY_MS, '3 days'],
])('a wait of %i ms is told in the unit that matters', (ms, words) => {
  expect(span(ms)).toBe(words)
})

test('what is no date is nothing', () => {
  expect([moment(null), moment(undefined), moment(''), moment('soon')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(moment('2026-08-09T12:00:00Z')).toBe(now)
})

test.each([
  ['en-GB', 'en-GB'],
  ['de-DE', 'en'],
  ['en-US@posix', 'en'],
])('the region of a browser that says %s is %s', (language, region) => {
  expect(regionOf(language)).toBe(region)
})

test.each([
  [1, '1 second'],
  [60, '60 seconds'],
  [841, '15 minutes'],
  [4 * 3_600, '4 hours'],
])('%s s of waiting', (seconds, words) => {
  expect(waiting(seconds)).toBe(words)
})
