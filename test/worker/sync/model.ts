import { and, eq } from 'drizzle-orm'
import fc from 'fast-check'
import { action, link, ticket } from '../../../db/schema'
import { POINTS, type Point } from '../../../worker/platform/fault'
import { seams } from '../../../worker/platform/seams'
import type { Told } from '../invariants'
import { deliverQueue, heal, isQuiet, kill, queue, supersede, type How } from '../nemesis'
import type { Client, TestDesk } from '../pair'
import type { At, Side } from '../sides'
import type { Wire } from '../wire'
import { map, offWorkflow, setAction, setConnection } from './story'

/**
 * What may happen to tickets that two or three desks share, as data (reliability.md §7.3). The model knows nothing of messages, tries or
 * timers: only which actions were accepted where, and which value of which register got which stamp.
 */

export type Slug = 'acme' | 'skyline' | 'vendor'

/** What a person does; `on` is the ticket's place in the story. */
type Deed =
  | { does: 'note' | 'private' | 'close' | 'reopen'; at: Slug; on: number }
  | { does: 'status'; at: Slug; on: number; to: (typeof STATUSES)[number] }
  | { does: 'priority'; at: Slug; on: number; to: (typeof PRIORITIES)[number] }
  | { does: 'category' | 'edit'; at: Slug; on: number; to: (typeof CATEGORIES)[number] }
  | { does: 'reply' | 'escalate' | 'onward'; on: number }
/** What happens to the desks. */
type Event =
  | { does: 'break'; point: Point; how: How }
  | { does: 'deploy' | 'supersede' }
  | { does: 'queue'; times: number }
  | { does: 'time'; s: number }
  | { does: 'pause' | 'resume'; at: 'acme' | 'skyline' }
  | { does: 'unmap'; at: 'acme' | 'skyline'; kind: 'status' | 'outcome' | 'category' }
  | {
      does: 'hide' | 'rename' | 'no mail' | 'off the workflow' | 'no files'
      at: 'acme' | 'skyline'
    }
export type Move = Deed | Event | { does: 'together'; all: Deed[]; order: number }

const STATUSES = ['In progress', 'On hold', 'Waiting on user'] as const
export const PRIORITIES = ['High', 'Low', 'Critical'] as const
export const CATEGORIES = ['Hardware>Printer', 'Hardware>Laptop', 'Network>VPN'] as const

const slug = fc.constantFrom<Slug>('acme', 'acme', 'skyline', 'skyline', 'vendor')
const one = fc.constantFrom('acme' as const, 'skyline' as const)
const on = fc.nat(1)
const is = <const S extends string | number>(...all: S[]) => fc.constantFrom(...all)
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: is('note', 'note', 'private', 'close', 'reopen'), at: slug, on }),
  },
  { weight: 2, arbitrary: fc.record({ does: is('status'), at: slug, on, to: is(...STATUSES) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: is('priority'), at: slug, on, to: is(...PRIORITIES) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: is('category', 'edit'), at: slug, on, to: is(...CATEGORIES) }),
  },
  { weight: 2, arbitrary: fc.record({ does: is('reply', 'escalate', 'onward'), on }) },
)
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: is('break'),
      point: is(...(Object.keys(POINTS) as Point[])),
      how: is<How>('throw', 'kill', 'kill and lose the queue'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: is('deploy', 'supersede') }) },
  { weight: 1, arbitrary: fc.record({ does: is('queue'), times: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ does: is('time'), s: is(1, 10, 50, 100, 600) }) },
  { weight: 1, arbitrary: fc.record({ does: is('pause', 'resume'), at: one }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: is('unmap'), at: one, kind: is('status', 'outcome', 'category') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: is('hide', 'rename', 'no mail', 'off the workflow', 'no files'),
      at: one,
    }),
  },
)
export const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: deed },
  { weight: 3, arbitrary: event },
  {
    weight: 1,
    arbitrary: fc.record({
      does: is('together'),
      all: fc.array(deed, { minLength: 2, maxLength: 3 }),
      order: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    }),
  },
)

/** What was accepted, and what it made of registers. */
export interface Model {
  told: Told
  writes: {
    at: At
    register: 'status' | 'priority' | 'category'
    clock: number
    value: number | null
  }[]
}

/** The desks under the model's hand. */
export interface World {
  desks: Record<Slug, TestDesk>
  vendorId: number
  /** Acme's numbers of the tickets of this story. */
  tickets: number[]
  /** What is to break next, each once. */
  breaks: { point: Point; how: How }[]
  /** Puts settings back. */
  undo: (() => Promise<unknown>)[]
  /** Desks whose action for the partner's notes is off the workflow. */
  off: Set<Slug>
}

