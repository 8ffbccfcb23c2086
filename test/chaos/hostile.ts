import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from './caller.ts'
import type { Chance } from './chance.ts'
import type { Gate } from './gate.ts'
import type { Side } from './pair.ts'

interface Issued {
  id: number
  issued: { client_id: string; client_secret: string }
}

/** What an attack got for an answer. */
export interface Attack {
  what: string
  status: number
  error: string | null
  text: string
}

const ATTACKS = ['replay', 'foreign link', 'plain', 'no token', 'far clock', 'garbage'] as const

/** A partner of Skyline's that is not Acme, and would like to be: it tries what it overheard and what it guesses (T21, T22). */
export class Hostile {
  readonly attacks: Attack[] = []
  readonly mark = 'mallory-was-here'
  readonly #side: Side
  readonly #gate: Gate
  readonly #chance: Chance
  readonly #form: string
  #stopped = false
  #work: Promise<void> = Promise.resolve()

  private constructor(side: Side, gate: Gate, chance: Chance, { issued }: Issued) {
    this.#side = side
    this.#gate = gate
    this.#chance = chance
    this.#form = String(
      new URLSearchParams({ grant_type: 'client_credentials', scope: 'all', ...issued }),
    )
  }

  /** Skyline's admin has given Mallory a connection of its own. */
  static async of(side: Side, gate: Gate, chance: Chance, admin: Caller): Promise<Hostile> {
    const customer = await admin.post<{ id: number }>('client', [{ name: 'Mallory' }], 'mallory-1')
    const connection = await admin.post<Issued>(
      'connection',
      {
        kind: 'customer',
        client_id: customer.body.id,
        allow_access: true,
        unknown_sender: 'general',
        partner: { tenant_id: randomUUID() },
      },
      'mallory-2',
    )
    if (connection.status >= 300)
      throw new Error(`Mallory got no connection: ${JSON.stringify(connection.body)}`)
    return new Hostile(side, gate, chance, connection.body)
  }

  start(everyMs: number): void {
    this.#work = this.#go(everyMs)
    this.#work.catch(() => {}) // whoever stops it meets it
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#work
  }

  async #go(everyMs: number): Promise<void> {
    while (!this.#stopped) {
      await sleep(everyMs)
      const what = this.#chance.one(ATTACKS)
      const answer = await this.#gate.through(() => this.#attack(what)).catch(() => null)
      if (answer) this.attacks.push({ what, ...answer })
    }
  }

  async #attack(what: (typeof ATTACKS)[number]): Promise<Omit<Attack, 'what'> | null> {
    const { overheard } = this.#side.wire
    const message = overheard[this.#chance.between(0, Math.max(overheard.length - 1, 0))]
    if (!message) return null
    const [one]: [Record<string, unknown> & { baton: Record<string, unknown> }] = JSON.parse(
      message.body,
    )
    const action = message.path.replace(/tickets$/, 'actions')
    const note = `<p>${this.mark}</p>`
    switch (what) {
      case 'replay':
        return this.#post(message.path, message.body)
      case 'foreign link': {
        const baton = { ...one.baton, uid: randomUUID() }
        return this.#post(action, JSON.stringify([{ ...one, note_html: note, baton }]))
      }
      case 'plain': {
        const { baton: _baton, ...plain } = one
        return this.#post(action, JSON.stringify([{ ...plain, ticket_id: 1001, note_html: note }]))
      }
      case 'no token':
        return this.#post(message.path, message.body, null)
      case 'far clock': {
        const baton = { ...one.baton, uid: randomUUID(), clock: Number.MAX_SAFE_INTEGER }
        return this.#post(message.path, JSON.stringify([{ ...one, note_html: note, baton }]))
      }
      case 'garbage':
        return this.#post(message.path, message.body.slice(0, message.body.length / 2))
    }
  }

  async #post(path: string, body: string, token?: null): Promise<Omit<Attack, 'what'>> {
    const bearer = token === null ? null : await this.#token()
    const answer = await fetch(`${this.#side.deployment.origin}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      },
      body,
      signal: AbortSignal.timeout(15_000),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      error: /"error":"([A-Z_]+)"/.exec(text)?.[1] ?? null,
      text: text.slice(0, 300),
    }
  }

  async #token(): Promise<string> {
    const answer = await fetch(`${this.#side.demo.url}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: this.#form,
      signal: AbortSignal.timeout(15_000),
    })
    const { access_token: token }: { access_token: string } = JSON.parse(await answer.text())
    return token
  }
}
