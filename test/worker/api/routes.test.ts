import { beforeAll, describe, expect, test } from 'vitest'
import { app } from '../../../worker/app'
import type { Who } from '../../../worker/api/declare'
import { operationsOf, type Operation } from '../../../worker/api/openapi'
import { byToken, call, Client, pair, type TestDesk } from '../pair'

/** Every door of the Worker that is below an instance, from the router's own list. */
const operations = operationsOf(app.routes)
const ofInstance = operations.filter(
  ({ path }) =>
    path.startsWith('/:slug/') && path !== '/:slug/auth/token' && !path.includes('.well-known'),
)
const spelled = ({ method, path }: Operation) => `${method} ${path}`

const UNKNOWN = '987654'
const UNKNOWN_UID = '00000000-0000-4000-8000-000000000000'
/** Where it is, as `Client` takes it: nothing stands behind any of its ids. */
const doorOf = ({ path }: Operation) =>
  path
    .replace(/^\/:slug(\/api\/)?/, '')
    .replace(/:uid(\{[^}]*\})?/g, UNKNOWN_UID)
    .replace(/:\w+(\{[^}]*\})?/g, UNKNOWN)

type Kind = 'nobody' | 'stranger' | 'user' | 'agent' | 'admin' | 'connection'
const lets: Record<Kind, Who[]> = {
  nobody: ['anyone'],
  stranger: [],
  user: ['anyone', 'user'],
  agent: ['anyone', 'agent'],
  admin: ['anyone', 'agent', 'admin'],
  connection: ['anyone', 'connection'],
}
const mayCall = (kind: Kind, { who = [] }: Operation) => who.some((one) => lets[kind].includes(one))

let clients: Record<Kind, Client>
beforeAll(async () => {
  const { acme, skyline } = await pair()
  clients = {
    nobody: acme.nobody,
    stranger: await strangerAt(acme, skyline),
    user: acme.user,
    agent: acme.agent,
    admin: acme.boss,
    connection: await connectionOf(acme),
  }
})

/** A program of another instance, with a token that is good there. */
async function strangerAt(here: TestDesk, there: TestDesk): Promise<Client> {
  const headers = await byToken(there.demo.api)(there.url)
  return new Client(here.url, () => Promise.resolve(headers))
}

/** A partner that this desk has let in. */
async function connectionOf(desk: TestDesk): Promise<Client> {
  const { id } = await desk.admin.post('supplier', { name: 'Another partner' })
  const { issued } = await desk.admin.post<{
    issued: { client_id: string; client_secret: string }
  }>('connection', { supplier_id: id, allow_access: true })
  return new Client(desk.url, byToken(issued))
}

/** A body that no route can read: whoever is refused is refused before it is looked at. */
const broken = ({ method }: Operation) =>
  method === 'GET' || method === 'DELETE' ? undefined : '{'

describe('the doors of an instance', () => {
  test('those that let anybody in are exactly these', () => {
    expect(
      ofInstance
        .filter(({ who }) => who?.includes('anyone'))
        .map(spelled)
        .sort(),
    ).toEqual(PUBLIC)
  })

  test('every one of them says who may', () => {
    expect(ofInstance.filter(({ who }) => !who?.length).map(spelled)).toEqual([])
  })

  test('what a connection may is exactly this (design.md §8)', () => {
    expect(
      ofInstance
        .filter(({ who }) => who?.includes('connection'))
        .map(spelled)
        .sort(),
    ).toEqual(FOR_CONNECTIONS)
  })

  test('what an end user may is exactly this', () => {
    expect(
      ofInstance
        .filter(({ who }) => who?.includes('user'))
        .map(spelled)
        .sort(),
    ).toEqual(FOR_USERS)
  })

  test('the bare host has the same doors as an instance', () => {
    const bare = new Set(operations.filter(({ path }) => !path.startsWith('/:slug/')).map(spelled))
    expect(
      ofInstance
        .map((one) => spelled({ ...one, path: one.path.replace('/:slug', '') }))
        .filter((one) => !bare.has(one)),
    ).toEqual([])
  })
})

