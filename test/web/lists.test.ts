import { describe, expect, test } from 'vitest'
import { isNarrowed, pageNo, ticketQuery, toggled } from '../../web/agent/tickets/filters'
import { fileSize } from '../../web/ui/fileSize'
import { isEmptyHtml, plainToHtml } from '../../web/ui/plainText'

describe('the ticket list', () => {
  test('shows open tickets unless the address says otherwise', () => {
    expect(ticketQuery({})).toEqual({ page: 1, open_only: true })
    expect(ticketQuery({ state: 'closed' })).toEqual({ page: 1, closed_only: true })
    expect(ticketQuery({ state: 'all' })).toEqual({ page: 1 })
    expect(ticketQuery({ state: 'nonsense' })).toEqual({ page: 1, open_only: true })
  })
  test('asks for what the address says, and for nothing that is blank', () => {
    const filters = { state: 'all', unassigned: '1', agent: '5,6', mine: '0', q: '', status: '1' }
    expect(ticketQuery(filters)).toEqual({
      page: 1,
      unassigned: true,
      agent_id: '5,6',
      status_id: '1',
    })
  })
  test.each(['0', '-1', 'x', '1.5', undefined])('page %s is the first', (page) => {
    expect(pageNo({ page })).toBe(1)
  })
  test('adds and takes away one value of a filter', () => {
    expect(toggled(undefined, '2')).toBe('2')
    expect(toggled('2', '3')).toBe('2,3')
    expect(toggled('2,3', '2')).toBe('3')
    expect(toggled('3', '3')).toBeUndefined()
  })
  test('knows whether something narrows it', () => {
    expect(isNarrowed({ state: 'all', page: '3' })).toBe(false)
    expect(isNarrowed({ q: 'printer' })).toBe(true)
  })
})

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1_500, '1.5 kB'],
  [34_567, '35 kB'],
  [25_000_000, '25 MB'],
])('a file of %i bytes has %s', (bytes, words) => expect(fileSize(bytes)).toBe(words))

test('typed text becomes paragraphs, and what looks like markup stays text', () => {
  expect(plainToHtml('One <b>\ntwo\n\n\nthree & "four"')).toBe(
    '<p>One &lt;b&gt;<br>two</p><p>three &amp; &quot;four&quot;</p>',
  )
  expect(plainToHtml('  \n ')).toBe('')
})

test('an empty paragraph is nothing, a picture is something', () => {
  expect(isEmptyHtml('<p>&nbsp; <br></p>')).toBe(true)
  expect(isEmptyHtml('<p><img src="/a"></p>')).toBe(false)
  expect(isEmptyHtml('<p>x</p>')).toBe(false)
})
