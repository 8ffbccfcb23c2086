import {
  env,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { connection } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { call, later, ORIGIN, type TestDesk } from '../pair'

/** What happens to a message on its way, which reads `text`: `pass` hands it over and gives the answer. */
export type Fault = (pass: () => Promise<Response>, text: string) => Promise<Response>

export const cutBefore: Fault = () => Promise.reject(new Error('connection refused'))
/** The partner works, and nobody hears of it. */
export const cutAfter: Fault = async (pass) => {
  await pass()
  throw new Error('connection reset')
}
export const answering =
  (status: number, body: unknown, headers: Record<string, string> = {}): Fault =>
  () =>
    Promise.resolve(
      typeof body === 'string'
        ? new Response(body, { status, headers: { 'content-type': 'text/html', ...headers } })
        : Response.json(body, { status, headers }),
    )

/** A message that was tried: what was in it, and what was answered where it was handed over. */
export interface Tried {
  path: 'tickets' | 'actions'
  body: Record<string, unknown> & { note_html: string; baton: Record<string, unknown> }
  /** Null where it did not get through. */
  status: number | null
}

/** The network between two desks, as a nemesis has it in hand. Only messages meet the faults; `down` is everything. */
export class Line {
  /** One for each message to come, in order; what comes after them passes. */
  faults: Fault[] = []
  /** For every message. */
  always: Fault | null = null
  down = false
  readonly tried: Tried[] = []
  /** The same for files on their way. */
  fileFaults: Fault[] = []
  everyFile: Fault | null = null
  /** The names of the files that were tried. */
  files: string[] = []
  /** Calls that are neither: tokens and probes. */
  others: string[] = []
  readonly #fetch = seams.fetch

  constructor() {
    seams.fetch = (request) => this.#carry(request)
  }

  /** Heals everything. */
  heal(): void {
    this.faults = []
    this.always = null
    this.fileFaults = []
    this.everyFile = null
    this.down = false
  }
  hangUp(): void {
    seams.fetch = this.#fetch
  }

  async #carry(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    const bytes = await request.arrayBuffer()
    const text = new TextDecoder().decode(bytes)
    const path = /\/api\/(tickets|actions)$/.exec(pathname)?.[1]
    const { method, headers } = request
    let status: number | null = null
    const pass = async () => {
      const inside = new Request(ORIGIN + pathname + search, {
        method,
        headers,
        ...(method !== 'GET' && { body: bytes }),
      })
      const response = await call(inside)
      ;({ status } = response)
      return response
    }
    const isFile = method === 'PUT' && pathname.includes('/api/attachment/')
    const isMessage = method === 'POST' && path !== undefined
    if (isFile) this.files.push(search.replace(/.*filename=([^&]*).*/, '$1'))
    else if (!isMessage) this.others.push(`${method} ${pathname}`)
    try {
      if (this.down) throw new Error('connection refused')
      const fault = isMessage
        ? (this.faults.shift() ?? this.always)
        : isFile
          ? (this.fileFaults.shift() ?? this.everyFile)
          : null
      return await (fault ? fault(pass, text) : pass())
    } finally {
      if (isMessage) {
        const [body] = JSON.parse(text)
        this.tried.push({ path: path === 'tickets' ? path : 'actions', body, status })
      }
    }
  }
}

/**
 * Moves the partner of a desk far away: what `from` sends to `to` goes over the network, which is in the test's hand. Tickets that
 * are escalated from then on are linked so.
 */
export async function faraway(from: TestDesk, to: TestDesk): Promise<Line> {
  const { orm } = from.db
  await orm
    .update(connection)
    .set({
      partnerTenantId: crypto.randomUUID(),
      partnerAuthUrl: `https://faraway.example/${to.slug}/auth`,
      partnerResourceUrl: `https://faraway.example/${to.slug}/api`,
    })
    .where(and(eq(connection.t, from.t), eq(connection.id, from.connectionId)))
  return new Line()
}

/** More than one alarm in so long a time, over a whole stretch, is a courier that never rests. */
const REST_MS = 20_000
const AT_ONCE = 60

/**
 * Time passes, and the couriers' timers fire when they are set to: nobody makes a request. A timer that goes off again and again
 * fails the test.
 */
export async function passes(ms: number): Promise<void> {
  const end = seams.now() + ms
  for (let fired = 0; ; fired++) {
    if (fired > AT_ONCE + ms / REST_MS) throw new Error(`${fired} alarms in ${ms} ms`)
    const [first] = (await alarms()).toSorted((a, b) => a.at - b.at)
    if (!first || first.at > end) break
    later(Math.max(first.at - seams.now(), 0))
    await runDurableObjectAlarm(first.courier)
  }
  later(Math.max(end - seams.now(), 0))
}

async function alarms() {
  const ids = await listDurableObjectIds(env.COURIER)
  const all = ids.map(async (id) => {
    const courier = env.COURIER.get(id)
    const at = await runInDurableObject(courier, (_, { storage }) => storage.getAlarm())
    return at === null ? [] : [{ courier, at }]
  })
  return (await Promise.all(all)).flat()
}
