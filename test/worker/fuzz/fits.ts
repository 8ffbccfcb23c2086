import { isObject, type Schema } from './document'

type Named = Record<string, Schema>

/** Why a value is not what a schema says, by its place; nothing where it is. */
export function unfit(value: unknown, schema: Schema, named: Named, at = ''): string[] {
  const { $ref, anyOf, allOf } = schema
  if ($ref !== undefined) {
    const known = named[$ref.replace('#/components/schemas/', '')]
    return known ? unfit(value, known, named, at) : [`${at} refers to ${$ref}, which is not there`]
  }
  if (anyOf) {
    const tries = anyOf.map((one) => unfit(value, one, named, at))
    if (tries.some((faults) => faults.length === 0)) return []
    const [nearest = []] = tries.toSorted((a, b) => a.length - b.length)
    return [`${at} fits none of ${anyOf.length}`, ...nearest]
  }
  if (allOf) return allOf.flatMap((one) => unfit(value, one, named, at))
  if ('const' in schema && value !== schema.const) return [`${at} is not ${String(schema.const)}`]
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is none of ${schema.enum.join()}`]
  const kinds = schema.type === undefined ? undefined : [schema.type].flat()
  if (kinds && !kinds.some((kind) => isOf(value, kind)))
    return [`${at} is ${kindOf(value)} and not ${kinds.join()}`]
  if (Array.isArray(value)) return unfitList(value, schema, named, at)
  if (isObject(value)) return unfitObject(value, schema, named, at)
  return outOfBounds(value, schema) ? [`${at} is out of bounds`] : []
}

function unfitList(value: unknown[], schema: Schema, named: Named, at: string): string[] {
  const { items, minItems = 0, maxItems = Infinity } = schema
  if (value.length < minItems || value.length > maxItems) return [`${at} has ${value.length}`]
  return items ? value.flatMap((one, i) => unfit(one, items, named, `${at}[${i}]`)) : []
}

function unfitObject(
  value: Record<string, unknown>,
  { properties = {}, required = [], additionalProperties: more = true }: Schema,
  named: Named,
  at: string,
): string[] {
  const missing = required
    .filter((name) => !(name in value))
    .map((name) => `${at}.${name} is missing`)
  return Object.entries(value).reduce((faults, [name, one]) => {
    const known = properties[name] ?? (typeof more === 'object' ? more : undefined)
    if (known) return [...faults, ...unfit(one, known, named, `${at}.${name}`)]
    return more === false ? [...faults, `${at}.${name} is not in the document`] : faults
  }, missing)
}

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value

const isOf = (value: unknown, kind: string): boolean =>
  kind === 'integer' ? Number.isInteger(value) : kindOf(value) === kind

function outOfBounds(value: unknown, schema: Schema): boolean {
  if (typeof value === 'number')
    return (
      value < (schema.minimum ?? -Infinity) ||
      value > (schema.maximum ?? Infinity) ||
      (schema.multipleOf !== undefined && value % schema.multipleOf !== 0)
    )
  if (typeof value !== 'string') return false
  const { length } = Array.from(value) // JSON Schema counts code points
  return (
    length < (schema.minLength ?? 0) ||
    length > (schema.maxLength ?? Infinity) ||
    (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
  )
}
