import { beforeAll, describe, expect, test } from 'vitest'
import { app } from '../../../worker/app'
import { operationsOf } from '../../../worker/api/openapi'
import { bySession, call, ORIGIN, pair, type TestDesk } from '../pair'

let acme: TestDesk
let skyline: TestDesk
let cookie: string
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  ;({ cookie = '' } = await bySession(acme.demo.admin)(acme.url))
})

const unsafe = operationsOf(app.routes).filter(
  ({ method, path }) =>
    path.startsWith('/:slug/') && method !== 'GET' && path !== '/:slug/auth/token',
)
const doors = unsafe.map(({ method, path }) => [
  method,
  path.replace(/:\w+(\{[^}]*\})?/g, (name) => (name === ':slug' ? 'acme' : '1')),
])

/** What a page elsewhere can make a browser send with the cookie. Each of them must be refused at the door. */
const attacks: Record<string, Record<string, string>> = {
  'a form of another site': {
    origin: 'https://evil.example',
    'sec-fetch-site': 'cross-site',
    'content-type': 'application/x-www-form-urlencoded',
  },
  'JSON as text from another site': {
    origin: 'https://evil.example',
    'content-type': 'text/plain',
  },
  'JSON from a subdomain': {
    origin: 'https://evil.desk.example.com',
    'sec-fetch-site': 'same-site',
    'content-type': 'application/json',
  },
  'the same host over http': { origin: ORIGIN.replace('https', 'http') },
  'the same host at another port': { origin: `${ORIGIN}:8443` },
  'a sandboxed frame or a file': { origin: 'null', 'content-type': 'application/json' },
  'no origin at all': { 'content-type': 'application/json' },
  'no origin, but a site': { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' },
  'an origin that begins like ours': { origin: `${ORIGIN}.evil.example` },
}

describe.each(Object.entries(attacks))('T25: %s with a session', (_, headers) => {
  test.each(doors)('%s %s is refused', async (method, path) => {
    const body = method === 'DELETE' ? null : '[{"summary":"x"}]'
    const request = new Request(ORIGIN + path, { method, headers: { ...headers, cookie }, body })
    const answer = await call(request)
    expect(await answer.json()).toMatchObject({ error: 'BAD_ORIGIN' })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []])
  })
})

describe('from the own pages', () => {
  test('T25: a form and JSON as text are refused also from our own origin', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'])
      for (const path of ['tickets', 'actions', 'client', 'connection', 'module']) {
        const headers = { cookie, origin: ORIGIN, 'content-type': type }
        const body = '{"name":"x"}'
        const answer = await call(
          new Request(`${acme.url}/api/${path}`, { method: 'POST', headers, body }),
        )
        expect([path, answer.status]).toEqual([path, 415])
      }
  })

  test('T25: no other site may read an answer, and none is told that it may', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const headers = {
        cookie,
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
      }
      const answer = await call(new Request(`${acme.url}/api/tickets`, { method, headers }))
      const cors = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))
      expect(cors).toEqual([])
    }
  })
})

describe('T26: a session of one desk at another', () => {
  const reads = operationsOf(app.routes)
    .filter(
      ({ method, path, who }) =>
        method === 'GET' && path.startsWith('/:slug/api/') && !who?.includes('anyone'),
    )
    .map(({ path }) =>
      path.replace(/:\w+(\{[^}]*\})?/g, (name) => (name === ':slug' ? 'SLUG' : '1')),
    )

  test.each(reads)('is nobody at GET %s', async (path) => {
    for (const slug of [skyline.slug, skyline.slug.toUpperCase(), skyline.tenantId]) {
      const answer = await call(
        new Request(ORIGIN + path.replace('SLUG', slug), { headers: { cookie } }),
      )
      expect(answer.status).toBe(401)
    }
    const named = `${ORIGIN}${path.replace('/SLUG', '')}?tenant=${skyline.slug}`
    expect((await call(new Request(named, { headers: { cookie } }))).status).toBe(401)
  })

  test('and a token with it counts alone: the cookie adds nothing', async () => {
    const headers = { cookie, authorization: 'Bearer x' }
    expect((await call(new Request(`${acme.url}/api/agent/me`, { headers }))).status).toBe(401)
  })
})
