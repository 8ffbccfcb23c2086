import { setTimeout as sleep } from 'node:timers/promises'
import { Caller, type Answered } from './caller.ts'
import type { Chance } from './chance.ts'
import type { Slug } from './deployment.ts'
import type { Gate } from './gate.ts'
import type { Pair } from './pair.ts'

/** What the driver needs of an action as the API shows it. */
export interface ShownAction {
  id: number
  guid: string
  ticket_id: number
  sync: { state: string; direction: 'in' | 'out' } | null
}
interface ShownTicket {
  id: number
  links: { remote_ticket_id: number | null }[]
}

/** Something a desk has accepted, and what must follow from it. The mark is in its text and in nothing else's. */
export interface Accepted {
  desk: Slug
  kind: 'ticket' | 'escalation' | 'action'
  outcome: string
  mark: string
  ticketId: number
  uid: string | null
  /** Acme's end user gets a mail because of it. */
  mails: boolean
  /** What the answer said of the delivery. */
  said: string | null
  tries: number
}

interface Story {
  ticketId: number
  twinId: number | null
  stepsLeft: number
}

interface Step {
  desk: Slug
  who: 'agent' | 'user'
  outcome: string
  mails?: boolean
}

const ACME_STEPS = [
  { desk: 'acme', who: 'agent', outcome: 'Private note' },
  { desk: 'acme', who: 'agent', outcome: 'Private note' },
  { desk: 'acme', who: 'user', outcome: 'User update' },
] as const satisfies Step[]
const SKYLINE_STEPS = [
  { desk: 'skyline', who: 'agent', outcome: 'Note' },
  { desk: 'skyline', who: 'agent', outcome: 'Note' },
  { desk: 'skyline', who: 'agent', outcome: 'Indirect email to end user', mails: true },
] as const satisfies Step[]
const ACME_RESOLVES = { desk: 'acme', who: 'agent', outcome: 'Resolve', mails: true } as const
const SKYLINE_RESOLVES = {
  desk: 'skyline',
  who: 'agent',
  outcome: 'Resolve third party ticket',
  mails: true,
} as const

/** Changes that travel with an action. The numbers are those of a fresh desk, equal on both. */
const CHANGES: readonly [object, ...object[]] = [
  {},
  {},
  { priority_id: 1 },
  { priority_id: 4 },
  { status_id: 2 },
  { status_id: 4 },
  { status_id: 28 },
  { category_1: 'Hardware>Printer' },
  { category_1: 'Network>VPN' },
  { targetdate: '2031-05-06' },
  { startdate: '2031-04-05' },
  { customfields: [{ name: 'CFimpact', value: 'High' }] },
  { customfields: [{ name: 'CFasset', value: 'HQ-3' }] },
]

/** Agents and users of both desks at work on several tickets at once, and the book of all that was accepted. */
export class Driver {
  readonly accepted: Accepted[] = []
  readonly #people: { acme: Record<'agent' | 'user', Caller>; skyline: Record<'agent', Caller> }
  readonly #refused: string[] = []
  readonly #seed: number
  #marks = 0
  #stopped = false
  #work: Promise<unknown> = Promise.resolve()

  private constructor(seed: number, people: Driver['people']) {
    this.#seed = seed
    this.#people = people
  }

  get people() {
    return this.#people
  }

