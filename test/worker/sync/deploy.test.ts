import { env } from 'cloudflare:test'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { seams } from '../../../worker/platform/seams'
import { nowAgain, pair, settle, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import { passes } from './line'
import { again, escalated, fresh, ticketAt, timeline, type Pairing } from './story'

/** o06: a deploy resets objects and cuts off the database. Nobody is shown a failure, and what was written is there once. */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterAll(nowAgain)
afterEach(() => {
  vi.restoreAllMocks()
  seams.beforeQuery = undefined
  seams.afterQuery = undefined
})

/** What the platform says, in its own words (reliability.md §2). */
const RESET = Object.assign(new Error('Durable Object reset because its code was updated.'), {
  retryable: true,
})
const GONE = Object.assign(
  new Error('Cannot resolve Durable Object due to transient issue on remote node.'),
  { retryable: true },
)
const database = (text: string) => new Error(`D1_ERROR: ${text}`)
const LOST = database('Network connection lost.')
const OBJECT_RESET = database(
  'D1 DB storage operation exceeded timeout which caused object to be reset.',
)
const UPDATED = database('D1 DB reset because its code was updated.')

/** The next call of an object whose name begins so fails, once; then objects are as ever. */
function cutOffObject<O extends Rpc.DurableObjectBranded>(
  objects: DurableObjectNamespace<O>,
  begins: string,
  error: Error,
): () => boolean {
  let failed = false
  const real = objects.getByName.bind(objects)
  vi.spyOn(objects, 'getByName').mockImplementation((name: string) => {
    const stub = real(name)
    if (failed || !name.startsWith(begins)) return stub
    return new Proxy(stub, {
      get: (target, method) => {
        if (method !== 'record' && method !== 'send' && method !== 'receive')
          return Reflect.get(target, method)
        return () => {
          failed = true
          return Promise.reject(error)
        }
      },
    })
  })
  return () => failed
}

/** The next batch with a statement that fits loses its answer, or does not come to run. */
function cutOffDatabase(when: 'before' | 'after', fits: RegExp, error: Error): () => boolean {
  let failed = false
  const cut = (texts: readonly string[]) => {
    if (failed || !texts.some((one) => fits.test(one))) return
    failed = true
    throw error
  }
  if (when === 'before') seams.beforeQuery = cut
  else seams.afterQuery = cut
  return () => failed
}

const copies = async (desk: TestDesk, ticketId: number, note: string) =>
  (await timeline(desk, ticketId)).filter((one) => one.note === note).length

async function neverFailed(at: Pairing, sent: Wire.Action, note: string): Promise<void> {
  expect(['pending', 'synced']).toContain(sent.sync?.state)
  expect(JSON.stringify(sent)).not.toMatch(/code was updated|D1_ERROR|Durable Object|reset/)
  await passes(120_000)
  await settle()
  const now = await again(acme, sent)
  expect(now.sync).toMatchObject({ state: 'synced', error: null })
  expect([await copies(acme, at.ours, note), await copies(skyline, at.twin, note)]).toEqual([1, 1])
  expect((await ticketAt(acme, at.ours)).links).toMatchObject([{ may_differ: false }])
}

const sites: [string, () => () => boolean][] = [
  ...[RESET, GONE].flatMap((error): [string, () => () => boolean][] => [
    [
      `the ticket\u2019s object at the save: ${error.message}`,
      () => cutOffObject(env.LINKED_TICKET, `${acme.t}:`, error),
    ],
    [
      `the connection\u2019s object at the send: ${error.message}`,
      () => cutOffObject(env.COURIER, `${acme.t}:`, error),
    ],
    [
      `the object there at the receipt: ${error.message}`,
      () => cutOffObject(env.LINKED_TICKET, `${skyline.t}:`, error),
    ],
  ]),
  ...[LOST, OBJECT_RESET, UPDATED].flatMap((error): [string, () => () => boolean][] => [
    [
      `the save, done: ${error.message}`,
      () => cutOffDatabase('after', /insert into "outbox"/, error),
    ],
    [
      `the save, not done: ${error.message}`,
      () => cutOffDatabase('before', /insert into "outbox"/, error),
    ],
    [
      `the receipt, done: ${error.message}`,
      () => cutOffDatabase('after', /insert into "inbox"/, error),
    ],
    [
      `the receipt, not done: ${error.message}`,
      () => cutOffDatabase('before', /insert into "inbox"/, error),
    ],
    [
      `the outcome, done: ${error.message}`,
      () => cutOffDatabase('after', /^update "outbox" set "state"/, error),
    ],
    [
      `the outcome, not done: ${error.message}`,
      () => cutOffDatabase('before', /^update "outbox" set "state"/, error),
    ],
  ]),
]

describe('o06 F9 F34 a note while the platform cuts off', () => {
  test.each(sites)('o06 %s', async (_, cutOff) => {
    const at = await escalated(acme)
    const failed = cutOff()
    const note = fresh('deploy o06')
    const sent = await acme.agent.post<Wire.Action>('actions', [
      { ticket_id: at.ours, outcome: 'Private note', note },
    ])
    expect(failed()).toBe(true)
    vi.restoreAllMocks()
    await neverFailed(at, sent, note)
  })

  test('F33 a database that is overloaded is not asked again: an error, and nothing saved twice when the client tries again', async () => {
    const at = await escalated(acme)
    let asked = 0
    seams.beforeQuery = (texts) => {
      if (!texts.some((one) => /insert into "outbox"/.test(one))) return
      asked++
      throw Object.assign(database('D1 DB is overloaded. Requests queued for too long.'), {
        overloaded: true,
      })
    }
    const key = crypto.randomUUID()
    const note = fresh('overloaded')
    const body = [{ ticket_id: at.ours, outcome: 'Private note', note }]
    const first = await acme.agent.ask('POST', 'actions', body, { 'idempotency-key': key })
    expect(first.status).toBeGreaterThanOrEqual(500)
    expect(asked).toBe(1)
    seams.beforeQuery = undefined
    const second = await acme.agent.ask('POST', 'actions', body, { 'idempotency-key': key })
    expect(second.status).toBe(201)
    expect(await copies(acme, at.ours, note)).toBe(1)
  })
})
