import { and, eq, sql } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { actionTypeField, module, person } from '../../../db/schema'
import { lettersOf } from '../auth/letters'
import { Client, nowAgain, ORIGIN, pair, settle, type TestDesk } from '../pair'
import { anotherDesk, connect, type Connected } from '../third'
import type { Wire } from '../wire'
import { holderOf, type Taken } from './partner'
import {
  act,
  again,
  authenticate,
  escalate,
  escalated,
  fresh,
  logged,
  map,
  mappingsOf,
  offWorkflow,
  remap,
  retry,
  setAction,
  setConnection,
  ticketAt,
  timeline,
  tried,
  type Refusal,
} from './story'

let acme: TestDesk
let skyline: TestDesk
/** Acme's second supplier. */
let vendor: TestDesk
let toVendor: Connected
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  vendor = await anotherDesk('vendor', 'Vendor')
  toVendor = await connect(acme, vendor)
})
afterEach(nowAgain)

const mailsOf = async (desk: TestDesk) => (await desk.mail()).length

describe('the action that sends a ticket (G71 to G80)', () => {
  const asked = (ticketId: number, more: object = {}) => ({
    ticket_id: ticketId,
    outcome: 'Escalate to MSP',
    supplier_id: acme.supplierId,
    note: 'Please look.',
    ...more,
  })
  const notSaved = async (ticketId: number, body: object) => {
    const before = [await ticketAt(acme, ticketId), await timeline(acme, ticketId)]
    const refused = await tried(acme.agent, 'actions', body)
    expect([await ticketAt(acme, ticketId), await timeline(acme, ticketId)]).toEqual(before)
    return refused
  }

  test('G71 without “Send an email” it does not send the ticket, and says what it needs', async () => {
    const { id } = await logged(acme)
    await setAction(acme, 'Escalate to MSP', { sendEmail: false })
    const refused = await notSaved(id, asked(id))
    await setAction(acme, 'Escalate to MSP', { sendEmail: true })
    expect(refused).toMatchObject({
      status: 400,
      body: {
        message:
          'This action cannot send a ticket: it needs “Send an email” set to yes and the field Supplier in its field list',
        fields: { outcome_id: 'not set up to send a ticket' },
      },
    })
    expect(refused.body.fix).toMatch(/Change the action type/)
  })

  test('G71 without the field Supplier in its field list, the same', async () => {
    const { id } = await logged(acme)
    const { orm, t } = acme.db
    const supplierField = and(
      eq(actionTypeField.t, t),
      eq(actionTypeField.actionTypeId, acme.outcome('Escalate to MSP')),
      eq(actionTypeField.fieldId, acme.field('supplier')),
    )
    const rows = await orm.select().from(actionTypeField).where(supplierField)
    await orm.delete(actionTypeField).where(supplierField)
    const refused = await notSaved(id, asked(id))
    await orm.insert(actionTypeField).values(rows)
    expect(refused).toMatchObject({
      status: 400,
      body: { fields: { outcome_id: 'not set up to send a ticket' } },
    })
  })

  test('G71 another system use: saved, not sent, and the action says what it needs', async () => {
    const { id } = await logged(acme)
    const { sync } = await act(acme, id, 'Internal note', 'x', { supplier_id: acme.supplierId })
    expect(sync).toMatchObject({
      state: 'skipped',
      reason: expect.stringMatching(/it needs system use “Log to supplier”/),
      fix: 'Change the action type, or use Log to supplier.',
    })
    expect((await ticketAt(acme, id)).links).toEqual([])
  })

  test('G71 a supplier must be chosen, and must exist', async () => {
    const { id } = await logged(acme)
    expect((await notSaved(id, asked(id, { supplier_id: undefined }))).body.fields).toHaveProperty(
      'supplier_id',
    )
    expect((await notSaved(id, asked(id, { supplier_id: 4711 }))).body.fields).toEqual({
      supplier_id: 'there is no such supplier',
    })
  })

  test('G74 G3 no email is sent by it, on either desk', async () => {
    const before = [await mailsOf(acme), await mailsOf(skyline)]
    await escalated(acme)
    await settle()
    expect([await mailsOf(acme), await mailsOf(skyline)]).toEqual(before)
  })

  test('G75 G78 out of the box Log to supplier sends too, and carries the template chosen on the action', async () => {
    const { id, summary } = await logged(acme)
    const { sync } = await acme.agent.post<Wire.Action>('actions', [
      { ...asked(id), outcome: 'Log to supplier', emailtemplate_id: 3 },
    ])
    expect(sync?.state).toBe('synced')
    const twin = await ticketAt(skyline, sync?.remote_ticket_id ?? 0)
    expect(twin.details).toContain(`we have your ticket ${id}, ${summary}`)
    expect(twin.details).toContain('Please look.')
  })

  test('G76 the template is rendered on the sending desk, and nothing of its language is left', async () => {
    const { id, summary } = await logged(acme, { details: 'The spooler is stuck.' })
    const { sync } = await escalate(acme, id)
    const { details, details_html: html } = await ticketAt(skyline, sync?.remote_ticket_id ?? 0)
    expect(details).toContain(`Acme, Incident ${id}: ${summary}`)
    expect(details).toContain('Raised by Pat Quinn')
    expect(details).toContain('The spooler is stuck.')
    expect(html).not.toMatch(/\{\{|\}\}/)
  })

  test('G77 where no template is chosen anywhere, it is number 35, Supplier Ticket', async () => {
    const { name } = await acme.agent.get<{ id: number; name: string }>('emailtemplate/35')
    expect(name).toBe('Supplier Ticket')
    await setAction(acme, 'Escalate to MSP', { emailTemplateId: null })
    const { id, summary } = await logged(acme)
    const { sync } = await escalate(acme, id)
    await setAction(acme, 'Escalate to MSP', { emailTemplateId: 35 })
    expect(sync?.state).toBe('synced')
    expect((await ticketAt(skyline, sync?.remote_ticket_id ?? 0)).details).toContain(
      `Acme, Incident ${id}: ${summary}`,
    )
  })

  test('G78 a template that does not exist is refused before saving', async () => {
    const { id } = await logged(acme)
    expect(await notSaved(id, asked(id, { emailtemplate_id: 4711 }))).toMatchObject({
      status: 400,
      body: { fields: { emailtemplate_id: 'there is no such email template' } },
    })
  })

  test('G79 not on the workflow it is neither offered nor taken', async () => {
    const { id } = await logged(acme)
    const number = acme.outcome('Escalate to MSP')
    expect((await ticketAt(acme, id)).allowed_actions).toContain(number)
    const putBack = await offWorkflow(acme, 'Escalate to MSP')
    expect((await ticketAt(acme, id)).allowed_actions).not.toContain(number)
    const refused = await notSaved(id, asked(id))
    await putBack()
    expect(refused).toMatchObject({
      status: 400,
      body: { message: 'You do not have access to this action at the moment' },
    })
  })

  test('G80 G72 it needs no action mapping and no such action on the other side', async () => {
    const mapped = await mappingsOf(skyline)
    await remap(skyline, (set) => set.filter(({ kind }) => kind !== 'outcome'))
    await setConnection(skyline, { default_outcome_id: 0 })
    await setAction(skyline, 'Log to supplier', { inactive: true })
    await escalated(acme)
    await setAction(skyline, 'Log to supplier', { inactive: false })
    await remap(skyline, () => mapped)
    await setConnection(skyline, { default_outcome_id: skyline.outcome('Internal note') })
  })

  test('G16 with the suppliers module off it is refused in words', async () => {
    const { id } = await logged(acme)
    const { orm, t } = acme.db
    const set = (enabled: boolean) =>
      orm
        .update(module)
        .set({ enabled })
        .where(and(eq(module.t, t), eq(module.name, 'suppliers')))
    await set(false)
    const refused = await notSaved(id, asked(id))
    await set(true)
    expect(refused.body).toMatchObject({
      error: 'MODULE_OFF',
      fix: 'Switch it on under Configuration, Modules.',
    })
  })

  test('G6 an end user cannot send a ticket on', async () => {
    const { id } = await logged(acme)
    const refused = await tried(acme.user, 'actions', asked(id))
    expect(refused.status).toBe(403)
    expect((await ticketAt(acme, id)).links).toEqual([])
  })

  test('G4 an ID tag of another ticket in the summary and the note is only text', async () => {
    const { id: other } = await logged(acme)
    const tag = `[ID:000${other}]`
    const before = await timeline(acme, other)
    const at = await escalated(acme, { summary: fresh(tag) })
    await act(acme, at.ours, 'Private note', `See ${tag}`)
    expect(await timeline(acme, other)).toEqual(before)
    expect((await ticketAt(skyline, at.twin)).summary).toContain(tag)
    expect((await timeline(skyline, at.twin)).at(-1)?.note).toBe(`See ${tag}`)
  })
})

