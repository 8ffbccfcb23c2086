import { misbehave, type Kind, type Mode } from './modes.ts'

/** What the partner got, in the order in which it came. */
export interface Received {
  kind: Kind
  method: string
  path: string
  at: number
  /** Parsed where it was JSON. */
  body: Record<string, unknown>
  uid: string | null
  /** Of the answer; null while there is none, and where the connection was cut. */
  status: number | null
  /** Messages of the same link that were being answered when this one came. */
  beside: number
}

export interface Ticket {
  id: number
  uid: string
  /** As the desk calls it. */
  link: string | null
  reference: string | null
  summary: string
  details: string
  /** In the order in which they came; they count from 1 on each ticket, as Halo's do. */
  actions: { id: number; uid: string | null; note_html: string }[]
  have: { n: number; uid: string | null }
}

/** How the partner reaches the desk: with what the desk issued. */
export interface Desk {
  url: string
  client_id: string
  client_secret: string
}

export interface Options {
  dialect: 'baton' | 'halo'
  /** Where it believes to be, without a slash at the end. */
  origin: string
  tenantId: string
  name?: string
  /** How it calls out. */
  fetch?: (request: Request) => Promise<Response>
  now?: () => number
}

/** A row limit that real Halos have where paging is not switched on. */
const UNPAGED = 50

/**
 * A partner's desk for tests: it speaks the protocol between desks, or in the dialect `halo` Halo's API alone, and misbehaves as it is
 * told. One function from request to answer, so that it runs behind a port and inside workerd alike. Holds everything in memory.
 */
export class StubPartner {
  readonly #options: Options
  #rules: (Mode & { left: number })[] = []
  #open: Received[] = []
  #desk: (Desk & { token?: string }) | null = null
  #answered = new Map<string, { baton: { uid: unknown; link: unknown } }>()
  readonly tickets = new Map<number, Ticket>()
  readonly files = new Map<string, number>()
  /** All that came, and all that it sent to the desk by itself. */
  readonly log: Received[] = []
  readonly sent: {
    path: string
    body: object[]
    status: number
    answer: Record<string, unknown>
  }[] = []
  /** Posts back each note it takes as a new one of its own; so often again where that is refused. */
  echo: { tries: number; html?: (html: string) => string } | null = null

  constructor(options: Options) {
    this.#options = options
  }

  /** From now on, for what the rule concerns. The rule that was made last goes first. */
  will(...rules: Mode[]): void {
    for (const rule of rules) this.#rules.unshift({ ...rule, left: rule.times ?? Infinity })
  }

  heal(): void {
    this.#rules = []
    this.echo = null
  }

  knows(desk: Desk): void {
    this.#desk = desk
  }

  messages(): Received[] {
    return this.log.filter(({ kind }) => kind === 'create' || kind === 'action')
  }

