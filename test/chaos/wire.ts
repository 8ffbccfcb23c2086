import { setTimeout as sleep } from 'node:timers/promises'
import {
  Agent,
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Slug } from './deployment.ts'
import type { History } from './history.ts'

/** What is done to a request between the desks. Nothing of it ever speaks as a desk would refuse, so no message may end because of it. */
export type Damage =
  /** The connection breaks before the other desk hears of it, or nobody ever answers. */
  | { do: 'refuse' }
  | { do: 'swallow' }
  /** The other desk takes it, and its answer is lost, cut off or replaced. */
  | { do: 'cut' }
  | { do: 'truncate' }
  | { do: 'replace'; answer: Canned }
  /** It never arrives, and somebody else answers. */
  | { do: 'answer'; answer: Canned }
  /** It arrives twice at once, or once more after a while. */
  | { do: 'double' }
  | { do: 'again'; afterMs: number }
  | { do: 'delay'; beforeMs: number; afterMs: number }

export interface Canned {
  status: number
  headers?: Record<string, string>
  body: string
}

/** A fault on a wire: whom it meets and how many it met. */
export interface Trouble {
  damage: Damage
  /** Messages only, or every request, or the one message that comes first and it alone. */
  meets: 'messages' | 'everything' | 'one message'
  uid?: string
  left: number
  hits: number
}

/** What the desk itself said to a message, whatever became of the words on the way back. */
export interface Said {
  status: number
  error: string | null
}

interface Asked {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: Buffer
  uid: string | null
}
interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

const HOST = '127.0.0.1'
const UPSTREAM_WITHIN_MS = 90_000
const KEPT = 200

/** The way to one desk, as its partner knows it: a proxy that damages what passes, and remembers what the desk really said. */
export class Wire {
  readonly to: Slug
  readonly said = new Map<string, Said[]>()
  /** Some of the latest messages that were taken, as they were sent, for whoever wants to send them once more. */
  readonly overheard: { path: string; body: string }[] = []
  readonly #target: URL
  readonly #history: History
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true })
  readonly #troubles = new Set<Trouble>()
  readonly #repeats = new Set<{ asked: Asked; timer: NodeJS.Timeout }>()
  #messages = 0

  constructor(to: Slug, target: string, history: History) {
    this.to = to
    this.#target = new URL(target)
    this.#history = history
    this.#server = createServer((request, response) => void this.#take(request, response))
  }

  /** Answers the address under which the desk is reached through it. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, HOST, resolve))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `http://${HOST}:${address.port}`
  }

  close(): void {
    for (const { timer } of this.#repeats) clearTimeout(timer)
    this.#server.closeAllConnections()
    this.#server.close()
    this.#agent.destroy()
  }

  get messages(): number {
    return this.#messages
  }

  damage(trouble: Trouble): void {
    this.#troubles.add(trouble)
  }

  mend(trouble: Trouble): void {
    this.#troubles.delete(trouble)
  }

  /** Ends every trouble; what was to arrive once more later arrives now. */
  async heal(): Promise<void> {
    this.#troubles.clear()
    const due = [...this.#repeats]
    this.#repeats.clear()
    await Promise.all(
      due.map(({ asked, timer }) => {
        clearTimeout(timer)
        return this.#forward(asked)
      }),
    )
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    if (!body) return
    const asked: Asked = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: request.headers,
      body,
      uid: uidOf(request, body),
    }
    if (asked.uid !== null) this.#messages += 1
    const trouble = [...this.#troubles].find(
      ({ meets, uid, left }) =>
        left > 0 &&
        (meets === 'everything' || asked.uid !== null) &&
        (uid === undefined || uid === asked.uid),
    )
    if (trouble) {
      if (trouble.meets === 'one message' && asked.uid !== null) trouble.uid ??= asked.uid
      trouble.left -= 1
      trouble.hits += 1
    }
    await this.#suffer(trouble?.damage, asked, response)
  }

  async #suffer(damage: Damage | undefined, asked: Asked, response: ServerResponse): Promise<void> {
    switch (damage?.do) {
      case 'refuse':
        return void response.destroy()
      case 'swallow':
        return // its sender gives up by itself
      case 'answer':
        return give(response, damage.answer)
      case 'cut':
        await this.#forward(asked)
        return void response.destroy()
      case 'replace':
        await this.#forward(asked)
        return give(response, damage.answer)
      case 'truncate':
        return truncated(response, await this.#forward(asked))
      case 'double': {
        const [one] = await Promise.all([this.#forward(asked), this.#forward(asked)])
        return handOver(response, one)
      }
      case 'again':
        this.#repeatAfter(asked, damage.afterMs)
        return handOver(response, await this.#forward(asked))
      case 'delay': {
        await sleep(damage.beforeMs)
        const answer = await this.#forward(asked)
        await sleep(damage.afterMs)
        return handOver(response, answer)
      }
      case undefined:
        return handOver(response, await this.#forward(asked))
    }
  }

  #repeatAfter(asked: Asked, ms: number): void {
    const repeat = {
      asked,
      timer: setTimeout(() => {
        this.#repeats.delete(repeat)
        void this.#forward(asked)
      }, ms),
    }
    this.#repeats.add(repeat)
  }

  /** Asks the desk itself, and writes down what it says; null where it does not answer. */
  async #forward(asked: Asked): Promise<Answer | null> {
    const answer = await this.#ask(asked)
    if (asked.uid === null) return answer
    const said: Said = answer
      ? { status: answer.status, error: errorIn(answer) }
      : { status: 0, error: null }
    this.said.set(asked.uid, [...(this.said.get(asked.uid) ?? []), said])
    this.#history.note('message', { to: this.to, uid: asked.uid, ...said })
    // Whoever listens learns what the desk has taken: to be faster than the sender one would have to break the encryption.
    if (asked.method !== 'POST' || !answer || answer.status >= 300) return answer
    this.overheard.push({ path: asked.path, body: asked.body.toString() })
    if (this.overheard.length > KEPT) this.overheard.shift()
    return answer
  }

  #ask({ method, path, headers, body }: Asked): Promise<Answer | null> {
    return new Promise((resolve) => {
      const upstream = ask(
        {
          agent: this.#agent,
          host: this.#target.hostname,
          port: this.#target.port,
          method,
          path,
          headers,
          timeout: UPSTREAM_WITHIN_MS,
        },
        (incoming) => {
          const { statusCode: status = 0, headers: back } = incoming
          void bodyOf(incoming).then((all) => resolve(all && { status, headers: back, body: all }))
        },
      )
      upstream.on('error', () => resolve(null))
      upstream.on('timeout', () => upstream.destroy())
      upstream.end(body)
    })
  }
}

