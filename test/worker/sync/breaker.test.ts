import { expect, test } from 'vitest'
import { Breaker } from '../../../worker/sync/breaker'

const after = (...notes: [link: string, failed: boolean][]) => {
  const breaker = new Breaker()
  for (const [link, failed] of notes) breaker.note(link, failed)
  return breaker
}

test('R7 it suspects the partner when the last answers of all links tried are failures', () => {
  expect(after().suspects()).toBe(false)
  expect(after(['a', true]).suspects()).toBe(true)
  expect(after(['a', true], ['b', false]).suspects()).toBe(false)
  expect(after(['a', true], ['b', false], ['b', true]).suspects()).toBe(true)
})

test('R7 of many links only the last five count', () => {
  const five = ['b', 'c', 'd', 'e', 'f'].map((link): [string, boolean] => [link, true])
  expect(after(['a', false], ...five).suspects()).toBe(true)
  expect(after(['a', false], ...five.slice(1)).suspects()).toBe(false)
})

test('R7 a link that fails while another passes is poisoned, not the partner down', () => {
  const breaker = after(['a', true], ['b', false])
  expect(breaker.othersPass('a')).toBe(true)
  expect(breaker.othersPass('b')).toBe(false)
})

test('R7 F12 what passed before it failed says nothing: the partner may be down since', () => {
  const breaker = after(['b', false], ['a', true], ['a', true])
  expect(breaker.othersPass('a')).toBe(false)
  breaker.note('b', true)
  expect(breaker.othersPass('a')).toBe(false)
  breaker.note('c', false)
  breaker.note('a', true)
  expect(breaker.othersPass('a')).toBe(true)
})

test('Q9 Q10 it is probed soon at first, then once a minute; after an outage soon again', () => {
  const breaker = after(['a', true])
  const waits = Array.from({ length: 7 }, () => breaker.open(0) / 1_000)
  expect(waits).toEqual([5, 10, 20, 40, 60, 60, 60])
  breaker.close()
  expect(breaker.open(0)).toBe(5_000)
})

test('R7 a message that gets through closes it', () => {
  const breaker = after(['a', true])
  breaker.open(1_000)
  expect(breaker.isOpen()).toBe(true)
  breaker.note('b', true)
  expect(breaker.isOpen()).toBe(true)
  breaker.note('b', false)
  expect(breaker.isOpen()).toBe(false)
})
