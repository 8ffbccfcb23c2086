import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  action,
  audit,
  connection,
  customer,
  inbox,
  link,
  outbox,
  supplier,
  ticket,
} from '../../../db/schema'
import type { Staff } from '../../../worker/auth/principal'
import { linkState } from '../../../worker/sync/linkState'
import { readLog, replay } from '../../../worker/sync/log'
import { byToken, Client, desks, type TestDesk } from '../pair'

const CUSTOMER = 701
const SUPPLIER = 702
const who: Staff = { kind: 'agent', t: 0, agentId: 2, role: 'admin', session: '' }

let skyline: TestDesk
/** The profile of the customer, and that of a supplier further on. */
let toCustomer: { id: number; issued: { client_id: string; client_secret: string } }
let toSupplier: { id: number }

beforeAll(async () => {
  ;({ skyline } = await desks())
  const { orm } = skyline.db
  const { t } = skyline
  await orm.insert(customer).values({ t, id: CUSTOMER, name: 'Acme', createdAt: 1 })
  await orm.insert(supplier).values({ t, id: SUPPLIER, name: 'Cables', createdAt: 1 })
  toCustomer = await skyline.admin.post('connection', { client_id: CUSTOMER, allow_access: true })
  toSupplier = await skyline.admin.post('connection', { supplier_id: SUPPLIER, allow_access: true })
  // Verified and paused: what is due stays where it is, so that it can be looked at.
  await orm
    .update(connection)
    .set({ verifiedAt: 1, state: 'paused', partnerTenantId: 'partner' })
    .where(eq(connection.t, t))
})

const partner = { customer: () => toCustomer.id, supplier: () => toSupplier.id }
let lastTicket = 5000

/** A linked ticket with one message on its link, as it would stand after such an end. */
async function message(
  state: (typeof outbox.$inferSelect)['state'],
  given: {
    to?: 'customer' | 'supplier'
    reason?: string
    hidden?: boolean
    customerId?: number
    at?: number
  } = {},
) {
  const { orm } = skyline.db
  const { t } = skyline
  const { to = 'customer', reason = null, hidden = false, customerId = CUSTOMER, at = 100 } = given
  const id = ++lastTicket
  const connectionId = partner[to]()
  const uid = crypto.randomUUID()
  const linkUid = crypto.randomUUID()
  await orm.batch([
    orm.insert(ticket).values({
      t,
      id,
      uid: crypto.randomUUID(),
      summary: `Ticket ${id}`,
      typeId: 1,
      statusId: 1,
      priorityId: 3,
      customerId,
      personId: 1,
      workflowId: 1,
      stepId: 1,
      source: 'connection',
      clock: 4,
      lastAction: 3,
      syncProblem: state === 'failed' ? 'failed' : null,
      createdAt: 1,
      lastActionAt: 1,
    }),
    orm.insert(action).values({
      t,
      ticketId: id,
      id: 2,
      uid: `in-${uid}`,
      typeId: 7,
      typeName: 'Internal note',
      clock: 2,
      authorKind: 'partner',
      authorName: 'Ana',
      connectionId,
      remoteId: 9,
      hidden: true,
      at: at - 1,
    }),
    orm.insert(action).values({
      t,
      ticketId: id,
      id: 3,
      uid,
      typeId: 12,
      typeName: 'Note',
      clock: 3,
      authorKind: 'agent',
      authorId: 3,
      authorName: 'Lena',
      hidden,
      at,
    }),
    orm.insert(link).values({
      t,
      id,
      uid: linkUid,
      ticketId: id,
      connectionId,
      partnerTenant: 'partner',
      remoteTicketUid: crypto.randomUUID(),
      remoteTicketId: 1001,
      state: 'live',
      inN: 1,
      inUid: `in-${uid}`,
      outN: 0,
      outUid: null,
      createdAt: 1,
    }),
    orm.insert(inbox).values({
      t,
      partnerTenant: 'partner',
      uid: `in-${uid}`,
      linkId: id,
      n: 1,
      hash: 'x',
      ticketId: id,
      actionId: 2,
      parts: '[]',
      at: at - 1,
    }),
    orm.insert(outbox).values({
      t,
      ticketId: id,
      actionId: 3,
      connectionId,
      uid,
      linkId: id,
      kind: 'action',
      state,
      attempts: 5,
      failures: 5,
      nextAt: state === 'pending' || state === 'parked' ? 10 ** 14 : null,
      reason,
      error: 'no',
      fix: 'fix',
      at,
    }),
  ])
  return { id, connectionId, uid, linkUid, name: { ticketId: id, actionId: 3, connectionId } }
}
const now = async (id: number) =>
  (
    await skyline.db.orm
      .select()
      .from(outbox)
      .where(and(eq(outbox.t, skyline.t), eq(outbox.ticketId, id)))
  )[0]

