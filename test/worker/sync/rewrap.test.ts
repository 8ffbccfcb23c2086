import { env } from 'cloudflare:test'
import { eq } from 'drizzle-orm'
import { decodeProtectedHeader } from 'jose'
import { beforeAll, expect, test, vi } from 'vitest'
import { connection } from '../../../db/schema'
import { keysOf, unseal } from '../../../worker/platform/keys'
import { boundTo } from '../../../worker/sync/partnerToken'
import { rewrap } from '../../../worker/sync/rewrap'
import { byToken, pair, settle, type TestDesk } from '../pair'
import { connectionOf } from './partner'
import { act, again, escalated, timeline } from './story'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

const newKey = () => crypto.getRandomValues(new Uint8Array(32)).toBase64()

test('T35 with a new key in front: tokens and secrets of the old one stay good, all is sealed anew under load, and what is left is reported', async () => {
  const tickets = [await escalated(acme), await escalated(acme), await escalated(acme)]
  const before = env.KEYS
  const old = keysOf(before).current.id
  const secretOf = async (desk: TestDesk) => (await connectionOf(desk)).partnerSecret ?? ''
  const plain = await unseal(
    keysOf(before),
    await secretOf(acme),
    boundTo(acme.t, acme.connectionId),
  )
  expect(await secretOf(acme)).toMatch(new RegExp(`^${old}\\.`))
  const said = vi.spyOn(console, 'info').mockImplementation(() => undefined)
  env.KEYS = `k9:${newKey()},${before}`
  const { authorization = '' } = await byToken(acme.demo.api)(acme.url)
  expect(decodeProtectedHeader(authorization.slice('Bearer '.length)).kid).toBe('k9')
  const sent = []
  for (let n = 0; n < 4; n++)
    sent.push(
      ...(await Promise.all([
        ...tickets.map((at) => act(acme, at.ours, 'Private note', `Note ${n}`)),
        ...(n === 1 ? [rewrap(env).then(() => null)] : []),
      ])),
    )
  await settle()
  for (const one of sent) if (one) expect((await again(acme, one)).sync?.state).toBe('synced')
  for (const at of tickets) expect(await timeline(skyline, at.twin)).toHaveLength(5)
  for (const desk of [acme, skyline]) expect(await secretOf(desk)).toMatch(/^k9\./)
  expect(
    await unseal(keysOf(env.KEYS), await secretOf(acme), boundTo(acme.t, acme.connectionId)),
  ).toBe(plain)
  expect(said.mock.calls.join()).toContain(
    '2 secrets sealed anew under k9, 0 still under another key',
  )

  // One whose key is gone is reported, and neither stops the others nor is lost.
  const orphan = (await secretOf(acme)).replace(/^k9/, 'k0')
  await acme.db.orm
    .update(connection)
    .set({ partnerSecret: orphan })
    .where(eq(connection.t, acme.t))
  env.KEYS = `k10:${newKey()},${env.KEYS}`
  await rewrap(env)
  expect(said.mock.calls.at(-1)?.join()).toContain('1 under a key that is not in KEYS')
  expect(await secretOf(acme)).toBe(orphan)
  expect(await secretOf(skyline)).toMatch(/^k10\./)
  said.mockRestore()
})
