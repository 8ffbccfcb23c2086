import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { seams } from '../../../worker/platform/seams'
import { later, nowAgain, pair, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import { foreignSupplier, sentTo, type Foreign } from './foreignDesk'
import { passes } from './line'
import { holderOf } from './partner'
import { act, again, setAction, ticketAt, timeline } from './story'

/** What a partner sends that does not speak Baton: no uid, no position, and perhaps what it just got from us. */

const MINUTE = 60_000

let acme: TestDesk
let skyline: TestDesk
let cables: Foreign
const realFetch = seams.fetch
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  return () => {
    seams.fetch = realFetch
    nowAgain()
  }
})
beforeEach(async () => {
  // A supplier for each test: what pauses a connection concerns no other.
  seams.fetch = realFetch
  cables = await foreignSupplier(acme, 'halo')
})
afterEach(() => {
  for (const who of [acme.admin, acme.agent, acme.user]) who.forget()
})

const note = (ticketId: number, text: string) => act(acme, ticketId, 'Private note', text)
const notes = async (ticketId: number) => (await timeline(acme, ticketId)).map((one) => one.note)
const copies = async (ticketId: number, text: string) =>
  (await notes(ticketId)).filter((one) => one?.includes(text)).length
const connection = () =>
  acme.admin.get<{ state: string; health: string; fix: string | null }>(
    `connection/${cables.connectionId}`,
  )

describe('a message without baton (R10, protocol.md §5)', () => {
  test('R10 is taken on a ticket that has a live link on this connection, and on no other', async () => {
    const at = await sentTo(acme, cables)
    const other = await foreignSupplier(acme, 'halo')
    const theirs = await sentTo(acme, other)
    expect(await cables.stub.say(at.ours, '<p>Ordered</p>')).toBe(201)
    expect((await notes(at.ours)).at(-1)).toBe('Ordered')
    for (const ticket of [theirs.ours, 999_999])
      expect(await cables.stub.say(ticket, '<p>Hello?</p>')).toBe(409)
    expect(cables.stub.sent.at(-1)?.answer).toMatchObject({ error: 'LINK_UNKNOWN' })
    expect(await copies(theirs.ours, 'Hello?')).toBe(0)
  })

  test('p02 F47 its own number of an action, together with the ticket, tells a repeat for ever: six actions of two tickets are six', async () => {
    const [one, two] = [await sentTo(acme, cables), await sentTo(acme, cables)]
    const send = () =>
      Promise.all(
        [one, two].flatMap((at) =>
          [1, 2, 3].map((id) => cables.stub.say(at.ours, '<p>Update</p>', { id })),
        ),
      )
    expect(await send()).toEqual([201, 201, 201, 201, 201, 201])
    later(24 * 60 * MINUTE)
    for (const who of [acme.admin, acme.agent]) who.forget()
    expect(await send()).toEqual([200, 200, 200, 200, 200, 200])
    for (const at of [one, two]) expect(await copies(at.ours, 'Update')).toBe(3)
    const came = (await timeline(acme, one.ours)).filter(({ note: text }) => text === 'Update')
    expect(came.map(({ sync }) => sync?.remote_id).toSorted()).toEqual([1, 2, 3])
  })

  test('F47 the same text within ten minutes is the same message: once here, and the answer names it; later it is another', async () => {
    const at = await sentTo(acme, cables)
    expect(await cables.stub.say(at.ours, '<p>On its way</p>')).toBe(201)
    const first = cables.stub.sent.at(-1)?.answer
    expect(await cables.stub.say(at.ours, '<p>On its way</p>')).toBe(200)
    expect(cables.stub.sent.at(-1)?.answer['id']).toBe(first?.['id'])
    expect(await copies(at.ours, 'On its way')).toBe(1)
    later(11 * MINUTE)
    expect(await cables.stub.say(at.ours, '<p>On its way</p>')).toBe(201)
    expect(await copies(at.ours, 'On its way')).toBe(2)
  })

  test('F47 old bodies that are sent again after it has named its numbers change nothing', async () => {
    const at = await sentTo(acme, cables)
    for (const id of [1, 2, 3]) await cables.stub.say(at.ours, `<p>Step ${id}</p>`, { id })
    const before = await timeline(acme, at.ours)
    later(24 * 60 * MINUTE)
    for (const who of [acme.admin, acme.agent]) who.forget()
    expect(await cables.stub.replay()).toEqual([200, 200, 200])
    acme.agent.forget()
    expect(await timeline(acme, at.ours)).toEqual(before)
  })

  test('R10 many at once are all taken: such a partner knows no position', async () => {
    const at = await sentTo(acme, cables)
    const said = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) => cables.stub.say(at.ours, `<p>Parallel ${n}</p>`)),
    )
    expect(said).toEqual([201, 201, 201, 201, 201, 201])
    expect(await copies(at.ours, 'Parallel')).toBe(6)
  })

  test('R10 a ticket that a customer sends: halolink_ticketid is its number for what goes back, and one of theirs is one of ours', async () => {
    const customer = await holderOf(skyline, acme)
    const body = [
      {
        summary: 'From a Halo',
        details_html: '<p>x</p>',
        client_reference: 'PO 77',
        halolink_ticketid: 4711,
      },
    ]
    const made = await customer.ask<{ id: number }>('POST', 'tickets', body)
    expect(made.status).toBe(201)
    const again = await customer.ask<{ id: number }>('POST', 'tickets', body)
    expect([again.status, again.body.id]).toEqual([200, made.body.id])
    expect(await ticketAt(skyline, made.body.id)).toMatchObject({
      client_reference: 'PO 77',
      links: [{ remote_ticket_id: 4711, state: 'live' }],
    })
    const both = await Promise.all(
      [1, 2, 3].map(() =>
        customer.ask<{ id: number }>('POST', 'tickets', [{ ...body[0], halolink_ticketid: 4712 }]),
      ),
    )
    expect(new Set(both.filter(({ status }) => status < 300).map((one) => one.body.id)).size).toBe(
      1,
    )
    const { tickets } = await skyline.agent.get<{ tickets: Wire.Ticket[] }>('tickets?search=Halo')
    expect(tickets.filter(({ summary }) => summary === 'From a Halo')).toHaveLength(2)
  })
})

