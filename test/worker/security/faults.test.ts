import { env } from 'cloudflare:test'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { app } from '../../../worker/app'
import { operationsOf } from '../../../worker/api/openapi'
import { seams } from '../../../worker/platform/seams'
import { call, ORIGIN, pair, type Reply, type TestDesk } from '../pair'
import { escalated, logged } from '../sync/story'

let acme: TestDesk
beforeAll(async () => {
  ;({ acme } = await pair())
  await acme.boss.get('agent/me')
  await acme.user.get('users/me')
})

afterEach(() => {
  Object.assign(seams, { beforeQuery: undefined, afterQuery: undefined })
  vi.restoreAllMocks()
})

const SECRET = 'D1_ERROR: near "select canary from secret_table": /srv/worker/x.ts:12'
const fault = () => {
  throw new Error(SECRET)
}

/** Exactly the one shape, with words for people and an id for support, and nothing of how the program is made. */
function isPlain(reply: Reply): void {
  expect(Object.keys(reply.body).sort()).toEqual([
    'ClassName',
    'Message',
    'error',
    'error_description',
    'fix',
    'message',
  ])
  expect([reply.status, reply.body['error']]).toEqual([500, 'INTERNAL'])
  expect(reply.body['message']).toMatch(/^Something broke on our side \([0-9a-f-]{36}\)$/)
  expect(reply.text).not.toMatch(/canary|select|\.ts|D1_|secret_table|at /i)
  expect(reply.headers.get('content-type')).toBe('application/json')
  expect(reply.headers.get('cache-control')).toBe('no-store')
}

const doors = operationsOf(app.routes).filter(
  ({ method, path, who }) =>
    method === 'GET' && path.startsWith('/:slug/api/') && who?.includes('agent'),
)

describe('T41: what a fault tells', () => {
  test.each(doors.map(({ path }) => path))('of the database, at GET %s', async (path) => {
    seams.beforeQuery = fault
    isPlain(
      await acme.boss.ask('GET', path.replace('/:slug/api/', '').replace(/:\w+/g, '1?ticket_id=1')),
    )
  })

  test('of the database after the write', async () => {
    seams.afterQuery = fault
    isPlain(await acme.user.ask('POST', 'tickets', [{ summary: 'x' }]))
  })

  test('inside a ticket\u2019s object, and in the partner\u2019s desk behind it', async () => {
    const { ours } = await escalated(acme)
    let queries = 0
    seams.beforeQuery = () => (++queries > 1 ? fault() : undefined)
    isPlain(
      await acme.boss.ask('POST', 'actions', [
        { ticket_id: ours, outcome: 'Private note', note: 'x' },
      ]),
    )
    seams.beforeQuery = undefined
    const { id } = await logged(acme)
    seams.beforeQuery = (texts) =>
      texts.join().includes('insert into "inbox"') ? fault() : undefined
    const sent = await acme.boss.ask('POST', 'actions', [
      { ticket_id: id, outcome: 'Escalate to MSP', note: 'x', supplier_id: acme.supplierId },
    ])
    expect(sent.text).not.toMatch(/canary|secret_table/)
    expect(sent.body).toMatchObject({ sync: { state: 'pending' } })
  })

  test('of the store of files', async () => {
    vi.spyOn(env.FILES, 'put').mockImplementation(fault)
    isPlain(await acme.boss.ask('POST', 'attachment', { filename: 'a', data_base64: 'eA==' }))
  })

  test.each([
    '/nothing',
    '/acme/api/nothing',
    '/nobody/api/tickets',
    '/acme/auth/nothing',
    '/api',
    '/acme/api/%ff',
  ])('and %s is nothing, in the same shape', async (path) => {
    const answer = await call(new Request(ORIGIN + path))
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({
      error: 'NOT_FOUND',
      message: expect.any(String),
      fix: expect.any(String),
    })
  })
})