/** A ticket's number on each desk that has it by now. */
async function numberAt({ desks, tickets }: World, at: Slug, on: number): Promise<number | null> {
  const ours = tickets[on % tickets.length] ?? 0
  if (at === 'acme') return ours
  const twinAt = async (from: TestDesk, to: TestDesk, id: number): Promise<number | null> => {
    const { orm } = to.db
    const uid = orm
      .select({ uid: ticket.uid })
      .from(ticket)
      .where(and(eq(ticket.t, from.t), eq(ticket.id, id)))
    const [row] = await orm
      .select({ id: link.ticketId })
      .from(link)
      .where(
        and(eq(link.t, to.t), eq(link.partnerTenant, from.tenantId), eq(link.remoteTicketUid, uid)),
      )
    return row?.id ?? null
  }
  const twin = await twinAt(desks.acme, desks.skyline, ours)
  return at === 'skyline' || twin === null ? twin : twinAt(desks.skyline, desks.vendor, twin)
}

let said = 0
const MOST_TRIES = 6

/** Asks as a browser does: an error is repeated under the same key. Null where it is refused, which nobody counts. */
async function insist(who: Client, path: string, body: object): Promise<Wire.Action | null> {
  const key = crypto.randomUUID()
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const reply = await who
      .ask<Wire.Action>('POST', path, [body], { 'idempotency-key': key })
      .catch(() => null) // it could not even sign in
    if (reply && reply.status < 300) return reply.body
    if (reply?.status === 401 || !reply) who.forget()
    else if (reply.status < 500) return null
  }
  throw new Error(`${path} was not answered in ${MOST_TRIES} tries: ${JSON.stringify(body)}`)
}

async function does(world: World, model: Model, deed: Deed): Promise<void> {
  const at = deed.does === 'onward' ? 'skyline' : 'at' in deed ? deed.at : 'acme'
  const desk = world.desks[at]
  const id = await numberAt(world, at, deed.on)
  if (id === null) return
  if (deed.does === 'edit')
    return void (await insist(desk.agent, 'tickets', { id, category_1: deed.to }))
  const words = `words ${++said} end`
  const who = deed.does === 'reply' ? desk.user : desk.agent
  const asked = { ticket_id: id, note_html: `<p>${words}</p>`, ...wireOf(world, deed, at) }
  const answer = await insist(who, 'actions', asked)
  if (!answer) return
  model.told.accepted.push({ at: { desk, id }, words, stays: deed.does === 'private' })
  await stamped(model, { desk, id }, answer.id, deed)
}

function wireOf({ desks, vendorId }: World, deed: Deed, at: Slug): object {
  const to = at === 'acme' ? 'supplier' : 'customer'
  switch (deed.does) {
    case 'note':
    case 'edit':
      return at === 'acme' ? { outcome: 'Private note' } : { outcome: 'Note', send_to: to }
    case 'private':
      return { outcome: 'Internal note' }
    case 'close':
      return { outcome: 'Resolve', send_to: to }
    case 'reopen':
      return { outcome: 'Reopen', send_to: to }
    case 'status':
      return { outcome: 'Public note', status_id: desks[at].status(deed.to), send_to: to }
    case 'priority':
      return { outcome: 'Public note', priority_id: desks[at].priority(deed.to), send_to: to }
    case 'category':
      return { outcome: 'Public note', category_1: deed.to, send_to: to }
    case 'reply':
      return { outcome: 'User update' }
    case 'escalate':
      return { outcome: 'Escalate to MSP', supplier_id: desks.acme.supplierId }
    case 'onward':
      return { outcome: 'Log to supplier', supplier_id: vendorId }
  }
}

const NAMES = { status: 'Status', priority: 'Priority', category: 'Category' }

/** Notes the stamp that an accepted change got: the clock of its entry. */
async function stamped({ writes }: Model, at: At, actionId: number, deed: Deed): Promise<void> {
  const { desk, id } = at
  const change = changeOf(desk, deed)
  const { orm, t } = desk.db
  const [[entry], links] = await orm.batch([
    orm
      .select({ clock: action.clock, changes: action.changes })
      .from(action)
      .where(and(eq(action.t, t), eq(action.ticketId, id), eq(action.id, actionId))),
    orm
      .select({ id: link.id })
      .from(link)
      .where(and(eq(link.t, t), eq(link.ticketId, id))),
  ])
  // What it was before is no change.
  const isChange = change && entry?.changes?.includes(`"name":"${NAMES[change.register]}"`)
  if (change && entry && isChange && links.length > 0)
    writes.push({ at, clock: entry.clock, ...change })
}

function changeOf(
  desk: TestDesk,
  deed: Deed,
): Pick<Model['writes'][number], 'register' | 'value'> | null {
  switch (deed.does) {
    case 'status':
      return { register: 'status', value: desk.status(deed.to) }
    case 'close':
      return { register: 'status', value: desk.status('Closed') }
    case 'reopen':
      return { register: 'status', value: desk.status('In progress') }
    case 'priority':
      return { register: 'priority', value: desk.priority(deed.to) }
    case 'category':
      return { register: 'category', value: desk.category(deed.to) }
    default:
      return null
  }
}

