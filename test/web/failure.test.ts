import { describe, expect, test } from 'vitest'
import { ApiError, readRefusal, retryAfterSeconds } from '../../web/data/failure'
import { failureWords } from '../../web/ui/failureWords'

describe('a refusal', () => {
  test('keeps the words, the fix and the fields', () => {
    const body = {
      error: 'x',
      message: 'No.',
      fix: 'Do this.',
      fields: { summary: 'missing', odd: 3 },
    }
    expect(readRefusal(400, body)).toEqual({
      error: 'x',
      message: 'No.',
      fix: 'Do this.',
      fields: { summary: 'missing' },
    })
  })
  test.each([null, 'Bad gateway', 42, [], { fields: 'no' }])(
    'of a strange shape (%j) is still one',
    (body) =>
      expect(readRefusal(502, body)).toEqual({
        error: 'http_502',
        message: '',
        fix: undefined,
        fields: {},
      }),
  )
})

test('Retry-After is read as seconds and as a date', () => {
  const now = Date.parse('2026-08-09T12:00:00Z')
  expect(retryAfterSeconds('30', now)).toBe(30)
  expect(retryAfterSeconds('Sun, 09 Aug 2026 12:00:20 GMT', now)).toBe(20)
  expect(retryAfterSeconds(null, now)).toBeUndefined()
  expect(retryAfterSeconds('soon', now)).toBeUndefined()
})

describe('what a person reads', () => {
  const words = (status: number, message = '', retryAfterS?: number) =>
    failureWords(new ApiError(status, { error: 'x', message }, retryAfterS)).message

  test('are the words of the API where it has any', () => {
    expect(words(400, 'You do not have access to this action at the moment')).toBe(
      'You do not have access to this action at the moment',
    )
  })
  test('name the wait when there were too many tries', () => {
    expect(words(429, 'Slow down', 30)).toBe('Too many tries. Wait 30 seconds.')
  })
  test('tell a lost connection from a fault of the desk and of the page', () => {
    expect(words(0)).toBe('No connection to the desk.')
    expect(words(503)).toBe('The desk could not answer just now.')
    expect(failureWords(new TypeError('x is undefined')).message).toBe(
      'Something in this page went wrong.',
    )
  })
})
