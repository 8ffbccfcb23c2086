import type { Context, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import type { Principal } from '../auth/principal'
import type { Db } from '../platform/database'
import { cleanText, readJson } from '../platform/body'
import type { Instance } from '../platform/directory'
import { limits } from '../platform/limits'
import { fault } from '../platform/fault'
import { Problem, type ProblemCode } from '../platform/problem'

/** What every route finds prepared: the instance, who asks, and the tenant's data behind the guard. */
export interface Door {
  Bindings: Env
  Variables: { instance: Instance; who: Principal; db: Db; base: string }
}
export type At = Context<Door>

/**
 * Who may call a route. `agent` includes admins and API applications that act as an agent, `admin` those that act as an admin;
 * `connection` is a partner's desk.
 */
export type Who = 'anyone' | 'user' | 'agent' | 'admin' | 'connection'

/** What a route says of itself. The document of the API, the table of permissions and the tests are made from it. */
export interface Declaration {
  who?: Who[]
  summary?: string
  query?: z.ZodType
  body?: z.ZodType
  answers?: Answer[]
  /** What it refuses with beyond what all do that read the same things. */
  refuses?: ProblemCode[]
}

/** One way in which all is well: JSON of a schema, a body of another type, or no body. */
export interface Answer {
  status: number
  schema?: z.ZodType
  type?: string
}

const declarations = new WeakMap<object, Declaration>()
/** What a handler declares; undefined for one that is not a declaration. */
export const declarationOf = (handler: object): Declaration | undefined => declarations.get(handler)

function declared<M extends MiddlewareHandler<Door, string, never> | MiddlewareHandler<Door>>(
  declaration: Declaration,
  middleware: M,
): M {
  declarations.set(middleware, declaration)
  return middleware
}

const fits = (who: Principal, allowed: Who): boolean => {
  switch (allowed) {
    case 'anyone':
      return true
    case 'agent':
      return who.kind === 'agent' || who.kind === 'app'
    case 'admin':
      return (who.kind === 'agent' || who.kind === 'app') && who.role === 'admin'
    case 'user':
    case 'connection':
      return who.kind === allowed
  }
}

/** Lets only these in: nobody gets 401, somebody else 403. `summary` is the line in the API's document. */
export const may = (who: Who[], summary: string): MiddlewareHandler<Door> =>
  declared({ who, summary }, async (c, next) => {
    const { who: asker } = c.var
    if (!who.some((one) => fits(asker, one)))
      throw new Problem(asker.kind === 'nobody' ? 'UNAUTHORIZED' : 'FORBIDDEN')
    await next()
  })

type Reads<Target extends 'query' | 'json', S extends z.ZodType> = MiddlewareHandler<
  Door,
  string,
  { in: Record<Target, z.input<S>>; out: Record<Target, z.output<S>> }
>

/** Reads the query string, cleaned like a body; names are lower case by then, unknown ones are dropped. */
export function query<S extends z.ZodType<object>>(schema: S): Reads<'query', S> {
  const middleware: Reads<'query', S> = async (c, next) => {
    const sent = Object.entries(c.req.query()).map(([name, value]) => [name, cleanText(value)])
    c.req.addValidatedData('query', parse(schema, Object.fromEntries(sent)))
    await next()
  }
  declarations.set(middleware, { query: schema })
  return middleware
}

/** Reads the JSON body. */
export function body<S extends z.ZodType<object>>(schema: S): Reads<'json', S> {
  const middleware: Reads<'json', S> = async (c, next) => {
    c.req.addValidatedData('json', parse(schema, await sentJson(c)))
    await next()
  }
  declarations.set(middleware, { body: schema })
  return middleware
}

/** Reads a body that is one object or an array of some (halo-api.md §4). All are checked before any is taken. */
export function bodies<S extends z.ZodType<object>>(
  one: S,
  most: number = limits.elements,
): MiddlewareHandler<
  Door,
  string,
  { in: { json: z.input<S> | z.input<S>[] }; out: { json: z.output<S>[] } }
> {
  const many = z.array(one).min(1, 'Send at least one.').max(most, `Send at most ${most} at once.`)
  const middleware: ReturnType<typeof bodies<S>> = async (c, next) => {
    const sent = await sentJson(c)
    c.req.addValidatedData('json', Array.isArray(sent) ? parse(many, sent) : [parse(one, sent)])
    await next()
  }
  declarations.set(middleware, { body: z.union([one, many]) })
  return middleware
}

/** Declares what a route answers when all is well; without a schema there is no body. */
export const answers = (status: number, schema?: z.ZodType): MiddlewareHandler<Door> =>
  declared({ answers: [{ status, ...(schema && { schema }) }] }, passes())

/** Declares that a route answers something else than JSON when all is well. */
export const answersOf = (status: number, type: string): MiddlewareHandler<Door> =>
  declared({ answers: [{ status, type }] }, passes())

/** Declares what a route refuses with by a rule of its own. */
export const refuses = (...codes: ProblemCode[]): MiddlewareHandler<Door> =>
  declared({ refuses: codes }, passes())

/** One of its own for each declaration: it is known by its identity. */
const passes = (): MiddlewareHandler<Door> => async (_, next) => next()

async function sentJson(c: At): Promise<unknown> {
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/json\b/i.test(type)) throw new Problem('UNSUPPORTED_TYPE')
  const json = await readJson(c.req.raw)
  FAULTS && (await fault('P1'))
  return json
}

/** Parses what came in; a refusal names each field as the caller wrote it: `[0].summary` in an array, `summary` outside one. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const fields: Record<string, string> = {}
  for (const { path, message } of issuesIn(result.error.issues))
    fields[pathOf(path) || 'body'] ??= message
  const [first] = Object.entries(fields)
  throw new Problem('VALIDATION', {
    fields,
    ...(first && { message: `${first[0]}: ${first[1]}` }),
  })
}

type Issue = z.core.$ZodIssue

/** What fits none of several shapes is told by the one that understood most of it: "invalid input" alone names nothing. */
function issuesIn(issues: Issue[]): Pick<Issue, 'path' | 'message'>[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue]
    const [nearest] = issue.errors.map(issuesIn).toSorted((a, b) => depthOf(b) - depthOf(a))
    if (!nearest || depthOf(nearest) === 0) return [issue]
    return nearest.map(({ path, message }) => ({ path: [...issue.path, ...path], message }))
  })
}

const depthOf = (issues: Pick<Issue, 'path'>[]): number =>
  Math.max(0, ...issues.map(({ path }) => path.length))

const pathOf = (path: PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${part}]`
        : text
          ? `${text}.${String(part)}`
          : String(part),
    '',
  )
