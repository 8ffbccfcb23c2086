import { describe, expect, test } from 'vitest'
import { deliveryWords, partWords, reasonWords } from '../../web/agent/ticket/deliveryWords'
import type { Delivery } from '../../web/data/names'
import { canRetry, markWords, syncMark } from '../../web/ui/syncWords'

const now = Date.parse('2026-08-09T12:00:00Z')
const delivery = (change: Partial<Delivery>): Delivery => ({
  id: '1001-3-1',
  connection_id: 1,
  direction: 'out',
  state: 'synced',
  url: null,
  endpoint: null,
  remote_id: null,
  remote_ticket_id: null,
  partner: 'Skyline',
  error: null,
  reason: null,
  fix: null,
  fix_here: false,
  attempts: 1,
  next_attempt_at: null,
  at: '2026-08-09T11:59:00Z',
  parts: [],
  files: [],
  ...change,
})

describe('the badge', () => {
  test.each([
    [{ state: 'synced' as const }, 'Synced'],
    [{ state: 'synced' as const, direction: 'in' as const }, 'From Skyline'],
    [{ state: 'pending' as const, attempts: 0 }, 'Sending'],
    [{ state: 'pending' as const, attempts: 3 }, 'Waiting'],
    [{ state: 'pending' as const, attempts: 0, reason: 'The connection is paused.' }, 'Waiting'],
    [{ state: 'parked' as const }, 'Waiting'],
    [{ state: 'skipped' as const }, 'Not sent'],
    [{ state: 'failed' as const }, 'Failed'],
    [{ state: 'dead' as const }, 'Failed, gave up'],
    [{ state: 'unknown' as const }, 'Not known'],
    [{ state: 'withdrawn' as const }, 'Recalled'],
  ])('of %j says %s', (look, words) => {
    expect(markWords(syncMark(look), 'Skyline')).toBe(words)
  })
})

describe('the sentence on an action', () => {
  test.each([
    [{ remote_ticket_id: 1043 }, 'Sent to Skyline, on their ticket #1043.'],
    [{ direction: 'in' as const }, 'Came from Skyline.'],
    [{ state: 'pending' as const, attempts: 0 }, 'Being sent to Skyline.'],
    [
      { state: 'pending' as const, attempts: 2, next_attempt_at: '2026-08-09T12:00:40Z' },
      'Waiting for Skyline, next try in 40 s.',
    ],
    [
      { state: 'parked' as const, next_attempt_at: '2026-08-09T11:59:00Z' },
      'Waiting for Skyline, trying now.',
    ],
    [{ state: 'parked' as const }, 'Waiting for Skyline.'],
    [
      {
        state: 'pending' as const,
        attempts: 0,
        reason: 'The connection is paused.',
        next_attempt_at: '2026-08-09T11:00:00Z',
      },
      'Waiting for Skyline.',
    ],
    [{ state: 'skipped' as const, partner: '' }, 'Not sent.'],
    [{ state: 'failed' as const }, 'Skyline did not take it.'],
    [{ state: 'dead' as const, attempts: 12 }, 'Gave up on Skyline after 12 tries.'],
    [{ state: 'unknown' as const }, 'It is not known whether Skyline has this.'],
    [{ state: 'withdrawn' as const }, 'Recalled before Skyline took it.'],
  ])('%j', (change, words) => {
    expect(deliveryWords(delivery(change), now)).toBe(words)
  })
})

test('a reason that is a code becomes a sentence, and a sentence stays one', () => {
  expect(reasonWords('action_not_mapped')).toContain('not mapped')
  expect(reasonWords('Attachments are off.')).toBe('Attachments are off.')
  expect(reasonWords(null)).toBeUndefined()
})

test('Retry is offered for what has not arrived, except on its first try', () => {
  const states = [
    'pending',
    'synced',
    'failed',
    'skipped',
    'parked',
    'unknown',
    'withdrawn',
    'dead',
  ] as const
  expect(states.filter((state) => canRetry({ state }))).toEqual([
    'failed',
    'skipped',
    'parked',
    'unknown',
    'dead',
  ])
  expect(canRetry({ state: 'pending', attempts: 1 })).toBe(true)
})

test.each([
  [{ part: 'Status', result: 'done' as const, value: 'In progress' }, 'Status: In progress'],
  [{ part: 'Note', result: 'done' as const }, 'Note'],
  [
    { part: 'Status', result: 'unchanged' as const, reason: '“On hold” is not mapped' },
    'Status unchanged: “On hold” is not mapped.',
  ],
  [
    { part: 'Impact', result: 'dropped' as const, reason: 'there is no choice “Critical (P1)”.' },
    'Impact not taken: there is no choice “Critical (P1)”.',
  ],
  [{ part: 'scan.pdf', result: 'later' as const }, 'scan.pdf follows later.'],
])('a part %j reads %s', (part, words) => {
  expect(partWords({ value: null, reason: null, fix: null, ...part })).toBe(words)
})
