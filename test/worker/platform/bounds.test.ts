import { beforeAll, expect, test } from 'vitest'
import { readDocument, type Described, type Schema } from '../fuzz/document'
import { desks } from '../pair'

let described: Described
beforeAll(async () => {
  const { acme } = await desks()
  described = await readDocument(acme.nobody)
})

/** The texts and lists in what a caller sends that may be as long as the caller likes. */
function boundless(schema: Schema, at: string): string[] {
  const { anyOf = [], properties = {}, items, type = [] } = schema
  const kinds = [type].flat()
  const isBound =
    schema.maxLength !== undefined ||
    schema.enum !== undefined ||
    'const' in schema ||
    schema.pattern?.endsWith('$') ||
    ['date', 'date-time', 'uuid'].includes(schema.format ?? '') ||
    schema.contentEncoding === 'base64' // the body's own bound
  return [
    ...(kinds.includes('string') && !isBound ? [at] : []),
    ...(kinds.includes('array') && schema.maxItems === undefined ? [`${at}[]`] : []),
    ...anyOf.flatMap((one) => boundless(one, at)),
    ...(items ? boundless(items, `${at}[]`) : []),
    ...Object.entries(properties).flatMap(([name, one]) => boundless(one, `${at}.${name}`)),
  ]
}

test('R13 every text and every list that a body may hold has a bound, and the document says which', () => {
  const found = described.operations.flatMap(({ key, body }) => (body ? boundless(body, key) : []))
  expect([...new Set(found)]).toEqual([])
})
