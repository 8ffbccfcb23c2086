import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Accepted } from './book.ts'
import { Chance } from './chance.ts'
import type { Slug } from './deployment.ts'
import type { Ending, Entry, MessageRow, Ticket } from './ending.ts'
import { guaranteesOf } from './guarantees.ts'
import { faultsOf, KILLS, type Plan } from './plan.ts'
import type { Said } from './wire.ts'

// One ticket with one note, on both desks, as everything should be. Each test breaks one thing and names the line that must say so.
const MARK = 'mark-1-1-'
const NOTE = 'mark-1-2-'

const entry = (guid: string, mark: string, direction: 'in' | 'out'): Entry => ({
  id: 2,
  guid,
  ticket_id: 1001,
  note_html: `<p>${mark}</p>`,
  partner: null,
  sync: null,
  deliveries: [{ state: 'synced', direction }],
  attachments: [],
})
const ticket: Ticket = {
  id: 1001,
  guid: 't',
  summary: MARK,
  status_name: 'In progress',
  priority: { name: 'Medium' },
  category_1: '',
  startdate: null,
  targetdate: null,
  sync: 'synced',
  customfields: [],
}
const message: MessageRow = {
  ticket_id: 1001,
  action_id: 2,
  uid: 'u2',
  link: 'l',
  state: 'synced',
  next_at: null,
  attempts: 1,
  error: null,
  reason: null,
}
const accepted = (kind: Accepted['kind'], mark: string, uid: string | null): Accepted => ({
  desk: 'acme',
  kind,
  outcome: 'Private note',
  mark,
  ticketId: 1001,
  uid,
  mails: 'none',
  mayBeRefused: false,
  files: {},
  said: null,
  tries: 1,
})
const linked = (out: number, into: number) => ({
  uid: 'l',
  ticket_id: 1001,
  state: 'live',
  in_n: into,
  in_uid: into > 0 ? 'u2' : null,
  out_n: out,
  out_uid: out > 0 ? 'u2' : null,
  may_differ: 0,
})

function ending(slug: Slug, entries: Entry[], more: Partial<Ending> = {}): Ending {
  return {
    tenantId: slug,
    tickets: new Map([[1001, ticket]]),
    entries,
    marked: {
      entries: Map.groupBy(entries, ({ note_html: note }) => note.slice(3, -4)),
      tickets: new Map([[MARK, [ticket]]]),
    },
    links: [slug === 'acme' ? linked(1, 0) : linked(0, 1)],
    messages: slug === 'acme' ? [message] : [],
    taken: slug === 'acme' ? [] : [{ uid: 'u2', n: 1, link: 'l' }],
    registers: [{ link: 'l', name: 'status', clock: 2, writer: 'acme', applied: 1 }],
    mails: [],
    handedOver: new Map(),
    refusedMails: new Map(),
    files: new Map(),
    doubledPeople: [],
    connection: { state: 'live', reason: null },
    ...more,
  }
}

const HERE = [entry('u2', NOTE, 'out')]
const THERE = [entry('u2', NOTE, 'in')]

/** The lines that are not clean. */
function broken(
  acme: Ending,
  skyline: Ending,
  { book = [], said = [] }: { book?: Accepted[]; said?: Said[] } = {},
): string[] {
  const wire = (uids: [string, Said[]][]) => ({ said: new Map(uids) })
  return guaranteesOf({
    accepted: [accepted('ticket', MARK, null), accepted('escalation', NOTE, 'u2'), ...book],
    ends: { acme, skyline },
    wires: { acme: wire([]), skyline: wire([['u2', said]]) },
    passed: new Set(),
    watched: { seen: 0, lies: [] },
    now: 1_000,
  })
    .filter(({ faults }) => faults.length > 0)
    .map(({ name }) => name)
}

test('the checker says nothing where nothing is wrong', () => {
  assert.deepEqual(broken(ending('acme', HERE), ending('skyline', THERE)), [])
})

test('Q1 the checker notices what is lost at its origin, and what is lost at the partner', () => {
  assert.ok(broken(ending('acme', []), ending('skyline', THERE)).includes('Q1 lost'))
  assert.ok(broken(ending('acme', HERE), ending('skyline', [])).includes('Q1 lost'))
})

test('Q2 the checker notices a second entry and a second person', () => {
  const twice = [...THERE, entry('u3', NOTE, 'in')]
  assert.deepEqual(broken(ending('acme', HERE), ending('skyline', twice)), ['Q2 doubled'])
  const people = { doubledPeople: ['ana@acme.example'] }
  assert.deepEqual(broken(ending('acme', HERE), ending('skyline', THERE, people)), ['Q2 doubled'])
})

test('Q3 the checker notices a message that nobody works on, and a refusal without a reason', () => {
  const with_ = (more: Partial<MessageRow>) =>
    ending('acme', HERE, { messages: [{ ...message, ...more }] })
  const there = ending('skyline', THERE)
  assert.ok(broken(with_({ state: 'pending', next_at: 999 }), there).includes('Q3 unexplained'))
  assert.ok(broken(with_({ state: 'failed', error: 'no' }), there).includes('Q3 unexplained'))
  const paused = { connection: { state: 'paused', reason: null } }
  assert.ok(broken(ending('acme', HERE, paused), there).includes('Q3 unexplained'))
})

