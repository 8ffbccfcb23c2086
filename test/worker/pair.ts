import { env, listDurableObjectIds, runDurableObjectAlarm } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { and, eq, isNotNull, ne, sql } from 'drizzle-orm'
import * as schema from '../../db/schema'
import { makeDemo, type DemoInstance } from '../../worker/api/demo'
import { hashing } from '../../worker/auth/password'
import { openDb, type Db } from '../../worker/platform/database'
import { rates } from '../../worker/platform/rates'
import { seams } from '../../worker/platform/seams'

/** Where the deployment under test lives. Over https, so that cookies are as in production; nothing is called over a network. */
export const ORIGIN = 'https://desk.example.com'

/** A JSON object of which a test knows more than the compiler: `await acme.admin.post<{ status_id: number }>(...)` says what. */
export type Answer = { id: number } & Record<string, unknown>

export interface Reply<T = Record<string, unknown>> {
  status: number
  headers: Headers
  text: string
  /** Empty where the answer is no JSON. */
  body: T
}

/** The whole Worker, as a program on the internet meets it. */
export const call = (request: Request): Promise<Response> => exports.default.fetch(request)

/** Somebody who calls the API of one desk: a program with a token, a person with a session, or nobody. */
export class Client {
  #headers: Promise<Record<string, string>> | undefined

  constructor(
    readonly url: string,
    private readonly signIn: (url: string) => Promise<Record<string, string>>,
  ) {}

  /** Calls and tells what came back, refusals too. `path` is below `BASE/api/`, or begins with `/auth/`. */
  async ask<T = Record<string, unknown>>(
    method: string,
    path: string,
    sent?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply<T>> {
    this.#headers ??= this.signIn(this.url)
    const request = new Request(this.url + (path.startsWith('/') ? path : `/api/${path}`), {
      method,
      headers: {
        ...(await this.#headers),
        ...(sent !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent !== undefined && {
        body:
          sent instanceof ReadableStream || typeof sent === 'string' ? sent : JSON.stringify(sent),
      }),
    })
    const response = await call(request)
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    const text = await response.text()
    const body: T = JSON.parse(isJson && text ? text : '{}')
    return { status: response.status, headers: response.headers, text, body }
  }
  get = <T = Answer>(path: string): Promise<T> => this.#must('GET', path)
  post = <T = Answer>(path: string, body: unknown): Promise<T> => this.#must('POST', path, body)
  put = <T = Answer>(path: string, body: unknown): Promise<T> => this.#must('PUT', path, body)
  delete = <T = Answer>(path: string): Promise<T> => this.#must('DELETE', path)

  /** Signs in afresh at the next call. */
  forget(): void {
    this.#headers = undefined
  }

  async #must<T>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await this.ask<T>(method, path, body)
    if (reply.status >= 300)
      throw new Error(`${method} ${path} answered ${reply.status} ${JSON.stringify(reply.body)}`)
    return reply.body
  }
}

/** One desk of the demo, ready to be called. */
export interface TestDesk {
  slug: string
  url: string
  tenantId: string
  t: number
  /** The tenant's data below the API, for what the API does not show. */
  db: Db
  demo: DemoInstance
  /** An API application with full rights. */
  admin: Client
  /** People in a browser: the admin, an agent, an end user. */
  boss: Client
  agent: Client
  user: Client
  nobody: Client
  /** Ids by name; an unknown name throws. */
  outcome: (name: string) => number
  status: (name: string) => number
  ticketType: (name: string) => number
  priority: (name: string) => number
  /** By its whole path, `Hardware>Laptop`. */
  category: (path: string) => number
  field: (name: string) => number
  customer: (name: string) => number
  /** Its connection to the other desk, and the profile that has it. Throws where the desks are not linked. */
  connectionId: number
  supplierId: number
  customerId: number
  /** Mail that left or is to leave this desk, oldest first. */
  mail: () => Promise<(typeof schema.mailOut.$inferSelect)[]>
}

export interface Desks {
  acme: TestDesk
  skyline: TestDesk
}

/**
 * The linked and mapped demo pair in this file's own storage. Call it in `beforeAll`, once a file; each test makes tickets of its own.
 * Everything runs in one isolate: `seams`, `cost` and module state are the same in the test, the Worker and the objects.
 */
export const pair = (): Promise<Desks> => desks({ unlinked: false })

/** What a password costs and how much may be asked is not what most tests are about; those that are put it back. */
export function makeCheap(): void {
  Object.assign(hashing, { N: 16, r: 8, p: 1 })
  for (const rate of Object.values(rates)) Object.assign(rate, { perSecond: 1e6, burst: 1e6 })
}

/** The two desks before anybody links them. */
export async function desks({ unlinked } = { unlinked: true }): Promise<Desks> {
  makeCheap()
  const { instances } = await makeDemo(env, ORIGIN, call, { unlinked })
  const { acme, skyline } = instances
  if (!acme || !skyline) throw new Error('The demo pair was not made')
  return { acme: await testDesk('acme', acme), skyline: await testDesk('skyline', skyline) }
}

/** Signs a person in and gives the headers a browser would send. */
export const bySession =
  (given: { email: string; password: string }) =>
  async (url: string): Promise<Record<string, string>> => {
    const { origin } = new URL(url)
    const headers = { origin, 'content-type': 'application/json' }
    const response = await call(
      new Request(`${url}/auth/session`, { method: 'POST', headers, body: JSON.stringify(given) }),
    )
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
    if (!cookie)
      throw new Error(
        `${given.email} could not sign in: ${response.status} ${await response.text()}`,
      )
    return { origin, cookie }
  }

/** Fetches a token for a program or a partner's connection. */
export const byToken =
  (given: { client_id: string; client_secret: string }) =>
  async (url: string): Promise<Record<string, string>> => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'all', ...given })
    const response = await call(new Request(`${url}/auth/token`, { method: 'POST', body }))
    if (!response.ok)
      throw new Error(
        `${given.client_id} got no token: ${response.status} ${await response.text()}`,
      )
    const { access_token: token } = await response.json<{ access_token: string }>()
    return { authorization: `Bearer ${token}` }
  }

