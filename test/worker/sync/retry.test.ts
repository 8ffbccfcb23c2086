import { env, evictDurableObject } from 'cloudflare:test'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { seams } from '../../../worker/platform/seams'
import { courierObject } from '../../../worker/sync/objects'
import { nowAgain, pair, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import {
  answering,
  cutAfter,
  cutBefore,
  faraway,
  passes,
  type Fault,
  type Line,
  type Tried,
} from './line'
import {
  act,
  again,
  escalate,
  escalated,
  logged,
  offWorkflow,
  retry,
  setConnection,
  ticketAt,
  timeline,
  type Pairing,
} from './story'

/** Skyline is far away from Acme, and the line between them is bad. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let acme: TestDesk
let skyline: TestDesk
let line: Line
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  line = await faraway(acme, skyline)
})
beforeEach(async () => {
  // Time never goes back in this file: what is set to a moment to come must not wait for it twice.
  line.heal()
  await passes(2 * HOUR)
  for (const desk of [acme, skyline])
    for (const who of [desk.admin, desk.agent, desk.user]) who.forget()
  line.tried.length = 0
  line.others = []
})
afterAll(() => {
  line.hangUp()
  nowAgain()
})

const note = (at: Pairing, text: string, more: object = {}) =>
  act(acme, at.ours, 'Private note', text, more)

const arrived = async (at: Pairing) =>
  (await timeline(skyline, at.twin)).slice(1).map((one) => one.note)

const tries = (text: string) => line.tried.filter(({ body }) => body.note_html.includes(text))

describe('an answer that is lost', () => {
  test('d03 F6 R2 lost twice, it is answered from memory: once at the partner, synced, three tries, 201 and then 200', async () => {
    const at = await escalated(acme)
    line.faults = [cutAfter, cutAfter]
    const sent = await note(at, 'once d03')
    expect(sent.sync).toMatchObject({
      state: 'pending',
      error: expect.stringMatching(/^No answer/),
    })
    await passes(MINUTE)
    expect((await again(acme, sent)).sync).toMatchObject({
      state: 'synced',
      attempts: 3,
      error: null,
    })
    expect(await arrived(at)).toEqual(['once d03'])
    expect(tries('once d03').map(({ status }) => status)).toEqual([201, 200, 200])
  })

  test('d03 F6 R15 of an escalation: one twin, and its number is known in the end', async () => {
    const { id, summary } = await logged(acme)
    line.faults = [cutAfter]
    const sent = await escalate(acme, id)
    expect(sent.sync?.state).toBe('pending')
    await passes(MINUTE)
    const { sync } = await again(acme, sent)
    expect(sync).toMatchObject({ state: 'synced', attempts: 2 })
    expect(await ticketAt(acme, id)).toMatchObject({ supplier_ref: String(sync?.remote_ticket_id) })
    const { tickets } = await skyline.agent.get<{ tickets: Wire.Ticket[] }>(
      `tickets?search=${summary}`,
    )
    expect(tickets.filter((one) => one.summary === summary)).toHaveLength(1)
  })

  /** What is hashed: everything that may not change between two tries (protocol.md §3). */
  const hashed = ({ body }: Tried) => {
    const { kind, of, author, at } = body.baton
    return {
      kind,
      of,
      author,
      at,
      note: body.note_html,
      outcome: body['outcome_id'],
      files: body['attachments'],
    }
  }

  test.each<[name: string, send: (at: Pairing) => Promise<unknown>]>([
    ['an agent’s note', (at) => note(at, 'Rich <b>text</b> &amp; “quotes”<br>and a line')],
    [
      'a program’s note',
      (at) =>
        acme.admin.post('actions', [
          { ticket_id: at.ours, outcome: 'Private note', note: 'plain <text>\nin lines' },
        ]),
    ],
    [
      'an end user’s reply',
      (at) =>
        acme.user.post('actions', [
          { ticket_id: at.ours, outcome: 'User update', note: 'Still broken' },
        ]),
    ],
    [
      'a resolution without a note',
      (at) => acme.agent.post('actions', [{ ticket_id: at.ours, outcome: 'Resolve' }]),
    ],
  ])(
    'F7 F20 %s: the first try and the later one are the same message, so the repeat is 200 and not 409',
    async (_, send) => {
      const at = await escalated(acme)
      line.tried.length = 0
      line.faults = [cutAfter]
      await send(at)
      await passes(MINUTE)
      expect(line.tried.map(({ status }) => status)).toEqual([201, 200])
      const [first, second] = line.tried.map(hashed)
      expect(second).toEqual(first)
    },
  )

  test('F7 F20 an escalation: the same, also when the ticket, the action type and the template have changed meanwhile', async () => {
    const { id } = await logged(acme)
    line.faults = [cutAfter]
    await escalate(acme, id)
    await acme.agent.post('tickets', [{ id, summary: 'Other words' }])
    await passes(MINUTE)
    expect(line.tried.map(({ status }) => status)).toEqual([201, 200])
    const [first, second] = line.tried.map(hashed)
    expect(second).toEqual(first)
  })

  test('Q7 a partner that takes its time: the answer says pending within 2 s and a little, while the attempt goes on', async () => {
    const at = await escalated(acme)
    const gate = Promise.withResolvers<void>()
    line.faults = [(pass) => gate.promise.then(pass)]
    const began = performance.now()
    const sent = await note(at, 'Slowly')
    expect(performance.now() - began).toBeLessThan(2_500)
    expect(sent.sync).toMatchObject({ state: 'pending', error: null })
    gate.resolve()
    await expect.poll(async () => (await again(acme, sent)).sync?.state).toBe('synced')
    expect(tries('Slowly')).toHaveLength(1)
  })
})