  /** Refusals and faults that were answered: nothing that the driver does should meet one. */
  get refused(): string[] {
    const { acme, skyline } = this.#people
    const callers = [acme.agent, acme.user, skyline.agent]
    return [...this.#refused, ...callers.flatMap(({ broken }) => broken)]
  }

  static async of({ acme, skyline }: Pair, gate: Gate, seed: number): Promise<Driver> {
    const [ana, pat, lena] = await Promise.all([
      Caller.signIn(acme.demo.url, gate, acme.demo.agent),
      Caller.signIn(acme.demo.url, gate, acme.demo.user),
      Caller.signIn(skyline.demo.url, gate, skyline.demo.agent),
    ])
    return new Driver(seed, { acme: { agent: ana, user: pat }, skyline: { agent: lena } })
  }

  /** Begins as many streams of work as there are chances, each on a ticket of its own. */
  start(supplierId: number, chances: Chance[]): void {
    this.#work = Promise.all(chances.map((chance) => this.#tell(supplierId, chance)))
    this.#work.catch(() => {}) // whoever stops the work meets it
  }

  /** Answers when every stream has ended what it was doing. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#work
  }

  async #tell(supplierId: number, chance: Chance): Promise<void> {
    let story: Story | null = null
    while (!this.#stopped) {
      story = story === null ? await this.#begin(supplierId, chance) : await this.#go(story, chance)
      await sleep(chance.between(0, 150))
    }
  }

  async #begin(supplierId: number, chance: Chance): Promise<Story | null> {
    const mark = this.#mark()
    const { acme } = this.#people
    const ticket = await acme.user.post<ShownTicket>(
      'tickets',
      [{ summary: mark, details: `Details of ${mark}.` }],
      mark,
    )
    const entry = { desk: 'acme', outcome: 'Logged', mails: false, said: null } as const
    if (!this.#note(ticket, { ...entry, kind: 'ticket', mark })) return null
    const told = this.#mark()
    const escalation = await acme.agent.post<ShownAction>(
      'actions',
      [
        {
          ticket_id: ticket.body.id,
          outcome: 'Escalate to MSP',
          supplier_id: supplierId,
          note_html: `<p>${told}</p>`,
        },
      ],
      told,
    )
    const done = { ...entry, outcome: 'Escalate to MSP', mark: told } as const
    if (!this.#note(escalation, { ...done, kind: 'escalation' })) return null
    return { ticketId: ticket.body.id, twinId: null, stepsLeft: chance.between(3, 7) }
  }

  /** One step, or one on either desk at the same moment. */
  async #go(story: Story, chance: Chance): Promise<Story | null> {
    story.twinId ??= await this.#twinOf(story.ticketId)
    const twinId = story.twinId
    if (story.stepsLeft === 0) {
      const step = twinId !== null && chance.next() < 0.5 ? SKYLINE_RESOLVES : ACME_RESOLVES
      await this.#act(story, step, {})
      if (chance.next() < 0.5) await this.#act(story, chance.one(ACME_STEPS), {})
      return null
    }
    const here = { step: chance.one<Step>(ACME_STEPS), changes: chance.one(CHANGES) }
    const there = { step: chance.one<Step>(SKYLINE_STEPS), changes: chance.one(CHANGES) }
    const both = chance.next()
    const chosen = twinId === null || both < 0.3 ? [here] : both < 0.6 ? [there] : [here, there]
    await Promise.all(chosen.map(({ step, changes }) => this.#act(story, step, changes)))
    return { ...story, stepsLeft: story.stepsLeft - 1 }
  }

  async #twinOf(ticketId: number): Promise<number | null> {
    const ticket = await this.#people.acme.agent.get<ShownTicket>(`tickets/${ticketId}`)
    return ticket.links[0]?.remote_ticket_id ?? null
  }

  async #act(
    { ticketId, twinId }: Story,
    { desk, who, outcome, mails = false }: Step,
    changes: object,
  ): Promise<void> {
    const mark = this.#mark()
    const { acme, skyline } = this.#people
    const caller = desk === 'skyline' ? skyline.agent : acme[who]
    const answer = await caller.post<ShownAction>(
      'actions',
      [
        {
          ticket_id: desk === 'acme' ? ticketId : twinId,
          outcome,
          ...(who === 'agent' && changes),
          note_html: `<p>${mark}</p>`,
        },
      ],
      mark,
    )
    this.#note(answer, { desk, kind: 'action', outcome, mark, mails, said: null })
  }

  /** Writes down what was answered; false for a refusal. */
  #note(
    { status, body, tries }: Answered<ShownTicket | ShownAction>,
    entry: Omit<Accepted, 'ticketId' | 'uid' | 'tries'>,
  ): boolean {
    if (status !== 200 && status !== 201) {
      this.#refused.push(`${entry.desk} ${entry.outcome}: ${status} ${JSON.stringify(body)}`)
      return false
    }
    const action = 'guid' in body ? body : null
    this.accepted.push({
      ...entry,
      ticketId: action?.ticket_id ?? body.id,
      uid: action?.guid ?? null,
      said: action?.sync?.state ?? null,
      tries,
    })
    return true
  }

  #mark(): string {
    this.#marks += 1
    return `mark-${this.#seed}-${this.#marks}-`
  }
}
