import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cost } from '../../../worker/platform/cost'
import { rates, refill, take } from '../../../worker/platform/rates'
import { pair, settle, type Client, type Reply, type TestDesk } from '../pair'
import { seams } from '../../../worker/platform/seams'
import { messenger } from '../sync/partner'
import { act, escalated, timeline } from '../sync/story'
import { anotherDesk } from '../third'

let acme: TestDesk
let skyline: TestDesk
let other: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  other = await anotherDesk('zulu', 'Zulu')
  for (const desk of [acme, skyline, other])
    for (const who of [desk.admin, desk.agent, desk.boss, desk.user]) await who.ask('GET', 'status')
})

const usual = structuredClone(rates)
const slow = (which: keyof typeof rates, perSecond: number, burst: number) =>
  Object.assign(rates[which], { perSecond, burst })

/** The clock stands, so that nothing flows in that a test did not ask for. */
const realNow = seams.now
let now = 0
const pass = (ms: number): void => void (now += ms)
beforeEach(() => {
  refill()
  now = realNow()
  seams.now = () => now
})
afterEach(() => {
  for (const which of ['tenant', 'caller', 'connection', 'address'] as const)
    Object.assign(rates[which], usual[which])
  seams.now = realNow
})

const statuses = async (times: number, ask: () => Promise<Reply<object>>): Promise<number[]> => {
  const answers = []
  for (let n = 0; n < times; n++) answers.push((await ask()).status)
  return answers
}
const reads = (who: Client, times: number, path = 'status') =>
  statuses(times, () => who.ask('GET', path))

test('T39 a bucket gives what is in it, refills with time, never holds more, and takes nothing where it refuses', () => {
  const rate = { perSecond: 2, burst: 4 }
  expect([take('b', 3, rate), take('b', 3, rate), take('b', 1, rate), take('b', 1, rate)]).toEqual([
    0, 1, 0, 1,
  ])
  pass(1_000)
  expect([take('b', 2, rate), take('b', 1, rate)]).toEqual([0, 1])
  pass(3_600_000)
  expect([take('b', 4, rate), take('b', 1, rate)]).toEqual([0, 1])
  expect(take('another', 4, rate)).toBe(0)
})