describe('a partner that is down', () => {
  test('F12 Q4 what was sent meanwhile arrives in order when it is up, by the timers alone, once', async () => {
    const at = await escalated(acme)
    line.down = true
    const sent = []
    for (const text of ['One', 'Two', 'Three', 'Four']) sent.push(await note(at, text))
    for (const one of sent) expect(one.sync?.state).toBe('pending')
    await passes(2 * MINUTE)
    expect(await arrived(at)).toEqual([])
    line.heal()
    await passes(4 * MINUTE)
    expect(await arrived(at)).toEqual(['One', 'Two', 'Three', 'Four'])
    for (const one of sent) expect((await again(acme, one)).sync?.state).toBe('synced')
  })

  test('F12 Q10 while it is down it is probed at most once a minute, and no message is its probe', async () => {
    const tickets = []
    for (let n = 0; n < 5; n++) tickets.push(await escalated(acme))
    line.down = true
    for (const at of tickets) await note(at, 'Anybody there?')
    await passes(MINUTE)
    line.tried.length = 0
    line.others = []
    await passes(10 * MINUTE)
    expect(line.tried).toHaveLength(0)
    expect(line.others.length).toBeGreaterThan(4)
    expect(line.others.length).toBeLessThanOrEqual(11)
    expect(line.others.filter((one) => !one.endsWith('/api/instanceinfo'))).toEqual([])
    line.heal()
    await passes(2 * MINUTE)
    for (const at of tickets) expect(await arrived(at)).toEqual(['Anybody there?'])
  })

  test('F12 Q10 an object that is put out of memory between two probes does not begin again with messages', async () => {
    // As many links as the breaker looks at: those that passed before would keep it shut.
    const tickets = []
    for (let n = 0; n < 5; n++) tickets.push(await escalated(acme))
    line.down = true
    for (const at of tickets) await note(at, 'Forgetful')
    await passes(3 * MINUTE)
    line.tried.length = 0
    line.others = []
    for (let minute = 0; minute < 10; minute++) {
      await evictDurableObject(courierObject(env, acme.t, acme.connectionId))
      await passes(MINUTE)
    }
    expect(line.tried).toHaveLength(0)
    expect(line.others.filter((one) => !one.endsWith('/api/instanceinfo'))).toEqual([])
    expect(line.others.length).toBeLessThanOrEqual(11)
    line.heal()
    await passes(2 * MINUTE)
    for (const at of tickets) expect(await arrived(at)).toEqual(['Forgetful'])
  })

  test('F12 R7 Q4 a single ticket while the partner is down for hours: nothing is parked, and the order stays', async () => {
    await note(await escalated(acme), 'Another link that passed before')
    const at = await escalated(acme)
    line.down = true
    const first = await note(at, 'One')
    await passes(3 * HOUR)
    expect((await again(acme, first)).sync?.state).toBe('pending')
    line.heal()
    const second = await note(at, 'Two')
    expect(second.sync?.state).toBe('pending')
    await passes(2 * HOUR)
    expect(await arrived(at)).toEqual(['One', 'Two'])
  })

  test('Q3 the ticket says when the next try is, and why the last one failed', async () => {
    const at = await escalated(acme)
    line.faults = [cutBefore]
    const { sync } = await note(at, 'When?')
    expect(sync).toMatchObject({
      state: 'pending',
      error: 'No answer (connection refused)',
      attempts: 1,
    })
    const waitMs = Date.parse(sync?.next_attempt_at ?? '') - seams.now()
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(6_000)
  })

  test('Q3 after three days it is dead, in words; Retry sends it when the partner is back', async () => {
    const at = await escalated(acme)
    line.always = answering(500, 'Oops')
    const sent = await note(at, 'For days')
    await passes(75 * HOUR)
    acme.agent.forget()
    expect((await again(acme, sent)).sync).toMatchObject({
      state: 'dead',
      next_attempt_at: null,
      error: 'The partner answered 500 in a form that is not known',
      fix: 'The partner could not be reached for three days. Retry when it is back.',
    })
    expect(await ticketAt(acme, at.ours)).toMatchObject({ sync: 'dead' })
    line.heal()
    expect((await retry(acme, sent)).sync?.state).toBe('synced')
    skyline.agent.forget()
    expect(await arrived(at)).toEqual(['For days'])
  })
})