test('Q4 the checker notices what was taken in another order, and desks that name different last messages', () => {
  const messages = [message, { ...message, action_id: 3, uid: 'u3' }]
  const taken = [
    { uid: 'u3', n: 1, link: 'l' },
    { uid: 'u2', n: 2, link: 'l' },
  ]
  assert.deepEqual(
    broken(ending('acme', HERE, { messages }), ending('skyline', THERE, { taken })),
    ['Q4 out of order'],
  )
  const behind = { links: [linked(0, 0)] }
  assert.deepEqual(broken(ending('acme', HERE), ending('skyline', THERE, behind)), [
    'Q4 out of order',
  ])
})

test('Q5 the checker notices another stamp, and one stamp with two values', () => {
  const registers = [{ link: 'l', name: 'status', clock: 3, writer: 'skyline', applied: 1 }]
  assert.deepEqual(broken(ending('acme', HERE), ending('skyline', THERE, { registers })), [
    'Q5 apart',
  ])
  const tickets = new Map([[1001, { ...ticket, status_name: 'On hold' }]])
  assert.deepEqual(broken(ending('acme', HERE), ending('skyline', THERE, { tickets })), [
    'Q5 apart',
  ])
})

test('Q6 the checker notices a false "synced" and a false "failed", and believes a real refusal', () => {
  assert.ok(broken(ending('acme', HERE), ending('skyline', [])).includes('Q6 untrue'))
  const failed = [
    { ...entry('u2', NOTE, 'out'), deliveries: [{ state: 'failed', direction: 'out' as const }] },
  ]
  const gap = [{ status: 409, error: 'GAP' }]
  const html = [{ status: 403, error: null }]
  const real = [{ status: 400, error: 'ACTION_NOT_ALLOWED' }]
  const lines = (said: Said[]) => broken(ending('acme', failed), ending('skyline', []), { said })
  assert.ok(lines(gap).includes('Q6 untrue'))
  assert.ok(lines(html).includes('Q6 untrue'))
  assert.ok(!lines(real).includes('Q6 untrue'))
})

test('Q16 the checker notices a mail that never left, one that left twice, and one from the wrong desk', () => {
  const told = { ...accepted('action', 'mark-1-3-', 'u4'), mails: 'one' as const }
  const mail = {
    uid: 'm',
    ticket_id: 1001,
    action_id: 2,
    to_address: 'pat@acme.example',
    state: 'sent',
    attempts: 1,
  }
  const here = [...HERE, entry('u4', 'mark-1-3-', 'out')]
  const there = [...THERE, entry('u4', 'mark-1-3-', 'in')]
  const lines = (times: number, more: Partial<Ending> = {}) =>
    broken(
      ending('acme', here, { mails: [mail], handedOver: new Map([['m', times]]), ...more }),
      ending('skyline', there),
      { book: [told] },
    )
  const name = 'Q16 mails doubled or lost'
  assert.ok(!lines(1).includes(name))
  assert.ok(lines(0).includes(name))
  assert.ok(lines(2).includes(name))
  assert.ok(lines(1, { mails: [] }).includes(name))
  assert.deepEqual(broken(ending('acme', HERE), ending('skyline', THERE, { mails: [mail] })), [
    name,
  ])
})

test('I10 the checker notices a file that is missing, doubled or has other bytes', () => {
  const withFile = { ...accepted('action', 'mark-1-3-', 'u4'), files: { 'a.txt': 'right' } }
  const file = { id: 7, filename: 'a.txt' }
  const lines = (attachments: Entry['attachments'], sha256: string) => {
    const on = (direction: 'in' | 'out', all: Entry['attachments']) => [
      ...(direction === 'out' ? HERE : THERE),
      { ...entry('u4', 'mark-1-3-', direction), attachments: all },
    ]
    return broken(
      ending('acme', on('out', [file]), { files: new Map([[7, 'right']]) }),
      ending('skyline', on('in', attachments), { files: new Map([[7, sha256]]) }),
      { book: [withFile] },
    )
  }
  assert.ok(!lines([file], 'right').includes('I10 files'))
  assert.ok(lines([], 'right').includes('I10 files'))
  assert.ok(lines([file, file], 'right').includes('I10 files'))
  assert.ok(lines([file], 'wrong').includes('I10 files'))
})

test('a seed makes the same faults again, as many as were asked for', () => {
  const plan: Plan = {
    seed: 8123,
    actions: 10_000,
    faults: 500,
    kills: 60,
    silences: 6,
    hands: 12,
    long: true,
  }
  const faults = faultsOf(plan, new Chance(plan.seed))
  assert.deepEqual(faultsOf(plan, new Chance(plan.seed)), faults)
  assert.notDeepEqual(faultsOf(plan, new Chance(plan.seed + 1)), faults)
  const blows = faults.flatMap((one) => (one.kind === 'kill' ? [one] : []))
  const kills = blows.reduce((sum, { blow }) => sum + KILLS[blow], 0)
  assert.deepEqual([kills, faults.length - blows.length], [60, 440])
  assert.equal(blows.filter(({ silent }) => silent).length, 6)
})