describe('T39 whoever asks too much', () => {
  test('is refused in words with the time to wait, without a trip to the database, and goes on after it', async () => {
    slow('caller', 1, 3)
    expect(await reads(acme.agent, 3)).toEqual([200, 200, 200])
    const before = cost.now()
    const refused = await acme.agent.ask('GET', 'status')
    expect(refused.status).toBe(429)
    expect(cost.since(before).batches).toBe(0)
    const waitS = Number(refused.headers.get('retry-after'))
    expect(waitS).toBeGreaterThanOrEqual(1)
    expect(refused.body).toMatchObject({
      error: 'TOO_MANY',
      message: 'You ask more than 1 a second',
      fix: expect.stringContaining('Wait 1 second'),
    })
    pass(waitS * 1_000)
    expect(await reads(acme.agent, 1)).toEqual([200])
  })

  test('harms nobody else at the same desk, and no other desk', async () => {
    slow('caller', 1, 5)
    expect((await reads(acme.agent, 30)).filter((status) => status === 429).length).toBeGreaterThan(
      20,
    )
    for (const who of [acme.boss, acme.user, acme.admin, skyline.agent, other.agent])
      expect(await reads(who, 3)).toEqual([200, 200, 200])
  })

  test('all of a desk together have a bound too, and other desks do not feel it', async () => {
    slow('tenant', 1, 6)
    const all = [
      await reads(acme.agent, 4),
      await reads(acme.boss, 4),
      await reads(acme.user, 4),
    ].flat()
    expect(all.filter((status) => status === 200).length).toBeLessThan(9)
    expect((await acme.user.ask('GET', 'status')).body).toMatchObject({
      message: 'All callers of this instance together ask more than 1 a second',
    })
    expect(await reads(other.agent, 5)).toEqual([200, 200, 200, 200, 200])
  })

  test('pays more for a search, a file and a write than for a read', async () => {
    const bought = async (units: number, path: string, method = 'GET') => {
      refill()
      slow('caller', 0.001, units)
      return (await statuses(12, () => acme.agent.ask(method, path))).filter((one) => one !== 429)
        .length
    }
    expect(await bought(10, 'status')).toBe(10)
    expect(await bought(10, 'tickets?search=printer')).toBe(2)
    expect(await bought(10, 'attachment')).toBe(3)
    expect(await bought(10, 'tickets', 'POST')).toBe(5)
  })

  test('who is not signed in is counted by network address, before anything is looked up', async () => {
    slow('address', 0.001, 4)
    const from = (address: string, path = 'instanceinfo') =>
      acme.nobody.ask('GET', path, undefined, { 'cf-connecting-ip': address })
    expect(await statuses(6, () => from('192.0.2.7'))).toEqual([200, 200, 200, 200, 429, 429])
    const before = cost.now()
    expect(await statuses(1, () => from('192.0.2.7', '/auth/session'))).toEqual([429])
    expect(cost.since(before).batches).toBe(0)
    expect(await statuses(2, () => from('192.0.2.8'))).toEqual([200, 200])
    // All of one network of IPv6 are one: everybody has many addresses there.
    expect(await statuses(5, () => from('2001:db8::1'))).toEqual([200, 200, 200, 200, 429])
    expect(await statuses(1, () => from('2001:db8::2'))).toEqual([429])
    expect(await reads(acme.agent, 2)).toEqual([200, 200])
  })

  test('a token and a sign-in cost ten times a read', async () => {
    slow('address', 0.001, 25)
    const signIn = () =>
      acme.nobody.ask(
        'POST',
        '/auth/session',
        { email: 'x@x.example', password: 'wrong' },
        {
          'cf-connecting-ip': '192.0.2.9',
        },
      )
    expect(await statuses(3, signIn)).toEqual([401, 401, 429])
    const token = () =>
      acme.nobody.ask('POST', '/auth/token', 'grant_type=client_credentials', {
        'cf-connecting-ip': '192.0.2.10',
        'content-type': 'application/x-www-form-urlencoded',
      })
    expect(await statuses(3, token)).toEqual([401, 401, 429])
  })
})

describe('F50 a flood from one partner', () => {
  test('gets 429 for its connection with the time to wait; agents, users and another connection go on', async () => {
    const { twin } = await escalated(acme)
    const partner = await messenger(skyline, twin, acme)
    slow('connection', 1, 20)
    const flood: Reply<object>[] = []
    for (let n = 0; n < 60; n++) flood.push(await partner.send(await partner.message(`Note ${n}`)))
    const refused = flood.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(40)
    expect(flood.filter(({ status }) => status === 201).length).toBe(60 - refused.length)
    expect(refused[0]?.body).toMatchObject({
      error: 'TOO_MANY',
      message: 'This connection sends more than 1 a second',
    })
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(await reads(skyline.agent, 10)).toEqual(Array(10).fill(200))
    // The other way is another connection: what Skyline sends is still taken at once.
    const back = await act(skyline, twin, 'Note', 'From our side')
    expect(back.sync?.state).toBe('synced')
  })

  test('a partner of ours obeys: everything arrives once and in order, and nothing is called failed', async () => {
    const { ours, twin } = await escalated(acme)
    slow('connection', 0.5, 4)
    const notes = ['one', 'two', 'three', 'four'].map((word) => `Note ${word}`)
    const states = []
    for (const note of notes) states.push((await act(acme, ours, 'Private note', note)).sync?.state)
    expect(new Set(states)).toEqual(new Set(['synced', 'pending']))
    for (let rounds = 0; rounds < 12 && (await settle()) > 0; rounds++) pass(600_000)
    const arrived = (await timeline(skyline, twin)).map(({ note }) => note)
    expect(arrived.filter((note) => note.startsWith('Note '))).toEqual(notes)
    const sent = (await timeline(acme, ours)).filter(({ note }) => note.startsWith('Note '))
    expect(sent.map(({ sync }) => sync?.state)).toEqual(notes.map(() => 'synced'))
  }, 90_000)
})
