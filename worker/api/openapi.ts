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

const REFUSALS = { '400': 'What was sent is not right', '401': 'Not signed in', '403': 'Not allowed', '404': 'Nothing there' }
const WHO: Record<Who, string> = {
  anyone: 'anybody',
  user: 'end users',
  agent: 'agents and API applications',
  admin: 'admins',
  connection: 'connected instances',
}

/** OpenAPI 3.1 from what the routes themselves declare, so that it cannot say anything else than they do. */
export function openApi(routes: readonly RouteEntry[], { base, version }: { base: string; version: string }) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operationsOf(routes)) {
    const path = operation.path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Baton',
      version,
      description: 'The API of one desk. It follows the conventions of Halo’s REST API. Paths and names are taken in any case; numbers may come as text.',
    },
    servers: [{ url: `${base}/api` }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: `${base}/auth/token`, scopes: { all: 'Everything the client may do' } } } } },
      schemas: {
        Problem: jsonSchema(z.object({ error: z.string(), message: z.string(), fix: z.string().optional(), fields: z.record(z.string(), z.string()).optional() }), 'output'),
      },
    },
  }
}

function describe({ method, path, who = [], summary, query, body, answer }: Operation): Record<string, unknown> {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  const parameters = [...inPath, ...queryParameters(query)]
  const open = who.includes('anyone')
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[/:.]+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W/g, '')}`,
    tags: [path.split('/')[1]],
    ...(summary !== undefined && { summary }),
    description: `For ${who.map((one) => WHO[one]).join(', ')}.`,
    'x-who': who,
    ...(open && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } } }),
    responses: {
      [answer?.status ?? 200]: {
        description: 'All is well',
        ...(answer && { content: { 'application/json': { schema: jsonSchema(answer.schema, 'output') } } }),
      },
      ...Object.fromEntries(Object.entries(REFUSALS).map(([status, description]) => [status, refusal(description)])),
    },
  }
}

const refusal = (description: string) => ({ description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } } })

const ObjectSchema = z.object({ properties: z.record(z.string(), z.json()).default({}), required: z.array(z.string()).default([]) })

function queryParameters(schema: z.ZodType | undefined) {
  if (!schema) return []
  const { properties, required } = ObjectSchema.parse(jsonSchema(schema, 'input'))
  return Object.entries(properties).map(([name, one]) => ({ name, in: 'query', required: required.includes(name), schema: one }))
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, id: __, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
