import { env } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { limits } from '../../../worker/platform/limits'
import { seams } from '../../../worker/platform/seams'
import { wakeCourier } from '../../../worker/sync/wake'
import type { Mode } from '../../stub-partner/modes'
import { nowAgain, pair, type TestDesk } from '../pair'
import { foreignSupplier, sentTo, type Foreign } from './foreignDesk'
import { passes } from './line'
import { act, again, logged } from './story'

/** A partner that speaks the protocol and misbehaves: what Acme makes of it. */

const MINUTE = 60_000

let acme: TestDesk
let cables: Foreign
/** What reached no partner: where a redirect would have led. */
let elsewhere: string[]
const realFetch = seams.fetch
beforeAll(async () => {
  ;({ acme } = await pair())
  seams.fetch = (request) => {
    elsewhere.push(request.url)
    return Promise.reject(new Error('nobody is there'))
  }
  return () => {
    seams.fetch = realFetch
    nowAgain()
  }
})
beforeEach(async () => {
  elsewhere = []
  cables = await foreignSupplier(acme, 'baton')
})
let inner = seams.fetch
beforeEach(() => {
  inner = seams.fetch
})
afterEach(() => {
  seams.fetch = inner
  cables.stub.heal()
  for (const who of [acme.admin, acme.agent, acme.user]) who.forget()
})

const note = (ticketId: number, text: string) => act(acme, ticketId, 'Private note', text)
const stateOf = async (action: Awaited<ReturnType<typeof note>>) => (await again(acme, action)).sync
const there = (ticketId: number) =>
  cables.stub.tickets.get(ticketId)?.actions.map((one) => one.note_html.replace(/<[^>]*>/g, '')) ??
  []
const sentWith = (text: string) =>
  cables.stub.messages().filter(({ body }) => String(body['note_html']).includes(text))
const health = () =>
  acme.admin.get<{ state: string; health: string }>(`connection/${cables.connectionId}`)

/** What the stub has handed out of a body before nobody wanted more. */
function reading(): () => number {
  let bytes = 0
  seams.fetch = async (request) => {
    const response = await inner(request)
    const counted = response.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.byteLength
          controller.enqueue(chunk)
        },
      }),
    )
    return new Response(counted ?? null, response)
  }
  return () => bytes
}

describe('garbage (R6)', () => {
  test.each<[name: string, how: Mode]>([
    ['F11 a body without end', { mode: 'endless' }],
    ['F11 50 MB', { mode: 'huge' }],
    ['F16 a page', { mode: 'html', status: 200 }],
    ['F16 {}', { mode: 'empty' }],
    ['F16 other bytes', { mode: 'garbage' }],
    ['F16 half of the answer', { mode: 'truncated' }],
    ['F16 another encoding', { mode: 'charset' }],
    ['F16 F47 another ticket', { mode: 'lying', about: 'ticket' }],
    ['F16 F47 another uid', { mode: 'lying', about: 'uid' }],
    ['F16 F47 another link', { mode: 'lying', about: 'link' }],
    ['F17 a redirect', { mode: 'redirect', status: 302, to: 'http://127.0.0.1:9/' }],
    ['F18 a firewall’s 403', { mode: 'html', status: 403 }],
    ['F18 a parked domain’s 404', { mode: 'html', status: 404 }],
  ])(
    '%s is never success and never the end, and after it the note is there once',
    async (_, how) => {
      const at = await sentTo(acme, cables)
      const read = reading()
      cables.stub.will({ ...how, for: 'action', after: how.mode !== 'redirect', times: 2 })
      const sent = await note(at.ours, 'Really')
      expect(sent.sync?.state).toBe('pending')
      expect(read()).toBeLessThan(limits.partnerAnswerBytes + 2 * 65_536)
      await passes(MINUTE)
      expect(await stateOf(sent)).toMatchObject({ state: 'synced', attempts: 3 })
      expect(there(at.theirs)).toEqual(['Really'])
      expect(elsewhere).toEqual([])
    },
  )

  test('F47 a position that is not true: compared with what the partner shows, and nothing is sent twice', async () => {
    const at = await sentTo(acme, cables)
    cables.stub.will({ mode: 'lying', about: 'have', for: 'action', times: 1 })
    const sent = await note(at.ours, 'Where am I')
    expect(await stateOf(sent)).toMatchObject({ state: 'synced' })
    const next = await note(at.ours, 'And now')
    await passes(MINUTE)
    expect((await stateOf(next))?.state).toBe('synced')
    expect(there(at.theirs)).toEqual(['Where am I', 'And now'])
    expect((await health()).state).toBe('live')
  })
})

