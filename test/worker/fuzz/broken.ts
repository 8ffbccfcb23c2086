import { isObject } from './document'
import type { Draw } from './draw'

/** Values that no field should fall for: wrong kinds, bounds, text that is syntax somewhere, text that is hard to store. */
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
export const WRONG: unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  ' ',
  'NaN',
  '1 or 1=1',
  '1e9',
  "'; drop table ticket; --",
  '%_\\',
  '" OR scope : "t2',
  'NEAR(a b)',
  '{{ 7 | times: 7 }}{% for i in (1..99999999) %}x{% endfor %}',
  '<script>alert(1)</script><svg onload=alert(1)>',
  '<p>'.repeat(300),
  '\u0000x',
  'a\ud800b',
  '\u202egnp.exe',
  '🔥'.repeat(10_000),
  'x'.repeat(300_000),
  'x\r\nBcc: v@x.example',
  '../../etc/passwd',
  '2026-02-30',
  '9999-99-99T99:99:99Z',
  '__proto__',
  'constructor',
  {},
  [],
  [null],
  { id: 'x' },
  Array.from({ length: 200 }, (_, i) => i),
  deep(30),
]

const EXTRA = [
  '__proto__',
  'constructor',
  'toString',
  't',
  'tenant_id',
  'is_admin',
  'ID',
  'a'.repeat(1_000),
]

export interface Broken {
  value: unknown
  /** Which field was broken, as a refusal would name it; none where something was added. */
  field: string | undefined
  wrong: unknown
}

/** The value with one place of it broken: replaced, taken away, or something put beside it. */
export function broken(value: unknown, draw: Draw): Broken {
  const places = placesIn(value)
  const place = draw.of(places)
  if (!place || draw.chance(0.1)) {
    const name = draw.must(EXTRA)
    return {
      value: isObject(value) ? beside(value, name, draw.must(WRONG)) : value,
      field: undefined,
      wrong: undefined,
    }
  }
  const wrong = draw.chance(0.1) ? undefined : draw.must(WRONG)
  return {
    value: put(value, place, wrong),
    field: place[0] === undefined ? undefined : String(place[0]),
    wrong,
  }
}

type Place = (string | number)[]

function placesIn(value: unknown, at: Place = []): Place[] {
  if (at.length > 6) return []
  const inside = Array.isArray(value)
    ? [...value.entries()]
    : isObject(value)
      ? Object.entries(value)
      : []
  return inside.flatMap(([name, one]) => [[...at, name], ...placesIn(one, [...at, name])])
}

function put(value: unknown, [name, ...rest]: Place, wrong: unknown): unknown {
  if (name === undefined) return wrong
  if (Array.isArray(value))
    return value.map((one: unknown, i) => (i === name ? put(one, rest, wrong) : one))
  if (!isObject(value)) return value
  return beside(value, String(name), put(value[name], rest, wrong))
}

/** An assignment to `__proto__` would be none. */
const beside = (value: Record<string, unknown>, name: string, one: unknown): object =>
  Object.defineProperty({ ...value }, name, {
    value: one,
    enumerable: true,
    configurable: true,
    writable: true,
  })
