import { z } from 'zod'
import { statusOf, type ProblemCode } from '../platform/problem'
import { declarationOf, type Answer, type Declaration, type Who } from './declare'

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
    const before = operations.get(key)
    const says = declarationOf(handler)
    const all = {
      answers: [...(before?.answers ?? []), ...(says?.answers ?? [])],
      refuses: [...(before?.refuses ?? []), ...(says?.refuses ?? [])],
    }
    operations.set(key, { ...before, ...says, ...all, method, path })
  }
  return [...operations.values()]
}

/** What any call can meet, and what follows from what it reads and that it writes. */
const ALWAYS: ProblemCode[] = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'SUSPENDED',
  'NOT_FOUND',
  'TOO_MANY',
  'OVERLOADED',
]
const READING: ProblemCode[] = ['VALIDATION']
const WITH_BODY: ProblemCode[] = ['VALIDATION', 'MALFORMED', 'UNSUPPORTED_TYPE', 'TOO_LARGE']
/** A rule of the desk may refuse any change. */
const WRITING: ProblemCode[] = ['VALIDATION', 'DATABASE_FULL', 'BAD_ORIGIN', 'CONFLICT', 'IN_USE']

/** The codes that a call can be refused with, by the status they come with. */
function refusalsOf({ method, query, body, refuses = [] }: Operation): Map<number, ProblemCode[]> {
  const codes = new Set([
    ...ALWAYS,
    ...(query ? READING : []),
    ...(body ? WITH_BODY : []),
    ...(method === 'GET' ? [] : WRITING),
    ...refuses,
  ])
  return Map.groupBy(codes, statusOf)
}

const WHO: Record<Who, string> = {
  anyone: 'anybody',
  user: 'end users',
  agent: 'agents and API applications',
  admin: 'admins',
  connection: 'connected instances',
}

/** The one shape of a refusal: ours, and beside it what Halo's clients read, `[0].field` among it (halo-api.md §5). */
const Refusal = z
  .object({
    error: z.string(),
    message: z.string(),
    fix: z.string(),
    fields: z.record(z.string(), z.string()).optional(),
    baton: z.record(z.string(), z.json()).optional(),
    error_description: z.string(),
    Message: z.string(),
    ClassName: z.literal('BatonError'),
  })
  .catchall(z.array(z.string()))
  .meta({ id: 'Problem' })

/** OpenAPI 3.1 from what the routes themselves declare, so that it cannot say anything else than they do. */
export function openApi(
  { routes, auth }: { routes: readonly RouteEntry[]; auth: readonly RouteEntry[] },
  { base, version }: { base: string; version: string },
) {
  const named: Named = {}
  const refusal = schemaOf(named, Refusal, 'output')
  const paths: Record<string, Record<string, unknown>> = {}
  const add = (operation: Operation, elsewhere: object = {}) => {
    const path = operation.path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')
    const described = { ...describe(named, operation, refusal), ...elsewhere }
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described }
  }
  for (const operation of operationsOf(routes)) add(operation)
  // Signing in stands beside the API and not below it.
  for (const operation of operationsOf(auth))
    add({ ...operation, path: `/auth${operation.path}` }, { servers: [{ url: base }] })
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

function describe(named: Named, operation: Operation, refusal: Json): Record<string, unknown> {
  const { method, path, who = [], summary, query, body, answers = [] } = operation
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const parameters = [...inPath, ...(query ? queryParameters(query) : [])]
  const refusals = [...refusalsOf(operation)].map(([status, codes]) => [
    status,
    { description: codes.join(', '), content: content(refusal) },
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
      ...Object.fromEntries(refusals),
      ...Object.fromEntries(
        [...Map.groupBy(answers, ({ status }) => status)].map(([status, all]) => [
          status,
          { description: 'All is well', content: Object.assign({}, ...all.map(contentOf)) },
        ]),
      ),
    },
  }

  function contentOf({ schema, type }: Answer): Json {
    if (type !== undefined) return { [type]: {} }
    return schema ? content(schemaOf(named, schema, 'output')) : {}
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
