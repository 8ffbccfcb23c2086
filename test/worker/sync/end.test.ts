import { env, evictDurableObject } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { outbox } from '../../../db/schema'
import { courierObject } from '../../../worker/sync/objects'
import { nowAgain, pair, settle, testDesk, type TestDesk } from '../pair'
import { cutAfter, cutBefore, faraway, passes, type Line } from './line'
import { connectionOf, messenger } from './partner'
import {
  act,
  again,
  escalate,
  escalated,
  offWorkflow,
  ticketAt,
  timeline,
  type Pairing,
} from './story'

/** A connection ends (design.md §12): the partner is told, nothing else leaves, both tickets stay. */

const MINUTE = 60_000

let acme: TestDesk
let skyline: TestDesk
let line: Line
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
beforeEach(async () => {
  if ((await connectionOf(acme)).state === 'ended') await connectAnew()
  line = await faraway(acme, skyline)
})
afterEach(() => {
  line.hangUp()
  nowAgain()
})

/** Both desks make a new connection on the profiles that they have. */
async function connectAnew(): Promise<void> {
  for (const desk of [acme, skyline]) desk.admin.forget()
  const ofAcme = await acme.admin.post<Made>('connection', {
    supplier_id: acme.supplierId,
    allow_access: true,
    default_outcome_id: acme.outcome('Internal note'),
  })
  const ofSkyline = await skyline.admin.post<Made>('connection', {
    client_id: skyline.customerId,
    allow_access: true,
    partner: ofAcme.issued,
    default_outcome_id: skyline.outcome('Internal note'),
    default_tickettype_id: skyline.ticketType('Incident'),
    default_status_id: skyline.status('New'),
  })
  await acme.admin.post('connection', { id: ofAcme.id, partner: ofSkyline.issued })
  await skyline.admin.post(`connection/${ofSkyline.id}/authenticate`, {})
  await acme.admin.post(`connection/${ofAcme.id}/authenticate`, {})
  acme = await testDesk('acme', acme.demo)
  skyline = await testDesk('skyline', skyline.demo)
}
interface Made {
  id: number
  issued: { client_id: string; client_secret: string }
}

const note = (at: Pairing, text: string) => act(acme, at.ours, 'Private note', text)
const arrived = async (at: Pairing) =>
  (await timeline(skyline, at.twin)).slice(1).map((one) => one.note)
const end = (desk: TestDesk) =>
  desk.admin.delete<{ state: string; health: string }>(`connection/${desk.connectionId}`)
const shown = (desk: TestDesk) =>
  desk.admin.get<{ state: string; health: string; waiting: number }>(
    `connection/${desk.connectionId}`,
  )
const notices = () => line.tried.filter(({ body }) => body.baton['kind'] === 'notice')