describe('which partner (G69, G70, G73, R11)', () => {
  test('G73 G14 the field Supplier chooses the instance', async () => {
    const { id } = await logged(acme)
    const { sync } = await escalate(acme, id, { supplier_id: toVendor.supplierId })
    expect(sync).toMatchObject({ state: 'synced', endpoint: `${vendor.url}/api/tickets` })
    const twin = await ticketAt(vendor, sync?.remote_ticket_id ?? 0)
    expect(twin.client_id).toBe(toVendor.customerId)
    expect((await ticketAt(acme, id)).links).toMatchObject([{ connection_id: toVendor.atCompany }])
  })

  test('R11 G14 with two suppliers on a ticket a person names them: unnamed it is refused with the list, one and both are obeyed', async () => {
    const { ours, twin } = await escalated(acme)
    const second = await escalate(acme, ours, { supplier_id: toVendor.supplierId })
    const other = second.sync?.remote_ticket_id ?? 0
    const body = { ticket_id: ours, outcome: 'Private note', note: 'For whom?' }
    const refused = await tried(acme.agent, 'actions', body)
    expect(refused).toMatchObject({
      status: 422,
      body: { error: 'CHOOSE_PARTNER', message: 'This ticket is linked to several partners' },
    })
    const list = refused.body.fields?.['connection_ids']
    expect(list).toContain(`${acme.connectionId} (Skyline)`)
    expect(list).toContain(`${toVendor.atCompany} (Vendor)`)

    const has = async (desk: TestDesk, id: number, note: string) =>
      (await timeline(desk, id)).filter((one) => one.note === note).length
    const one = await act(acme, ours, 'Private note', 'For one', {
      connection_ids: [toVendor.atCompany],
    })
    expect(one.deliveries.map((d) => [d.connection_id, d.state])).toEqual([
      [toVendor.atCompany, 'synced'],
    ])
    expect([await has(skyline, twin, 'For one'), await has(vendor, other, 'For one')]).toEqual([
      0, 1,
    ])
    const both = await act(acme, ours, 'Private note', 'For both', {
      connection_ids: [acme.connectionId, toVendor.atCompany],
    })
    expect(both.deliveries.map(({ state }) => state)).toEqual(['synced', 'synced'])
    expect([await has(skyline, twin, 'For both'), await has(vendor, other, 'For both')]).toEqual([
      1, 1,
    ])
  })

  test('R15 sent to one supplier it can be sent to another, and not again to the first', async () => {
    const { ours } = await escalated(acme)
    expect((await escalate(acme, ours, { supplier_id: toVendor.supplierId })).sync?.state).toBe(
      'synced',
    )
    const again = await tried(acme.agent, 'actions', {
      ticket_id: ours,
      outcome: 'Escalate to MSP',
      supplier_id: acme.supplierId,
      note: 'x',
    })
    expect(again).toMatchObject({ status: 409, body: { error: 'ALREADY_ESCALATED' } })
  })

  test.each<[name: string, given: object, sent: boolean]>([
    ['nothing, and the type sends', {}, true],
    ['send_to: supplier', { send_to: 'supplier' }, true],
    ['send_to: none', { send_to: 'none' }, false],
    ['send_to_halo: true', { send_to_halo: true }, true],
    ['send_to_halo: "True"', { send_to_halo: 'True' }, true],
    ['send_to_halo: false', { send_to_halo: false }, false],
    ['send_to_halo: 0', { send_to_halo: 0 }, false],
    ['sync_to_halo_api: 1', { sync_to_halo_api: 1 }, true],
    ['sync_to_halo_api: "1"', { sync_to_halo_api: '1' }, true],
    ['sync_to_halo_api: 0', { sync_to_halo_api: 0 }, false],
    ['null is not given', { send_to_halo: null }, true],
  ])('G69 G70 the field is obeyed in each of its spellings: %s', async (name, given, sent) => {
    const at = await escalated(acme)
    const action = await act(acme, at.ours, 'Private note', name, given)
    expect(action.sync?.state ?? null).toBe(sent ? 'synced' : null)
    expect((await timeline(skyline, at.twin)).filter(({ note }) => note === name)).toHaveLength(
      sent ? 1 : 0,
    )
  })

  test('G68 G70 an action that is not set to send goes when the field says so', async () => {
    const at = await escalated(acme)
    expect((await act(acme, at.ours, 'Internal note', 'a')).sync).toBeNull()
    expect(
      (await act(acme, at.ours, 'Internal note', 'b', { send_to: 'supplier' })).sync?.state,
    ).toBe('synced')
    expect(
      (await act(acme, at.ours, 'Internal note', 'c', { send_to_halo: true })).sync?.state,
    ).toBe('synced')
  })

  test('G69 a direction without a link says so, and another word is refused', async () => {
    const at = await escalated(acme)
    expect(
      (await act(acme, at.ours, 'Private note', 'x', { send_to: 'customer' })).sync,
    ).toMatchObject({
      state: 'skipped',
      reason: 'This ticket is not linked to a partner of that direction.',
    })
    const refused = await tried(acme.agent, 'actions', {
      ticket_id: at.ours,
      outcome: 'Private note',
      note: 'x',
      send_to: 'everybody',
    })
    expect(refused.body.fields).toEqual({
      '[0].send_to': 'must be none, supplier or customer',
    })
  })

  test('G108 G112 the default of the field is the direction of the link', async () => {
    const at = await escalated(acme)
    expect((await ticketAt(acme, at.ours)).default_send_to).toBe('supplier')
    expect((await ticketAt(skyline, at.twin)).default_send_to).toBe('customer')
    expect((await ticketAt(acme, (await logged(acme)).id)).default_send_to).toBe('none')
  })
})

