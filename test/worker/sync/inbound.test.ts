import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { link } from '../../../db/schema'
import { classify } from '../../../worker/sync/classify'
import { wireOf, type Letter } from '../../../worker/sync/wire'
import answers from '../../wire/answers.json'
import anAction from '../../wire/action.json'
import aCreate from '../../wire/create.json'
import aReply from '../../wire/reply.json'
import { pair, settle, type Client, type TestDesk } from '../pair'
import { anotherDesk, connect } from '../third'
import type { Wire } from '../wire'
import { holderOf, messenger, type Taken } from './partner'
import {
  act,
  escalated,
  fresh,
  logged,
  map,
  newest,
  setAction,
  ticketAt,
  timeline,
  type Refusal,
} from './story'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

describe('messages as they travel (test/wire)', () => {
  const letterOf = (fixture: { letter: object }): Letter =>
    JSON.parse(JSON.stringify({ files: [], ...fixture.letter }))

  test.each([aCreate, anAction, aReply])('$what: the sender writes it so', (fixture) => {
    const { path, body } = wireOf(letterOf(fixture))
    expect(path).toBe(fixture.letter.kind === 'create' ? 'tickets' : 'actions')
    expect(body).toEqual([fixture.message])
  })

  test('a create, an update and a reply in turn: the receiver reads them so', async () => {
    const client = await holderOf(skyline, acme)
    const made = await client.ask<Taken>('POST', 'tickets', [aCreate.message])
    expect(made.status).toBe(201)
    const id = made.body.ticket_id
    expect(await ticketAt(skyline, id)).toMatchObject({
      summary: aCreate.becomes.summary,
      user_name: aCreate.becomes.user_name,
      details: aCreate.becomes.note,
      priority: { name: aCreate.becomes.priority },
    })
    for (const { message, becomes } of [anAction, aReply]) {
      const taken = await client.ask<Taken>('POST', 'actions', [{ ...message, ticket_id: id }])
      expect(taken.status).toBe(201)
      const { who, outcome, note } = await newest(skyline, id)
      expect(becomes).toMatchObject({ who, outcome, note })
      expect(taken.body.baton.have).toEqual({ n: message.baton.prev.n + 1, uid: message.baton.uid })
    }
    expect((await ticketAt(skyline, id)).summary).toBe(anAction.becomes.summary)
  })

  test('the receiver’s answer has what the fixture has', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const taken = await partner.send(await partner.message('x'))
    const [first] = answers
    expect(Object.keys(taken.body.baton).toSorted()).toEqual(
      Object.keys(first?.body.baton ?? {}).toSorted(),
    )
  })

  test.each(answers)('$what: the sender takes the answer so', ({ status, body, means }) => {
    const { uid, linkUid, remoteTicketId: ticketId } = anAction.letter
    const answer = { status, json: body, retryAfterMs: null, ms: 1 }
    expect(classify(answer, { uid, linkUid, ticketId }, 'baton').kind).toBe(means)
  })
})