describe('replay', () => {
  test.each(['failed', 'dead', 'unknown', 'parked', 'pending', 'skipped'] as const)(
    'makes a message that is %s due now, its failures forgotten',
    async (state) => {
      const one = await message(state)
      expect(
        await replay(skyline.db, who, { connectionId: one.connectionId, ids: [one.name] }),
      ).toEqual([one.name])
      const row = await now(one.id)
      expect(row).toMatchObject({
        state: 'pending',
        failures: 0,
        error: null,
        fix: null,
        reason: null,
      })
      expect(row?.nextAt).toBeLessThanOrEqual(Date.now())
    },
  )

  test.each(['synced', 'withdrawn'] as const)(
    'leaves a message alone that is %s',
    async (state) => {
      const one = await message(state)
      expect(
        await replay(skyline.db, who, { connectionId: one.connectionId, ids: [one.name] }),
      ).toEqual([])
      expect((await now(one.id))?.state).toBe(state)
    },
  )

  test('clears the mark on the ticket when nothing else of it waits for a person', async () => {
    const one = await message('failed')
    await replay(skyline.db, who, { connectionId: one.connectionId, ids: [one.name] })
    const [row] = await skyline.db.orm
      .select()
      .from(ticket)
      .where(and(eq(ticket.t, skyline.t), eq(ticket.id, one.id)))
    expect(row?.syncProblem).toBeNull()
  })

  test('G82: does not send to the customer what is still hidden from the user', async () => {
    const one = await message('skipped', { reason: 'hidden_from_user', hidden: true })
    expect(
      await replay(skyline.db, who, { connectionId: one.connectionId, ids: [one.name] }),
    ).toEqual([])
    expect(await now(one.id)).toMatchObject({ state: 'skipped', reason: 'hidden_from_user' })
  })

  test('G106: does not send what is on another customer’s ticket', async () => {
    const one = await message('skipped', { reason: 'other_customer', customerId: 1 })
    expect(
      await replay(skyline.db, who, { connectionId: one.connectionId, ids: [one.name] }),
    ).toEqual([])
  })

  test('G86: sends to a supplier what is hidden from the user', async () => {
    const one = await message('failed', { to: 'supplier', hidden: true })
    expect(
      await replay(skyline.db, who, { connectionId: one.connectionId, ids: [one.name] }),
    ).toHaveLength(1)
  })

  test('does not wake the messages of an ended link', async () => {
    const one = await message('skipped', { reason: 'link_ended' })
    await skyline.db.orm
      .update(link)
      .set({ state: 'ended' })
      .where(and(eq(link.t, skyline.t), eq(link.id, one.id)))
    expect(
      await replay(skyline.db, who, { connectionId: one.connectionId, ids: [one.name] }),
    ).toEqual([])
  })

  test('of all takes those of one connection and one reason', async () => {
    const wanted = await message('skipped', { reason: 'not_mapped' })
    const other = await message('skipped', { reason: 'not_mapped', to: 'supplier' })
    const reasonless = await message('failed')
    const due = await replay(skyline.db, who, { connectionId: toCustomer.id, reason: 'not_mapped' })
    expect(due).toEqual([wanted.name])
    expect([(await now(other.id))?.state, (await now(reasonless.id))?.state]).toEqual([
      'skipped',
      'failed',
    ])
  })

  test('over the API: an agent replays one, only an admin all; a foreign name is not found; it is in the audit', async () => {
    const one = await message('failed')
    const path = `connection/${one.connectionId}/replay`
    const name = `${one.id}-3-${one.connectionId}`
    expect((await skyline.agent.ask('POST', path, { all: true })).status).toBe(403)
    expect((await skyline.user.ask('POST', path, { ids: [name] })).status).toBe(403)
    expect(
      (await skyline.admin.ask('POST', path, { ids: [`${one.id}-3-${toSupplier.id}`] })).status,
    ).toBe(404)
    expect(
      (await skyline.admin.ask('POST', path, { ids: [`999999-3-${one.connectionId}`] })).status,
    ).toBe(404)
    expect((await skyline.admin.ask('POST', path, {})).status).toBe(400)
    expect((await skyline.agent.ask('POST', path, { ids: [name] })).body).toMatchObject({
      due: 1,
      messages: [{ id: name, state: 'pending' }],
    })
    const lines = await skyline.db.orm
      .select()
      .from(audit)
      .where(and(eq(audit.t, skyline.t), eq(audit.what, 'replayed messages')))
    expect(lines.some(({ detail }) => detail?.includes(name))).toBe(true)
  })
})

