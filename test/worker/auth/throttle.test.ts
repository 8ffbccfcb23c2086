import { env } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { hashing } from '../../../worker/auth/password'
import { call, desks, later, nowAgain, ORIGIN, type TestDesk } from '../pair'

let acme: TestDesk
beforeAll(async () => {
  ;({ acme } = await desks())
})
beforeEach(() => env.DB.prepare('delete from throttle').run())
afterEach(nowAgain)

const MINUTE = 60_000

function signIn(given: { email: string; password: string }, from: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', origin: ORIGIN, 'cf-connecting-ip': from }
  return call(
    new Request(`${acme.url}/auth/session`, {
      method: 'POST',
      headers,
      body: JSON.stringify(given),
    }),
  )
}
const wrong = (from: string, email = acme.demo.agent.email) =>
  signIn({ email, password: 'a guess' }, from)
const right = (from: string) => signIn(acme.demo.agent, from)

const MANY_S = 60

test(
  'T27: of a thousand guesses at one account at most 20 cost a computation, and the owner still gets in from elsewhere',
  async () => {
    const before = hashing.computed
    const statuses = new Set<number>()
    for (let i = 0; i < 1000; i++) statuses.add((await wrong('198.51.100.7')).status)
    expect(hashing.computed - before).toBe(5)
    expect([...statuses]).toEqual([401, 429])
    expect((await right('203.0.113.9')).status).toBe(200)
    expect((await right('198.51.100.7')).status).toBe(429)
  },
  MANY_S * 1000,
)

test('T27: a thousand guesses at once get no further than one after the other', async () => {
  const before = hashing.computed
  await Promise.all(Array.from({ length: 200 }, () => wrong('198.51.100.7')))
  expect(hashing.computed - before).toBe(5)
})

test('T27: an address that goes through many accounts is stopped after 50', async () => {
  const before = hashing.computed
  for (let i = 0; i < 200; i++) await wrong('198.51.100.7', `user${i}@acme.example`)
  expect(hashing.computed - before).toBe(50)
  expect((await wrong('198.51.100.8', 'user1@acme.example')).status).toBe(401)
})

test('T27: whoever goes on at a locked account does not lock out the others of their office', async () => {
  for (let i = 0; i < 100; i++) await wrong('198.51.100.7')
  expect((await signIn(acme.demo.admin, '198.51.100.7')).status).toBe(200)
})

test('the refusal says how long to wait, and after that the right password opens', async () => {
  for (let i = 0; i < 5; i++) await wrong('198.51.100.7')
  const refused = await right('198.51.100.7')
  expect(refused.status).toBe(429)
  const waitS = Number(refused.headers.get('retry-after'))
  expect(waitS).toBeGreaterThan(14 * 60)
  expect(waitS).toBeLessThanOrEqual(15 * 60)
  later(waitS * 1000)
  expect((await right('198.51.100.7')).status).toBe(200)
})

test('T27: who goes on guessing waits twice as long each time, but never for ever', async () => {
  for (let i = 0; i < 5; i++) await wrong('198.51.100.7')
  const waits = []
  for (let i = 0; i < 8; i++) {
    const waitS = Number((await wrong('198.51.100.7')).headers.get('retry-after'))
    waits.push(Math.round(waitS / 60))
    later(waitS * 1000)
    expect((await wrong('198.51.100.7')).status).toBe(401)
  }
  expect(waits).toEqual([15, 30, 60, 120, 240, 240, 240, 240])
  later(29 * 60 * MINUTE)
  for (let i = 0; i < 4; i++) expect((await wrong('198.51.100.7')).status).toBe(401)
})

test('the right password clears what went wrong before it', async () => {
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 4; i++) expect((await wrong('198.51.100.7')).status).toBe(401)
    expect((await right('198.51.100.7')).status).toBe(200)
  }
})

test('T27: somebody with a whole IPv6 network is one address', async () => {
  for (let i = 0; i < 5; i++) expect((await wrong(`2001:db8:0:1::${i}`)).status).toBe(401)
  expect((await wrong('2001:db8::1:ffff:ffff:ffff:ffff')).status).toBe(429)
  expect((await wrong('2001:db8:0:2::1')).status).toBe(401)
})
