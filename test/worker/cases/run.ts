import { env, evictDurableObject, listDurableObjectIds } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { expect } from 'vitest'
import { status, ticketTypeField } from '../../../db/schema'
import { later, settle, type Client, type Desks, type TestDesk } from '../pair'
import { cutAfter, cutBefore, passes, type Line } from '../sync/line'
import { messenger } from '../sync/partner'
import { escalated, map, mappingsOf, offWorkflow, remap, setAction } from '../sync/story'
import type { Case, Look, Step } from './read'

/** Runs the cases of test/cases against the two desks of the demo. */
export class Runner {
  readonly #values = new Map<string, unknown>()
  readonly #clients = new Map<string, Client>()
  #putBack: () => Promise<void> = () => Promise.resolve()

  constructor(
    private readonly desks: Desks,
    private readonly line: Line | null,
  ) {}

  async run(one: Case): Promise<void> {
    await this.#escalated('')
    const { acme, skyline } = this.desks
    const before = [await mappingsOf(acme), await mappingsOf(skyline)]
    try {
      for (const step of one.steps) await this.#step(step)
      for (const look of one.expect) await this.#look(look)
    } finally {
      for (const step of one.after) await this.#step(step)
      await this.#putBack()
      await remap(acme, () => before[0] ?? [])
      await remap(skyline, () => before[1] ?? [])
    }
  }