  /** Answers a request, honestly or as told. Rejects where the connection is cut. */
  async fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    if (pathname === '/control') return this.#control(request)
    const text = new TextDecoder().decode(await request.arrayBuffer())
    const one = this.#note(request.method, pathname + search, text)
    const rule = this.#rules.find(
      (mode) =>
        mode.left > 0 &&
        (mode.for === undefined || [mode.for].flat().includes(one.kind)) &&
        (mode.holding === undefined || (text + pathname).includes(mode.holding)),
    )
    if (rule) rule.left--
    const pass = () => Promise.resolve(this.#answer(one, new URL(request.url)))
    // A caller that hangs up ends what it asked for, however silent the partner is.
    request.signal.addEventListener('abort', () => this.#done(one))
    try {
      const response = await (rule ? misbehave(rule, pass) : pass())
      one.status = response.status
      return response
    } finally {
      this.#done(one)
      if (this.echo && one.status !== null && (one.kind === 'action' || one.kind === 'create'))
        await this.#echoed(one)
    }
  }

  /** Adds a note of its own to a ticket of the desk, as Halo's clients do, or with the given `baton`. */
  say(deskTicket: number, noteHtml: string, more: object = {}): Promise<number> {
    return this.post('actions', [
      { ticket_id: deskTicket, outcome: 'Their note', note_html: noteHtml, ...more },
    ])
  }

  /** Sends to the desk and answers with the status; `sent` has the rest. */
  async post(path: string, body: object[]): Promise<number> {
    const desk = this.#desk
    if (!desk) throw new Error('The partner does not know the desk')
    const call = async (fresh: boolean) => {
      if (fresh || desk.token === undefined) desk.token = await this.#tokenOf(desk)
      return this.#call(
        new Request(`${desk.url}/api/${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${desk.token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      )
    }
    const first = await call(false)
    const answer = first.status === 401 ? await call(true) : first
    this.sent.push({ path, body, status: answer.status, answer: read(await answer.text()) })
    return answer.status
  }

  /** Sends everything again that it ever sent. */
  async replay(): Promise<number[]> {
    const statuses = []
    for (const { path, body } of this.sent.slice()) statuses.push(await this.post(path, body))
    return statuses
  }

  async #tokenOf(desk: Desk): Promise<string> {
    const answer = await this.#call(
      new Request(`${desk.url}/auth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: desk.client_id,
          client_secret: desk.client_secret,
          scope: 'all',
        }).toString(),
      }),
    )
    const { access_token: token }: { access_token?: string } = await answer.json()
    if (!token) throw new Error(`The desk gave no token: ${answer.status}`)
    return token
  }

  #call(request: Request): Promise<Response> {
    return (this.#options.fetch ?? fetch)(request)
  }

  async #echoed({ body }: Received): Promise<void> {
    const { tries, html = (same: string) => same } = this.echo ?? { tries: 0 }
    const ticket = this.tickets.get(Number(body['ticket_id']))
    if (!ticket) return
    for (let n = 0; n < tries; n++)
      if ((await this.say(Number(ticket.reference), html(String(body['note_html'])))) < 300) return
  }

  #note(method: string, path: string, text: string): Received {
    const kind = kindOf(method, path)
    const body = kind === 'staging' || kind === 'token' ? {} : bodyOf(text)
    const { uid, link } = batonOf(body)
    const beside = this.#open.filter((one) => link !== undefined && batonOf(one.body).link === link)
    const one: Received = {
      kind,
      method,
      path,
      at: (this.#options.now ?? Date.now)(),
      body,
      uid: typeof uid === 'string' ? uid : null,
      status: null,
      beside: beside.length,
    }
    this.log.push(one)
    this.#open.push(one)
    if (kind === 'staging') this.files.set(path, text.length)
    return one
  }

  #done(one: Received): void {
    this.#open = this.#open.filter((other) => other !== one)
  }

  #answer({ kind, body, path }: Received, url: URL): Response {
    switch (kind) {
      case 'info':
        return json(200, {
          tenant_id: this.#options.tenantId,
          app_name: this.#options.name ?? 'Stub',
          ...(this.#options.dialect === 'baton' && { baton: { v: 1 } }),
        })
      case 'token':
        return json(200, {
          access_token: crypto.randomUUID(),
          token_type: 'Bearer',
          expires_in: 3600,
        })
      case 'create':
      case 'action':
        return this.#options.dialect === 'halo'
          ? this.#taken(kind, body)
          : this.#takenAsBaton(kind, body)
      case 'staging':
        return json(201, { uid: /attachment\/([^?]*)/.exec(path)?.[1], size: this.files.get(path) })
      case 'link':
        return this.#linkOf(path)
      case 'read':
        return this.#read(url)
      case 'list':
        return list(path, this.#options.dialect)
    }
  }

  /** As Halo: no memory of what came before, numbers of actions from 1 on each ticket, a bare object back. */
  #taken(kind: 'create' | 'action', body: Record<string, unknown>): Response {
    if (kind === 'create') {
      const { id, summary } = this.#add(body)
      return json(201, { id, summary })
    }
    const ticket = this.tickets.get(Number(body['ticket_id']))
    if (!ticket)
      return json(400, { ClassName: 'Exception', Message: 'You must specify a valid ticket' })
    ticket.actions.push({
      id: ticket.actions.length + 1,
      uid: null,
      note_html: String(body['note_html']),
    })
    return json(201, { id: ticket.actions.length, ticket_id: ticket.id })
  }

  #takenAsBaton(kind: 'create' | 'action', body: Record<string, unknown>): Response {
    const { uid, link, prev, clock } = batonOf(body)
    const before = this.#answered.get(String(uid))
    if (before) {
      // The first answer again, with the position of now.
      const { have } = [...this.tickets.values()].find((one) => one.link === link) ?? {}
      return json(200, { ...before, baton: { ...before.baton, have } })
    }
    const ticket =
      kind === 'create'
        ? this.#add(body)
        : [...this.tickets.values()].find((one) => one.link === link)
    if (!ticket)
      return json(409, { error: 'LINK_UNKNOWN', message: 'This ticket is not linked here' })
    const { have } = ticket
    if (prev?.n !== have.n || prev.uid !== have.uid)
      return json(409, {
        error: 'GAP',
        message: 'A message is missing',
        baton: { v: 1, uid, have, clock },
      })
    ticket.have = { n: have.n + 1, uid: String(uid) }
    if (kind === 'action')
      ticket.actions.push({
        id: ticket.actions.length + 1,
        uid: String(uid),
        note_html: String(body['note_html']),
      })
    const answer = {
      id: kind === 'create' ? ticket.id : ticket.actions.length,
      ticket_id: ticket.id,
      baton: {
        v: 1,
        uid,
        link,
        ticket: ticket.uid,
        have: ticket.have,
        clock: Number(clock) + 1,
        registers: [],
        url: `${this.#options.origin}/tickets/${ticket.id}`,
        parts: [{ part: 'Note', result: 'done' }],
      },
    }
    this.#answered.set(String(uid), answer)
    return json(201, answer)
  }

  #add(body: Record<string, unknown>): Ticket {
    const { link } = batonOf(body)
    const ticket: Ticket = {
      id: 501 + this.tickets.size,
      uid: crypto.randomUUID(),
      link: typeof link === 'string' ? link : null,
      reference: textIn(body, 'client_reference'),
      summary: textIn(body, 'summary') ?? '',
      details: textIn(body, 'details_html') ?? '',
      actions: [],
      have: { n: 0, uid: null },
    }
    this.tickets.set(ticket.id, ticket)
    return ticket
  }

  #linkOf(path: string): Response {
    const uid = /link\/([^?]*)/.exec(path)?.[1]
    const ticket = [...this.tickets.values()].find(({ link }) => link === uid)
    if (!ticket)
      return json(409, { error: 'LINK_UNKNOWN', message: 'This ticket is not linked here' })
    const uids = [...this.#answered.values()].flatMap(({ baton }) =>
      baton.link === uid ? [baton.uid] : [],
    )
    return json(200, {
      link: uid,
      ticket: ticket.uid,
      state: 'live',
      have: ticket.have,
      sent: { n: 0, uid: null },
      clock: 1,
      registers: [],
      record_count: uids.length,
      uids,
    })
  }

  /** Tickets and actions as Halo lists them: newest first, in pages only where `pageinate=true` says so. */
  #read({ pathname, searchParams: query }: URL): Response {
    const ofTicket = this.tickets.get(Number(query.get('ticket_id')))
    const [, id] = /tickets\/(\d+)$/i.exec(pathname) ?? []
    if (id !== undefined) {
      const one = this.tickets.get(Number(id))
      return one
        ? json(200, {
            id: one.id,
            summary: one.summary,
            details: one.details,
            details_html: one.details,
          })
        : json(404, { ClassName: 'Exception', Message: 'Not found' })
    }
    const isActions = /actions$/i.test(pathname)
    const wanted = query.get('search')?.toLowerCase() ?? query.get('client_ref') ?? ''
    const rows = isActions
      ? (ofTicket?.actions ?? []).map(({ id, note_html: html }) => ({
          id,
          ticket_id: ofTicket?.id,
          note: html.replace(/<[^>]*>/g, ''),
          note_html: html,
        }))
      : [...this.tickets.values()]
          .filter(({ summary, details, reference }) =>
            [summary, details, reference].some((text) => text?.toLowerCase().includes(wanted)),
          )
          .map(({ id, summary, reference }) => ({ id, summary, client_reference: reference }))
    const paged = query.get('pageinate')?.toLowerCase() === 'true'
    const size = paged ? Number(query.get('page_size') ?? 50) : UNPAGED
    const from = paged ? (Number(query.get('page_no') ?? 1) - 1) * size : 0
    return json(200, {
      record_count: rows.length,
      page_no: from / size + 1,
      page_size: size,
      [isActions ? 'actions' : 'tickets']: rows.toReversed().slice(from, from + size),
    })
  }

  /** `POST /control` with a rule or several, with `{desk}` or `{echo}`; `DELETE` heals; `GET` shows what came. */
  async #control(request: Request): Promise<Response> {
    if (request.method === 'DELETE') this.heal()
    if (request.method === 'POST') {
      const told: Mode | Mode[] | { desk: Desk } | { echo: { tries: number } } =
        await request.json()
      if ('desk' in told) this.knows(told.desk)
      else if ('echo' in told) this.echo = told.echo
      else this.will(...[told].flat())
    }
    return json(200, {
      rules: this.#rules,
      log: this.log,
      sent: this.sent,
      tickets: [...this.tickets.values()],
    })
  }
}

