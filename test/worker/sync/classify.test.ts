import { describe, expect, test } from 'vitest'
import { classify, type Verdict } from '../../../worker/sync/classify'
import type { Answer } from '../../../worker/sync/partnerFetch'

const UID = '11111111-aaaa-4aaa-8aaa-111111111111'
const SENT = { uid: UID, linkUid: UID, ticketId: 1001 }
const taken = {
  id: 4,
  ticket_id: 1001,
  baton: {
    v: 1,
    uid: UID,
    have: { n: 3, uid: UID },
    clock: 12,
    registers: [],
    url: 'https://desk.example.com/skyline/tickets/1001',
    parts: [],
  },
}
const answered = (status: number, json: unknown, more: Partial<Answer> = {}): Answer => ({
  status,
  json,
  retryAfterMs: null,
  ms: 1,
  ...more,
})
const refusal = (error: string, more: object = {}) => ({
  error,
  message: `Words of ${error}`,
  fix: 'Do so.',
  ...more,
})
const kindOf = (answer: Answer, dialect: 'baton' | 'halo' = 'baton'): Verdict['kind'] =>
  classify(answer, SENT, dialect).kind

describe('what an answer means (protocol.md §4, row by row)', () => {
  const rows: [name: string, answer: Answer, kind: Verdict['kind']][] = [
    ['201 with the uid', answered(201, taken), 'synced'],
    ['200 with the uid, a repeat', answered(200, taken), 'synced'],
    ['an array of one', answered(201, [taken]), 'synced'],
    ['400 with error and message', answered(400, refusal('VALIDATION')), 'failed'],
    ['403 with error and message', answered(403, refusal('ACCESS_OFF')), 'failed'],
    ['413 with error and message', answered(413, refusal('TOO_LARGE')), 'failed'],
    ['422 with error and message', answered(422, refusal('EMAIL_TO_EMAIL')), 'failed'],
    ['400 in Halo’s form', answered(400, { ClassName: 'Exception', Message: 'No' }), 'failed'],
    ['422 ACTION_NOT_MAPPED', answered(422, refusal('ACTION_NOT_MAPPED')), 'skipped'],
    ['409 CONTENT_MISMATCH', answered(409, refusal('CONTENT_MISMATCH')), 'failed'],
    [
      '409 GAP with have',
      answered(409, refusal('GAP', { baton: { have: { n: 2, uid: UID } } })),
      'gap',
    ],
    ['409 GAP without have', answered(409, refusal('GAP')), 'retry'],
    ['409 LINK_UNKNOWN', answered(409, refusal('LINK_UNKNOWN')), 'link_unknown'],
    ['409 TWIN_EXISTS', answered(409, refusal('TWIN_EXISTS')), 'failed'],
    ['410 TICKET_GONE', answered(410, refusal('TICKET_GONE')), 'gone'],
    ['401', answered(401, refusal('UNAUTHORIZED')), 'unauthorized'],
    ['401 without a body', answered(401, undefined), 'unauthorized'],
    ['403 SUSPENDED', answered(403, refusal('SUSPENDED')), 'hold'],
    ['503 PAUSED', answered(503, refusal('PAUSED')), 'hold'],
    ['429', answered(429, undefined), 'hold'],
    ['409 IN_PROGRESS', answered(409, refusal('IN_PROGRESS')), 'retry'],
    ['409 of a kind not known', answered(409, refusal('CONFLICT')), 'retry'],
    ['408', answered(408, refusal('TIMEOUT')), 'retry'],
    ['423', answered(423, refusal('LOCKED')), 'retry'],
    ['425', answered(425, refusal('EARLY')), 'retry'],
    ['404 with error and message', answered(404, refusal('NOT_FOUND')), 'retry'],
    ['500', answered(500, refusal('INTERNAL')), 'retry'],
    ['502 without a body', answered(502, undefined), 'retry'],
    ['503 that is not PAUSED', answered(503, refusal('BUSY')), 'retry'],
    ['301', answered(301, undefined, { location: 'https://elsewhere.example' }), 'retry'],
    ['302', answered(302, undefined, { location: 'https://elsewhere.example' }), 'retry'],
    ['307', answered(307, undefined, { location: 'https://elsewhere.example' }), 'retry'],
    ['308', answered(308, undefined, { location: 'https://elsewhere.example' }), 'retry'],
    ['F18 a firewall’s page with 403', answered(403, undefined), 'retry'],
    ['F18 a parked domain with 404', answered(404, undefined), 'retry'],
    ['R6 400 that is not JSON', answered(400, undefined), 'retry'],
    ['R6 JSON without our form', answered(422, { detail: 'no' }), 'retry'],
    ['R6 error and message that are no texts', answered(400, { error: 1, message: {} }), 'retry'],
    ['F16 200 that is not JSON', answered(200, undefined), 'retry'],
    ['F16 200 with {}', answered(200, {}), 'retry'],
    ['F16 200 with []', answered(200, []), 'retry'],
    [
      'F16 200 with another uid',
      answered(200, {
        ...taken,
        baton: { ...taken.baton, uid: 'ffffffff-0000-4000-8000-000000000000' },
      }),
      'retry',
    ],
    [
      'F16 201 with our uid on another link',
      answered(201, { ...taken, baton: { ...taken.baton, link: '2'.repeat(8) } }),
      'retry',
    ],
    ['F16 201 with our uid on another ticket', answered(201, { ...taken, ticket_id: 7 }), 'retry'],
    ['F16 201 without baton', answered(201, { id: 4, ticket_id: 1001 }), 'retry'],
    ['F16 204', answered(204, undefined), 'retry'],
    ['F11 nobody answers', { status: 0, error: 'No answer within 10 s', ms: 10_000 }, 'retry'],
  ]
  test.each(rows)('R6 %s', (_, answer, kind) => {
    expect(kindOf(answer)).toBe(kind)
  })

  test('G121 a refusal is told in the partner’s own words, with the fix', () => {
    expect(classify(answered(400, refusal('VALIDATION')), SENT, 'baton')).toMatchObject({
      words: 'Words of VALIDATION',
      fix: 'Do so.',
    })
    expect(
      classify(answered(400, { ClassName: 'Exception', Message: 'Halo says no' }), SENT, 'baton'),
    ).toMatchObject({
      words: 'Halo says no',
      fix: null,
    })
  })

  test('R3 a refusal that says where the partner is, is heard', () => {
    const have = { n: 2, uid: UID }
    expect(
      classify(answered(400, refusal('VALIDATION', { baton: { have } })), SENT, 'baton'),
    ).toMatchObject({ have })
  })

  test('F17 a redirect is shown to the admin and not followed', () => {
    expect(
      classify(answered(301, undefined, { location: 'https://new.example/api' }), SENT, 'baton'),
    ).toMatchObject({
      words: expect.stringMatching(
        /points to another address \(301 to https:\/\/new\.example\/api\); it is not followed/,
      ),
    })
  })

  test('F15 what the partner asks us to wait is handed on', () => {
    expect(
      classify(answered(429, undefined, { retryAfterMs: 7_000 }), SENT, 'baton'),
    ).toMatchObject({ retryAfterMs: 7_000 })
  })

  describe('a partner that speaks Halo alone (R10)', () => {
    test.each<[name: string, answer: Answer, kind: Verdict['kind']]>([
      ['a number', answered(201, { id: 12, ticket_id: 1001 }), 'synced_halo'],
      ['a number on another ticket', answered(201, { id: 12, ticket_id: 501 }), 'retry'],
      ['a number as text, in an array', answered(200, [{ id: '12' }]), 'synced_halo'],
      ['no number', answered(201, { ok: true }), 'retry'],
      ['0', answered(201, { id: 0 }), 'retry'],
      ['a page', answered(200, undefined), 'retry'],
      ['a refusal', answered(400, { ClassName: 'X', Message: 'no' }), 'failed'],
      ['a refused field', answered(400, { '[0].outcome_id': ['Could not convert'] }), 'failed'],
      ['a refusal that is only words', answered(400, 'An Outcome must be entered'), 'failed'],
      ['words with a fault', answered(500, 'Oops'), 'retry'],
    ])('R10 %s', (_, answer, kind) => {
      expect(kindOf(answer, 'halo')).toBe(kind)
    })
  })
})