describe('one message that is bad', () => {
  test('o02 F13 Q8 R7 the partner fails at one note: it is parked and says so, later notes and other tickets go on, the connection stays', async () => {
    const [at, other] = [await escalated(acme), await escalated(acme)]
    line.always = (pass, text) =>
      text.includes('poison') ? Promise.resolve(new Response('Oops', { status: 500 })) : pass()
    const bad = await note(at, 'poison o02')
    const good = []
    for (let n = 1; n <= 5; n++) good.push(await note(at, `good o02-${n}`))
    const beside = await note(other, 'beside o02')
    expect(beside.sync?.state).toBe('synced')
    await passes(15 * MINUTE)
    expect((await again(acme, bad)).sync).toMatchObject({
      state: 'parked',
      fix: expect.stringMatching(/Retry tries it now/),
    })
    expect(await ticketAt(acme, at.ours)).toMatchObject({ sync: 'parked' })
    expect(await arrived(at)).toEqual([1, 2, 3, 4, 5].map((n) => `good o02-${n}`))
    const page = await acme.admin.get<{ state: string }>(`connection/${acme.connectionId}`)
    expect(page.state).toBe('live')
    line.heal()
    expect((await retry(acme, bad)).sync?.state).toBe('synced')
    expect((await arrived(at)).at(-1)).toBe('poison o02')
    expect(await ticketAt(acme, at.ours)).toMatchObject({ sync: 'synced' })
  })

  test('R7 Q8 with no other ticket on the way, a probe tells that the partner is up: the bad note is parked and the link goes on', async () => {
    const at = await escalated(acme)
    line.always = (pass, text) =>
      text.includes('poison') ? Promise.resolve(new Response('Oops', { status: 500 })) : pass()
    const bad = await note(at, 'poison alone')
    await note(at, 'good alone')
    await passes(15 * MINUTE)
    expect((await again(acme, bad)).sync?.state).toBe('parked')
    expect(await arrived(at)).toEqual(['good alone'])
    line.heal()
    await passes(2 * HOUR)
    expect((await again(acme, bad)).sync?.state).toBe('synced')
  })

  test('F14 R7 a create that fails is a barrier: nothing of its link passes it, and what waits says why', async () => {
    const { id } = await logged(acme)
    line.always = answering(500, 'Oops')
    const created = await escalate(acme, id)
    const behind = await act(acme, id, 'Private note', 'Behind it')
    expect(behind.sync?.state).toBe('pending')
    await passes(30 * MINUTE)
    expect(line.tried.every(({ path }) => path === 'tickets')).toBe(true)
    expect((await again(acme, created)).sync?.state).toBe('pending')
    expect((await again(acme, behind)).sync).toMatchObject({
      state: 'pending',
      reason: 'Waits for the escalation to arrive.',
    })
    line.heal()
    await passes(HOUR)
    const { sync } = await again(acme, created)
    expect(sync?.state).toBe('synced')
    expect(await arrived({ ours: id, twin: sync?.remote_ticket_id ?? 0 })).toEqual(['Behind it'])
  })

  test('F53 R3 refused, then five more; Retry of the refused one: all six are taken, and nobody had to heal a gap', async () => {
    const at = await escalated(acme)
    const putBack = await offWorkflow(skyline, 'Internal note')
    const refused = await note(at, 'Refused')
    expect(refused.sync?.state).toBe('failed')
    await putBack()
    for (let n = 1; n <= 5; n++) expect((await note(at, `More ${n}`)).sync?.state).toBe('synced')
    await acme.agent.post('actions', [
      { ticket_id: at.ours, outcome: 'Change priority', new_priority: acme.priority('Critical') },
    ])
    expect((await retry(acme, refused)).sync?.state).toBe('synced')
    expect(await arrived(at)).toEqual(['More 1', 'More 2', 'More 3', 'More 4', 'More 5', 'Refused'])
    expect(line.tried.map(({ status }) => status)).not.toContain(409)
  })
})

