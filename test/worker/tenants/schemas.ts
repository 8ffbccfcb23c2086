import { z } from 'zod'

/** What the schema of a query or a body says, as far as requests are made from it. */

/** As what something may be named. */
export type Kind = 'number' | 'name' | 'uid' | 'address'

export interface Leaf {
  path: string[]
  /** The likeliest first; none of them for what is a count, a switch or one of a list. */
  kinds: Kind[]
}

interface Schema {
  type?: string | string[] | undefined
  enum?: unknown[] | undefined
  const?: unknown
  anyOf?: Schema[] | undefined
  items?: Schema | undefined
  properties?: Record<string, Schema> | undefined
  required?: string[] | undefined
}
const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    anyOf: z.array(Schema).optional(),
    items: Schema.optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
  }),
)

/** A body that may be one or several is looked at as one. */
function elementOf(schema: z.ZodType | undefined): Schema {
  if (!schema) return {}
  const how = { io: 'input', unrepresentable: 'any', reused: 'inline' } as const
  const whole = Schema.parse(z.toJSONSchema(schema, how))
  return whole.anyOf?.find(({ properties }) => properties) ?? whole
}

/** Every value that may name something. */
export function leavesOf(schema: z.ZodType | undefined): Leaf[] {
  const found = new Map<string, Leaf>()
  const walk = (one: Schema, path: string[]): void => {
    for (const part of one.anyOf ?? []) walk(part, path)
    for (const [name, part] of Object.entries(one.properties ?? {})) walk(part, [...path, name])
    if (one.items) walk(one.items, [...path, '0'])
    if (one.enum || one.const !== undefined || one.anyOf || one.properties || one.items) return
    const known = found.get(path.join())?.kinds ?? []
    const kinds = [...new Set([...known, ...kindsOf(one, path)])]
    if (kinds.length > 0) found.set(path.join(), { path, kinds })
  }
  walk(elementOf(schema), [])
  found.delete('')
  return [...found.values()]
}

const COUNTS = /^(pageinate|page_no|page_size|count|countlimit|clock|n|v|data_base64)$/
function kindsOf({ type }: Schema, path: string[]): Kind[] {
  const name = path.findLast((part) => part !== '0') ?? ''
  const types = [type ?? ['string', 'number']].flat()
  if (COUNTS.test(name) || types.includes('boolean')) return []
  if (/mail(_?address)?$/.test(name)) return types.includes('string') ? ['address'] : []
  if (/^(uid|link|ticket|writer|via)$/.test(name)) return types.includes('string') ? ['uid'] : []
  return types.flatMap((one) => ofType[one] ?? [])
}
const ofType: Record<string, Kind> = { string: 'name', number: 'number', integer: 'number' }

/** The least that fits a schema. */
export function leastOf(schema: z.ZodType | undefined): Record<string, unknown> {
  return z
    .record(z.string(), z.unknown())
    .catch({})
    .parse(least(elementOf(schema)))
}

function least(one: Schema): unknown {
  if (one.const !== undefined) return one.const
  if (one.enum) return one.enum[0]
  if (one.anyOf?.[0]) return least(one.anyOf[0])
  const type = [one.type].flat()[0]
  if (one.properties) {
    const { properties, required = [] } = one
    return Object.fromEntries(required.map((name) => [name, least(properties[name] ?? {})]))
  }
  if (type === 'array') return []
  if (type === 'boolean') return true
  return type === 'string' ? 'x' : 1
}

/** The body with a value at that path; what is missing on the way is made. */
export function put(
  body: unknown,
  [step = '', ...rest]: string[],
  value: unknown,
): Record<string, unknown> {
  const here = z.record(z.string(), z.unknown()).catch({}).parse(body)
  const [next, ...deeper] = rest
  if (next === undefined) return { ...here, [step]: value }
  if (next !== '0') return { ...here, [step]: put(here[step], rest, value) }
  const first = z.array(z.unknown()).catch([]).parse(here[step])[0]
  return {
    ...here,
    [step]: [deeper.length === 0 ? value : put(first ?? ELEMENTS[step], deeper, value)],
  }
}

/** What an element of a list needs beside the value, to be looked at. */
const ELEMENTS: Record<string, object> = {
  customfields: { value: 'x' },
  mappings: { kind: 'outcome', remote_id: '1', remote_name: 'x', local_id: 1 },
  registers: {
    name: 'status',
    label: 'x',
    clock: 60,
    writer: '00000000-0000-4000-8000-000000000000',
    value: { id: '1', name: 'x' },
  },
}