describe('what an action becomes (G50 to G55, G58, G95)', () => {
  test('G50 G51 the mapped action is added, the note as it was formatted, without any mapping of it', async () => {
    const { ours, twin } = await escalated(acme)
    const html =
      '<p>One <b>two</b></p><ul><li>three</li></ul><table><tbody><tr><td>four</td></tr></tbody></table>'
    await skyline.agent.post('actions', [{ ticket_id: twin, outcome: 'Note', note_html: html }])
    const arrived = await newest(acme, ours)
    expect(arrived).toMatchObject({ outcome: 'Internal update', hiddenfromuser: true })
    for (const part of ['<b>two</b>', '<li>three</li>', '<td>four</td>'])
      expect(arrived.note_html).toContain(part)
  })

  test('G58 an unmapped action arrives as the default one', async () => {
    const { ours, twin } = await escalated(acme)
    await act(skyline, twin, 'Public note', 'Unmapped', { send_to: 'customer' })
    expect(await newest(acme, ours)).toMatchObject({
      outcome: 'Internal note',
      note: 'Unmapped',
      hiddenfromuser: true,
    })
  })

  test('G95 G93 with “Send an email when this action is created using the connection” off no mail leaves, and both sides can read why', async () => {
    const { ours, twin } = await escalated(acme)
    await setAction(acme, 'Email user', { emailOnConnection: false })
    const sent = await act(skyline, twin, 'Indirect email to end user', 'Hello')
    await settle()
    await setAction(acme, 'Email user', { emailOnConnection: true })
    expect((await acme.mail()).filter(({ ticketId }) => ticketId === ours)).toEqual([])
    expect(sent.sync).toMatchObject({ state: 'synced' })
    expect(sent.sync?.parts.find(({ part }) => part === 'Email')).toMatchObject({
      result: 'dropped',
      fix: expect.stringMatching(
        /Send an email when this action is created using the supplier\/customer API connection/,
      ),
    })
    expect((await newest(acme, ours)).sync?.parts).toContainEqual(
      expect.objectContaining({
        part: 'Email',
        reason: expect.stringMatching(/^“Email user” does not send/),
      }),
    )
    await act(skyline, twin, 'Indirect email to end user', 'Hello again')
    await settle()
    expect((await acme.mail()).filter(({ ticketId }) => ticketId === ours)).toHaveLength(1)
  })

  test('G114 G116 the indirect email leaves from our mailbox in our template, and its details are on the action', async () => {
    const { ours, twin } = await escalated(acme)
    await act(skyline, twin, 'Indirect email to end user', 'Try <i>again</i>')
    await settle()
    const shown = await newest(acme, ours)
    expect(shown).toMatchObject({
      outcome: 'Email user',
      emailto: acme.demo.user.email,
      email_state: 'sent',
    })
    expect(shown.emailfrom).toContain('acme@')
    expect(shown.emailsubject).toContain(`[ID:000${ours}]`)
    expect(shown.email_html).toContain('Hello Pat Quinn')
    expect(shown.email_html).toContain('<i>again</i>')
    expect(shown.email_html).not.toMatch(/skyline/i)
  })

  test('T20 an author who claims to be one of ours is shown as the partner’s', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const claims = { kind: 'agent', uid: 'x', name: 'Lena Berg', email: skyline.demo.agent.email }
    await partner.send(
      await partner.message(
        'Trust me',
        { agent_id: 2, who: 'Lena Berg', user_id: 1, hiddenfromuser: false },
        { author: claims },
      ),
    )
    expect(await newest(skyline, at.twin)).toMatchObject({
      who: 'Lena Berg',
      partner: 'Acme',
      who_type: 3,
      who_agentid: 0,
      hiddenfromuser: true,
    })
    expect((await ticketAt(skyline, at.twin)).agent_id).toBe(1)
  })

  test.each([
    ['System', 'System (partner)'],
    [' baton ', 'baton (partner)'],
    ['Ana\u202e emcA', 'Ana emcA'],
    ['\u2066Lena\u2069', 'Lena'],
  ])('T20 an author called %j is shown as %j, with the partner beside it', async (name, shown) => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const author = { kind: 'system', uid: 'x', name }
    await partner.send(await partner.message('Trust me', {}, { author }))
    expect(await newest(skyline, at.twin)).toMatchObject({
      who: shown,
      partner: 'Acme',
      who_type: 3,
    })
  })

  test('F22 no rule uses the partner’s clock: shown is when it arrived, the original beside it', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    for (const when of [
      '1970-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.000Z',
      '2026-03-29T01:30:00.000Z',
    ]) {
      expect((await partner.send(await partner.message('When?', {}, { at: when }))).status).toBe(
        201,
      )
      const { datetime, actiondatecreated } = await newest(skyline, at.twin)
      expect(Math.abs(Date.parse(datetime) - Date.now())).toBeLessThan(60_000)
      expect(Date.parse(actiondatecreated)).toBe(Date.parse(when))
    }
  })

  test('T40 what runs in a partner’s note is gone, what is said stays', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const note_html =
      '<p onclick="x()">Words</p><script>alert(1)</script><img src="https://track.example/p.png" onerror="x()"><a href="javascript:x()">link</a>'
    expect((await partner.send(await partner.message('', { note_html }))).status).toBe(201)
    const { note_html: kept } = await newest(skyline, at.twin)
    expect(kept).toContain('Words')
    expect(kept).not.toMatch(/onclick|onerror|<script|javascript:/)
  })
})

