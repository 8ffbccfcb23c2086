import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../worker/sync/classify'
import { inDoubt } from '../../../worker/sync/haloDialect'
import { outcomeOf, type UnderWay } from '../../../worker/sync/settle'

const NOW = 1_000_000
const UID = '11111111-aaaa-4aaa-8aaa-111111111111'
const HALF = 0.5
const row: UnderWay = {
  ticketId: 1001,
  actionId: 3,
  connectionId: 1,
  uid: UID,
  linkUid: 'l',
  kind: 'action',
  prev: { n: 2, uid: 'before' },
  attempts: 1,
  failures: 0,
  profile: 'supplier',
  othersPass: false,
}
const settled = (verdict: Verdict, more: Partial<UnderWay> = {}) =>
  outcomeOf(verdict, { ...row, ...more }, NOW, HALF)
const retry = (words = 'No answer'): Verdict => ({ kind: 'retry', words, retryAfterMs: null })
const failed = (words: string): Verdict => ({ kind: 'failed', words, fix: 'Do so.', have: null })
const taken = (have: { n: number; uid: string | null }): Verdict => ({
  kind: 'synced',
  taken: {
    id: 9,
    ticket_id: 501,
    baton: {
      uid: UID,
      ticket: 'their-uid',
      have,
      clock: 44,
      registers: [],
      parts: [],
      url: 'https://x.example/501',
    },
  },
})

describe('what a message becomes (protocol.md §4)', () => {
  test('taken: synced, with the partner’s numbers, its page and where it is now', () => {
    expect(settled(taken({ n: 3, uid: UID }))).toMatchObject({
      state: 'synced',
      nextAt: null,
      remoteId: 9,
      remoteTicketId: 501,
      remoteUrl: 'https://x.example/501',
      position: { n: 3, uid: UID },
      clock: 44,
    })
  })

  test('R3 a repeat that is further on does not move our position by itself', () => {
    expect(settled(taken({ n: 7, uid: 'other' })).position).toBeNull()
  })

  test('taken, a create makes the link live', () => {
    expect(
      settled(taken({ n: 1, uid: UID }), { kind: 'create', prev: { n: 0, uid: null } }),
    ).toMatchObject({
      linkState: 'live',
      remoteId: 1,
      remoteTicketUid: 'their-uid',
    })
  })

  test.each([
    [
      'G121 an update to the customer',
      { profile: 'customer' as const },
      "Failed to update ticket in Client's Instance - BadRequest - No",
    ],
    [
      'G121 an update to the supplier',
      {},
      "Failed to update ticket in Supplier's Instance - BadRequest - No",
    ],
    [
      'G128 an escalation',
      { kind: 'create' as const },
      "Failed to log to Supplier's Instance - BadRequest - No",
    ],
  ])('%s that is refused says so in the guide’s words, and ends', (_, more, error) => {
    expect(settled(failed('No'), more)).toMatchObject({
      state: 'failed',
      nextAt: null,
      error,
      fix: 'Do so.',
    })
  })

  test('G125 what is not mapped is skipped with that reason', () => {
    expect(settled({ kind: 'skipped', words: 'Not mapped', fix: 'Map it.' })).toMatchObject({
      state: 'skipped',
      nextAt: null,
      reason: 'not_mapped',
      fix: 'Map it.',
    })
  })

  test('R12 a ticket that is gone ends the link’s messages, a link that is not known breaks it', () => {
    expect(settled({ kind: 'gone', words: 'x' })).toMatchObject({
      state: 'skipped',
      linkState: 'gone',
      reason: 'ticket_gone',
    })
    expect(settled({ kind: 'link_unknown', words: 'x' })).toMatchObject({
      state: 'failed',
      linkState: 'broken',
    })
  })

  test('G128 R6 credentials that are not accepted break the connection; the message keeps its place, uncounted', () => {
    expect(
      settled({ kind: 'unauthorized', words: 'The client secret is wrong' }, { kind: 'create' }),
    ).toMatchObject({
      state: 'pending',
      failures: 0,
      error:
        "Failed to log to Supplier's Instance - BadRequest - This functionality is not supported",
      fix: expect.stringMatching(
        /^The client secret is wrong\. The supplier profile here must hold/,
      ),
      broken: expect.stringMatching(/This functionality is not supported$/),
    })
  })
})