describe('F28 a connection that ends', () => {
  test('F28 the partner is told who ended it; what waited is skipped in words; after that nothing is sent; both tickets stay', async () => {
    const at = await escalated(acme)
    const put = await offWorkflow(skyline, 'Internal note')
    const failed = await note(at, 'Refused there')
    expect(failed.sync?.state).toBe('failed')
    await put()
    line.down = true
    const waiting = [await note(at, 'One'), await note(at, 'Two')]
    expect((await ticketAt(acme, at.ours)).sync).toBe('failed')
    line.tried.length = 0

    expect(await end(acme)).toMatchObject({
      state: 'ended',
      health: expect.stringContaining('Skyline has not been told yet'),
    })
    line.heal()
    await passes(10 * MINUTE)

    expect(line.tried).toHaveLength(1)
    expect(line.tried[0]).toMatchObject({
      status: 201,
      body: { baton: { kind: 'notice', notice: { code: 'ended' } } },
    })
    for (const one of [failed, ...waiting])
      expect((await again(acme, one)).sync).toMatchObject({
        state: 'skipped',
        reason: 'The connection with the partner has ended.',
        next_attempt_at: null,
      })
    const ours = await ticketAt(acme, at.ours)
    expect(ours.sync).not.toBe('failed')
    expect(ours.links).toMatchObject([
      { state: 'ended', ended_by: expect.stringContaining('This desk (') },
    ])
    const theirs = await ticketAt(skyline, at.twin)
    expect(theirs.links).toMatchObject([
      { state: 'ended', ended_by: expect.stringMatching(/^Acme.* \(.+\)$/) },
    ])
    expect(await shown(skyline)).toMatchObject({
      state: 'ended',
      health: expect.stringMatching(/^Acme.* has ended this connection\./),
    })
    expect(await shown(acme)).toMatchObject({ health: expect.not.stringContaining('told') })
    expect((await connectionOf(acme)).partnerSecret).toBeNull()

    line.tried.length = 0
    line.others = []
    for (const desk of [acme, skyline]) {
      const ticketId = desk === acme ? at.ours : at.twin
      const later = await act(desk, ticketId, desk === acme ? 'Private note' : 'Note', 'Afterwards')
      expect(later.sync).toMatchObject({ state: 'skipped' })
    }
    await passes(60 * MINUTE)
    expect([line.tried, line.others]).toEqual([[], []])
    expect(await arrived(at)).toEqual(['Afterwards'])
  })

  test.each([
    ['it does not get through twice', [cutBefore, cutBefore]],
    ['its answer is lost', [cutAfter]],
  ])(
    'F28 the notice is as durable as a message: %s, and the object is lost meanwhile',
    async (_, faults) => {
      await escalated(acme)
      line.tried.length = 0
      line.faults = faults
      await end(acme)
      await settle()
      await evictDurableObject(courierObject(env, acme.t, acme.connectionId))
      await passes(10 * MINUTE)
      expect(await shown(skyline)).toMatchObject({ state: 'ended' })
      expect((await connectionOf(acme)).tellAt).toBeNull()
      expect(new Set(notices().map(({ body }) => body.baton['uid']))).toHaveProperty('size', 1)
      expect(line.tried).toHaveLength(notices().length)
    },
  )

  test('F28 a message that is under way when it ends: taken, it is synced; lost, it stays skipped; neither opens the link again', async () => {
    const [taken, lost] = [await escalated(acme), await escalated(acme)]
    const ended = Promise.withResolvers<void>()
    line.always = async (pass, text) => {
      if (text.includes('"notice"')) return pass()
      if (text.includes('Lost')) {
        await ended.promise
        throw new Error('connection reset')
      }
      const response = await pass()
      await end(acme)
      ended.resolve()
      return response
    }
    const [first, second] = await Promise.all([note(lost, 'Lost'), note(taken, 'Taken')])
    await passes(10 * MINUTE)
    expect((await again(acme, second)).sync?.state).toBe('synced')
    expect((await again(acme, first)).sync).toMatchObject({
      state: 'skipped',
      next_attempt_at: null,
    })
    for (const { ours } of [taken, lost])
      expect((await ticketAt(acme, ours)).links).toMatchObject([{ state: 'ended' }])
  })

  test('F28 a message whose saver read the connection as live, and which is written after its end, is not sent', async () => {
    const at = await escalated(acme)
    await end(acme)
    await passes(MINUTE)
    line.tried.length = 0
    const { orm, t } = acme.db
    const waits = await act(acme, at.ours, 'Private note', 'Too late')
    await orm
      .update(outbox)
      .set({ state: 'pending', nextAt: 1, connectionId: acme.connectionId })
      .where(and(eq(outbox.t, t), eq(outbox.ticketId, at.ours), eq(outbox.actionId, waits.id)))
    await courierObject(env, t, acme.connectionId).wake()
    await passes(MINUTE)
    expect(line.tried).toEqual([])
    expect((await again(acme, waits)).sync?.state).toBe('skipped')
  })
})

test('F29 connected anew: the old links are listed as ended, old messages are still known and make nothing, and a new link stands beside them', async () => {
  const at = await escalated(acme)
  const partner = await messenger(skyline, at.twin, acme)
  const old = await partner.message('Before the end')
  expect((await partner.send(old)).status).toBe(201)
  await end(acme)
  await settle()
  expect(await shown(skyline)).toMatchObject({ state: 'ended' })

  await connectAnew()

  const { sync } = await escalate(acme, at.ours)
  expect(sync).toMatchObject({ state: 'synced' })
  const twin = sync?.remote_ticket_id ?? 0
  expect(twin).not.toBe(at.twin)
  expect((await ticketAt(acme, at.ours)).links.map(({ state }) => state)).toEqual(['ended', 'live'])
  expect((await ticketAt(skyline, at.twin)).links).toMatchObject([{ state: 'ended' }])
  const before = await Promise.all([at.twin, twin].map((id) => timeline(skyline, id)))
  const anew = await messenger(skyline, twin, acme)
  // As it was, and as if it were one of the new link.
  const { client } = anew
  for (const message of [
    old,
    { ...old, ticket_id: twin, baton: { ...old.baton, link: anew.linkUid } },
  ])
    expect(await client.ask('POST', 'actions', [message])).toMatchObject({
      status: 409,
      body: { error: 'LINK_UNKNOWN' },
    })
  expect(await Promise.all([at.twin, twin].map((id) => timeline(skyline, id)))).toEqual(before)
})