  /** A ticket that stands on both desks: `$T` and `$TWIN`. */
  async #escalated(name: string): Promise<void> {
    const { ours, twin } = await escalated(this.desks.acme)
    this.#values.set(`T${name}`, ours)
    this.#values.set(`TWIN${name}`, twin)
  }

  async #step(step: Step): Promise<void> {
    if ('call' in step) return this.#call(step)
    if ('check' in step) return this.#look(step.check)
    if ('wait' in step) return this.#quiet()
    if ('later' in step) return this.#later(step.later)
    if ('replay' in step) return this.#replay(step)
    if ('faults' in step) {
      this.#onLine.faults = step.faults.map((one) => (one === 'lost' ? cutBefore : cutAfter))
      return
    }
    switch (step.do) {
      case 'map': {
        const [theirs, ours] = [this.#fill(step.theirs), step.ours && this.#fill(step.ours)]
        return map(
          this.desks[step.at],
          step.kind,
          String(theirs),
          ours === null ? null : Number(ours),
        )
      }
      case 'status':
        return this.#changeStatus(this.desks[step.at], step.named, step.change)
      case 'action': {
        const { sendToConnected, inactive } = step.change
        return setAction(this.desks[step.at], step.named, {
          ...(sendToConnected !== undefined && { sendToConnected }),
          ...(inactive !== undefined && { inactive }),
        })
      }
      case 'off workflow':
        this.#putBack = await offWorkflow(this.desks[step.at], step.named)
        return
      case 'put back':
        await this.#putBack()
        this.#putBack = () => Promise.resolve()
        return
      case 'field':
        return this.#makeField(step)
      case 'off type': {
        const { db, t } = this.desks[step.at]
        await db.orm
          .delete(ticketTypeField)
          .where(
            and(
              eq(ticketTypeField.t, t),
              eq(ticketTypeField.fieldId, Number(this.#fill(step.field))),
            ),
          )
        return
      }
      case 'escalated':
        return this.#escalated(step.keep)
      case 'partner':
        return this.#partner(this.desks[step.at], Number(this.#fill(step.ticket)))
      case 'redeploy':
        // Objects forget what they had in memory; their timers stay.
        await forgetAll(env.LINKED_TICKET)
        await forgetAll(env.COURIER)
    }
  }

  async #call(step: Extract<Step, { call: string }>): Promise<void> {
    const [method = '', path = ''] = step.call.split(' ')
    const body = this.#fill(step.body)
    const headers = step.key ? { 'idempotency-key': step.key } : {}
    const answers = await Promise.all(
      Array.from({ length: step.times }, () =>
        this.#who(step.as).ask(method, this.#path(path), body, headers),
      ),
    )
    const [first] = answers
    if (step.statuses) {
      const counted = Object.entries(Object.groupBy(answers, (one) => String(one.status)))
      expect(Object.fromEntries(counted.map(([code, of]) => [code, of?.length]))).toEqual(
        step.statuses,
      )
    } else if (step.status !== undefined) {
      expect(first?.status, `${step.call} answered ${shortly(first?.text)}`).toBe(step.status)
    } else {
      for (const one of answers)
        expect(one.status, `${step.call} answered ${shortly(one.text)}`).toBeLessThan(300)
    }
    if (step.oneId) expect(new Set(answers.map((one) => one.body['id'])).size).toBe(1)
    for (const text of step.holds) expect(first?.text).toContain(text)
    if (step.keep) this.#values.set(step.keep, first?.body)
  }

  async #look(look: Look): Promise<void> {
    const text = look.mail ? await this.#mailOf(this.desks[look.mail]) : await this.#answer(look)
    for (const one of look.holds) expect(text).toContain(one)
    for (const one of look.lacks) expect(text).not.toContain(one)
    for (const one of look.once) expect([one, notesWith(text, one)]).toEqual([one, 1])
    const places = look.order.map((one) => text.indexOf(one))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    if (look.like) expect(JSON.parse(text)).toMatchObject(look.like)
  }

  async #answer({ as = '', call = '' }: Look): Promise<string> {
    const [method = '', path = ''] = call.split(' ')
    const answer = await this.#who(as).ask(method, this.#path(path))
    expect(answer.status, `${call} answered ${shortly(answer.text)}`).toBe(200)
    return answer.text
  }

  async #mailOf(desk: TestDesk): Promise<string> {
    return (await desk.mail()).map(({ subject, html }) => `${subject}\n${html}`).join('\n')
  }

  async #quiet(): Promise<void> {
    this.line?.heal()
    await passes(120_000)
    await settle()
  }

  #later(ms: number): void {
    later(ms)
    for (const desk of [this.desks.acme, this.desks.skyline])
      for (const client of [desk.admin, desk.boss, desk.agent, desk.user]) client.forget()
    for (const client of this.#clients.values()) client.forget()
  }

  async #replay({ replay, times, status: wanted }: Extract<Step, { replay: string }>) {
    const sent = this.#onLine.tried.find(({ body }) => body.note_html.includes(replay))
    if (!sent) throw new Error(`Nothing with “${replay}” was sent`)
    for (let n = 0; n < times; n++) {
      const answer = await this.#who('partner').ask('POST', sent.path, [sent.body])
      expect(answer.status, `It answered ${shortly(answer.text)}`).toBe(wanted)
    }
  }

  async #makeField(step: Extract<Step, { do: 'field' }>): Promise<void> {
    const made: Record<string, number> = {}
    for (const desk of [this.desks.acme, this.desks.skyline]) {
      const { id } = await desk.admin.post('fieldinfo', {
        name: step.name,
        label: step.name,
        type: step.type,
        new_values: step.choices[desk.slug],
      })
      await desk.db.orm.insert(ticketTypeField).values({
        t: desk.t,
        ticketTypeId: desk.ticketType('Incident'),
        fieldId: id,
        sequence: 50,
        agentNew: 1,
        agentDetail: 1,
        userNew: 0,
        userDetail: 0,
      })
      made[desk.slug] = id
    }
    this.#values.set(step.keep, made)
    const { acme = 0, skyline = 0 } = made
    await map(this.desks.skyline, 'field', acme, skyline)
    await map(this.desks.acme, 'field', skyline, acme)
  }

  async #changeStatus(
    { db, t, status: statusOf }: TestDesk,
    named: string,
    { name, inactive }: { name?: string | undefined; inactive?: boolean | undefined },
  ): Promise<void> {
    await db.orm
      .update(status)
      .set({ ...(name !== undefined && { name }), ...(inactive !== undefined && { inactive }) })
      .where(and(eq(status.t, t), eq(status.id, statusOf(named))))
  }

  /** The partner by hand, at a ticket: `$LINK`, `$REMOTE` and `$PREV` are what its messages name. */
  async #partner(desk: TestDesk, ticketId: number): Promise<void> {
    const other = desk === this.desks.acme ? this.desks.skyline : this.desks.acme
    const by = await messenger(desk, ticketId, other)
    const { inN, inUid, remoteTicketUid } = await by.link()
    this.#clients.set('partner', by.client)
    this.#values.set('LINK', by.linkUid)
    this.#values.set('REMOTE', remoteTicketUid)
    this.#values.set('PREV', { n: inN, uid: inUid })
  }

  get #onLine(): Line {
    if (!this.line) throw new Error('The case needs "line": true')
    return this.line
  }

  #who(as: string): Client {
    const known = this.#clients.get(as)
    if (known) return known
    const [slug = '', role = ''] = as.split('.')
    const desk = slug === 'acme' || slug === 'skyline' ? this.desks[slug] : null
    if (desk)
      switch (role) {
        case 'admin':
        case 'boss':
        case 'agent':
        case 'user':
          return desk[role]
      }
    throw new Error(`There is nobody called ${as}`)
  }

  #path = (path: string): string =>
    path.replace(/\$[A-Za-z][\w.]*/g, (name) => String(this.#value(name)))

  /** Puts in what a body names: `$NAME.part`, `$acme.status:On hold`, `{{repeat|TEXT|N}}`. */
  #fill(value: unknown): unknown {
    if (typeof value === 'string') {
      if (/^\$[A-Za-z]/.test(value)) return this.#value(value)
      return value.replace(/\{\{repeat\|([^|]*)\|(\d+)\}\}/g, (_, text: string, n: string) =>
        text.repeat(Number(n)),
      )
    }
    if (Array.isArray(value)) return value.map((one) => this.#fill(one))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#fill(one)]))
  }

  #value(name: string): unknown {
    const [, slug, what, named] =
      /^\$(acme|skyline)\.(status|priority|outcome|supplier|connection)(?::(.*))?$/.exec(name) ?? []
    if (slug === 'acme' || slug === 'skyline') {
      const desk = this.desks[slug]
      if (what === 'supplier') return desk.supplierId
      if (what === 'connection') return desk.connectionId
      if (what === 'status' || what === 'priority' || what === 'outcome')
        return desk[what](named ?? '')
    }
    const [first = '', ...rest] = name.slice(1).split('.')
    let value = this.#values.get(first)
    for (const part of rest)
      value =
        typeof value === 'object' && value !== null
          ? new Map<string, unknown>(Object.entries(value)).get(part)
          : undefined
    if (value === undefined) throw new Error(`${name} is not known yet`)
    return value
  }
}

const shortly = (text = ''): string => text.slice(0, 300)

async function forgetAll<O extends Rpc.DurableObjectBranded>(
  objects: DurableObjectNamespace<O>,
): Promise<void> {
  for (const id of await listDurableObjectIds(objects)) await evictDurableObject(objects.get(id))
}

/** In how many notes of a timeline a text stands. */
const notesWith = (text: string, words: string): number =>
  [...text.matchAll(/"note":"((?:[^"\\]|\\.)*)"/g)].filter(([, note]) => note?.includes(words))
    .length