describe('versions (F48)', () => {
  test.each([
    [0, 400],
    [0.9, 400],
    [1, 201],
    [1.4, 201],
    [2, 400],
    ['1', 400],
    [null, 400],
  ])('F48 a message of version %j is answered %i, a refusal in words', async (v, status) => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const answer = await partner.send<Refusal>(await partner.message('Hello', {}, { v }))
    expect(answer.status).toBe(status)
    if (status === 400) expect(answer.body.fields).toHaveProperty(['[0].baton.v'])
    if (typeof v === 'number' && status === 400)
      expect(answer.body.message).toContain(
        `not spoken here: it is ${v}, and this desk reads version 1`,
      )
  })

  test('F48 what a later version adds is left out: fields, registers, parts of a value', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const stamp = { clock: 60, writer: acme.tenantId }
    const registers = [
      { name: 'mood', label: 'Mood', ...stamp, value: 'good' },
      { name: 'summary', label: 'Summary', ...stamp, value: 'Known', shade: 'red' },
    ]
    const taken = await partner.send(
      await partner.message('more', { priority_colour: 'red' }, { registers, trace: 'x' }),
    )
    expect(taken.status).toBe(201)
    expect(taken.body.baton.registers.map(({ name }) => name)).not.toContain('mood')
    expect((await ticketAt(skyline, at.twin)).summary).toBe('Known')
  })
})

describe('a partner that speaks Halo alone (halo-api.md §7)', () => {
  let client: Client
  beforeAll(async () => {
    client = await holderOf(skyline, acme)
  })
  const plain = (path: string, body: object) => client.ask<Taken & Refusal>('POST', path, [body])

  test('a plain action is taken on a ticket that is linked to it, under the partner’s name', async () => {
    const { twin } = await escalated(acme)
    const body = {
      ticket_id: twin,
      outcome_id: acme.outcome('Private note'),
      note_html: '<p>Plain</p>',
    }
    const taken = await plain('actions', body)
    expect(taken.status).toBe(201)
    expect(taken.body.id).toBeGreaterThan(1)
    expect(await newest(skyline, twin)).toMatchObject({
      outcome: 'Internal note',
      note: 'Plain',
      partner: 'Acme',
      who_type: 3,
    })
    expect((await plain('actions', { ...body, note_html: '', note: 'a < b' })).status).toBe(201)
    expect((await newest(skyline, twin)).note).toBe('a < b')
  })

  test('T21 on a ticket that is not linked to it: LINK_UNKNOWN, as for one that does not exist', async () => {
    const own = await logged(skyline)
    const refusals = [await plain('actions', { ticket_id: own.id, outcome_id: 13, note: 'x' })]
    refusals.push(await plain('actions', { ticket_id: 4711, outcome_id: 13, note: 'x' }))
    for (const { status, body } of refusals)
      expect([status, body.error]).toEqual([409, 'LINK_UNKNOWN'])
    expect(refusals[0]?.body).toEqual(refusals[1]?.body)
    expect(await timeline(skyline, own.id)).toHaveLength(1)
  })

  test('T21 on a ticket that is linked to another customer, plain or with that link’s own uid: the same, and nothing arrives', async () => {
    const vendor = await anotherDesk('vendor', 'Vendor')
    const { supplierId } = await connect(vendor, skyline)
    const { id } = await logged(vendor)
    const { sync } = await vendor.agent.post<Wire.Action>('actions', [
      { ticket_id: id, outcome: 'Log to supplier', supplier_id: supplierId, note: 'x' },
    ])
    const twin = sync?.remote_ticket_id ?? 0
    const [theirs] = await skyline.db.orm
      .select()
      .from(link)
      .where(and(eq(link.t, skyline.t), eq(link.ticketId, twin)))
    const baton = {
      v: 1,
      kind: 'action',
      uid: crypto.randomUUID(),
      link: theirs?.uid,
      ticket: theirs?.remoteTicketUid,
      prev: { n: theirs?.inN, uid: theirs?.inUid },
      clock: 5,
      at: new Date().toISOString(),
      author: { kind: 'agent', uid: 'a', name: 'A' },
    }
    for (const more of [{}, { baton }]) {
      const { status, body } = await plain('actions', {
        ticket_id: twin,
        outcome_id: 13,
        note: 'x',
        ...more,
      })
      expect([status, body.error]).toEqual([409, 'LINK_UNKNOWN'])
    }
    expect(await timeline(skyline, twin)).toHaveLength(1)
  })

  test('G23 a plain ticket is made under the connection’s customer, linked, with the partner’s number', async () => {
    const summary = fresh('Plain')
    const made = await plain('tickets', {
      summary,
      details: 'x',
      tickettype_id: acme.ticketType('Incident'),
      client_reference: '2044',
    })
    expect(made.status).toBe(201)
    const twin = await ticketAt(skyline, made.body.id)
    expect(twin).toMatchObject({
      summary,
      client_id: skyline.customerId,
      user_name: 'General user',
    })
    expect(twin.links).toMatchObject([{ kind: 'customer', remote_ticket_id: 2044, state: 'live' }])
  })

  test('protocol §5 without a number of the partner’s, what is to be sent to it says that there is none', async () => {
    const made = await plain('tickets', { summary: fresh('Plain'), details: 'x' })
    const { sync } = await act(skyline, made.body.id, 'Note', 'Where to?')
    expect(sync).toMatchObject({
      state: 'skipped',
      reason: expect.stringMatching(/has no number here/),
    })
  })

  test('an action without a ticket, and two at once, are refused in words', async () => {
    expect(await plain('actions', { outcome_id: 13, note: 'x' })).toMatchObject({
      status: 400,
      body: { message: 'An action must be associated with a ticket_id' },
    })
    const { twin } = await escalated(acme)
    const { client: again } = await messenger(skyline, twin, acme)
    const body = { ticket_id: twin, outcome_id: 13, note: 'x' }
    const two = await again.ask<Refusal>('POST', 'actions', [body, body])
    expect(two).toMatchObject({
      status: 400,
      body: { message: 'A partner sends one action at a time' },
    })
  })
})

