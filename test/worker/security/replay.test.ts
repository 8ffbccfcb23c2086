import { afterEach, beforeAll, expect, test } from 'vitest'
import { byToken, call, later, nowAgain, pair, settle, type TestDesk } from '../pair'
import { messenger } from '../sync/partner'
import { escalated, timeline } from '../sync/story'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterEach(nowAgain)

const DAY_MS = 86_400_000

test('T22: a captured message that is sent again a day later does nothing, and sends no mail', async () => {
  const { ours } = await escalated(acme)
  const letter = await messenger(acme, ours, skyline)
  const message = await letter.message('Once.')
  const first = await letter.send(message)
  expect(first.status).toBe(201)
  await settle()
  const [actions, mails] = [await timeline(acme, ours), (await acme.mail()).length]

  later(DAY_MS)
  const stale = await letter.send(message)
  expect([stale.status, stale.body.error]).toEqual([401, 'UNAUTHORIZED']) // as captured, with its token
  letter.client.forget()
  const again = await letter.send(message)
  expect([again.status, again.body.id, again.body.baton.uid]).toEqual([
    200,
    first.body.id,
    first.body.baton.uid,
  ])
  for (const changed of [{ note_html: '<p>Twice.</p>' }, { outcome_id: 998 }]) {
    const other = await letter.send({ ...message, ...changed })
    expect([other.status, other.body.error]).toEqual([409, 'CONTENT_MISMATCH'])
  }
  await settle()
  nowAgain()
  expect(await timeline(acme, ours)).toEqual(actions)
  expect((await acme.mail()).length).toBe(mails)
})

test('T22: a captured request of a person or a program is worth nothing a day later', async () => {
  const headers = await byToken(acme.demo.api)(acme.url)
  const captured = () =>
    call(
      new Request(`${acme.url}/api/client`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: '[{"name":"Captured"}]',
      }),
    )
  expect((await captured()).status).toBe(201)
  await acme.boss.get('agent/me')
  later(DAY_MS)
  expect((await captured()).status).toBe(401)
  expect((await acme.boss.ask('POST', 'client', [{ name: 'Captured' }])).status).toBe(401)
})
