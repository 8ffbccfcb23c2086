import { z } from 'zod'
import { declarationOf, type Declaration, type Who } from './declare'

/** A route of the router, as far as it is read here. */
export interface RouteEntry {
  method: string
  path: string
  handler: object
}

/** One call that the API takes, with all its handlers declare. */
export interface Operation extends Declaration {
  method: string
  /** As the router has it: `/tickets/:id`. */
  path: string
}

/** The operations of a router: the declarations of all handlers of one method and path, taken together. */
export function operationsOf(routes: readonly RouteEntry[]): Operation[] {
  const operations = new Map<string, Operation>()
  for (const { method, path, handler } of routes) {
    if (method === 'ALL') continue // middleware and what answers when nothing fits
    const key = `${method} ${path}`
    operations.set(key, { ...operations.get(key), ...declarationOf(handler), method, path })
  }
  return [...operations.values()]
}

const REFUSALS = {
  '400': 'What was sent is not right',
  '401': 'Not signed in',
  '403': 'Not allowed',
  '404': 'Nothing there',
}
const WHO: Record<Who, string> = {
  anyone: 'anybody',
  user: 'end users',
  agent: 'agents and API applications',
  admin: 'admins',
  connection: 'connected instances',
}

/** OpenAPI 3.1 from what the routes themselves declare, so that it cannot say anything else than they do. */
export function openApi(
  routes: readonly RouteEntry[],
  { base, version }: { base: string; version: string },
) {
  const named: Named = {}
  const Refusal = z
    .object({
      error: z.string(),
      message: z.string(),
      fix: z.string(),
      fields: z.record(z.string(), z.string()).optional(),
    })
    .meta({ id: 'Problem' })
  const refusal = schemaOf(named, Refusal, 'output')
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operationsOf(routes)) {
    const path = operation.path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: describe(named, operation, refusal),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Baton',
      version,
      description:
        'The API of one desk. It follows the conventions of Halo’s REST API. Paths and names are taken in any case; numbers may come as text.',
    },
    servers: [{ url: `${base}/api` }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: `${base}/auth/token`,
              scopes: { all: 'Everything the client may do' },
            },
          },
        },
      },
      schemas: named,
    },
  }
}

function describe(
  named: Named,
  { method, path, who = [], summary, query, body, answer }: Operation,
  refusal: Json,
): Record<string, unknown> {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const parameters = [...inPath, ...(query ? queryParameters(query) : [])]
  const refusals = Object.entries(REFUSALS).map(([status, description]) => [
    status,
    { description, content: content(refusal) },
  ])
  return {
    operationId: operationId(method, path),
    tags: [path.split('/')[1]],
    ...(summary !== undefined && { summary }),
    description: `For ${who.map((one) => WHO[one]).join(', ')}.`,
    'x-who': who,
    ...(who.includes('anyone') && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: content(schemaOf(named, body, 'input')) },
    }),
    responses: {
      [answer?.status ?? 200]: {
        description: 'All is well',
        ...(answer && { content: content(schemaOf(named, answer.schema, 'output')) }),
      },
      ...Object.fromEntries(refusals),
    },
  }
}

const operationId = (method: string, path: string): string =>
  method.toLowerCase() +
  path
    .split(/\W+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')

const content = (schema: Json) => ({ 'application/json': { schema } })

type Json = Record<string, unknown>
/** The schemas that have a name, each once. */
type Named = Record<string, Json>

const Parts = z.object({
  $defs: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  id: z.string().optional(),
})

/** A schema as JSON Schema; those with a name go among the components and are referred to. */
function schemaOf(named: Named, schema: z.ZodType, io: 'input' | 'output'): Json {
  const text = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' })).replaceAll(
    '"#/$defs/',
    '"#/components/schemas/',
  )
  const whole: Json = z.record(z.string(), z.json()).parse(JSON.parse(text))
  const { $defs, id } = Parts.parse(whole)
  for (const [name, one] of Object.entries($defs)) named[name] = bare(one)
  if (id === undefined) return bare(whole)
  named[id] = bare(whole)
  return { $ref: `#/components/schemas/${id}` }
}

function bare({ $schema: _schema, $defs: _defs, id: _id, ...rest }: Json): Json {
  return rest
}

const Properties = z.record(z.string(), z.json()).default({})
const ObjectSchema = z.object({ properties: Properties, required: z.array(z.string()).default([]) })
/** One object, or an array of them. */
const BodySchema = z.object({
  properties: Properties,
  anyOf: z.array(z.object({ properties: Properties })).default([]),
})

function queryParameters(schema: z.ZodType) {
  const { properties, required } = ObjectSchema.parse(schemaOf({}, schema, 'input'))
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: one,
  }))
}

/** The names that a query or a body may have. */
export function namesIn(schema: z.ZodType | undefined): string[] {
  if (!schema) return []
  const { properties, anyOf } = BodySchema.parse(schemaOf({}, schema, 'input'))
  return Object.keys(anyOf[0]?.properties ?? properties)
}
