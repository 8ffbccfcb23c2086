import { setTimeout as sleep } from 'node:timers/promises'
import type { Book, ShownAction, ShownTicket } from './book.ts'
import { Caller } from './caller.ts'
import type { Chance } from './chance.ts'
import type { Gate } from './gate.ts'
import type { Pair } from './pair.ts'
import {
  ACME_REOPENS,
  ACME_RESOLVES,
  ACME_STEPS,
  CHANGES,
  filesOf,
  LAST_WORD,
  REOPEN,
  SKYLINE_REOPENS,
  SKYLINE_RESOLVES,
  SKYLINE_STEPS,
  type Step,
} from './steps.ts'

interface Story {
  ticketId: number
  twinId: number | null
  stepsLeft: number
  /** As far as its people know. */
  closed: boolean
  everClosed: boolean
}

type People = {
  acme: Record<'agent' | 'user' | 'admin', Caller>
  skyline: Record<'agent' | 'admin', Caller>
}

/** Agents and users of both desks at work on many tickets at once. */
export class Driver {
  readonly book: Book
  readonly people: People
  readonly #supplierId: number
  /** How many may be accepted for now: work keeps step with the faults, so that those meet it. */
  upTo = Infinity
  #stopped = false
  #work: Promise<unknown> = Promise.resolve()

  private constructor(book: Book, people: People, supplierId: number) {
    this.book = book
    this.people = people
    this.#supplierId = supplierId
  }

  /** What the desks called their own fault. */
  get broken(): string[] {
    const { acme, skyline } = this.people
    const callers = [acme.agent, acme.user, acme.admin, skyline.agent, skyline.admin]
    return callers.flatMap(({ broken }) => broken)
  }

  static async of(
    { acme, skyline }: Pair,
    gate: Gate,
    book: Book,
    supplierId: number,
  ): Promise<Driver> {
    const [ana, pat, alex, lena, sora] = await Promise.all([
      Caller.signIn(acme.demo.url, gate, acme.demo.agent),
      Caller.signIn(acme.demo.url, gate, acme.demo.user),
      Caller.signIn(acme.demo.url, gate, acme.demo.admin),
      Caller.signIn(skyline.demo.url, gate, skyline.demo.agent),
      Caller.signIn(skyline.demo.url, gate, skyline.demo.admin),
    ])
    const people = {
      acme: { agent: ana, user: pat, admin: alex },
      skyline: { agent: lena, admin: sora },
    }
    return new Driver(book, people, supplierId)
  }

  /** An admin of Acme decides what becomes of Skyline's public notes: a reopening, which is not allowed at every moment. */
  async prepare(connectionId: number): Promise<void> {
    const { admin } = this.people.acme
    const [{ mappings }, { outcomes }] = await Promise.all([
      admin.get<{ mappings: object[] }>(`connection/${connectionId}/mappings`),
      admin.get<{ outcomes: { id: string; name: string }[] }>(`connection/${connectionId}/schema`),
    ])
    const theirs = outcomes.find(({ name }) => name === 'Public note')
    const answer = await admin.post(
      `connection/${connectionId}/mappings`,
      [
        ...mappings,
        { kind: 'outcome', remote_id: theirs?.id, remote_name: 'Public note', local_id: REOPEN },
      ],
      'prepare',
    )
    if (answer.status >= 300) throw new Error(`no mapping: ${JSON.stringify(answer.body)}`)
  }

  /** Begins as many streams of work as there are chances, each on a ticket of its own. */
  start(chances: Chance[]): void {
    this.#work = Promise.all(chances.map((chance) => this.#tell(chance)))
    this.#work.catch(() => {}) // whoever stops the work meets it
  }

  /** Answers when every stream has ended what it was doing. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#work
  }

  /** Where a refusal has left the desks apart, the next message that is taken makes them equal: both say a last word there (R5). */
  async lastWords(tickets: { ticketId: number; twinId: number }[], chance: Chance): Promise<void> {
    for (const at of tickets) {
      const story = { ...at, stepsLeft: 0, closed: true, everClosed: true }
      for (const step of [LAST_WORD.acme, LAST_WORD.skyline]) await this.#act(story, step, chance)
    }
  }

  async #tell(chance: Chance): Promise<void> {
    let story: Story | null = null
    while (!this.#stopped) {
      story = story === null ? await this.#begin(chance) : await this.#go(story, chance)
      do await sleep(chance.between(0, 100))
      while (this.book.accepted.length >= this.upTo && !this.#stopped)
    }
  }

