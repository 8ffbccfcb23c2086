import { setTimeout as sleep } from 'node:timers/promises'
import type { Gate } from './gate.ts'

const ANSWER_WITHIN_MS = 15_000
const AGAIN_AFTER_MS = 150

export interface Answered<T> {
  status: number
  body: T
  /** How often it was asked until an answer came. */
  tries: number
}

interface Request {
  method: 'GET' | 'POST'
  path: string
  body?: string
  headers?: Record<string, string>
  /** The browser goes away so soon after the first try was sent, and comes back. */
  leavesAfterMs?: number
}

/** Somebody who calls one desk and does not give up: a request is repeated until it is answered, under the same key (R1). */
export class Caller {
  readonly #url: string
  readonly #gate: Gate
  readonly #headers: Record<string, string>
  /** What the desk said was its own fault: being killed is no excuse for it. */
  readonly broken: string[] = []

  private constructor(url: string, gate: Gate, headers: Record<string, string>) {
    this.#url = url
    this.#gate = gate
    this.#headers = headers
  }

  /** A person in a browser. */
  static async signIn(
    url: string,
    gate: Gate,
    person: { email: string; password: string },
  ): Promise<Caller> {
    const { origin } = new URL(url)
    const answer = await fetch(`${url}/auth/session`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify(person),
    })
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
    if (!cookie)
      throw new Error(`${person.email} could not sign in: ${answer.status} ${await answer.text()}`)
    return new Caller(url, gate, { origin, cookie })
  }

  post<T>(path: string, body: unknown, key: string, leavesAfterMs?: number): Promise<Answered<T>> {
    return this.#until<T>({
      method: 'POST',
      path,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      ...(leavesAfterMs !== undefined && { leavesAfterMs }),
    })
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.#until<T>({ method: 'GET', path })
    if (status !== 200) throw new Error(`${path} answered ${status} ${JSON.stringify(body)}`)
    return body
  }

  /** The bytes behind a path; null where there are none. */
  async bytes(path: string): Promise<Buffer | null> {
    for (;;) {
      const answer = await this.#gate.through(() =>
        fetch(`${this.#url}/api/${path}`, { headers: this.#headers }),
      )
      if (answer.ok) return Buffer.from(await answer.arrayBuffer())
      // Whoever reads everything at once is asked to wait (T39).
      if (answer.status !== 429) return null
      await answer.body?.cancel()
      await sleep(Number(answer.headers.get('retry-after') ?? 1) * 1_000)
    }
  }

  async #until<T>(request: Request): Promise<Answered<T>> {
    for (let tries = 1; ; tries += 1) {
      const withinMs = (tries === 1 ? request.leavesAfterMs : undefined) ?? ANSWER_WITHIN_MS
      const answer = await this.#gate.through(() => this.#once(request, withinMs))
      if (answer) {
        const read: T = JSON.parse(answer.text)
        return { status: answer.status, body: read, tries }
      }
      await sleep(AGAIN_AFTER_MS)
    }
  }

  /** One try; null where it is to be made again: no answer, or one that is not the desk's last word. */
  async #once(
    { method, path, body, headers }: Request,
    withinMs: number,
  ): Promise<{ status: number; text: string } | null> {
    try {
      const answer = await fetch(`${this.#url}/api/${path}`, {
        method,
        headers: { ...this.#headers, ...headers },
        signal: AbortSignal.timeout(withinMs),
        ...(body !== undefined && { body }),
      })
      const text = await answer.text()
      const isJson = answer.headers.get('content-type')?.startsWith('application/json')
      if (!isJson || answer.status === 429) return null
      if (answer.status < 500) return { status: answer.status, text }
      this.broken.push(`${method} ${path} answered ${answer.status} ${text}`)
      return null
    } catch {
      return null
    }
  }
}
