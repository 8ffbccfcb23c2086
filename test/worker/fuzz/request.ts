import * as fc from 'fast-check'
import { broken, WRONG } from './broken'
import { isObject, type Described, type Operation, type Schema } from './document'
import type { Draw } from './draw'
import { AS_NOBODY, knownTo, recipeOf, type Recipe } from './recipes'
import { object, valid, type Sense } from './valid'
import { KINDS, learns, type Kind, type World } from './world'

/** How a request is made: as the document has it, with one place broken, of bytes, or by somebody who may not. */
export type Stream = 'valid' | 'broken' | 'bytes' | 'stranger'

export interface Sent {
  stream: Stream
  operation: Operation
  kind: Kind
  at: 'acme' | 'skyline'
  /** Below the desk's address, with the query. */
  path: string
  headers: Record<string, string>
  body: string | undefined
  /** The field that was broken, and with what; only where the schema says that it is wrong. */
  field: string | undefined
  wrong: unknown
  spoils: boolean
  /** The number in its path, and whether it is somebody else's. */
  id: number | undefined
  foreign: boolean
}

const MAY: Record<Kind, string[]> = {
  nobody: ['anyone'],
  stranger: [],
  user: ['anyone', 'user'],
  agent: ['anyone', 'agent'],
  admin: ['anyone', 'agent', 'admin'],
  app: ['anyone', 'agent', 'admin'],
  connection: ['anyone', 'connection'],
}
export const mayCall = (kind: Kind, operation: Operation): boolean =>
  operation['x-who'].some((one) => MAY[kind].includes(one))

export async function request(
  world: World,
  described: Described,
  operation: Operation,
  stream: Stream,
  draw: Draw,
): Promise<Sent> {
  const kind = callerOf(operation, stream, draw)
  const recipe =
    (await recipeOf(operation.key)?.(world, draw, stream === 'stranger' ? 'admin' : kind)) ?? {}
  const sense: Sense = {
    named: described.named,
    known: knownTo(world, kind),
    leave: (name) => recipe.only !== undefined && !recipe.only.includes(name),
    needs: recipe.needs ?? [],
  }
  const list = operation.path.split('/')[1] ?? ''
  const ids = world.known(kind, list)
  const foreign = stream === 'broken' && operation.path.includes('{') && draw.chance(0.3)
  const own = { id: draw.of(ids) ?? 1, ...recipe.path }
  const params: Record<string, unknown> =
    foreign && learns(list) ? { ...own, id: world.notOurs(list, draw) } : own
  const asked = { ...draw.from(object(querySchema(operation), sense)), ...recipe.query }
  const body = bodyOf(operation, recipe, sense, draw)
  const made: Made = { params, query: asked, body, field: undefined, wrong: undefined }
  const sent = stream === 'broken' && !foreign ? breakOne(made, draw) : made
  const path = addressOf(operation, sent)
  const headers = {
    ...(stream !== 'stranger' && recipe.headers),
    ...(recipe.raw === undefined && operation.body && { 'content-type': 'application/json' }),
  }
  const text = recipe.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body))
  const whole: Sent = {
    stream,
    operation,
    kind,
    at: recipe.at ?? 'acme',
    path,
    headers,
    body: operation.method === 'GET' ? undefined : (text ?? (operation.body ? '' : undefined)),
    field: sent.field,
    wrong: sent.wrong,
    spoils: recipe.spoils ?? false,
    id: typeof sent.params['id'] === 'number' ? sent.params['id'] : undefined,
    foreign: foreign && learns(list) && operation.path.includes('{id}'),
  }
  return stream === 'bytes' ? inBytes(whole, draw) : whole
}

function callerOf(operation: Operation, stream: Stream, draw: Draw): Kind {
  if (AS_NOBODY.has(operation.key)) return 'nobody'
  const may = KINDS.filter((kind) => mayCall(kind, operation))
  const not = KINDS.filter((kind) => !mayCall(kind, operation))
  return draw.must(stream === 'stranger' && not.length > 0 ? not : may)
}

const querySchema = ({ parameters }: Operation): Schema => ({
  properties: Object.fromEntries(
    parameters.filter((one) => one.in === 'query').map(({ name, schema }) => [name, schema]),
  ),
})

function bodyOf(operation: Operation, recipe: Recipe, sense: Sense, draw: Draw): unknown {
  if ('whole' in recipe) return recipe.whole
  if (!operation.body) return undefined
  const [schema = operation.body] = operation.body.anyOf ?? []
  if (schema.type !== 'object') return draw.from(valid(operation.body, sense))
  const made = { ...draw.from(object(schema, sense)), ...recipe.body }
  return operation.body.anyOf && draw.chance(0.3) ? [made] : made
}

interface Made {
  params: Record<string, unknown>
  query: Record<string, unknown>
  body: unknown
  field: string | undefined
  wrong: unknown
}

/** Breaks the body, a name of the query or a number of the path. */
function breakOne(made: Made, draw: Draw): Made {
  const { params, query, body } = made
  if (Object.keys(params).length > 0 && draw.chance(0.2)) {
    const name = draw.must(Object.keys(params))
    return { ...made, params: { ...params, [name]: draw.must(WRONG) || 'x' } } // an empty part would be another address
  }
  if (isObject(body) || Array.isArray(body)) {
    const inArray = Array.isArray(body) && body.length === 1
    const result = broken(inArray ? body[0] : body, draw)
    return {
      ...made,
      body: inArray ? [result.value] : result.value,
      field: result.field,
      wrong: result.wrong,
    }
  }
  const result = broken(query, draw)
  return { ...made, query: isObject(result.value) ? result.value : {} }
}

/** An address has its own bound before any of ours: what is too long for one is cut. */
function addressOf({ door }: Operation, { params, query }: Made): string {
  const path = door.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(text(params[name]).slice(0, 500).toWellFormed()),
  )
  const search = new URLSearchParams(
    Object.entries(query)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]): [string, string] => [name, text(value)]),
  ).toString()
  return search === '' ? path : `${path}?${search.slice(0, 12_000)}`
}

const text = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed()

/** Bytes where JSON should be, or where the query should be. */
function inBytes(sent: Sent, draw: Draw): Sent {
  const bytes = draw.from(fc.uint8Array({ minLength: 1, maxLength: 400 }))
  const latin = String.fromCharCode(...bytes)
  if (sent.body === undefined) {
    const query = [...bytes].map((one) => `%${one.toString(16).padStart(2, '0')}`).join('')
    return {
      ...sent,
      path: `${sent.path.split('?')[0]}?${draw.must(['', 'search=', 'count=', 'ticket_id='])}${query}`,
    }
  }
  const types = [
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    'multipart/form-data',
    '',
  ]
  const half = sent.body.slice(0, draw.below(sent.body.length + 1))
  return {
    ...sent,
    headers: { ...sent.headers, 'content-type': draw.must(types) },
    body: draw.must([
      latin,
      half,
      half + latin,
      `${sent.body}${sent.body}`,
      '[',
      'null',
      '"x"',
      '1e999',
      '{"a":1,"a":2}',
    ]),
  }
}
