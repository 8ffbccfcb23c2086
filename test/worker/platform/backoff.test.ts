import { expect, test } from 'vitest'
import { backoff } from '../../../worker/platform/backoff'

test('the delays are 5 s, 20 s, 1 min, 3 min, 10 min, 30 min, then an hour (protocol.md §4)', () => {
  const seconds = [1, 2, 3, 4, 5, 6, 7, 8, 78].map(
    (failures) => (backoff(failures, null, 0.5) ?? 0) / 1_000,
  )
  expect(seconds).toEqual([5, 20, 60, 180, 600, 1_800, 3_600, 3_600, 3_600])
})

test('each varies by 20 %, so that not all come back at once', () => {
  expect(backoff(3, null, 0)).toBe(48_000)
  expect(backoff(3, null, 1)).toBe(72_000)
})

test('it is given up after 72 hours', () => {
  let sum = 0
  for (let failures = 1; ; failures++) {
    const wait = backoff(failures, null, 0.5)
    if (wait === null) break
    sum += wait
  }
  expect(sum / 3_600_000).toBeGreaterThanOrEqual(72)
  expect(sum / 3_600_000).toBeLessThan(74)
})
