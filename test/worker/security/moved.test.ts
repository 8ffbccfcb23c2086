import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connection } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { nowAgain, pair, type TestDesk } from '../pair'
import { faraway, passes } from '../sync/line'
import { act, again, escalated, setConnection, timeline } from '../sync/story'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterAll(nowAgain)

test('F45 T13 a partner that has moved is not followed: the admin is shown its new address, and who enters it enters the secret again; nothing reaches it before, and old links then go on', async () => {
  const line = await faraway(acme, skyline)
  try {
    const at = await escalated(acme)
    const moved = 'https://moved.example/skyline'
    line.always = () =>
      Promise.resolve(
        new Response(null, { status: 301, headers: { location: `${moved}/api/actions` } }),
      )
    const hosts = new Set<string>()
    const carry = seams.fetch
    seams.fetch = (request) => {
      hosts.add(new URL(request.url).host)
      return carry(request)
    }
    const sent = await act(acme, at.ours, 'Private note', 'Where are you?')
    expect(sent.sync).toMatchObject({
      state: 'pending',
      error: expect.stringContaining(`${moved}/api/actions`),
    })
    await passes(60_000)
    expect([...hosts]).toEqual(['faraway.example'])
    line.heal()
    const partner = { auth_url: `${moved}/auth`, resource_url: `${moved}/api` }
    expect(await acme.admin.post('connection', { id: acme.connectionId, partner })).toMatchObject({
      state: 'setup',
      verified_at: null,
      partner: expect.not.objectContaining({ client_secret: expect.anything() }),
    })
    await passes(3_600_000)
    expect([...hosts]).toEqual(['faraway.example'])

    const { issued } = await skyline.admin.post<{ issued: { client_secret: string } }>(
      `connection/${skyline.connectionId}/rotate`,
      {},
    )
    acme.admin.forget()
    acme.agent.forget()
    skyline.agent.forget()
    await setConnection(acme, { partner: { client_secret: issued.client_secret } })
    // The far desk has another tenant id than it says, so what Authenticate would find is put in by hand.
    await acme.db.orm
      .update(connection)
      .set({ verifiedAt: 1, dialect: 'baton', state: 'paused' })
      .where(and(eq(connection.t, acme.t), eq(connection.id, acme.connectionId)))
    await setConnection(acme, { state: 'live' })
    await passes(60_000)
    expect([...hosts]).toEqual(['faraway.example', 'moved.example'])
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect((await timeline(skyline, at.twin)).map(({ note }) => note)).toContain('Where are you?')
  } finally {
    line.hangUp()
  }
})