describe('the numbers that change under a link', () => {
  test('R12 F30 a deleted twin: told that it is gone; the company’s ticket says so and stays usable', async () => {
    const { ours, twin } = await escalated(acme)
    await skyline.agent.delete(`tickets/${twin}`)
    const { sync } = await act(acme, ours, 'Private note', 'Anybody?')
    expect(sync).toMatchObject({ state: 'skipped', reason: 'The partner’s ticket was deleted.' })
    const ticket = await ticketAt(acme, ours)
    expect(ticket.links).toMatchObject([{ state: 'gone' }])
    expect((await act(acme, ours, 'Internal note', 'Goes on')).note).toBe('Goes on')
    expect((await act(acme, ours, 'Private note', 'And again')).sync).toMatchObject({
      state: 'skipped',
      reason: 'The partner’s ticket was deleted.',
    })
  })

  test('409 LINK_UNKNOWN breaks the link, in words', async () => {
    const { ours, twin } = await escalated(acme)
    await skyline.db.orm
      .update(link)
      .set({ state: 'ended' })
      .where(and(eq(link.t, skyline.t), eq(link.ticketId, twin)))
    const sent: Wire.Action = await act(acme, ours, 'Private note', 'Anybody?')
    expect(sent.sync).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/This ticket is not linked here$/),
    })
    expect((await ticketAt(acme, ours)).links).toMatchObject([{ state: 'broken' }])
  })

  test('c01 a renamed action that is mapped is taken by its number, whatever it is called by then', async () => {
    const { ours, twin } = await escalated(acme)
    await setAction(skyline, 'Note', { name: 'Remark', button: 'Remark' })
    await skyline.agent.post('actions', [
      { ticket_id: twin, outcome_id: skyline.outcome('Note'), note: 'c01' },
    ])
    await setAction(skyline, 'Note', { name: 'Note', button: 'Note' })
    expect(await newest(acme, ours)).toMatchObject({ outcome: 'Internal update', note: 'c01' })
    await map(acme, 'outcome', skyline.outcome('Note'), acme.outcome('Internal update'))
  })
})
