import { z } from 'zod'
import type { Client } from '../pair'

/** The part of JSON Schema that the API's document uses. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  format?: string
  contentEncoding?: string
  minimum?: number
  maximum?: number
  multipleOf?: number
}

const some = <S extends z.ZodType>(schema: S) => schema.exactOptional()
const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: some(z.string()),
    type: some(z.union([z.string(), z.array(z.string())])),
    enum: some(z.array(z.unknown())),
    const: some(z.unknown()),
    anyOf: some(z.array(Schema)),
    allOf: some(z.array(Schema)),
    properties: some(z.record(z.string(), Schema)),
    required: some(z.array(z.string())),
    additionalProperties: some(z.union([z.boolean(), Schema])),
    items: some(Schema),
    minItems: some(z.number()),
    maxItems: some(z.number()),
    minLength: some(z.number()),
    maxLength: some(z.number()),
    pattern: some(z.string()),
    format: some(z.string()),
    contentEncoding: some(z.string()),
    minimum: some(z.number()),
    maximum: some(z.number()),
    multipleOf: some(z.number()),
  }),
)

const Content = z.record(z.string(), z.object({ schema: Schema.optional() }))
const OperationDoc = z.object({
  'x-who': z.array(z.enum(['anyone', 'user', 'agent', 'admin', 'connection'])),
  servers: z.array(z.object({ url: z.string() })).optional(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: Schema }))
    .default([]),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content.optional() })),
})
const Document = z.object({
  servers: z.array(z.object({ url: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), OperationDoc)),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
})

/** One call of the document. */
export interface Operation extends z.infer<typeof OperationDoc> {
  method: string
  /** As the document spells it: `/tickets/{id}`. */
  path: string
  /** The same below the desk's address: `/api/tickets/{id}`. */
  door: string
  key: string
  body: Schema | undefined
}

export interface Described {
  operations: Operation[]
  named: Record<string, Schema>
}

/** The document as a desk serves it. */
export async function readDocument(who: Client): Promise<Described> {
  const { servers, paths, components } = Document.parse(await who.get('openapi.json'))
  const below = (url = '') => url.slice(who.url.length)
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({
      ...one,
      method: method.toUpperCase(),
      path,
      door: below((one.servers ?? servers)[0]?.url) + path,
      key: `${method.toUpperCase()} ${path}`,
      body: one.requestBody?.content['application/json']?.schema,
    })),
  )
  return { operations, named: components.schemas }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
