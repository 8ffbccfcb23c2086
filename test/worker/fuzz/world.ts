import * as fc from 'fast-check'
import { bySession, byToken, Client, pair, settle, type TestDesk } from '../pair'
import { escalated, fresh, mappingsOf } from '../sync/story'
import { holderOf } from '../sync/partner'
import { anotherDesk } from '../third'
import type { Draw } from './draw'
import { isObject } from './document'

export type Kind = 'nobody' | 'stranger' | 'user' | 'agent' | 'admin' | 'app' | 'connection'
export const KINDS: Kind[] = ['nobody', 'stranger', 'user', 'agent', 'admin', 'app', 'connection']

/** A word that stands in every text of a desk that nobody here has to do with. */
export const CANARY = 'ZULUCANARY'
/** Its numbers begin here, so that they are nobody else's. */
const FOREIGN_FROM = 700_000

/** The lists whose numbers are learnt from answers, by the first part of their path. */
const LISTS = [
  'tickets',
  'attachment',
  'client',
  'site',
  'supplier',
  'users',
  'agent',
  'team',
  'tickettype',
  'status',
  'sla',
  'category',
  'fieldinfo',
  'outcome',
  'workflow',
  'emailtemplate',
  'connection',
]
export const learns = (list: string): boolean => LISTS.includes(list)

/** What can be made on the side. */
export type Spare = 'client' | 'site' | 'supplier' | 'users' | 'agent' | 'tickets' | 'connection'

/** The desks that are fuzzed, everybody who calls them, and what they have learnt so far. */
export class World {
  /** Numbers seen in answers, by who saw them and by list; and those that were made or deleted on the way. */
  readonly #seen = new Map<string, number[]>()
  readonly deleted = new Map<string, number[]>()
  #nth = 0

  private constructor(
    readonly acme: TestDesk,
    readonly skyline: TestDesk,
    readonly foreign: TestDesk,
    private readonly clients: Record<'acme' | 'skyline', Record<Kind, Client>>,
    private readonly mappings: Record<'acme' | 'skyline', object[]>,
  ) {}

  static async make(): Promise<World> {
    const { acme, skyline } = await pair()
    const foreign = await anotherDesk('zulu', `${CANARY} desk`)
    await fill(foreign)
    await escalated(acme)
    const stranger = await byToken(foreign.demo.api)(foreign.url)
    const callers = async (desk: TestDesk, other: TestDesk): Promise<Record<Kind, Client>> => ({
      nobody: desk.nobody,
      stranger: new Client(desk.url, () => Promise.resolve(stranger)),
      user: desk.user,
      agent: desk.agent,
      admin: desk.boss,
      app: desk.admin,
      connection: await holderOf(desk, other),
    })
    const clients = { acme: await callers(acme, skyline), skyline: await callers(skyline, acme) }
    const mappings = { acme: await mappingsOf(acme), skyline: await mappingsOf(skyline) }
    const world = new World(acme, skyline, foreign, clients, mappings)
    await settle()
    return world
  }

  client(kind: Kind, at: 'acme' | 'skyline'): Client {
    return this.clients[at][kind]
  }
  desk(at: 'acme' | 'skyline'): TestDesk {
    return at === 'acme' ? this.acme : this.skyline
  }

  /** A text that was not used before. */
  fresh(): string {
    return `f${++this.#nth}`
  }