/** A desk that exists, ready to be called. */
export async function testDesk(slug: string, demo: DemoInstance): Promise<TestDesk> {
  const { url, tenant_id: tenantId } = demo
  const [row] = await openDb(env, 0)
    .orm.select({ t: schema.instance.no })
    .from(schema.instance)
    .where(eq(schema.instance.slug, slug))
  if (!row) throw new Error(`There is no ${slug}`)
  const { t } = row
  const db = openDb(env, t)
  const { orm } = db
  const of = <
    T extends
      | typeof schema.status
      | typeof schema.actionType
      | typeof schema.ticketType
      | typeof schema.priority
      | typeof schema.field
      | typeof schema.customer,
  >(
    table: T,
  ) =>
    orm
      .select({ id: sql<number>`id`, name: sql<string>`name` })
      .from(table)
      .where(sql`t = ${t}`)
  const [outcomes, statuses, types, priorities, fields, customers, categories, connections] =
    await orm.batch([
      of(schema.actionType),
      of(schema.status),
      of(schema.ticketType),
      of(schema.priority),
      of(schema.field),
      of(schema.customer),
      orm
        .select({ id: schema.category.id, name: schema.category.path })
        .from(schema.category)
        .where(eq(schema.category.t, t)),
      orm
        .select()
        .from(schema.connection)
        .where(and(eq(schema.connection.t, t), ne(schema.connection.state, 'ended'))),
    ])
  const [connection] = connections
  const linked = (id: number | null | undefined): number => {
    if (!id) throw new Error(`${slug} has no such profile; is the pair linked?`)
    return id
  }
  return {
    slug,
    url,
    tenantId,
    t,
    db,
    demo,
    admin: new Client(url, byToken(demo.api)),
    boss: new Client(url, bySession(demo.admin)),
    agent: new Client(url, bySession(demo.agent)),
    user: new Client(url, bySession(demo.user)),
    nobody: new Client(url, () => Promise.resolve({})),
    outcome: byName('outcome', outcomes),
    status: byName('status', statuses),
    ticketType: byName('ticket type', types),
    priority: byName('priority', priorities),
    category: byName('category', categories),
    field: byName('field', fields),
    customer: byName('customer', customers),
    get connectionId() {
      return linked(connection?.id)
    },
    get supplierId() {
      return linked(connection?.supplierId)
    },
    get customerId() {
      return linked(connection?.customerId)
    },
    mail: () =>
      orm
        .select()
        .from(schema.mailOut)
        .where(eq(schema.mailOut.t, t))
        .orderBy(schema.mailOut.at, schema.mailOut.ticketId, schema.mailOut.actionId),
  }
}

const byName =
  (kind: string, rows: { id: number; name: string }[]) =>
  (name: string): number => {
    const row = rows.find((one) => one.name === name)
    if (!row)
      throw new Error(
        `There is no ${kind} ${name}; there are ${rows.map((one) => one.name).join(', ')}`,
      )
    return row.id
  }

const MOST_ROUNDS = 30

/**
 * Runs the alarms of all objects until nothing that is due is left to send, and answers how many rows are still open (a partner that
 * is down leaves some). What is due later needs `later` first.
 */
export async function settle(): Promise<number> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await runAlarms(env.LINKED_TICKET)
    await runAlarms(env.COURIER)
    await runAlarms(env.DESK)
    const { open, due } = await openRows()
    if (due === 0) return open
  }
  return (await openRows()).open
}

/** By name: an object that wakes up without its name is nobody's, and serves nobody until it sleeps again. */
async function runAlarms<O extends Rpc.DurableObjectBranded>(
  objects: DurableObjectNamespace<O>,
): Promise<void> {
  const { results } = await env.DB.prepare(
    `select t || ':' || id as name from ticket union select t || ':' || id from connection union select cast(no as text) from instance
     union select t || ':new:' || connection_id || ':' || remote_ticket_uid from link where remote_ticket_uid is not null`,
  ).all<{ name: string }>()
  const there = new Set((await listDurableObjectIds(objects)).map(String))
  for (const { name } of results) {
    const id = objects.idFromName(name)
    if (there.has(String(id))) await runDurableObjectAlarm(objects.get(id))
  }
}

async function openRows(): Promise<{ open: number; due: number }> {
  const { outbox, mailOut } = schema
  const { orm } = openDb(env, 0)
  const counted = (table: typeof outbox | typeof mailOut) =>
    orm
      .select({
        open: sql<number>`count(*)`,
        due: sql<number>`coalesce(sum(next_at <= ${seams.now()}), 0)`,
      })
      .from(table)
      .where(isNotNull(table.nextAt))
  const [[messages], [mails]] = await orm.batch([counted(outbox), counted(mailOut)])
  return {
    open: (messages?.open ?? 0) + (mails?.open ?? 0),
    due: (messages?.due ?? 0) + (mails?.due ?? 0),
  }
}

const realNow = seams.now
let ahead = 0

/** Moves the clock forward for everybody. */
export function later(ms: number): void {
  ahead += ms
  seams.now = () => realNow() + ahead
}

/** Puts the clock back to what it is; for `afterEach` of tests that moved it. */
export function nowAgain(): void {
  ahead = 0
  seams.now = realNow
}
