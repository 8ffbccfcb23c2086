import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  Bool,
  DateIn,
  Email,
  given,
  Id,
  Ids,
  Name,
  opt,
  OptionalAgentId,
  OptionalDay,
  OptionalId,
  pageOf,
  Paging,
  QueryBool,
  Text,
} from '../../../worker/api/wire'

const read = (schema: z.ZodType, value: unknown): unknown => {
  const result = schema.safeParse(value)
  return result.success ? result.data : { refused: result.error.issues[0]?.message }
}

describe('what Halo’s clients send (halo-api.md §2)', () => {
  test.each<[string, z.ZodType, unknown, unknown]>([
    ['a number as text', Id, '2', 2],
    ['a number as a double', Id, 18.0, 18],
    ['a double as text', Id, '95.0', 95],
    ['a word for a number', Id, 'x', { refused: 'must be a whole number, not “x”' }],
    [
      'an injection for a number',
      Id,
      '1 or 1=1',
      { refused: 'must be a whole number, not “1 or 1=1”' },
    ],
    ['half a number', Id, 1.5, { refused: 'there is no such number as “1.5”' }],
    ['nothing for a number', Id, undefined, { refused: 'is missing' }],
    ['null for a number', Id, null, { refused: 'must be a whole number' }],
    [
      'a number beyond all ids',
      Id,
      2 ** 53,
      { refused: 'there is no such number as “9007199254740992”' },
    ],
    ['zero for an id', Id, 0, { refused: 'there is no such number as “0”' }],
    ['zero for none', OptionalId, 0, null],
    ['-1 for none', OptionalId, '-1', null],
    ['null for not given', OptionalId, null, undefined],
    ['a word for an optional id', OptionalId, 'x', { refused: 'must be a whole number, not “x”' }],
    ['agent 1 for nobody', OptionalAgentId, 1, null],
    ['True in a body', Bool, 'True', true],
    ['0 in a body', Bool, 0, false],
    ['maybe in a body', Bool, 'maybe', { refused: 'must be true or false' }],
    ['True in a query', QueryBool, 'True', true],
    ['1 in a query, which is not true', QueryBool, '1', false],
    ['a number for text', Text(10), 42, '42'],
    ['too much text', Text(3), 'four', { refused: 'must be at most 3 characters, not 4' }],
    ['three families of one grapheme each (case h01)', Text(3), '👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', '👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧'],
    ['a name with blanks round it', Name(), '  Acme \n Ltd ', 'Acme Ltd'],
    ['an empty name', Name(), ' ', { refused: 'must not be empty' }],
    ['an address in capitals', Email, ' Pat@Acme.Example ', 'pat@acme.example'],
    ['no address', Email, '', ''],
    [
      'two addresses',
      Email,
      'a@b.example, c@d.example',
      { refused: 'is not an email address: “a@b.example, c@d.example”' },
    ],
    [
      'a date without zone is UTC',
      DateIn,
      '2023-10-18T09:54:26.28',
      Date.UTC(2023, 9, 18, 9, 54, 26, 280),
    ],
    [
      'a date with seven decimals',
      DateIn,
      '2024-06-20T14:45:15.9746271Z',
      Date.UTC(2024, 5, 20, 14, 45, 15, 974),
    ],
    ['a date with a zone', DateIn, '2024-06-20T14:45:00+02:00', Date.UTC(2024, 5, 20, 12, 45)],
    ['a day for a date', DateIn, '2024-06-20', Date.UTC(2024, 5, 20)],
    [
      'a day that is not',
      DateIn,
      '2026-02-30',
      { refused: 'must be a date such as 2026-08-09T10:00:00Z, not “2026-02-30”' },
    ],
    [
      'a day stays that day in every zone (case z01)',
      OptionalDay,
      '2026-08-09T23:30:00-05:00',
      '2026-08-09',
    ],
    ['Halo’s "no date"', OptionalDay, '1900-01-01T00:00:00', null],
    ['an emptied date', OptionalDay, '', null],
    ['a date that is null', OptionalDay, null, undefined],
    ['ids with commas', Ids, '3, 1,3', [3, 1]],
    ['a word among ids', Ids, '1,x', { refused: 'must be whole numbers with commas between' }],
  ])('%s', (_, schema, value, expected) => {
    expect(read(schema, value)).toEqual(expected)
  })

  test('null in a body is as good as left out', () => {
    const schema = z.object({ a: opt(Id), b: opt(Text(5)) }).transform(given)
    expect(schema.parse({ a: null, b: null })).toEqual({})
    expect(Object.keys(schema.parse({ a: 3 }))).toEqual(['a'])
  })
})

describe('pages (halo-api.md §3)', () => {
  const page = (asked: Record<string, string>) => pageOf(z.object(Paging).parse(asked))
  test.each<[string, Record<string, string>, { no: number; size: number; offset: number }]>([
    ['50 where nothing is said', {}, { no: 1, size: 50, offset: 0 }],
    [
      'page_size counts only with pageinate=true',
      { page_size: '7', page_no: '3' },
      { no: 1, size: 50, offset: 0 },
    ],
    ['a page', { pageinate: 'True', page_size: '7', page_no: '3' }, { no: 3, size: 7, offset: 14 }],
    [
      'at most 1,000 a page',
      { pageinate: 'true', page_size: '5000' },
      { no: 1, size: 1000, offset: 0 },
    ],
    ['count alone bounds', { count: '10' }, { no: 1, size: 10, offset: 0 }],
    ['at most 10,000 by count', { count: '100000' }, { no: 1, size: 10000, offset: 0 }],
    ['count=true is no number', { count: 'true' }, { no: 1, size: 50, offset: 0 }],
    ['page 0 is the first', { pageinate: 'true', page_no: '0' }, { no: 1, size: 50, offset: 0 }],
    [
      'an endless page number ends',
      { pageinate: 'true', page_no: '1e300' },
      { no: 1_000_000, size: 50, offset: 49_999_950 },
    ],
  ])('%s', (_, asked, expected) => {
    expect(page(asked)).toMatchObject(expected)
  })
})