  /** What an answer teaches. Staff see the same things; an end user sees their own. */
  learn(kind: Kind, list: string, answer: unknown): void {
    const rows = rowsIn(answer)
    const ids = this.#listOf(kind, list)
    for (const row of rows)
      if (
        isObject(row) &&
        typeof row['id'] === 'number' &&
        row['id'] > 0 &&
        !ids.includes(row['id'])
      )
        ids.push(row['id'])
    if (ids.length > 200) ids.splice(0, ids.length - 200)
  }
  /** A connection that has ended stays to be read. */
  gone(list: string, id: number): void {
    if (list === 'connection') return
    for (const [key, ids] of this.#seen)
      if (key.endsWith(` ${list}`))
        this.#seen.set(
          key,
          ids.filter((one) => one !== id),
        )
    this.deleted.set(list, [...(this.deleted.get(list) ?? []), id])
  }
  known(kind: Kind, list: string): readonly number[] {
    return this.#listOf(kind, list)
  }
  #listOf(kind: Kind, list: string): number[] {
    const key = `${kind === 'user' ? 'user' : 'staff'} ${list}`
    const ids = this.#seen.get(key) ?? []
    this.#seen.set(key, ids)
    return ids
  }

  /** A number of the other desk, of something deleted, or of nothing at all. */
  notOurs(list: string, draw: Draw): number {
    return (
      draw.of([
        FOREIGN_FROM + 1 + draw.below(3),
        ...(this.deleted.get(list) ?? []).slice(-3),
        987_654,
      ]) ?? 987_654
    )
  }

  /** Something that may be changed and deleted without anybody missing it. */
  async spare(list: Spare): Promise<number> {
    const boss = this.acme.boss
    const name = this.fresh()
    switch (list) {
      case 'client':
      case 'supplier':
        return (await boss.post(list, { name })).id
      case 'site':
      case 'users':
        return (await boss.post(list, { name, client_id: await this.ownClient() })).id
      case 'agent':
        return (await boss.post(list, { name, email: `${name}@acme.example` })).id
      case 'tickets':
        return (await boss.post(list, [{ summary: name }])).id
      case 'connection':
        return (
          await boss.post(list, { supplier_id: await this.spare('supplier'), allow_access: true })
        ).id
    }
  }

  #client: number | undefined
  /** A customer of our own, for what needs one. */
  async ownClient(): Promise<number> {
    this.#client ??= await this.spare('client')
    return this.#client
  }

  /** Somebody with a password of their own. */
  async sparePerson(): Promise<{ email: string; password: string }> {
    const [email, password] = [`${this.fresh()}@acme.example`, 'correct horse battery']
    const client_id = await this.ownClient()
    await this.acme.boss.post('users', { name: 'Spare', client_id, emailaddress: email, password })
    return { email, password }
  }

  /** The same in a browser. */
  async spareSession(): Promise<{ headers: Record<string, string>; password: string }> {
    const { email, password } = await this.sparePerson()
    return { headers: await bySession({ email, password })(this.acme.url), password }
  }

  /** Puts back what a request may have set that all others live on. */
  async repair(): Promise<void> {
    for (const at of ['acme', 'skyline'] as const) {
      const { boss, connectionId } = this.desk(at)
      await boss.post('module', { name: 'suppliers', enabled: true })
      await boss.put(`connection/${connectionId}/mappings`, { mappings: this.mappings[at] })
    }
  }

  /** All that the lists hold at the beginning. */
  async look(): Promise<void> {
    for (const kind of ['app', 'user'] as const)
      for (const list of LISTS) {
        const { status, body } = await this.clients.acme[kind].ask('GET', list)
        if (status === 200) this.learn(kind, list, body)
      }
  }
}

/** A list comes bare or in an envelope; anything else is one row. */
function rowsIn(answer: unknown): unknown[] {
  if (Array.isArray(answer)) return answer
  if (!isObject(answer) || !('record_count' in answer)) return [answer]
  return Object.values(answer).find((one) => Array.isArray(one)) ?? []
}

/** The other desk: its numbers are high, and the canary stands wherever it takes a text. */
async function fill(desk: TestDesk): Promise<void> {
  const { d1 } = desk.db
  await d1
    .prepare('update counter set value = value + ? where t = ?')
    .bind(FOREIGN_FROM, desk.t)
    .run()
  const { boss } = desk
  const { id: client } = await boss.post('client', {
    name: `${CANARY} client`,
    notes: CANARY,
    website: CANARY,
  })
  await boss.post('site', { name: `${CANARY} site`, client_id: client, notes: CANARY })
  await boss.post('users', {
    name: `${CANARY} user`,
    client_id: client,
    emailaddress: `${CANARY}@x.example`,
  })
  await boss.post('supplier', { name: `${CANARY} supplier`, address: CANARY })
  await boss.post('fieldinfo', { name: `${CANARY}field`, label: CANARY })
  const files = [{ filename: `${CANARY}.txt`, data_base64: btoa(CANARY) }]
  const { id } = await boss.post('tickets', [
    { summary: `${CANARY} ticket`, details: CANARY, attachments: files },
  ])
  await boss.post('actions', [
    { ticket_id: id, outcome: 'Public note', note: `${CANARY} note`, attachments: files },
  ])
  await desk.user.post('tickets', [{ summary: fresh(CANARY), details: CANARY }])
}

export const among = (values: readonly unknown[]): fc.Arbitrary<unknown> | undefined =>
  values.length === 0 ? undefined : fc.constantFrom(...values)