function bodyOf(stream: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => resolve(Buffer.concat(chunks)))
    stream.on('error', () => resolve(null))
    stream.on('aborted', () => resolve(null))
  })
}

/** Which message a request carries; null where it is none. */
function uidOf({ method, url }: IncomingMessage, body: Buffer): string | null {
  // A file on its way is as good a victim.
  const file = /\/api\/attachment\/([0-9a-f-]{8,64})\?/.exec(url ?? '')
  if (method === 'PUT' && file) return file[1] ?? null
  if (method !== 'POST' || !/\/api\/(tickets|actions)$/.test(url ?? '')) return null
  return /"uid":"([0-9a-f-]{8,64})"/.exec(body.toString().split('"baton":')[1] ?? '')?.[1] ?? null
}

function errorIn({ body }: Answer): string | null {
  return /"error":"([A-Z_]+)"/.exec(body.toString())?.[1] ?? null
}

function give(response: ServerResponse, { status, headers, body }: Canned): void {
  response.writeHead(status, { 'content-type': 'text/html', ...headers })
  response.end(body)
}

function handOver(response: ServerResponse, answer: Answer | null): void {
  if (!answer) return void response.destroy()
  response.writeHead(answer.status, answer.headers)
  response.end(answer.body)
}

/** Half of an answer that says that it is whole, then nothing more. */
function truncated(response: ServerResponse, answer: Answer | null): void {
  if (!answer) return void response.destroy()
  const { 'transfer-encoding': _chunked, ...headers } = answer.headers
  response.writeHead(answer.status, { ...headers, 'content-length': String(answer.body.length) })
  response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () =>
    response.destroy(),
  )
}