function kindOf(method: string, path: string): Kind {
  const [, door = '', rest = ''] = /\/(api|auth)\/([^?]*)/i.exec(path) ?? []
  const name = rest.toLowerCase().replace(/\/$/, '')
  if (door === 'auth' || name === 'token') return 'token'
  if (name === 'instanceinfo') return 'info'
  if (name.startsWith('attachment') && method === 'PUT') return 'staging'
  if (name.startsWith('connection/link/')) return 'link'
  if (method === 'POST' && name === 'tickets') return 'create'
  if (method === 'POST' && name === 'actions') return 'action'
  return /^(tickets(\/\d+)?|actions)$/.test(name) ? 'read' : 'list'
}

function read(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** A message is an array of one. */
function bodyOf(text: string): Record<string, unknown> {
  if (text === '') return {}
  const [one] = [JSON.parse(text)].flat()
  return one
}

interface Baton {
  uid?: unknown
  link?: unknown
  clock?: unknown
  prev?: { n: number; uid: string | null }
}
const batonOf = (body: Record<string, unknown>): Baton => {
  const { baton } = body
  return typeof baton === 'object' && baton !== null ? baton : {}
}

const textIn = (body: Record<string, unknown>, name: string): string | null => {
  const value = body[name]
  return typeof value === 'string' ? value : null
}

const json = (status: number, body: object): Response => Response.json(body, { status })

/** Lists for mapping: Halo's own, and those of the protocol in one. */
function list(path: string, dialect: Options['dialect']): Response {
  const name = /api\/([^?]*)/i.exec(path)?.[1]?.toLowerCase() ?? ''
  if (name === 'connection/self')
    return json(200, {
      tenant_id: null,
      name: 'Desk',
      kind: 'customer',
      allow_access: true,
      verified: true,
    })
  if (name === 'connection/schema' && dialect === 'baton')
    return json(200, {
      statuses: [{ id: 1, name: 'New' }],
      priorities: [],
      categories: [],
      fields: [],
      outcomes: [{ id: 7, name: 'Their note', sends_email: false }],
      tickettypes: [{ id: 1, name: 'Incident' }],
    })
  const known = LISTS[name]
  return known ? json(200, known) : json(404, { ClassName: 'Exception', Message: 'Not found' })
}

const LISTS: Record<string, object[]> = {
  status: [
    { id: 1, name: 'New' },
    { id: 9, name: 'Closed' },
  ],
  priority: [{ id: '0f8fad5b-d9cb-469f-a165-70867728950e', priorityid: 3, name: 'Medium' }],
  category: [{ id: 4, value: 'Hardware>Laptop', category_name: 'Laptop' }],
  fieldinfo: [{ id: 2, name: 'symptom', label: 'Summary', type: 0, custom: 0, usage: 0 }],
  outcome: [{ id: 7, outcome: 'Private Note', sendemail: 0, hidefromuser: true }],
  tickettype: [{ id: 1, name: 'Incident' }],
}