describe('a partner that contradicts itself (F47)', () => {
  test('F47 it answers that it took a note and shows that it has none: sent again less and less often, never without end', async () => {
    const at = await sentTo(acme, cables)
    cables.stub.will(
      { mode: 'lying', about: 'have', for: 'action' },
      { mode: 'lying', about: 'uids', for: 'link' },
    )
    await note(at.ours, 'Again and again')
    await passes(60 * MINUTE)
    expect(cables.stub.messages().length).toBeLessThan(40)
    expect(there(at.theirs)).toEqual(['Again and again'])
  })
})

describe('a redirect (F17)', () => {
  test.each(
    [301, 302, 307, 308].flatMap(
      (status) =>
        [
          [status, 'to the same host', 'https://cables.example.com/new/api/actions'],
          [status, 'to another host', 'https://evil.example.net/api/actions'],
          [status, 'to the own machine', 'http://127.0.0.1:8787/api/actions'],
        ] as const,
    ),
  )(
    'F17 %i %s: no request goes there, the credentials stay, and an admin sees the new address',
    async (status, _, to) => {
      const at = await sentTo(acme, cables)
      cables.stub.will({ mode: 'redirect', status, to, for: ['action', 'token', 'info'] })
      const sent = await note(at.ours, 'Moved')
      await passes(10 * MINUTE)
      acme.admin.forget()
      acme.agent.forget()
      expect(elsewhere).toEqual([])
      expect(await stateOf(sent)).toMatchObject({ state: 'pending' })
      expect((await health()).health).toContain(`points to another address (${status} to ${to})`)
      cables.stub.heal()
      await passes(60 * MINUTE)
      acme.agent.forget()
      acme.admin.forget()
      expect((await stateOf(sent))?.state).toBe('synced')
      expect((await health()).health).toBe('Live.')
    },
  )
})

describe('one message that is bad', () => {
  test('o02 F13 Q8 R7 500 for one uid: parked, the link and three others go on, the breaker stays closed', async () => {
    const at = await sentTo(acme, cables)
    const others = [
      await sentTo(acme, cables),
      await sentTo(acme, cables),
      await sentTo(acme, cables),
    ]
    cables.stub.will({ mode: 'error', for: 'action', holding: 'poison o02' })
    const bad = await note(at.ours, 'poison o02')
    const good = []
    for (let n = 1; n <= 5; n++) good.push(await note(at.ours, `good o02-${n}`))
    for (const other of others)
      expect((await note(other.ours, 'beside o02')).sync?.state).toBe('synced')
    await passes(10 * MINUTE)
    expect(await stateOf(bad)).toMatchObject({
      state: 'parked',
      fix: expect.stringMatching(/Retry/),
    })
    expect(there(at.theirs)).toEqual([1, 2, 3, 4, 5].map((n) => `good o02-${n}`))
    expect((await health()).state).toBe('live')
    expect((await note(others[0]?.ours ?? 0, 'The breaker is closed')).sync?.state).toBe('synced')
  })

  test('F14 500 for the creates: nothing overtakes them, the agent reads why, and then all is there', async () => {
    cables.stub.will({ mode: 'error', for: 'create' })
    const { id, summary } = await logged(acme)
    const created = await act(acme, id, 'Escalate to MSP', 'Please look.', {
      supplier_id: cables.supplierId,
    })
    const behind = await note(id, 'Behind')
    await passes(20 * MINUTE)
    expect(cables.stub.messages().every(({ kind }) => kind === 'create')).toBe(true)
    expect(await stateOf(created)).toMatchObject({
      state: 'pending',
      error: expect.stringMatching(/500/),
    })
    expect(await stateOf(behind)).toMatchObject({
      state: 'pending',
      reason: 'Waits for the escalation to arrive.',
    })
    cables.stub.heal()
    await passes(60 * MINUTE)
    acme.agent.forget()
    expect((await stateOf(behind))?.state).toBe('synced')
    const made = [...cables.stub.tickets.values()].filter((one) => one.summary === summary)
    expect(made.map(({ actions }) => actions.length)).toEqual([1])
  })
})