describe('a partner that sends back what it got (R10, F47)', () => {
  test('l06 F47 Q12 an echo under a new number each time: not stored, stopped after three round trips, an admin reads why and resumes it', async () => {
    const at = await sentTo(acme, cables)
    await setAction(acme, 'Internal note', { sendToConnected: true, emailOnConnection: true })
    const mails = (await acme.mail()).length
    cables.stub.echo = { tries: 10 }
    const sent = await note(at.ours, 'ping l06')
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    await passes(10 * MINUTE)
    acme.agent.forget()
    acme.admin.forget()
    expect(await copies(at.ours, 'ping l06')).toBe(1)
    expect(cables.stub.sent.map(({ status }) => status)).toEqual([
      422, 422, 422, 503, 503, 503, 503, 503, 503, 503,
    ])
    expect(
      cables.stub.messages().filter(({ body }) => String(body['note_html']).includes('l06')),
    ).toHaveLength(1)
    const { state, health, fix } = await connection()
    expect([state, fix]).toEqual(['paused', expect.stringMatching(/Resume it/)])
    expect(health).toMatch(
      new RegExp(`sends back what it got .*ticket ${at.ours}, action ${sent.id}.*Paused`),
    )
    expect((await acme.mail()).length).toBe(mails)
    cables.stub.heal()
    await acme.admin.post('connection', { id: cables.connectionId, state: 'live' })
    expect((await note(at.ours, 'after l06')).sync?.state).toBe('synced')
    expect(await cables.stub.say(at.ours, '<p>A real answer</p>')).toBe(201)
    await setAction(acme, 'Internal note', { sendToConnected: false, emailOnConnection: false })
  })

  test('F47 each note once, with other markup, without our reference, and from a queue a day later: never stored', async () => {
    const at = await sentTo(acme, cables)
    const html =
      (await note(at.ours, 'ping <b>two</b>')) && cables.stub.messages().at(-1)?.body['note_html']
    expect(String(html)).toMatch(/Ref\. /)
    expect(await cables.stub.say(at.ours, '<div>ping two</div>')).toBe(422)
    expect(cables.stub.sent.at(-1)?.answer).toMatchObject({
      error: 'LOOP',
      message: 'This note went out from here; it is not stored again',
    })
    later(24 * 60 * MINUTE)
    for (const who of [acme.admin, acme.agent]) who.forget()
    expect(await cables.stub.say(at.ours, String(html))).toBe(422)
    acme.agent.forget()
    expect(await copies(at.ours, 'ping two')).toBe(1)
    expect(await connection()).toMatchObject({
      state: 'live',
      health: expect.stringMatching(/sends back what it got from this desk/),
    })
  })

  test('F47 an answer that quotes our note is no echo, nor is what their people write themselves', async () => {
    const at = await sentTo(acme, cables)
    await note(at.ours, 'Please check the cable')
    const html = String(cables.stub.messages().at(-1)?.body['note_html'])
    expect(await cables.stub.say(at.ours, `<p>Checked.</p><blockquote>${html}</blockquote>`)).toBe(
      201,
    )
    expect(await cables.stub.say(at.ours, '<p>Anything else?</p>')).toBe(201)
  })

  test('F47 Q12 more than twenty actions a minute on one link: paused, with the reason; other connections go on', async () => {
    const at = await sentTo(acme, cables)
    const statuses = []
    for (let n = 1; n <= 30; n++) statuses.push(await cables.stub.say(at.ours, `<p>Flood ${n}</p>`))
    expect(statuses.filter((status) => status === 201)).toHaveLength(20)
    expect(statuses.slice(20)).toEqual(Array(10).fill(503))
    expect(await copies(at.ours, 'Flood')).toBe(20)
    expect(await connection()).toMatchObject({
      state: 'paused',
      health: expect.stringMatching(/sent more than 20 actions within a minute on ticket/),
    })
    expect(await acme.admin.get(`connection/${acme.connectionId}`)).toMatchObject({ state: 'live' })
    later(2 * MINUTE)
    acme.admin.forget()
    await acme.admin.post('connection', { id: cables.connectionId, state: 'live' })
    expect(await cables.stub.say(at.ours, '<p>Flood 31</p>')).toBe(201)
  })

  test('F47 as many over several links, or slowly, are taken', async () => {
    const [one, two] = [await sentTo(acme, cables), await sentTo(acme, cables)]
    for (let n = 1; n <= 15; n++)
      for (const at of [one, two])
        expect(await cables.stub.say(at.ours, `<p>Busy ${n}</p>`)).toBe(201)
    later(MINUTE)
    for (let n = 1; n <= 10; n++)
      expect(await cables.stub.say(one.ours, `<p>More ${n}</p>`)).toBe(201)
  })

  test('F47 a partner that speaks Baton and drops it from its answers: never synced by it, and its plain notes stand the same guards', async () => {
    const baton = await foreignSupplier(acme, 'baton')
    const at = await sentTo(acme, baton)
    baton.stub.will({ mode: 'empty', after: true, for: 'action', times: 2 })
    const sent = await note(at.ours, 'With or without')
    expect(sent.sync?.state).toBe('pending')
    await passes(MINUTE)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(baton.stub.tickets.get(at.theirs)?.actions).toHaveLength(1)
    expect(await baton.stub.say(at.ours, '<p>With or without</p>')).toBe(422)
  })

  test('l03 F47 what came from such a partner is never sent back to it, whatever it maps to', async () => {
    const at = await sentTo(acme, cables)
    await setAction(acme, 'Internal note', { sendToConnected: true })
    await cables.stub.say(at.ours, '<p>One way</p>')
    await passes(2 * MINUTE)
    expect(cables.stub.messages().filter(({ kind }) => kind === 'action')).toEqual([])
    await setAction(acme, 'Internal note', { sendToConnected: false })
  })
})