describe.each<[Kind, number]>([
  ['nobody', 401],
  ['stranger', 401],
  ['user', 403],
  ['agent', 403],
  ['connection', 403],
])('a caller who is %s', (kind, refusal) => {
  test.each(
    ofInstance.filter((one) => !mayCall(kind, one)).map((one) => [spelled(one), one] as const),
  )('is refused at %s', async (_, one) => {
    const answer = await clients[kind].ask(one.method, doorOf(one), broken(one))
    expect([answer.status, answer.body['error']]).toEqual([
      refusal,
      refusal === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN',
    ])
  })
})

describe.each<[Kind]>([['nobody'], ['user'], ['connection'], ['agent'], ['admin']])(
  'a caller who is %s and may',
  (kind) => {
    const leaves = (one: Operation) => one.path.endsWith('/auth/session') && one.method === 'DELETE'
    test.each(
      ofInstance
        .filter((one) => mayCall(kind, one) && !leaves(one))
        .map((one) => [spelled(one), one] as const),
    )('gets a proper answer at %s', async (_, one) => {
      for (const body of one.method === 'GET' || one.method === 'DELETE'
        ? [undefined]
        : ['{', '[]', '{}', '[{"id":"x"}]', '[[[null]]]']) {
        const answer = await clients[kind].ask(one.method, doorOf(one), body)
        expect(
          answer.status,
          `${spelled(one)} ${body} ${JSON.stringify(answer.body)}`,
        ).toBeLessThan(500)
        if (!one.path.includes('/auth/')) expect(answer.status).not.toBe(401)
        if (answer.status >= 400)
          expect(answer.body).toMatchObject({
            error: expect.any(String),
            message: expect.any(String),
          })
      }
    })
  },
)

describe('aliases', () => {
  const reads = ofInstance.filter(({ method }) => method === 'GET')
  test.each(reads.filter((one) => !mayCall('nobody', one)).map((one) => [one.path, one] as const))(
    'HEAD %s refuses nobody like GET does',
    async (_, one) => {
      const door = doorOf(one)
      const url = clients.nobody.url + (door.startsWith('/auth/') ? door : `/api/${door}`)
      expect((await call(new Request(url, { method: 'HEAD' }))).status).toBe(401)
    },
  )
  test('OPTIONS tells the methods and nothing else', async () => {
    const answer = await clients.nobody.ask('OPTIONS', 'client')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, PUT, HEAD'])
  })
})

const PUBLIC = [
  'DELETE /:slug/auth/session',
  'GET /:slug/api/authinfo',
  'GET /:slug/api/docs',
  'GET /:slug/api/instanceinfo',
  'GET /:slug/api/openapi.json',
  'GET /:slug/auth/session',
  'POST /:slug/auth/link',
  'POST /:slug/auth/link/open',
  'POST /:slug/auth/session',
]
const FOR_CONNECTIONS = [
  'GET /:slug/api/connection/agents',
  'GET /:slug/api/connection/link/:uid',
  'GET /:slug/api/connection/links',
  'GET /:slug/api/connection/schema',
  'GET /:slug/api/connection/self',
  'POST /:slug/api/actions',
  'POST /:slug/api/tickets',
  'PUT /:slug/api/actions',
  'PUT /:slug/api/attachment/:id',
  'PUT /:slug/api/tickets',
]
const FOR_USERS = [
  'DELETE /:slug/api/attachment/:id',
  'GET /:slug/api/actions',
  'GET /:slug/api/actions/:id',
  'GET /:slug/api/attachment',
  'GET /:slug/api/attachment/:id',
  'GET /:slug/api/fieldinfo',
  'GET /:slug/api/fieldinfo/:id',
  'GET /:slug/api/status',
  'GET /:slug/api/status/:id',
  'GET /:slug/api/tickets',
  'GET /:slug/api/tickets/:id',
  'GET /:slug/api/tickettype',
  'GET /:slug/api/tickettype/:id',
  'GET /:slug/api/users/me',
  'POST /:slug/api/actions',
  'POST /:slug/api/attachment',
  'POST /:slug/api/tickets',
  'POST /:slug/auth/password',
  'PUT /:slug/api/actions',
  'PUT /:slug/api/attachment/upload',
  'PUT /:slug/api/tickets',
]
