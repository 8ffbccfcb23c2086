import * as fc from 'fast-check'
import type { Schema } from './document'

/** What the schema alone cannot say: values that exist, by the name of the field, and fields to leave out. */
export interface Sense {
  named: Record<string, Schema>
  known: (name: string) => fc.Arbitrary<unknown> | undefined
  leave: (name: string) => boolean
  /** Fields that must be there and have a value, whatever the schema says. */
  needs: readonly string[]
}

/** One in so many of the fields that may be left out is there. */
const SPARSE = 4
const LONGEST = 40
const LEFT_OUT = Symbol('left out')

/** Values that a schema takes (reliability.md §7.5). */
export function valid(schema: Schema, sense: Sense, name = ''): fc.Arbitrary<unknown> {
  const known = sense.known(name)
  if (known) return known
  const { $ref, anyOf } = schema
  if ($ref !== undefined)
    return valid(sense.named[$ref.replace('#/components/schemas/', '')] ?? {}, sense, name)
  if (anyOf) return fc.oneof(...anyOf.map((one) => valid(one, sense, name)))
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const kinds = [schema.type ?? ['string', 'integer', 'boolean', 'null']].flat()
  return fc.oneof(...kinds.map((kind) => ofKind(kind, schema, sense)))
}

function ofKind(kind: string, schema: Schema, sense: Sense): fc.Arbitrary<unknown> {
  switch (kind) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'number':
    case 'integer': {
      // A text may be a number too, and its digits then count as characters.
      const most =
        schema.maxLength === undefined ? 2 ** 31 - 1 : 10 ** Math.min(schema.maxLength, 9) - 1
      const min = Math.max(schema.minimum ?? 0, -(2 ** 31))
      return fc.integer({ min, max: Math.max(min, Math.min(schema.maximum ?? most, most)) })
    }
    case 'string':
      return text(schema)
    case 'array':
      return fc.array(valid(schema.items ?? {}, sense), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, Math.max(3, schema.minItems ?? 0)),
      })
    default:
      return object(schema, sense)
  }
}

export function object(
  { properties = {}, required = [] }: Schema,
  sense: Sense,
): fc.Arbitrary<object> {
  const isThere = (name: string) => required.includes(name) || sense.needs.includes(name)
  const parts = Object.entries(properties)
    .filter(([name]) => isThere(name) || !sense.leave(name))
    .map(([name, one]) => {
      const value = valid(one, sense, name)
      const maybe = sense.needs.includes(name)
        ? value.filter((one) => one !== null)
        : isThere(name)
          ? value
          : fc.oneof(
              { weight: SPARSE - 1, arbitrary: fc.constant(LEFT_OUT) },
              { weight: 1, arbitrary: value },
            )
      return maybe.map((made): [string, unknown] => [name, made])
    })
  return fc
    .tuple(...parts)
    .map((made) => Object.fromEntries(made.filter(([, value]) => value !== LEFT_OUT)))
}

function text({
  format,
  pattern,
  contentEncoding,
  minLength = 0,
  maxLength,
}: Schema): fc.Arbitrary<string> {
  if (contentEncoding === 'base64') return fc.base64String({ maxLength: 400 })
  if (format === 'email') return fc.emailAddress().filter((one) => /^[\w.+-]+@[\w.-]+$/.test(one))
  if (format === 'uri') return fc.webUrl()
  if (format === 'date-time') return day.map((at) => at.toISOString())
  if (format === 'date') return day.map((at) => at.toISOString().slice(0, 10))
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'))
  const most = Math.min(maxLength ?? LONGEST, LONGEST)
  const short = fc.string({ unit: 'grapheme', minLength, maxLength: most })
  if (maxLength === undefined || maxLength > 5_000) return short
  return fc.oneof(
    { weight: 9, arbitrary: short },
    { weight: 1, arbitrary: fc.constant('x'.repeat(maxLength)) },
  )
}

const day = fc.date({
  min: new Date('1990-01-01'),
  max: new Date('2099-12-31'),
  noInvalidDate: true,
})