  async #begin(chance: Chance): Promise<Story | null> {
    const mark = this.book.mark()
    const { acme } = this.people
    const ticket = await acme.user.post<ShownTicket>(
      'tickets',
      [{ summary: mark, details: `Details of ${mark}.` }],
      mark,
    )
    const entry = { desk: 'acme', mails: 'none', mayBeRefused: false, files: {} } as const
    if (!this.book.note(ticket, { ...entry, kind: 'ticket', outcome: 'Logged', mark })) return null
    const ticketId = ticket.body.id
    // Now and then two people send the same ticket on at the same moment (F55): one of them is told that it is done.
    const senders = chance.next() < 0.1 ? [acme.agent, acme.admin] : [acme.agent]
    const sent = await Promise.all(
      senders.map(async (caller) => {
        const told = this.book.mark()
        const escalation = await caller.post<ShownAction>(
          'actions',
          [
            {
              ticket_id: ticketId,
              outcome: 'Escalate to MSP',
              supplier_id: this.#supplierId,
              note_html: `<p>${told}</p>`,
            },
          ],
          told,
        )
        const done = {
          ...entry,
          kind: 'escalation',
          outcome: 'Escalate to MSP',
          mark: told,
        } as const
        return this.book.note(escalation, done, senders.length > 1 ? ['ALREADY_ESCALATED'] : [])
      }),
    )
    if (!sent.some(Boolean)) return null
    return {
      ticketId,
      twinId: null,
      stepsLeft: chance.between(3, 9),
      closed: false,
      everClosed: false,
    }
  }

  /** One step, or one on either desk at the same moment. */
  async #go(before: Story, chance: Chance): Promise<Story | null> {
    const story = { ...before, twinId: before.twinId ?? (await this.#twinOf(before.ticketId)) }
    if (story.closed) return this.#afterwards(story, chance)
    if (story.stepsLeft <= 0) return this.#close(story, chance)
    const here = chance.one<Step>(ACME_STEPS)
    const there = chance.one<Step>(SKYLINE_STEPS)
    const both = chance.next()
    const chosen =
      story.twinId === null || both < 0.3 ? [here] : both < 0.6 ? [there] : [here, there]
    await Promise.all(chosen.map((step) => this.#act(story, step, chance)))
    return { ...story, stepsLeft: story.stepsLeft - 1 }
  }

  /** One of the desks closes the ticket, or both do at the same moment (F23). */
  async #close(story: Story, chance: Chance): Promise<Story | null> {
    const which = story.twinId === null ? 0 : chance.next()
    const steps: Step[] =
      which < 0.4
        ? [ACME_RESOLVES]
        : which < 0.8
          ? [SKYLINE_RESOLVES]
          : [ACME_RESOLVES, SKYLINE_RESOLVES]
    // One that arrives when the ticket is open again, or has a newer status, closes nothing and so tells nobody.
    const certain = steps.length === 1 && steps[0] === ACME_RESOLVES && !story.everClosed
    const mails = certain ? 'one' : 'at most one'
    await Promise.all(steps.map((step) => this.#act(story, { ...step, mails }, chance)))
    return { ...story, closed: true, everClosed: true }
  }

  /** A closed ticket is left alone, gets a last word, or is opened again on either desk. */
  async #afterwards(story: Story, chance: Chance): Promise<Story | null> {
    const what = chance.next()
    if (what < 0.3) return null
    if (what < 0.6 || story.twinId === null) {
      await this.#act(story, chance.one<Step>(ACME_STEPS), chance)
      return null
    }
    const steps: Step[] =
      what < 0.75
        ? [ACME_REOPENS]
        : what < 0.9
          ? [SKYLINE_REOPENS]
          : [ACME_REOPENS, SKYLINE_REOPENS]
    await Promise.all(steps.map((step) => this.#act(story, step, chance)))
    return { ...story, closed: false, stepsLeft: chance.between(1, 3) }
  }

  async #twinOf(ticketId: number): Promise<number | null> {
    const ticket = await this.people.acme.agent.get<ShownTicket>(`tickets/${ticketId}`)
    return ticket.links[0]?.remote_ticket_id ?? null
  }

  async #act(
    { ticketId, twinId }: Story,
    { desk, who, outcome, mails = 'none', mayBeRefused = false, withFiles, fields, rightly }: Step,
    chance: Chance,
  ): Promise<void> {
    const mark = this.book.mark()
    const { acme, skyline } = this.people
    const caller = desk === 'skyline' ? skyline.agent : acme[who]
    const plain = who === 'user' || mayBeRefused || rightly || outcome.startsWith('Resolve')
    const changes = plain ? {} : chance.one(CHANGES)
    const files = withFiles ? filesOf(mark, chance) : []
    const body = [
      {
        ticket_id: desk === 'acme' ? ticketId : twinId,
        outcome,
        ...changes,
        ...fields,
        note_html: `<p>${mark}</p>`,
        attachments: files.map(({ filename, data_base64 }) => ({ filename, data_base64 })),
      },
    ]
    // Now and then the browser goes away and comes back (F10), or somebody presses twice (R1).
    const how = chance.next()
    const leavesAfterMs = how < 0.05 ? chance.between(1, 120) : undefined
    const presses = how > 0.95 ? 2 : 1
    const answers = await Promise.all(
      Array.from({ length: presses }, () =>
        caller.post<ShownAction>('actions', body, mark, leavesAfterMs),
      ),
    )
    const entry = {
      desk,
      kind: 'action',
      outcome,
      mark,
      mails,
      mayBeRefused,
      files: Object.fromEntries(files.map(({ filename, sha256 }) => [filename, sha256])),
    } as const
    const [first, second] = answers
    if (!first) return
    this.book.note(first, entry, rightly)
    if (
      second &&
      (second.body.guid !== first.body.guid || second.status >= 300 !== first.status >= 300)
    )
      this.book.refused.push(
        `${desk} ${outcome}: one key got two answers, ${JSON.stringify([first, second])}`,
      )
  }
}