/** Several people at the same moment; `order` shuffles the turns of their trips to the database. */
async function together(world: World, model: Model, all: Deed[], order: number): Promise<void> {
  let state = order
  seams.beforeQuery = async () => {
    state = (state * 48271) % 2147483647
    for (let turns = state % 4; turns > 0; turns--)
      await new Promise((resolve) => setTimeout(resolve, 0))
  }
  try {
    await Promise.all(all.map((one) => does(world, model, one)))
  } finally {
    seams.beforeQuery = undefined
  }
}

/** One move. What the model learns of it is what a person would know. */
export async function make(world: World, model: Model, move: Move): Promise<void> {
  switch (move.does) {
    case 'together':
      return together(world, model, move.all, move.order)
    case 'break':
      world.breaks.push({ point: move.point, how: move.how })
      return
    case 'deploy':
      model.told.ambiguous++ // a mail may be on its way
      return kill()
    case 'supersede':
      return supersede()
    case 'queue':
      queue.times = move.times
      return deliverQueue()
    case 'time':
      await heal(move.s * 1_000, isQuiet)
      return
    case 'pause':
    case 'resume':
    case 'unmap':
    case 'hide':
    case 'rename':
    case 'no mail':
    case 'no files':
    case 'off the workflow':
      return configure(world, model, move)
    default:
      return does(world, model, move)
  }
}

/** An admin changes settings; a fault meanwhile is nobody's subject here. */
async function configure(
  { desks, undo, breaks, off }: World,
  model: Model,
  move: Extract<Move, { at: 'acme' | 'skyline'; does: Event['does'] }>,
): Promise<void> {
  const desk = desks[move.at]
  const waits = breaks.splice(0)
  const note = move.at === 'acme' ? 'Internal update' : 'Internal note'
  switch (move.does) {
    case 'pause':
      await setConnection(desk, { state: 'paused' })
      undo.push(() => setConnection(desk, { state: 'live' }))
      break
    case 'resume':
      await setConnection(desk, { state: 'live' })
      break
    case 'unmap': {
      const [kind, theirs, ours] = unmapped(desks, move)
      model.told.remapped = true
      await map(desk, kind, theirs, null)
      undo.push(() => map(desk, kind, theirs, ours))
      break
    }
    case 'hide':
      await setAction(desk, 'Public note', { hideFromUser: true })
      undo.push(() => setAction(desk, 'Public note', { hideFromUser: false }))
      break
    case 'rename':
      await setAction(desk, note, { icon: 'bell' })
      break
    case 'no mail':
      await setAction(desk, 'Email user', { emailOnConnection: false })
      undo.push(() => setAction(desk, 'Email user', { emailOnConnection: move.at === 'acme' }))
      break
    case 'no files':
      await setConnection(desk, { sync_attachments: false })
      undo.push(() => setConnection(desk, { sync_attachments: true }))
      break
    case 'off the workflow':
      // Once: what is off already leaves nothing to put back.
      if (!off.has(move.at)) undo.push(await offWorkflow(desk, note))
      off.add(move.at)
  }
  breaks.push(...waits)
}

function unmapped(
  desks: World['desks'],
  { at, kind }: { at: 'acme' | 'skyline'; kind: 'status' | 'outcome' | 'category' },
): [kind: string, theirs: number | string, ours: number] {
  const [here, there] = at === 'acme' ? [desks.acme, desks.skyline] : [desks.skyline, desks.acme]
  if (kind === 'status') return [kind, there.status('On hold'), here.status('On hold')]
  if (kind === 'category')
    return [kind, there.category('Network>VPN'), here.category('Network>VPN')]
  return at === 'acme'
    ? [kind, there.outcome('Note'), here.outcome('Internal update')]
    : [kind, there.outcome('Private note'), here.outcome('Internal note')]
}

/** Nothing that was accepted is overwritten by something older, and where it was last it is what stands. */
export const forgotten = (sides: Side[], { writes }: Model): string[] =>
  writes.flatMap(({ at: { desk, id }, register, clock, value }) => {
    const side = sides.find((one) => one.desk.t === desk.t)
    const row = side?.registers.find((one) => one.ticketId === id && one.name === register)
    const at = side?.tickets.find((one) => one.id === id)
    const name = `I5 ${register} of ${desk.slug} ${id}`
    if (!row || row.clock < clock) return [`${name}: written at ${clock}, stands at ${row?.clock}`]
    if (row.clock > clock || row.writer !== desk.tenantId || row.edited) return []
    const stands =
      register === 'status'
        ? at?.statusId
        : register === 'priority'
          ? at?.priorityId
          : at?.categoryId
    return stands === value ? [] : [`${name}: ${value} was written at ${clock}, ${stands} stands`]
  })