describe('a partner that asks us to wait (F15)', () => {
  test.each<[header: string | undefined, least: number, most: number]>([
    ['20', 20_000, 21_000],
    ['0', 1_000, 2_000],
    ['99999999', 12 * 60 * MINUTE, 12 * 60 * MINUTE + 1_000],
    ['date', 89_000, 91_000],
    ['soon', 30_000, 60_000],
    ['-5', 30_000, 60_000],
    [undefined, 30_000, 60_000],
  ])(
    'F15 Retry-After %s: nothing is sent before, nothing counts as a failure',
    async (header, least, most) => {
      const at = await sentTo(acme, cables)
      const retryAfter = header === 'date' ? new Date(seams.now() + 90_000).toUTCString() : header
      cables.stub.will({ mode: 'busy', for: 'action', times: 1, ...(retryAfter && { retryAfter }) })
      const began = seams.now()
      const sent = await note(at.ours, 'Patience')
      const next = Date.parse(sent.sync?.next_attempt_at ?? '')
      expect(next - began).toBeGreaterThanOrEqual(least - 1_000)
      expect(next - began).toBeLessThanOrEqual(most + 3_000)
      await passes(Math.max(least - 2_000, 0))
      expect(sentWith('Patience')).toHaveLength(1)
      await passes(2 * MINUTE)
      acme.agent.forget()
      expect((await stateOf(sent))?.state).toBe('synced')
    },
  )

  test('q01 F15 a window of 5 minutes full, 429 without Retry-After: nothing fails or dies, few calls, order kept, all once', async () => {
    const tickets = []
    for (let n = 0; n < 6; n++) tickets.push(await sentTo(acme, cables))
    // As many as the window holds, then 429 until it is over.
    const WINDOW = 30
    let at: number[] = []
    let refused = 0
    seams.fetch = (request) => {
      at = at.filter((one) => one > seams.now() - 5 * MINUTE)
      if (at.length >= WINDOW) {
        refused++
        return Promise.resolve(new Response('Rate Limit Reached', { status: 429 }))
      }
      at.push(seams.now())
      return inner(request)
    }
    const sent = []
    for (let n = 1; n <= 8; n++)
      for (const { ours } of tickets) sent.push(await note(ours, `q01-${n}`))
    await passes(20 * MINUTE)
    acme.agent.forget()
    for (const one of sent) expect((await stateOf(one))?.state).toBe('synced')
    for (const { theirs } of tickets)
      expect(there(theirs)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `q01-${n}`))
    expect(refused).toBeLessThan(40)
  })
})

describe('a partner that does not answer', () => {
  test('d08 F11 R4 Q7 slow for longer than any attempt: 10 s each, one open per link, once there, and other connections do not wait', async () => {
    const other = await foreignSupplier(acme, 'baton')
    const [at, beside] = [await sentTo(acme, cables), await sentTo(acme, other)]
    cables.stub.will({ mode: 'silent', after: true, for: 'action', times: 1 })
    const began = performance.now()
    const first = await note(at.ours, 'd08-1')
    expect(performance.now() - began).toBeLessThan(3_000)
    const sent = [first]
    for (let n = 2; n <= 5; n++) sent.push(await note(at.ours, `d08-${n}`))
    for (let n = 1; n <= 5; n++) {
      const one = performance.now()
      expect((await note(beside.ours, `beside ${n}`)).sync?.state).toBe('synced')
      expect(performance.now() - one).toBeLessThan(2_000)
    }
    // Everybody wakes the courier while the request is open.
    for (let n = 0; n < 8; n++) {
      await wakeCourier(env, acme.t, cables.connectionId)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect(sentWith('d08')).toHaveLength(1)
    await expect
      .poll(async () => (await stateOf(first))?.error, { timeout: 12_000, interval: 500 })
      .toBe('No answer within 10 s')
    await passes(2 * MINUTE)
    expect(there(at.theirs)).toEqual([1, 2, 3, 4, 5].map((n) => `d08-${n}`))
    for (const one of sent) expect((await stateOf(one))?.state).toBe('synced')
    expect(cables.stub.messages().filter((one) => one.beside > 0)).toEqual([])
  })
})

describe('lists (c03)', () => {
  test('c03 the status list asks for one thing more: words on the connection, the old lists stay, notes go on', async () => {
    const halo = await foreignSupplier(acme, 'halo')
    const at = await sentTo(acme, halo)
    const page = `connection/${halo.connectionId}`
    const before = await acme.admin.get<{ fetched_at: string; statuses: object[] }>(
      `${page}/schema`,
    )
    halo.stub.will({ mode: 'refuse', for: 'list', holding: '/api/status' })
    const asked = halo.stub.log.length
    expect(await acme.admin.ask('POST', `${page}/schema`, {})).toMatchObject({
      status: 502,
      body: { message: 'board_id is required' },
    })
    expect(await acme.admin.ask('POST', `${page}/authenticate`, {})).toMatchObject({
      body: { message: 'board_id is required' },
    })
    expect(await acme.admin.get(`${page}/schema`)).toEqual(before)
    expect(await acme.admin.get(page)).toMatchObject({
      state: 'live',
      health: expect.stringContaining('board_id is required'),
    })
    await passes(30 * MINUTE)
    acme.agent.forget()
    expect(halo.stub.log.slice(asked).filter(({ path }) => path.includes('status'))).toHaveLength(2)
    expect((await act(acme, at.ours, 'Private note', 'c03')).sync?.state).toBe('synced')
  })
})