describe('access (G20, G23, G31, G32)', () => {
  test('G23 Allow access off on the customer’s profile: no ticket and no update comes in; on again, what waited is sent', async () => {
    const at = await escalated(acme)
    await setConnection(skyline, { allow_access: false })
    const update = await act(acme, at.ours, 'Private note', 'While off')
    expect(update.sync?.state).not.toBe('synced')
    const { id } = await logged(acme)
    const created = await escalate(acme, id)
    expect(created.sync?.state).not.toBe('synced')
    expect((await authenticate(acme)).body.message).toMatch(/switched off access/)
    expect((await timeline(skyline, at.twin)).map(({ note }) => note)).not.toContain('While off')

    await setConnection(skyline, { allow_access: true })
    expect((await authenticate(acme)).status).toBe(200)
    for (const one of [update, created]) await retry(acme, one)
    await settle()
    for (const one of [update, created]) expect((await again(acme, one)).sync?.state).toBe('synced')
  })

  test('G20 Allow access off on the supplier’s profile: no update comes back; on again, Retry sends it', async () => {
    const at = await escalated(acme)
    await setConnection(acme, { allow_access: false })
    const update = await act(skyline, at.twin, 'Note', 'While off')
    expect(update.sync?.state).not.toBe('synced')
    expect(update.sync?.error).toMatch(
      /^Failed to update ticket in Client's Instance - BadRequest - /,
    )
    expect((await timeline(acme, at.ours)).map(({ note }) => note)).not.toContain('While off')
    await setConnection(acme, { allow_access: true })
    expect((await authenticate(skyline)).status).toBe(200)
    await retry(skyline, update)
    await settle()
    expect((await again(skyline, update)).sync?.state).toBe('synced')
  })

  test('G31 with only one half done nothing is claimed: the page says what is missing, the escalation explains', async () => {
    const { id: supplierId } = await acme.admin.post('supplier', { name: fresh('Half') })
    const half = await acme.admin.post<{ id: number; state: string; health: string; fix: string }>(
      'connection',
      { supplier_id: supplierId, allow_access: true },
    )
    expect(half.state).toBe('setup')
    expect(half.fix).toMatch(/authorisation URL, resource URL, tenant id, client id, client secret/)
    const { id } = await logged(acme)
    const refused = await tried(acme.agent, 'actions', {
      ticket_id: id,
      outcome: 'Escalate to MSP',
      supplier_id: supplierId,
      note: 'x',
    })
    expect(refused).toMatchObject({
      status: 400,
      body: {
        error: 'NOT_VERIFIED',
        message: expect.stringMatching(/^The connection to Half \d+ is not verified$/),
        fix: 'Open the API Access tab of the supplier and authenticate the connection.',
        fields: { supplier_id: 'not connected yet' },
      },
    })
  })

  test('G32 a supplier’s token creates no ticket at its customer: refused with the reason', async () => {
    const client = await holderOf(acme, skyline)
    const count = async () =>
      (await acme.agent.get<{ record_count: number }>('tickets?count=1')).record_count
    const before = await count()
    const refused = await tried(client, 'tickets', {
      summary: 'From your supplier',
      tickettype_id: 1,
      details: 'x',
    })
    expect(refused).toMatchObject({ status: 400, body: { error: 'NOT_SUPPORTED' } })
    expect(refused.body.fix).toMatch(/^Tickets can be created only in the instance of a supplier/)
    expect(await count()).toBe(before)
  })
})