describe('answers that are none (R6)', () => {
  test.each<[name: string, fault: Fault]>([
    ['F16 200 with a page', answering(200, '<h1>Welcome</h1>')],
    ['F16 200 with {}', answering(200, {})],
    ['F16 201 with another ticket', answering(201, { id: 7, ticket_id: 7 })],
    ['F17 302 to elsewhere', answering(302, '', { location: 'https://elsewhere.example/' })],
    ['F18 403 of a firewall', answering(403, '<h1>Blocked</h1>')],
    ['F18 404 of a parked domain', answering(404, '<h1>This domain is for sale</h1>')],
    [
      'F11 half an answer',
      () =>
        Promise.resolve(
          new Response('{"id":', { status: 201, headers: { 'content-type': 'application/json' } }),
        ),
    ],
  ])('%s is neither success nor the end: it is tried again and arrives once', async (_, fault) => {
    const at = await escalated(acme)
    line.faults = [fault]
    const sent = await note(at, 'Really')
    expect(sent.sync?.state).toBe('pending')
    expect(line.others.filter((one) => one.includes('elsewhere'))).toEqual([])
    await passes(MINUTE)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(await arrived(at)).toEqual(['Really'])
  })

  test('F15 429 with Retry-After holds the whole connection: nothing is sent before, nothing is counted, then all goes on in order', async () => {
    const [at, other] = [await escalated(acme), await escalated(acme)]
    line.tried.length = 0
    line.faults = [
      answering(429, { error: 'TOO_MANY', message: 'Slow down' }, { 'retry-after': '300' }),
    ]
    const sent = await note(at, 'One')
    expect(sent.sync).toMatchObject({ state: 'pending', error: 'Slow down' })
    const second = await note(at, 'Two')
    const beside = await note(other, 'Beside')
    expect(beside.sync?.state).toBe('pending')
    await passes(4 * MINUTE)
    expect(line.tried).toHaveLength(1)
    await passes(2 * MINUTE)
    for (const one of [sent, second, beside])
      expect((await again(acme, one)).sync?.state).toBe('synced')
    expect(await arrived(at)).toEqual(['One', 'Two'])
    expect(await arrived(other)).toEqual(['Beside'])
  })

  test('F26 a token that is no longer accepted: one fresh token, the same message, and it is synced at once', async () => {
    const at = await escalated(acme)
    line.others = []
    line.faults = [answering(401, { error: 'UNAUTHORIZED', message: 'Expired' })]
    const sent = await note(at, 'Once more')
    expect(sent.sync?.state).toBe('synced')
    expect(line.others.filter((one) => one.endsWith('/auth/token'))).toHaveLength(1)
    expect(await arrived(at)).toEqual(['Once more'])
  })
})

describe('a pause (R17)', () => {
  test('R17 paused, nothing is called and nothing is lost; what waits says why; Resume sends it in order', async () => {
    const at = await escalated(acme)
    await setConnection(acme, { state: 'paused' })
    const [first, second] = [await note(at, 'First'), await note(at, 'Second')]
    expect(first.sync).toMatchObject({ state: 'pending', reason: 'The connection is paused.' })
    line.tried.length = 0
    line.others = []
    await passes(10 * MINUTE)
    expect([line.tried, line.others]).toEqual([[], []])
    expect(await acme.admin.get(`connection/${acme.connectionId}`)).toMatchObject({
      health: expect.stringMatching(/2 messages wait/),
    })
    await setConnection(acme, { state: 'live' })
    await passes(MINUTE)
    expect((await again(acme, second)).sync?.state).toBe('synced')
    expect(await arrived(at)).toEqual(['First', 'Second'])
  })

  test('R17 F15 paused on the receiving side: held, not failed, and delivered after it', async () => {
    const at = await escalated(acme)
    await setConnection(skyline, { state: 'paused' })
    const sent = await note(at, 'While paused')
    expect(sent.sync).toMatchObject({ state: 'pending', error: 'The connection is paused' })
    expect(await arrived(at)).toEqual([])
    await setConnection(skyline, { state: 'live' })
    await passes(6 * MINUTE)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(await arrived(at)).toEqual(['While paused'])
  })
})
