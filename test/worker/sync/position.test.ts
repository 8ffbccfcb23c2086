import { env } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { and, eq, gt } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { action, actionBody, inbox, link, outbox, register, ticket } from '../../../db/schema'
import { TokenKeeper } from '../../../worker/sync/partnerToken'
import { reconcile } from '../../../worker/sync/reconcile'
import { nowAgain, pair, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import { passes } from './line'
import { connectionOf, messenger } from './partner'
import {
  act,
  again,
  escalated,
  newest,
  setConnection,
  ticketAt,
  timeline,
  type Pairing,
} from './story'

/** Where the receiver is and where the sender thinks it is: however the two come apart, they find together (protocol.md §6). */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterAll(nowAgain)

const ofTicket = (desk: TestDesk, ticketId: number) =>
  and(eq(link.t, desk.t), eq(link.ticketId, ticketId))

async function linkOf(desk: TestDesk, ticketId: number) {
  const [row] = await desk.db.orm.select().from(link).where(ofTicket(desk, ticketId))
  if (!row) throw new Error('The ticket is not linked')
  return row
}
const note = (at: Pairing, text: string) => act(acme, at.ours, 'Private note', text)
const notes = async (at: Pairing) =>
  (await timeline(skyline, at.twin)).slice(1).map((one) => one.note)

const quiet = (): Promise<void> => passes(120_000)

async function expectTogether(at: Pairing): Promise<void> {
  const [ours, theirs] = [await linkOf(acme, at.ours), await linkOf(skyline, at.twin)]
  expect([ours.outN, ours.outUid]).toEqual([theirs.inN, theirs.inUid])
  expect([theirs.outN, theirs.outUid]).toEqual([ours.inN, ours.inUid])
}

describe('positions (R3)', () => {
  test('R3 each message moves both sides by one, in both directions', async () => {
    const at = await escalated(acme)
    expect(await linkOf(skyline, at.twin)).toMatchObject({ inN: 1, outN: 0 })
    const sent = await note(at, 'One')
    const back = await act(skyline, at.twin, 'Note', 'Two')
    expect(await linkOf(acme, at.ours)).toMatchObject({
      outN: 2,
      outUid: sent.guid,
      inN: 1,
      inUid: back.guid,
    })
    await expectTogether(at)
  })

  test('R3 what is refused, skipped or kept here does not move it', async () => {
    const at = await escalated(acme)
    const before = await linkOf(acme, at.ours)
    await setConnection(skyline, { default_outcome_id: 0 })
    const skipped = await acme.agent.post<Wire.Action>('actions', [
      { ticket_id: at.ours, outcome: 'Public note', note: 'x', send_to: 'supplier' },
    ])
    expect(skipped.sync?.state).toBe('skipped')
    await setConnection(skyline, { default_outcome_id: skyline.outcome('Internal note') })
    await act(acme, at.ours, 'Internal note', 'Here')
    expect(await linkOf(acme, at.ours)).toMatchObject({ outN: before.outN, outUid: before.outUid })
    expect((await note(at, 'Taken')).sync?.state).toBe('synced')
    await expectTogether(at)
  })

  test('R3 another position is a GAP that names where the receiver is; nothing is stored', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const before = await partner.link()
    for (const prev of [
      { n: 0, uid: null },
      { n: 1, uid: crypto.randomUUID() },
      { n: 2, uid: before.inUid },
      { n: 99, uid: crypto.randomUUID() },
    ]) {
      const refused = await partner.send(await partner.message('Gap', {}, { prev }))
      expect(refused).toMatchObject({
        status: 409,
        body: { error: 'GAP', baton: { have: { n: 1, uid: before.inUid } } },
      })
    }
    expect(await partner.link()).toEqual(before)
    expect(await notes(at)).toEqual([])
  })

  test('R3 an unknown link, and a ticket that is not the link’s: LINK_UNKNOWN, never a guess by number', async () => {
    const [at, other] = [await escalated(acme), await escalated(acme)]
    const partner = await messenger(skyline, at.twin, acme)
    const unknown = await partner.message('x', {}, { link: crypto.randomUUID() })
    expect(await partner.send(unknown)).toMatchObject({
      status: 409,
      body: { error: 'LINK_UNKNOWN' },
    })
    const elsewhere = await partner.message('x', { ticket_id: other.twin })
    expect(await partner.send(elsewhere)).toMatchObject({
      status: 409,
      body: { error: 'LINK_UNKNOWN' },
    })
    expect(await notes(other)).toEqual([])
  })
})

