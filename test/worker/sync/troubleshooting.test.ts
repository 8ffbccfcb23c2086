import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { action, mapping, ticket } from '../../../db/schema'
import { nowAgain, pair, settle, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import {
  act,
  again,
  authenticate,
  escalate,
  escalated,
  fresh,
  logged,
  map,
  newest,
  offWorkflow,
  retry,
  setAction,
  setConnection,
  ticketAt,
  timeline,
  tried,
} from './story'

/** Every row of the guide's troubleshooting table: provoked, read as a person reads it, cured, and sent by Retry. */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterEach(nowAgain)

const mailsOf = async (desk: TestDesk, ticketId: number) =>
  (await desk.mail()).filter((mail) => mail.ticketId === ticketId)

const notesOf = async (desk: TestDesk, ticketId: number) =>
  (await timeline(desk, ticketId)).map(({ note }) => note)

describe('row 1: two email actions mapped together (G120, G53, G54)', () => {
  test('G120 G53 the mapping is refused, names both actions and says what to map instead', async () => {
    const email = skyline.outcome('Email user')
    await expect(map(acme, 'outcome', email, acme.outcome('Email user'))).rejects.toThrow(
      /Two actions that both send an email are mapped together.*“Email user” and “Email user” both send an email/,
    )
    const refused = await acme.admin.ask<{ fix: string; fields: object }>(
      'PUT',
      `connection/${acme.connectionId}/mappings`,
      {
        mappings: [
          { kind: 'outcome', remote_id: String(email), local_id: acme.outcome('Email user') },
        ],
      },
    )
    expect(refused.status).toBe(400)
    expect(refused.body.fix).toBe(
      'Map the email action to an action that does not send an email; its text then arrives as a note.',
    )
    expect(Object.keys(refused.body.fields)).toEqual(['mappings[0].local_id'])
  })

  test('G120 G54 forced in the data, it is refused at receipt at once: both are named, no mail leaves the receiver; re-mapped, Retry makes it an indirect note (G55)', async () => {
    const { ours, twin } = await escalated(acme)
    const email = skyline.outcome('Email user')
    await map(acme, 'outcome', email, acme.outcome('Internal update'))
    const { orm } = acme.db
    const forced = and(
      eq(mapping.t, acme.t),
      eq(mapping.kind, 'outcome'),
      eq(mapping.remoteId, String(email)),
    )
    await orm
      .update(mapping)
      .set({ localId: acme.outcome('Email user') })
      .where(forced)

    const began = Date.now()
    const sent = await act(skyline, twin, 'Email user', 'Restart it.', { send_to: 'customer' })
    expect(Date.now() - began).toBeLessThan(2_000)
    expect(sent.sync).toMatchObject({
      state: 'failed',
      url: null,
      endpoint: null,
      error:
        "Failed to update ticket in Client's Instance - BadRequest - “Email user” and “Email user”, which it is mapped to, both send an email",
      fix: 'Map the email action to an action that does not send an email; its text then arrives as a note.',
    })
    await settle()
    expect(await mailsOf(acme, ours)).toEqual([])
    expect(await notesOf(acme, ours)).not.toContain('Restart it.')

    await map(acme, 'outcome', email, acme.outcome('Internal update'))
    expect((await retry(skyline, sent)).sync).toMatchObject({ state: 'synced', error: null })
    expect(await newest(acme, ours)).toMatchObject({
      outcome: 'Internal update',
      note: 'Restart it.',
    })
    await settle()
    expect(await mailsOf(acme, ours)).toEqual([])
    expect((await mailsOf(skyline, twin)).map(({ toAddress }) => toAddress)).toEqual([
      acme.demo.agent.email,
    ])
  })
})

describe('row 2: the mapped action is not on the workflow (G121, G56, G57)', () => {
  const WORDS =
    "Failed to update ticket in Client's Instance - BadRequest - You do not have access to this action at the moment"

  async function refusedNote(text: string) {
    const at = await escalated(acme)
    const putBack = await offWorkflow(acme, 'Internal update')
    const before = await timeline(acme, at.ours)
    const sent = await act(skyline, at.twin, 'Note', text)
    expect(sent.sync).toMatchObject({ state: 'failed', error: WORDS, url: null, endpoint: null })
    expect(sent.sync?.fix).toMatch(/map “Note” to an action that the ticket’s workflow allows/)
    expect(sent.sync?.fix).toMatch(/or add “Internal update” to the workflow of the ticket/)
    expect(sent.note).toBe(text)
    expect(await timeline(acme, at.ours)).toEqual(before)
    expect(await ticketAt(skyline, at.twin)).toMatchObject({ sync: 'failed' })
    return { ...at, putBack, sent }
  }

  test('G121 the exact words, both cures named; cure 1: mapped to an allowed action, Retry sends it', async () => {
    const { ours, twin, putBack, sent } = await refusedNote('Take one')
    const note = skyline.outcome('Note')
    await map(acme, 'outcome', note, acme.outcome('Internal note'))
    expect((await retry(skyline, sent)).sync?.state).toBe('synced')
    expect(await newest(acme, ours)).toMatchObject({ outcome: 'Internal note', note: 'Take one' })
    expect(await ticketAt(skyline, twin)).toMatchObject({ sync: 'synced' })
    await map(acme, 'outcome', note, acme.outcome('Internal update'))
    await putBack()
  })

  test('G121 cure 2: the action added to the workflow, Retry sends it, and later notes were not held up', async () => {
    const { ours, twin, putBack, sent } = await refusedNote('Take two')
    const later = await act(skyline, twin, 'Indirect email to end user', 'Meanwhile')
    expect(later.sync?.state).toBe('synced')
    await putBack()
    expect((await retry(skyline, sent)).sync?.state).toBe('synced')
    expect((await notesOf(acme, ours)).slice(-2)).toEqual(['Meanwhile', 'Take two'])
  })

  test('G121 from the company to the supplier the words name the supplier’s instance', async () => {
    const { ours, twin } = await escalated(acme)
    const putBack = await offWorkflow(skyline, 'Internal note')
    const sent = await act(acme, ours, 'Private note', 'Hello')
    expect(sent.sync).toMatchObject({
      state: 'failed',
      error:
        "Failed to update ticket in Supplier's Instance - BadRequest - You do not have access to this action at the moment",
    })
    await putBack()
    expect((await retry(acme, sent)).sync?.state).toBe('synced')
    expect((await newest(skyline, twin)).note).toBe('Hello')
  })

  test('G59 the default action too must be on the workflow', async () => {
    const { ours, twin } = await escalated(acme)
    const putBack = await offWorkflow(acme, 'Internal note')
    const sent = await act(skyline, twin, 'Public note', 'By default', { send_to: 'customer' })
    expect(sent.sync).toMatchObject({ state: 'failed', error: WORDS })
    await putBack()
    expect((await retry(skyline, sent)).sync?.state).toBe('synced')
    expect((await newest(acme, ours)).outcome).toBe('Internal note')
  })
})

describe('row 3: tags and odd formatting of notes that an AI improved (G122)', () => {
  const FENCED =
    '```html\n<p>Hello <b>Pat</b>,</p><ul><li>restart it</li></ul>\n```\n<script>alert(1)</script>'

  async function emailed(note: string, on: Parameters<typeof setAction>[]) {
    const at = await escalated(acme)
    for (const [desk, name, change] of on) await setAction(desk, name, change)
    const sent = await skyline.agent.post<Wire.Action>('actions', [
      { ticket_id: at.twin, outcome: 'Indirect email to end user', note },
    ])
    for (const [desk, name] of on) await setAction(desk, name, { aiOn: false })
    expect(sent.sync?.state).toBe('synced')
    await settle()
    const [mail] = await mailsOf(acme, at.ours)
    return {
      there: sent.note_html,
      here: (await newest(acme, at.ours)).note_html,
      mail: mail?.html ?? '',
    }
  }

  test('G122 a fence and stray tags become clean HTML in the note on both desks and in the mail, when AI is on where it was written', async () => {
    const { there, here, mail } = await emailed(FENCED, [
      [skyline, 'Indirect email to end user', { aiOn: true }],
    ])
    for (const html of [there, here, mail]) {
      expect(html).toMatch(
        /<p>Hello <(b|strong)>Pat<\/(b|strong)>,<\/p><ul><li>restart it<\/li><\/ul>/,
      )
      expect(html).not.toMatch(/```|&lt;|script/)
    }
  })

  test('G122 Markdown becomes formatting too', async () => {
    const { there, mail } = await emailed('## Hello\n\n**Restart** it:\n\n- off\n- on', [
      [skyline, 'Indirect email to end user', { aiOn: true }],
    ])
    for (const html of [there, mail]) {
      expect(html).toContain('<strong>Restart</strong>')
      expect(html).toMatch(/<li>off<\/li>\s*<li>on<\/li>/)
      expect(html).not.toMatch(/##|\*\*/)
    }
  })

  test('G122 the action that sends the email tidies too, where only its AI is on', async () => {
    const { here, mail } = await emailed('**Restart** it', [[acme, 'Email user', { aiOn: true }]])
    for (const html of [here, mail]) {
      expect(html).toContain('<strong>Restart</strong>')
      expect(html).not.toContain('**')
    }
  })

  test('G122 with AI off on both, what somebody wrote stays as it is', async () => {
    const { there, here } = await emailed('**Restart** it with `a <b>`', [])
    for (const html of [there, here]) expect(html).toContain('**Restart** it with `a &lt;b&gt;`')
  })
})

describe('row 4: the supplier ref is filled (G123, G103)', () => {
  const WORDS =
    "Failed to Update ticket in Supplier's Instance - BadRequest - An action must be associated with a ticket_id"

  test.each(['supplier_ref', 'new_supplier_ref'])(
    'G123 the exact words and the cure, nothing is saved; with %s cleared it is sent',
    async (name) => {
      const { id } = await logged(acme)
      const before = [await ticketAt(acme, id), await timeline(acme, id)]
      const body = {
        ticket_id: id,
        outcome: 'Escalate to MSP',
        supplier_id: acme.supplierId,
        note_html: 'Look',
      }
      const refused = await tried(acme.agent, 'actions', { ...body, [name]: '4711' })
      expect(refused.status).toBe(400)
      expect(refused.body).toMatchObject({
        message: WORDS,
        fix: 'Clear the supplier ref, then save again.',
        fields: { supplier_ref: 'Must be left blank to send the ticket' },
      })
      expect([await ticketAt(acme, id), await timeline(acme, id)]).toEqual(before)
      const sent = await acme.agent.post<Wire.Action>('actions', [{ ...body, [name]: ' ' }])
      expect(sent.sync?.state).toBe('synced')
    },
  )
})

describe('row 5: no error, but the action does not sync (G124 to G127)', () => {
  test('G124 a synced action carries the address of the partner’s ticket and the endpoint; one that was not synced carries neither', async () => {
    const { ours, twin } = await escalated(acme)
    const synced = await act(acme, ours, 'Private note', 'There')
    expect(synced.sync).toMatchObject({
      state: 'synced',
      url: `${skyline.url}/tickets/${twin}`,
      endpoint: `${skyline.url}/api/actions`,
    })
    expect((await again(acme, synced)).sync).toEqual({ ...synced.sync, at: expect.any(String) })
    const kept = await act(acme, ours, 'Private note', 'Here', { send_to: 'none' })
    expect(kept.sync).toBeNull()
    const hidden = await act(skyline, twin, 'Internal note', 'Secret', { send_to: 'customer' })
    expect(hidden.sync).toMatchObject({ state: 'skipped', url: null, endpoint: null })
    const all = [...(await timeline(acme, ours)), ...(await timeline(skyline, twin))]
    for (const { sync, senttoapiurl } of all) {
      expect((sync?.url ?? null) !== null).toBe(sync?.state === 'synced')
      expect((sync?.endpoint ?? null) !== null).toBe(sync?.state === 'synced')
      if (sync?.state !== 'synced') expect(senttoapiurl).toBeNull()
    }
  })

  test('G125 not mapped and no default: skipped, the reason names the action and the setting; mapped, Retry sends it', async () => {
    const { ours, twin } = await escalated(acme)
    await setConnection(acme, { default_outcome_id: 0 })
    const sent = await act(skyline, twin, 'Public note', 'Unmapped', { send_to: 'customer' })
    expect(sent.sync).toMatchObject({
      state: 'skipped',
      reason: 'The action is not mapped in the partner’s instance.',
      error: '“Public note” is not mapped to an action in the receiving instance',
      url: null,
    })
    expect(sent.sync?.fix).toMatch(/Inbound settings, Action mappings/)
    expect(await notesOf(acme, ours)).not.toContain('Unmapped')
    expect((await retry(skyline, sent)).sync?.state).toBe('skipped')

    await map(acme, 'outcome', skyline.outcome('Public note'), acme.outcome('Internal update'))
    expect((await retry(skyline, sent)).sync).toMatchObject({ state: 'synced', reason: null })
    expect(await newest(acme, ours)).toMatchObject({
      outcome: 'Internal update',
      note: 'Unmapped',
    })
    await map(acme, 'outcome', skyline.outcome('Public note'), null)
    await setConnection(acme, { default_outcome_id: acme.outcome('Internal note') })
  })

  test('G126 G82 hidden from the user at the supplier: skipped, the reason names the setting; made visible, it is sent', async () => {
    const { ours, twin } = await escalated(acme)
    await setAction(skyline, 'Note', { hideFromUser: true })
    const sent = await act(skyline, twin, 'Note', 'Between us')
    expect(sent.sync).toMatchObject({
      state: 'skipped',
      reason:
        'It is hidden from the user, and what a supplier sends to a customer must be visible.',
      fix: 'Switch “Hide from user” off on the action type.',
    })
    expect((await retry(skyline, sent)).sync?.state).toBe('skipped')
    expect(await notesOf(acme, ours)).not.toContain('Between us')
    await setAction(skyline, 'Note', { hideFromUser: false })
    expect((await act(skyline, twin, 'Note', 'Between us')).sync?.state).toBe('synced')
    expect((await newest(acme, ours)).note).toBe('Between us')
  })

  test('G127 G106 with another customer on the ticket: not sent, the reason says so; with the right one, Retry sends it', async () => {
    const { ours, twin } = await escalated(acme)
    const { user_id: ana } = await ticketAt(skyline, twin)
    await skyline.agent.post('tickets', [{ id: twin, client_id: skyline.customer('Skyline') }])
    const sent = await act(skyline, twin, 'Note', 'To whom?')
    expect(sent.sync).toMatchObject({
      state: 'skipped',
      reason: 'The customer on this ticket is not the one of the connection.',
      fix: 'Set the ticket’s customer to the one whose profile holds the connection.',
    })
    expect((await retry(skyline, sent)).sync?.state).toBe('skipped')
    expect(await notesOf(acme, ours)).not.toContain('To whom?')
    await skyline.agent.post('tickets', [{ id: twin, client_id: skyline.customerId, user_id: ana }])
    expect((await retry(skyline, sent)).sync?.state).toBe('synced')
    expect((await newest(acme, ours)).note).toBe('To whom?')
  })

  test('G127 with a customer whose connection is not valid: not sent, another reason; authenticated, Retry sends it', async () => {
    const { ours, twin } = await escalated(acme)
    const { partner } = await skyline.admin.get<{ partner: { resource_url: string } }>(
      `connection/${skyline.connectionId}`,
    )
    const issued = await acme.admin.post<{ issued: { client_secret: string } }>(
      `connection/${acme.connectionId}/rotate`,
      {},
    )
    const moved = partner.resource_url.replace('/acme/', '/acme2/')
    await setConnection(skyline, { partner: { resource_url: moved } })
    const sent = await act(skyline, twin, 'Note', 'Anybody?')
    expect(sent.sync).toMatchObject({
      state: 'skipped',
      reason: 'The connection is not verified.',
      fix: 'Open the API Access tab of the profile and authenticate the connection.',
    })
    await setConnection(skyline, {
      partner: { resource_url: partner.resource_url, client_secret: issued.issued.client_secret },
    })
    expect((await authenticate(skyline)).status).toBe(200)
    expect((await retry(skyline, sent)).sync?.state).toBe('synced')
    expect((await newest(acme, ours)).note).toBe('Anybody?')
  })

  test('G127 G68 on a ticket that is linked to nobody, what was to be sent says so', async () => {
    const { id } = await logged(acme)
    expect((await act(acme, id, 'Private note', 'Alone')).sync).toMatchObject({
      state: 'skipped',
      reason: 'This ticket is not linked to a partner of that direction.',
      fix: 'Send the ticket to the supplier first.',
    })
  })
})

describe('row 6: wrong credentials (G128)', () => {
  const WORDS =
    "Failed to log to Supplier's Instance - BadRequest - This functionality is not supported"
  const FIX = /supplier profile .*must hold .*customer profile/

  let id: string
  let secret: string
  beforeAll(async () => {
    const issued = await skyline.admin.post<{
      issued: { client_id: string; client_secret: string }
    }>(`connection/${skyline.connectionId}/rotate`, {})
    id = issued.issued.client_id
    secret = issued.issued.client_secret
    await setConnection(acme, { partner: { client_secret: secret } })
    await authenticate(acme)
  })

  /** Escalates with what is entered now, puts the right values back, and expects the ticket to arrive once. */
  async function provoked(detail: RegExp): Promise<void> {
    const { id: ours, summary } = await logged(acme)
    const sent = await escalate(acme, ours)
    expect(sent.sync).toMatchObject({ error: WORDS, url: null, endpoint: null })
    expect(sent.sync?.fix).toMatch(FIX)
    expect(sent.sync?.fix).toMatch(detail)
    expect((await again(acme, sent)).sync).toMatchObject({ error: WORDS })

    await setConnection(acme, { partner: { client_id: id, client_secret: secret } })
    expect((await authenticate(acme)).status).toBe(200)
    await retry(acme, sent)
    await settle()
    expect((await again(acme, sent)).sync).toMatchObject({ state: 'synced', error: null })
    const { tickets } = await skyline.agent.get<{ tickets: Wire.Ticket[] }>(
      `tickets?search=${encodeURIComponent(summary)}`,
    )
    expect(tickets.filter((one) => one.summary === summary)).toHaveLength(1)
  }

  test('G128 a wrong secret: Authenticate finds it beforehand, the escalation says the guide’s words and the cure', async () => {
    await setConnection(acme, { partner: { client_secret: 'wrong' } })
    const found = await authenticate(acme)
    expect(found.status).toBe(400)
    expect(found.body.message).toMatch(/says that the client secret is wrong/)
    expect(found.body.fields).toHaveProperty('partner.client_secret')
    await setConnection(acme, { state: 'live' }) // as if nobody had pressed Authenticate
    await provoked(/The client secret is wrong/)
  })

  test('G128 a wrong client id', async () => {
    await setConnection(acme, { partner: { client_id: crypto.randomUUID() } })
    expect((await authenticate(acme)).body.message).toMatch(/does not know this client id/)
    await setConnection(acme, { state: 'live' })
    await provoked(/The client id is not known here/)
  })

  test('G128 swapped: the credentials of a supplier profile on the other side', async () => {
    const supplier = await skyline.admin.post<{ id: number }>('supplier', { name: fresh('Cables') })
    const other = await skyline.admin.post<{
      issued: { client_id: string; client_secret: string }
    }>('connection', {
      supplier_id: supplier.id,
      allow_access: true,
      partner: {
        auth_url: `${acme.url}/auth`,
        resource_url: `${acme.url}/api`,
        tenant_id: acme.tenantId,
      },
    })
    await setConnection(acme, { partner: other.issued })
    const found = await authenticate(acme)
    expect(found.status).toBe(400)
    expect(found.body.message).toMatch(
      /belong to a supplier profile at Skyline; this supplier profile needs those of a customer profile/,
    )
    await setConnection(acme, { state: 'live' })
    await provoked(/those used here belong to a supplier profile/)
  })

  test('G128 revoked: the words say so, later messages keep their place, and all is sent after Authenticate in order', async () => {
    const { ours, twin } = await escalated(acme)
    const rotated = await skyline.admin.post<{ issued: { client_secret: string } }>(
      `connection/${skyline.connectionId}/rotate`,
      {},
    )
    secret = rotated.issued.client_secret
    const first = await act(acme, ours, 'Private note', 'One')
    expect(first.sync).toMatchObject({
      state: 'pending',
      error:
        "Failed to update ticket in Supplier's Instance - BadRequest - This functionality is not supported",
    })
    expect(first.sync?.fix).toMatch(FIX)
    const second = await act(acme, ours, 'Private note', 'Two')
    expect(second.sync).toMatchObject({
      state: 'pending',
      reason: 'The partner does not accept the credentials of the connection.',
    })
    expect(second.sync?.fix).toMatch(/authenticate the connection/)
    const page = await acme.admin.get<{ state: string; health: string; fix: string }>(
      `connection/${acme.connectionId}`,
    )
    expect(page.state).toBe('broken')
    expect(page.health).toMatch(/This functionality is not supported.* 2 messages wait\./)
    expect(page.fix).toMatch(/authenticate the connection/)
    await settle()
    expect((await again(acme, first)).sync).toMatchObject({ state: 'pending', attempts: 1 })
    expect((await authenticate(acme)).body.message).toMatch(/says that the client secret is wrong/)

    await setConnection(acme, { partner: { client_secret: secret } })
    expect((await authenticate(acme)).status).toBe(200)
    await settle()
    expect((await again(acme, second)).sync?.state).toBe('synced')
    expect((await notesOf(skyline, twin)).slice(-2)).toEqual(['One', 'Two'])
  })
})

test('after all of it, nothing was written twice: every uid stands once on each desk (Q2)', async () => {
  for (const desk of [acme, skyline]) {
    const rows = await desk.db.orm
      .select({ uid: action.uid })
      .from(action)
      .where(eq(action.t, desk.t))
    expect(new Set(rows.map(({ uid }) => uid)).size).toBe(rows.length)
    const tickets = await desk.db.orm
      .select({ summary: ticket.summary })
      .from(ticket)
      .where(eq(ticket.t, desk.t))
    expect(new Set(tickets.map(({ summary }) => summary)).size).toBe(tickets.length)
  }
})