describe('retries (F12 to F15, R7)', () => {
  test('a failure waits by the table of delays and counts', () => {
    expect(settled(retry('500'))).toMatchObject({
      state: 'pending',
      failures: 1,
      nextAt: NOW + 5_000,
      error: '500',
    })
    expect(settled(retry(), { failures: 2 }).nextAt).toBe(NOW + 60_000)
    expect(settled(retry(), { failures: 20 }).nextAt).toBe(NOW + 3_600_000)
  })

  test('R7 after the 5th failure, while others pass, an action is parked for an hour with words', () => {
    expect(settled(retry(), { failures: 3, othersPass: true }).state).toBe('pending')
    expect(settled(retry(), { failures: 4, othersPass: true })).toMatchObject({
      state: 'parked',
      failures: 5,
      nextAt: NOW + 3_600_000,
      fix: expect.stringMatching(/Retry tries it now/),
    })
  })

  test('R7 F12 while nobody passes it is the partner that is down, and nothing is parked', () => {
    expect(settled(retry(), { failures: 30 }).state).toBe('pending')
  })

  test('R7 F14 a create is a barrier and never parks', () => {
    expect(settled(retry(), { failures: 30, othersPass: true, kind: 'create' }).state).toBe(
      'pending',
    )
  })

  test('Q3 after three days it is dead, with words and without a next try', () => {
    expect(settled(retry('No answer'), { failures: 78 })).toMatchObject({
      state: 'dead',
      nextAt: null,
      error: 'No answer',
      fix: 'The partner could not be reached for three days. Retry when it is back.',
    })
  })

  test('R10 where an earlier try may have been taken, it is not dead after three days: nobody knows; before that it is read first', () => {
    expect(inDoubt(settled(retry('No answer'), { failures: 78 }), NOW)).toMatchObject({
      state: 'unknown',
      nextAt: null,
      reason: 'unclear',
      fix: expect.stringMatching(/Check.*Send again/),
    })
    expect(inDoubt(settled(retry()), NOW)).toMatchObject({
      state: 'pending',
      reason: 'unclear',
      nextAt: NOW + 60_000,
    })
    const refused: Verdict = { kind: 'failed', words: 'No', fix: null, have: null }
    expect(inDoubt(settled(refused), NOW)).toEqual(settled(refused))
  })

  test.each([
    ['a second is the least', 200, 1_000],
    ['as asked', 90_000, 90_000],
    ['12 hours are the most', 10 ** 12, 12 * 3_600_000],
  ])('F15 Retry-After: %s', (_, asked, waited) => {
    expect(settled({ kind: 'retry', words: 'x', retryAfterMs: asked }).nextAt).toBe(NOW + waited)
    const held = settled({ kind: 'hold', words: 'x', retryAfterMs: asked })
    expect(held).toMatchObject({
      state: 'pending',
      failures: 0,
      nextAt: NOW + waited,
      hold: { until: NOW + waited },
    })
  })

  test('F15 q01 held without a Retry-After: 30 s at least, longer each time up to 10 min, spread, and never counted', () => {
    const hold: Verdict = { kind: 'hold', words: 'Slow down', retryAfterMs: null }
    const waits = [1, 2, 3, 4, 5, 6, 50].map(
      (attempts) => (settled(hold, { attempts }).nextAt ?? 0) - NOW,
    )
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect(waits[0]).toBeGreaterThanOrEqual(30_000)
    expect(waits.at(-1)).toBe(600_000)
    expect(settled(hold, { attempts: 50 })).toMatchObject({ state: 'pending', failures: 0 })
    const [low, high] = [0, 1].map((random) => outcomeOf(hold, row, NOW, random).nextAt ?? 0)
    expect(high).toBeGreaterThan(low ?? 0)
    // Four failures before it: only what was held makes it longer.
    expect(settled(hold, { attempts: 5, failures: 4 }).nextAt).toBe(settled(hold).nextAt)
  })

  test('R3 a gap is tried again at once and is no failure; after three in a row it waits like one', () => {
    const gap: Verdict = { kind: 'gap', have: { n: 1, uid: 'x' } }
    for (const gaps of [0, 1, 2])
      expect(settled(gap, { gaps, failures: 4 })).toMatchObject({
        state: 'pending',
        nextAt: NOW,
        failures: 4,
      })
    const fourth = settled(gap, { gaps: 3, failures: 4 })
    expect(fourth).toMatchObject({ state: 'pending', failures: 5, error: expect.any(String) })
    expect(fourth.nextAt).toBeGreaterThan(NOW)
  })
})