describe('who the twin is for (G33 to G35, T44)', () => {
  let client: Client
  beforeAll(async () => {
    client = await holderOf(skyline, acme)
  })

  const send = (author: object, more: object = {}, registers: object[] = []) =>
    client.ask<Taken & Refusal>('POST', 'tickets', [
      {
        summary: fresh('By hand'),
        note_html: 'x',
        tickettype_id: acme.ticketType('Incident'),
        client_reference: '4711',
        outcome_id: 5,
        ...more,
        baton: {
          v: 1,
          kind: 'create',
          uid: crypto.randomUUID(),
          link: crypto.randomUUID(),
          ticket: crypto.randomUUID(),
          prev: { n: 0, uid: null },
          clock: 2,
          at: '2026-08-09T10:00:00.000Z',
          via: [acme.tenantId],
          author: { kind: 'agent', uid: 'a', name: 'New Colleague', ...author },
          registers,
        },
      },
    ])
  const twinOf = async (author: object, more: object = {}, registers: object[] = []) => {
    const { status, body } = await send(author, more, registers)
    expect(status).toBe(201)
    return ticketAt(skyline, body.id)
  }
  const under = (setting: string) => setConnection(skyline, { unknown_sender: setting })

  test('G33 G34 G107 the company’s agents are users of the customer, and the one who escalates is the twin’s user', async () => {
    const { users } = await skyline.agent.get<{ users: { emailaddress: string }[] }>(
      `users?client_id=${skyline.customerId}`,
    )
    expect(users.map(({ emailaddress }) => emailaddress)).toEqual(
      expect.arrayContaining([acme.demo.agent.email, acme.demo.admin.email]),
    )
    const { id } = await logged(acme)
    const { sync } = await acme.boss.post<Wire.Action>('actions', [
      { ticket_id: id, outcome: 'Escalate to MSP', supplier_id: acme.supplierId, note: 'x' },
    ])
    expect(await ticketAt(skyline, sync?.remote_ticket_id ?? 0)).toMatchObject({
      client_id: skyline.customerId,
      user_name: 'Alex Moreau',
    })
  })

  test('G35 an unknown sender is created, and cannot sign in; the next ticket is for the same person', async () => {
    await under('create')
    const email = `${crypto.randomUUID()}@acme.example`
    const twin = await twinOf({ email })
    expect(twin).toMatchObject({ client_id: skyline.customerId, user_name: 'New Colleague' })
    const [row] = await skyline.db.orm
      .select()
      .from(person)
      .where(and(eq(person.t, skyline.t), eq(person.email, email)))
    expect(row).toMatchObject({ password: null, customerId: skyline.customerId })
    expect((await twinOf({ email: email.toUpperCase() })).user_id).toBe(twin.user_id)
  })

  test('G35 an unknown sender is filed under the general user', async () => {
    await under('general')
    const email = `${crypto.randomUUID()}@acme.example`
    expect(await twinOf({ email })).toMatchObject({
      client_id: skyline.customerId,
      user_name: 'General user',
    })
    await under('create')
  })

  test('G35 an unknown sender is refused, in words that the sender reads', async () => {
    await under('refuse')
    const { status, body } = await send({ email: `${crypto.randomUUID()}@acme.example` })
    await under('create')
    expect(status).toBe(422)
    expect(body).toMatchObject({
      error: 'UNKNOWN_SENDER',
      message: 'New Colleague is not known as a user of this customer',
      fix: expect.stringMatching(/add the agent as a user of this customer/),
    })
  })

  test('T44 a partner that claims the address of our own admin gets the general user, no right and no mail', async () => {
    const before = await mailsOf(skyline)
    const twin = await twinOf({ email: skyline.demo.admin.email, name: 'Sora Lind' })
    expect(twin).toMatchObject({ client_id: skyline.customerId, user_name: 'General user' })
    // The own people are told why; the partner, which would learn who is known here, is not.
    const [first] = await timeline(skyline, twin.id)
    expect(first?.sync?.parts.find(({ part }) => part === 'User')).toMatchObject({
      reason: expect.stringMatching(/given by the partner, belongs to an agent of this desk/),
    })
    const { body } = await send({ email: skyline.demo.admin.email })
    expect(JSON.stringify(body)).not.toMatch(/"part":"User"|belongs/)
    await settle()
    expect(await mailsOf(skyline)).toBe(before)
    const planted = await skyline.db.orm
      .select()
      .from(person)
      .where(and(eq(person.t, skyline.t), eq(person.email, skyline.demo.admin.email)))
    expect(planted).toEqual([])
  })

  test('T44 the address of another customer’s user is not theirs either', async () => {
    const twin = await twinOf({ email: skyline.demo.user.email })
    expect(twin).toMatchObject({ client_id: skyline.customerId, user_name: 'General user' })
  })

  test('T44 whom a partner brought gets no link to sign in with, and no way to set a password, until an admin here says so', async () => {
    const email = `${crypto.randomUUID()}@acme.example`
    const { user_id: id } = await twinOf({ email })
    const nobody = new Client(skyline.url, () => Promise.resolve({ origin: ORIGIN }))
    const ask = (to: string) => nobody.ask('POST', '/auth/link', { email: to })
    const readers = async (...all: string[]) =>
      (await lettersOf(() => Promise.all(all.map(ask)))).map(({ to }) => to)
    expect(await readers(email, skyline.demo.user.email)).toEqual([skyline.demo.user.email])
    await skyline.admin.post('users', [{ id, password: 'correct horse battery' }])
    expect(await readers(email)).toEqual([email])
  })

  test('T44 a partner brings so many people in an hour, and so many in all; then the general user, in words', async () => {
    const bring = (n: number, at: number) =>
      skyline.db.orm
        .run(sql`insert into person (t, id, uid, customer_id, name, email, source, created_at)
        select ${skyline.t}, 1000000 + (select max(id) from person) + key, hex(randomblob(16)), ${skyline.customerId}, 'Planted', hex(randomblob(8)) || '@acme.example', 'partner', ${at}
        from json_each(${JSON.stringify(Array.from({ length: n }, (_, i) => i))})`)
    const comes = async () => {
      const { body } = await send({ email: `${crypto.randomUUID()}@acme.example` })
      const { user_name: name } = await ticketAt(skyline, body.id)
      return { name, part: body.baton.parts.find(({ part }) => part === 'User') }
    }
    expect(await comes()).toEqual({ name: 'New Colleague', part: undefined })
    await bring(30, Date.now())
    expect(await comes()).toMatchObject({
      name: 'General user',
      part: { result: 'dropped', reason: expect.stringMatching(/30 people within an hour/) },
    })
    await skyline.db.orm.update(person).set({ createdAt: 1 }).where(eq(person.name, 'Planted'))
    expect((await comes()).name).toBe('New Colleague')
    await bring(1000, 1)
    expect(await comes()).toMatchObject({
      name: 'General user',
      part: { reason: expect.stringMatching(/1000 people, as many as it may/) },
    })
    expect((await twinOf({ email: acme.demo.agent.email })).user_name).toBe('Ana Ito')
    await skyline.db.orm.delete(person).where(eq(person.name, 'Planted'))
  })

  test('G115 an end user’s own ticket has no address: the general user', async () => {
    expect(await twinOf({ kind: 'user', name: 'Pat Quinn' })).toMatchObject({
      user_name: 'General user',
    })
  })

  test('T20 customer, user and agent that the partner names are not heard', async () => {
    const { user_id: sam } = await twinOf({ email: skyline.demo.user.email })
    const twin = await twinOf(
      { email: acme.demo.agent.email },
      {
        client_id: skyline.customer('Skyline'),
        user_id: sam,
        agent_id: 2,
        site_id: 2,
        supplier_id: 1,
      },
    )
    expect(twin).toMatchObject({
      client_id: skyline.customerId,
      user_name: 'Ana Ito',
      agent_id: 1,
      supplier_id: 0,
    })
  })

  test('G61 the mapped ticket type, G62 and the default for one that is not mapped', async () => {
    expect((await escalatedAs('Service request')).tickettype_name).toBe('Service request')
    expect((await escalatedAs('Incident')).tickettype_name).toBe('Incident')
    await setConnection(skyline, { default_tickettype_id: skyline.ticketType('Problem') })
    await map(skyline, 'tickettype', acme.ticketType('Incident'), null)
    expect((await escalatedAs('Incident')).tickettype_name).toBe('Problem')
    expect((await escalatedAs('Service request')).tickettype_name).toBe('Service request')
    await map(skyline, 'tickettype', acme.ticketType('Incident'), skyline.ticketType('Incident'))
    await setConnection(skyline, { default_tickettype_id: skyline.ticketType('Incident') })
  })

  async function escalatedAs(type: string) {
    const at = await escalated(acme, { tickettype_id: acme.ticketType(type) })
    return ticketAt(skyline, at.twin)
  }

  const status = (id: number) => [
    { name: 'status', label: 'Status', clock: 2, writer: acme.tenantId, value: { id, name: 'x' } },
  ]
  test('G41 a first status that is not mapped gets the default one; G38 a mapped one is taken', async () => {
    const author = { email: acme.demo.agent.email }
    await setConnection(skyline, { default_status_id: skyline.status('On hold') })
    expect((await twinOf(author, {}, status(4711))).status_name).toBe('On hold')
    expect((await twinOf(author, {}, status(acme.status('With supplier')))).status_name).toBe(
      'In progress',
    )
    await setConnection(skyline, { default_status_id: skyline.status('New') })
  })

  test('G42 “Action/Ticket Type Default” takes the ticket type’s own', async () => {
    await setConnection(skyline, { default_status_id: 0 })
    expect((await twinOf({ email: acme.demo.agent.email }, {}, status(4711))).status_name).toBe(
      'New',
    )
    await setConnection(skyline, { default_status_id: skyline.status('New') })
  })

  test('G12 nobody of the other desk is an agent here', async () => {
    for (const [desk, other] of [
      [skyline, acme],
      [acme, skyline],
    ] as const) {
      const agents = await desk.admin.get<{ email: string }[]>('agent')
      expect(JSON.stringify(agents)).not.toContain(`@${other.slug}.example`)
    }
  })
})
