import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { nemesis } from '../../../worker/platform/fault'
import { seams } from '../../../worker/platform/seams'
import type { Mode } from '../../stub-partner/modes'
import { nowAgain, pair, type TestDesk } from '../pair'
import { ask, foreignSupplier, sentTo, type Foreign } from './foreignDesk'
import { passes } from './line'
import { act, again, logged, ticketAt } from './story'

/** Acme's supplier runs Halo: no uid is remembered there, no position, no register. */

const MINUTE = 60_000

let acme: TestDesk
let cables: Foreign
const realFetch = seams.fetch
beforeAll(async () => {
  ;({ acme } = await pair())
  cables = await foreignSupplier(acme, 'halo')
  return () => {
    seams.fetch = realFetch
    nowAgain()
  }
})
afterEach(() => {
  cables.stub.heal()
  for (const who of [acme.admin, acme.agent, acme.user]) who.forget()
})

const note = (ticketId: number, text: string) => act(acme, ticketId, 'Private note', text)
const there = (ticketId: number, text: string) =>
  cables.stub.tickets.get(ticketId)?.actions.filter((one) => one.note_html.includes(text)) ?? []
const sentWith = (text: string) =>
  cables.stub.messages().filter(({ body }) => JSON.stringify(body).includes(text))

test('R10 a ticket goes out in Halo’s names alone: our number as reference, no baton, nothing that makes a Halo send a mail', async () => {
  const { id, summary } = await logged(acme)
  const sent = await act(acme, id, 'Escalate to MSP', 'Please look.', {
    supplier_id: cables.supplierId,
  })
  const [message] = sentWith(summary)
  expect(Object.keys(message?.body ?? {}).toSorted()).toEqual([
    'client_reference',
    'details_html',
    'halolink_ticketid',
    'summary',
    'tickettype_id',
    'tickettype_name',
  ])
  expect(message?.body).toMatchObject({
    summary,
    client_reference: String(id),
    halolink_ticketid: id,
    details_html: expect.stringContaining(`Ref. ${id}-${sent.id}-${sent.guid.slice(0, 8)}`),
  })
  const theirs = sent.sync?.remote_ticket_id
  expect(cables.stub.tickets.get(theirs ?? 0)).toMatchObject({ summary, reference: String(id) })
  expect(await ticketAt(acme, id)).toMatchObject({ supplier_ref: String(theirs), sync: 'synced' })
})

test('R10 an action goes out alike, and says that its values stay here', async () => {
  const at = await sentTo(acme, cables)
  const sent = await act(acme, at.ours, 'Resolve', 'Done')
  expect(sent.sync).toMatchObject({
    state: 'synced',
    remote_id: 1,
    remote_ticket_id: at.theirs,
    parts: [
      { part: 'Note', result: 'done' },
      { part: 'Status and fields', result: 'dropped' },
    ],
  })
  expect(Object.keys(cables.stub.messages().at(-1)?.body ?? {}).toSorted()).toEqual([
    'note_html',
    'outcome',
    'outcome_id',
    'ticket_id',
  ])
})

test('p02 numbers of actions begin at 1 on every ticket there: three each on two tickets are six', async () => {
  const [one, two] = [await sentTo(acme, cables), await sentTo(acme, cables)]
  const remote = []
  for (const at of [one, two])
    for (let n = 1; n <= 3; n++) {
      const { sync } = await note(at.ours, `p02-${n}`)
      remote.push([sync?.remote_ticket_id, sync?.remote_id])
    }
  expect(remote).toEqual([one.theirs, two.theirs].flatMap((id) => [1, 2, 3].map((n) => [id, n])))
})