describe('positions that have come apart', () => {
  test('R3 the sender forgot the last one (its answer and its writing were lost): it is settled from memory, and the new one follows', async () => {
    const at = await escalated(acme)
    const before = await linkOf(acme, at.ours)
    const lost = await note(at, 'Lost answer')
    await acme.db.orm.batch([
      acme.db.orm
        .update(link)
        .set({ outN: before.outN, outUid: before.outUid })
        .where(ofTicket(acme, at.ours)),
      acme.db.orm
        .update(outbox)
        .set({ state: 'dead', nextAt: null, error: 'no answer' })
        .where(and(eq(outbox.t, acme.t), eq(outbox.uid, lost.guid))),
    ])
    const next = await note(at, 'Next')
    await quiet()
    expect((await again(acme, lost)).sync?.state).toBe('synced')
    expect((await again(acme, next)).sync?.state).toBe('synced')
    expect(await notes(at)).toEqual(['Lost answer', 'Next'])
    await expectTogether(at)
  })

  test('R3 the sender is several behind: both desks are compared, nothing is doubled, the new one follows', async () => {
    const at = await escalated(acme)
    const before = await linkOf(acme, at.ours)
    for (const text of ['One', 'Two', 'Three']) await note(at, text)
    await acme.db.orm
      .update(link)
      .set({ outN: before.outN, outUid: before.outUid })
      .where(ofTicket(acme, at.ours))
    const next = await note(at, 'Four')
    await quiet()
    expect((await again(acme, next)).sync?.state).toBe('synced')
    expect(await notes(at)).toEqual(['One', 'Two', 'Three', 'Four'])
    await expectTogether(at)
    expect((await connectionOf(acme)).state).toBe('live')
  })

  test('R3 Q5 comparing brings the values too: a change of the partner’s whose message never came', async () => {
    const at = await escalated(acme)
    const { orm, t } = skyline.db
    const stamp = { clock: 40, writer: skyline.tenantId, value: null, connectionId: null }
    await orm.batch([
      orm
        .update(ticket)
        .set({ priorityId: skyline.priority('Critical'), clock: 40 })
        .where(and(eq(ticket.t, t), eq(ticket.id, at.twin))),
      orm
        .update(register)
        .set(stamp)
        .where(
          and(eq(register.t, t), eq(register.ticketId, at.twin), eq(register.name, 'priority')),
        ),
    ])
    const [to, linked] = [await connectionOf(acme), await linkOf(acme, at.ours)]
    const known = { before: { n: linked.outN, uid: linked.outUid }, ofResume: false }
    await reconcile({ env, exports }, acme.db, new TokenKeeper(), to, linked, known)
    expect((await ticketAt(acme, at.ours)).priority.name).toBe('Critical')
    expect((await newest(acme, at.ours)).who).toBe('Baton')
  })

  test('F43 the receiver was restored to an older state: what it lacks is sent again, in order, with the new one', async () => {
    const at = await escalated(acme)
    await note(at, 'Kept')
    const [before] = await skyline.db.orm
      .select({ lastAction: ticket.lastAction })
      .from(ticket)
      .where(and(eq(ticket.t, skyline.t), eq(ticket.id, at.twin)))
    const lastAction = before?.lastAction ?? 0
    const then = await linkOf(skyline, at.twin)
    const forgotten = [await note(at, 'Forgotten 1'), await note(at, 'Forgotten 2')]
    const { orm, t } = skyline.db
    await orm.batch([
      orm
        .delete(actionBody)
        .where(
          and(
            eq(actionBody.t, t),
            eq(actionBody.ticketId, at.twin),
            gt(actionBody.actionId, lastAction),
          ),
        ),
      orm
        .delete(action)
        .where(and(eq(action.t, t), eq(action.ticketId, at.twin), gt(action.id, lastAction))),
      orm
        .delete(inbox)
        .where(and(eq(inbox.t, t), eq(inbox.ticketId, at.twin), gt(inbox.n, then.inN))),
      orm
        .update(ticket)
        .set({ lastAction })
        .where(and(eq(ticket.t, t), eq(ticket.id, at.twin))),
      orm.update(link).set({ inN: then.inN, inUid: then.inUid }).where(ofTicket(skyline, at.twin)),
    ])
    expect(await notes(at)).toEqual(['Kept'])
    const next = await note(at, 'New')
    await quiet()
    for (const one of [...forgotten, next])
      expect((await again(acme, one)).sync?.state).toBe('synced')
    expect(await notes(at)).toEqual(['Kept', 'Forgotten 1', 'Forgotten 2', 'New'])
    await expectTogether(at)
  })

  test('F42 R16 the sender was restored and the partner knows more than it: the connection pauses in words; resumed, both compare and go on', async () => {
    const at = await escalated(acme)
    const then = await linkOf(acme, at.ours)
    const gone = await note(at, 'Before the restore')
    const { orm, t } = acme.db
    await orm.batch([
      orm.delete(outbox).where(and(eq(outbox.t, t), eq(outbox.uid, gone.guid))),
      orm
        .delete(actionBody)
        .where(
          and(
            eq(actionBody.t, t),
            eq(actionBody.ticketId, at.ours),
            eq(actionBody.actionId, gone.id),
          ),
        ),
      orm.delete(action).where(and(eq(action.t, t), eq(action.uid, gone.guid))),
      orm
        .update(ticket)
        .set({ lastAction: gone.id - 1 })
        .where(and(eq(ticket.t, t), eq(ticket.id, at.ours))),
      orm.update(link).set({ outN: then.outN, outUid: then.outUid }).where(ofTicket(acme, at.ours)),
    ])
    const after = await note(at, 'After the restore')
    await quiet()
    expect((await again(acme, after)).sync).toMatchObject({
      state: 'pending',
      reason: 'The connection is paused.',
    })
    const page = await acme.admin.get<{ state: string; health: string; fix: string }>(
      `connection/${acme.connectionId}`,
    )
    expect(page.state).toBe('paused')
    expect(page.health).toMatch(/seems to have been restored\. Resume to compare both sides\./)
    expect(await notes(at)).toEqual(['Before the restore'])

    await setConnection(acme, { state: 'live' })
    await quiet()
    expect((await again(acme, after)).sync?.state).toBe('synced')
    expect(await notes(at)).toEqual(['Before the restore', 'After the restore'])
    await expectTogether(at)
  })
})

describe('what a desk tells of a link (protocol.md §3)', () => {
  test('T21 the state of a link, with all that was taken in order; a foreign and an unknown one are answered alike', async () => {
    const at = await escalated(acme)
    const sent = await note(at, 'One')
    const partner = await messenger(skyline, at.twin, acme)
    const state = await partner.client.ask<{
      have: object
      uids: string[]
      registers: { name: string }[]
    }>('GET', `connection/link/${partner.linkUid}?uids=1`)
    expect(state.status).toBe(200)
    expect(state.body.have).toEqual({ n: 2, uid: sent.guid })
    expect(state.body.uids.at(-1)).toBe(sent.guid)
    expect(state.body.uids).toHaveLength(2)
    expect(state.text).not.toContain('One')
    const unknown = await partner.client.ask('GET', `connection/link/${crypto.randomUUID()}`)
    expect(unknown).toMatchObject({ status: 409, body: { error: 'LINK_UNKNOWN' } })
    for (const who of [skyline.agent, skyline.user, skyline.nobody]) {
      const { status } = await who.ask('GET', `connection/link/${partner.linkUid}`)
      expect([401, 403]).toContain(status)
    }
  })
})
