import { expect, test } from 'vitest'
import security from '../../../docs/security.md?raw'
import { limits } from '../../../worker/platform/limits'
import { costs, rates } from '../../../worker/platform/rates'

/** The rows of the table of docs/security.md whose first column is headed so, by their name. */
function table(head: string): Record<string, string[]> {
  const [, text = ''] = security.split(new RegExp(`\\n\\| ${head} +\\|`))
  const rows = text.split('\n\n')[0]?.matchAll(/^\| `(\w+)` +\|(.*)\|$/gm) ?? []
  return Object.fromEntries(
    [...rows].map(([, name = '', rest = '']) => [name, rest.split('|').map((cell) => cell.trim())]),
  )
}

const grouped = (n: number): string => n.toLocaleString('en')

function figureOf(name: string, value: number): string {
  if (name.endsWith('Ms')) return `${value / 1000} s`
  if (!name.endsWith('Bytes')) return grouped(value)
  const step = value % 1024 === 0 ? 1024 : 1000
  const [unit, size] = [
    ['GB', step ** 3],
    ['MB', step ** 2],
    ['KB', step],
  ].find(([, one]) => typeof one === 'number' && value >= one) ?? ['B', 1]
  return `${value / Number(size)} ${unit}`
}

test('R13 docs/security.md tells every limit as it is', () => {
  const told = Object.entries(table('limit')).map(([name, [figure]]) => [name, figure])
  expect(told).toEqual(Object.entries(limits).map(([name, value]) => [name, figureOf(name, value)]))
})

test('T39 docs/security.md tells every rate and what each request costs', () => {
  const told = Object.entries(table('rate')).map(([name, cells]) => [name, cells.slice(0, 2)])
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries(
      Object.entries(rates).map(([name, { perSecond, burst }]) => [
        name,
        [grouped(perSecond), grouped(burst)],
      ]),
    ),
  )
  const { read, write, file, search, signIn, signUp } = costs
  expect(security).toContain(
    `a read costs ${read}, a write ${write}, a file ${file}, a search ${search}, a sign-in or a token ${signIn}, a sign-up ${signUp}`,
  )
})