describe('an answer that says nothing (R10)', () => {
  const lost: [name: string, how: Mode][] = [
    ['no answer', { mode: 'cut', after: true }],
    ['a fault', { mode: 'error', after: true }],
    ['F16 a success without a number', { mode: 'empty', after: true }],
    ['F16 half of an answer', { mode: 'truncated', after: true }],
    ['F16 the number of another ticket', { mode: 'lying', about: 'ticket' }],
  ]
  test.each(lost)('R10 %s to a note: it is found there, not sent again', async (_, how) => {
    const at = await sentTo(acme, cables)
    cables.stub.will({ ...how, for: 'action', times: 1 })
    const sent = await note(at.ours, 'Only once')
    expect(sent.sync).toMatchObject({
      state: 'pending',
      reason: 'It is not known yet whether the partner has it.',
      next_attempt_at: expect.any(String),
    })
    await passes(5 * MINUTE)
    expect((await again(acme, sent)).sync).toMatchObject({
      state: 'synced',
      remote_id: 1,
      remote_ticket_id: at.theirs,
    })
    expect(there(at.theirs, 'Only once')).toHaveLength(1)
  })

  test('p02 it is found beyond the first page, and the switch without which Halo shows its first rows is sent', async () => {
    const at = await sentTo(acme, cables)
    cables.stub.will({ mode: 'cut', after: true, for: 'action', times: 1 })
    const sent = await note(at.ours, 'Far down')
    const ticket = cables.stub.tickets.get(at.theirs)
    for (let n = 0; n < 120; n++)
      ticket?.actions.push({ id: ticket.actions.length + 1, uid: null, note_html: `Theirs ${n}` })
    await passes(2 * MINUTE)
    expect((await again(acme, sent)).sync).toMatchObject({ state: 'synced', remote_id: 1 })
    expect(there(at.theirs, 'Far down')).toHaveLength(1)
    const reads = cables.stub.log.filter(({ kind }) => kind === 'read').map(({ path }) => path)
    expect(reads.slice(-5)).toEqual(
      [1, 2, 3, 4, 5].map((n) =>
        expect.stringMatching(
          new RegExp(`actions\\?ticket_id=${at.theirs}&pageinate=true&page_no=${n}&page_size=25$`),
        ),
      ),
    )
  })

  test('R10 what is not there a minute later is sent again, and arrives once', async () => {
    const at = await sentTo(acme, cables)
    cables.stub.will({ mode: 'cut', for: 'action', times: 1 })
    const sent = await note(at.ours, 'Not there')
    await passes(MINUTE / 2)
    expect(sentWith('Not there')).toHaveLength(1)
    await passes(2 * MINUTE)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(there(at.theirs, 'Not there')).toHaveLength(1)
  })

  test('R10 an escalation: the ticket is found among theirs, and there is one', async () => {
    const { id, summary } = await logged(acme)
    cables.stub.will({ mode: 'cut', after: true, for: 'create', times: 1 })
    const sent = await act(acme, id, 'Escalate to MSP', 'Please look.', {
      supplier_id: cables.supplierId,
    })
    const behind = await note(id, 'Behind it')
    await passes(5 * MINUTE)
    const { sync } = await again(acme, sent)
    expect(sync?.state).toBe('synced')
    const found = [...cables.stub.tickets.values()].filter((one) => one.summary === summary)
    expect(found.map((one) => one.id)).toEqual([sync?.remote_ticket_id])
    expect((await again(acme, behind)).sync?.state).toBe('synced')
  })

  test('R10 while the partner shows nothing it stays unknown, and is never sent blindly; Check finds it', async () => {
    const at = await sentTo(acme, cables)
    cables.stub.will(
      { mode: 'cut', after: true, for: 'action', times: 1 },
      { mode: 'refuse', for: 'read', status: 403 },
    )
    const sent = await note(at.ours, 'Who knows')
    await passes(60 * MINUTE)
    expect((await again(acme, sent)).sync).toMatchObject({
      state: 'unknown',
      next_attempt_at: null,
      reason: 'It is not known yet whether the partner has it.',
      fix: expect.stringMatching(/Check looks for it once more.*Send again sends it/),
    })
    expect(await ticketAt(acme, at.ours)).toMatchObject({ sync: 'unknown' })
    expect(sentWith('Who knows')).toHaveLength(1)
    await ask(acme, cables, sent, true)
    await passes(MINUTE)
    expect((await again(acme, sent)).sync?.state).toBe('unknown')
    expect(sentWith('Who knows')).toHaveLength(1)
    cables.stub.heal()
    await ask(acme, cables, sent, true)
    await passes(MINUTE)
    expect((await again(acme, sent)).sync).toMatchObject({ state: 'synced', remote_id: 1 })
    expect(sentWith('Who knows')).toHaveLength(1)
    expect(await ticketAt(acme, at.ours)).toMatchObject({ sync: 'synced' })
  })

  test('R10 Send again is a person’s decision, and sends it without looking', async () => {
    const at = await sentTo(acme, cables)
    cables.stub.will(
      { mode: 'cut', for: 'action', times: 1 },
      { mode: 'refuse', for: 'read', status: 403 },
    )
    const sent = await note(at.ours, 'Decide')
    await passes(10 * MINUTE)
    expect((await again(acme, sent)).sync?.state).toBe('unknown')
    await ask(acme, cables, sent, false)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(there(at.theirs, 'Decide')).toHaveLength(1)
  })

  test.each([
    ['P9', 'after the partner had taken it: it is found there', 1],
    ['P5', 'before it was sent: it is missing there twice, a minute apart, and is sent', 0],
  ] as const)('F5 F7 R10 killed at %s, %s', async (point, _, taken) => {
    const at = await sentTo(acme, cables)
    nemesis.at = async (here) => {
      if (here !== point) return
      nemesis.at = null
      throw new Error('killed')
    }
    const sent = await note(at.ours, `Killed at ${point}`)
    expect(sent.sync?.state).toBe('pending')
    expect(there(at.theirs, `Killed at ${point}`)).toHaveLength(taken)
    await passes(MINUTE)
    if (taken === 0) expect(sentWith(`Killed at ${point}`)).toHaveLength(0)
    await passes(4 * MINUTE)
    expect((await again(acme, sent)).sync).toMatchObject({ state: 'synced', remote_id: 1 })
    expect(sentWith(`Killed at ${point}`)).toHaveLength(1)
  })

  test.each<[string, Mode]>([
    ['F15 429', { mode: 'busy', retryAfter: '20' }],
    ['F17 a redirect', { mode: 'redirect' }],
    ['F18 a firewall’s page', { mode: 'html', status: 403 }],
  ])('R10 %s has surely not been taken: it is sent again without a look', async (_, how) => {
    const at = await sentTo(acme, cables)
    cables.stub.will({ ...how, for: 'action', times: 1 })
    const reads = cables.stub.log.length
    const sent = await note(at.ours, 'Surely not')
    await passes(2 * MINUTE)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(cables.stub.log.slice(reads).filter(({ kind }) => kind === 'read')).toEqual([])
    expect(there(at.theirs, 'Surely not')).toHaveLength(1)
  })
})