describe('the log of a connection', () => {
  const of = (filter: Partial<Parameters<typeof readLog>[1]>) =>
    readLog(skyline.db, { connectionId: toCustomer.id, limit: 100, offset: 0, ...filter })

  test('shows both directions, newest first, with the words that a person reads', async () => {
    const one = await message('skipped', { reason: 'hidden_from_user', at: 9_000_000 })
    const { lines, count } = await of({ ticketId: one.id })
    expect(count).toBe(2)
    expect(
      lines.map(({ direction, actionId, state, outcome, remoteTicketId }) => [
        direction,
        actionId,
        state,
        outcome,
        remoteTicketId,
      ]),
    ).toEqual([
      ['out', 3, 'skipped', 'Note', 1001],
      ['in', 2, 'synced', 'Internal note', 1001],
    ])
    expect(lines[0]).toMatchObject({
      reason: expect.stringContaining('hidden from the user'),
      fix: 'fix',
      remoteId: null,
    })
    expect(lines[1]).toMatchObject({ remoteId: 9, reason: null })
  })

  test('is read page by page, each message once', async () => {
    for (let i = 0; i < 5; i++) await message('synced', { at: 20_000_000 + i * 10 })
    const { count } = await of({})
    const pages = []
    for (let offset = 0; offset < count; offset += 3)
      pages.push(...(await of({ limit: 3, offset })).lines)
    expect(pages).toHaveLength(count)
    expect(new Set(pages.map(({ uid }) => uid)).size).toBe(count)
    expect(pages.map(({ at }) => at)).toEqual(pages.map(({ at }) => at).toSorted((a, b) => b - a))
  })

  test('is narrowed by state and direction', async () => {
    await message('dead')
    expect((await of({ states: ['dead'] })).lines.every(({ state }) => state === 'dead')).toBe(true)
    expect((await of({ states: ['dead'] })).count).toBeGreaterThan(0)
    expect((await of({ direction: 'in' })).lines.every(({ direction }) => direction === 'in')).toBe(
      true,
    )
    expect((await of({ direction: 'in', states: ['failed'] })).count).toBe(0)
  })

  test('over the API it comes in an envelope, for admins', async () => {
    const { record_count, page_size, log } = await skyline.admin.get<{
      record_count: number
      page_size: number
      log: { id: string }[]
    }>(`connection/${toCustomer.id}/log?pageinate=true&page_size=2&state=synced,dead`)
    expect([record_count > 2, page_size, log.length]).toEqual([true, 2, 2])
    expect(log[0]?.id).toMatch(/^\d+-\d+-\d+$/)
    expect((await skyline.agent.ask('GET', `connection/${toCustomer.id}/log`)).status).toBe(403)
  })
})

describe('where a link stands', () => {
  const asPartner = () => new Client(skyline.url, byToken(toCustomer.issued))

  test('R3: the partner reads the position, and what was taken of it, in order', async () => {
    const one = await message('synced')
    await skyline.db.orm.insert(action).values({
      t: skyline.t,
      ticketId: one.id,
      id: 4,
      uid: `a-second-${one.uid}`,
      typeId: 7,
      typeName: 'Internal note',
      clock: 3,
      authorKind: 'partner',
      authorName: 'Ana',
      connectionId: toCustomer.id,
      at: 1,
    })
    const state = await asPartner().get(`connection/link/${one.linkUid}?uids=1`)
    expect(state).toMatchObject({
      link: one.linkUid,
      state: 'live',
      have: { n: 1, uid: `in-${one.uid}` },
      sent: { n: 0, uid: null },
      clock: 4,
      registers: [],
      record_count: 2,
      uids: [`in-${one.uid}`, `a-second-${one.uid}`],
    })
    expect(await asPartner().get(`connection/link/${one.linkUid}`)).not.toHaveProperty('uids')
  })

  test('T21: another partner’s link is as unknown as none', async () => {
    const theirs = await message('synced', { to: 'supplier' })
    const [foreign, unknown] = [
      await asPartner().ask('GET', `connection/link/${theirs.linkUid}`),
      await asPartner().ask('GET', `connection/link/${crypto.randomUUID()}`),
    ]
    expect(foreign.status).toBe(409)
    expect(foreign.body).toEqual(unknown.body)
    await expect(
      linkState(skyline.db, toSupplier.id, theirs.linkUid, { uids: false, limit: 1, offset: 0 }),
    ).resolves.toMatchObject({ state: 'live' })
  })
})
