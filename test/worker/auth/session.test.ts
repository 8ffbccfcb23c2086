import { env } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashing } from '../../../worker/auth/password'
import { findInstance } from '../../../worker/platform/directory'
import { bySession, call, Client, desks, later, nowAgain, ORIGIN, type TestDesk } from '../pair'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await desks())
})
afterEach(nowAgain)

interface Try {
  email: string
  password: string
  from?: string
  origin?: string | null
  cookie?: string
  desk?: { url: string }
}
/** Each caller comes from an address of its own unless a test says where from. */
let caller = 0
beforeEach(() => void caller++)

function signIn({
  email,
  password,
  from,
  origin = ORIGIN,
  cookie,
  desk = acme,
}: Try): Promise<Response> {
  const headers = new Headers({
    'content-type': 'application/json',
    'cf-connecting-ip': from ?? `192.0.2.${caller}`,
  })
  if (origin !== null) headers.set('origin', origin)
  if (cookie !== undefined) headers.set('cookie', cookie)
  return call(
    new Request(`${desk.url}/auth/session`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ email, password }),
    }),
  )
}
const cookieOf = (response: Response): string => response.headers.getSetCookie()[0] ?? ''
const valueOf = (response: Response): string => cookieOf(response).split(';')[0] ?? ''
const whoIs = (cookie: string, desk = acme): Promise<Response> =>
  call(new Request(`${desk.url}/auth/session`, { headers: { cookie } }))

/** Any door that needs a session. */
const asks = (cookie: string, desk: { url: string } = acme): Promise<Response> =>
  call(new Request(`${desk.url}/api/tickets?count=1`, { headers: { cookie } }))

describe('signing in', () => {
  test('an agent and an end user each learn who they are', async () => {
    const agent = await signIn(acme.demo.agent)
    expect(agent.status).toBe(200)
    expect(await agent.json()).toEqual({
      kind: 'agent',
      id: 3,
      name: 'Ana Ito',
      email: 'ana@acme.example',
      role: 'agent',
      instance: { name: 'Acme', slug: 'acme' },
    })
    const user = await signIn(acme.demo.user)
    expect(await user.json()).toEqual({
      kind: 'user',
      id: 3,
      name: 'Pat Quinn',
      email: 'pat@acme.example',
      customer_name: 'Acme',
      instance: { name: 'Acme', slug: 'acme' },
    })
    expect(await (await whoIs(valueOf(user))).json()).toMatchObject({
      kind: 'user',
      customer_name: 'Acme',
    })
  })

  test('T24: the cookie is out of reach of scripts, other sites, other hosts and plain http', async () => {
    const cookie = cookieOf(await signIn(acme.demo.agent))
    expect(cookie).toMatch(/^__Host-baton_session=[\w.-]+; /)
    for (const part of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
      expect(cookie.split('; ')).toContain(part)
    expect(cookie).not.toMatch(/Domain/i)
  })

  test('T24: the database holds no secret of a session, so whoever reads it has none', async () => {
    const cookie = valueOf(await signIn(acme.demo.agent))
    const [, payload = ''] = cookie.split('.')
    const claims = new TextDecoder().decode(
      Uint8Array.fromBase64(payload, { alphabet: 'base64url' }),
    )
    const { results } = await env.DB.prepare('select hash from session').all<{ hash: string }>()
    expect(results.length).toBeGreaterThan(0)
    for (const { hash } of results) expect(claims).not.toContain(hash)
  })

  test('an account with a place in very many desks has a cookie that browsers take', async () => {
    const many = (sql: string) =>
      env.DB.prepare(
        `with recursive n(i) as (select 10001 union select i + 1 from n where i < 10300) ${sql}`,
      )
    const account = `(select id from account where email = '${acme.demo.admin.email}')`
    await env.DB.batch([
      many(
        `insert into instance (no, tenant_id, slug, name, created_at) select i, 'many-' || i, 'many-' || i, 'Many', 0 from n`,
      ),
      many(
        `insert into agent (t, id, uid, name, email, role) select i, 2, 'many-' || i, 'Many', 'many@acme.example', 'admin' from n`,
      ),
      many(`insert into membership (account_id, t, agent_id) select ${account}, i, 2 from n`),
    ])
    const last = { url: `${ORIGIN}/many-10300` }
    for (const desk of [acme, last]) {
      const cookie = valueOf(await signIn({ ...acme.demo.admin, desk }))
      expect(cookie.length).toBeLessThan(4_000)
      expect((await asks(cookie, desk)).status).toBe(200)
    }
  })

  test('over plain http on a loopback address the cookie has no prefix, or a browser would drop it', async () => {
    const url = 'http://127.0.0.1:8787/acme/auth/session'
    const headers = { 'content-type': 'application/json', origin: 'http://127.0.0.1:8787' }
    const cookie = cookieOf(
      await call(
        new Request(url, { method: 'POST', headers, body: JSON.stringify(acme.demo.agent) }),
      ),
    )
    expect(cookie).toMatch(/^baton_session=/)
    expect(cookie).not.toMatch(/Secure/)
    expect(
      (await call(new Request(url, { headers: { cookie: cookie.split(';')[0] ?? '' } }))).status,
    ).toBe(200)
  })

  test('the address is taken in any case, the password only as it is', async () => {
    const { email, password } = acme.demo.agent
    expect((await signIn({ email: ` ${email.toUpperCase()} `, password })).status).toBe(200)
    expect((await signIn({ email, password: password.toUpperCase() })).status).toBe(401)
  })

  test('T26: an account without a place in a desk is as unknown there as any other', async () => {
    const elsewhere = await signIn({ ...acme.demo.admin, desk: skyline })
    expect(elsewhere.status).toBe(401)
    const here = valueOf(await signIn(acme.demo.admin))
    expect((await asks(here, skyline)).status).toBe(401)
  })

  test('T11: unknown address, wrong password and disabled agent get one answer, after one computation each', async () => {
    await acme.db.d1
      .prepare('update agent set disabled = 1 where t = ? and id = 3')
      .bind(acme.t)
      .run()
    const answers = []
    for (const given of [
      { email: 'nobody@acme.example', password: 'x' },
      { ...acme.demo.admin, password: 'x' },
      acme.demo.agent,
      { ...acme.demo.user, password: 'x' },
    ]) {
      const before = hashing.computed
      const response = await signIn(given)
      answers.push([
        response.status,
        await response.text(),
        response.headers.getSetCookie().length,
        hashing.computed - before,
      ])
    }
    await acme.db.d1
      .prepare('update agent set disabled = 0 where t = ? and id = 3')
      .bind(acme.t)
      .run()
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(answers[0]).toEqual([401, expect.stringContaining('WRONG_PASSWORD'), 0, 1])
  })

  test('a password kept with weaker parameters is hashed anew, without a word', async () => {
    const stored = () =>
      env.DB.prepare('select password from account where email = ?')
        .bind(acme.demo.agent.email)
        .first<string>('password')
    const before = await stored()
    const { N } = hashing
    hashing.N = 32
    expect((await signIn(acme.demo.agent)).status).toBe(200)
    const after = await stored()
    expect(after).toMatch(/^scrypt\$32\$/)
    expect((await signIn(acme.demo.agent)).status).toBe(200)
    expect(await stored()).toBe(after)
    hashing.N = N
    expect(before).toMatch(/^scrypt\$16\$/)
  })

  test('a suspended instance lets nobody in, and says so only to those who belong there', async () => {
    await env.DB.prepare("update instance set state = 'suspended' where no = ?")
      .bind(skyline.t)
      .run()
    const right = await signIn({ ...skyline.demo.agent, desk: skyline })
    const wrong = await signIn({ ...skyline.demo.agent, password: 'x', desk: skyline })
    await env.DB.prepare("update instance set state = 'active' where no = ?").bind(skyline.t).run()
    expect([right.status, wrong.status]).toEqual([403, 401])
  })
})

describe('a session', () => {
  test('T24: signing in ends the session the browser brought; its cookie is dead', async () => {
    const first = valueOf(await signIn(acme.demo.agent))
    const second = valueOf(await signIn({ ...acme.demo.user, cookie: first }))
    expect(second).not.toBe(first)
    expect((await asks(first)).status).toBe(401)
    expect((await whoIs(second)).status).toBe(200)
  })

  test('T24: a cookie that somebody planted never becomes a session', async () => {
    const planted = '__Host-baton_session=eyJhbGciOiJub25lIn0.eyJ0eXAiOiJhZ2VudCJ9.'
    const response = await signIn({ ...acme.demo.agent, cookie: planted })
    expect(valueOf(response)).not.toBe(planted)
    expect((await asks(planted)).status).toBe(401)
  })

  test('T24: signing out ends it for every copy of the cookie', async () => {
    const cookie = valueOf(await signIn(acme.demo.agent))
    const out = await call(
      new Request(`${acme.url}/auth/session`, {
        method: 'DELETE',
        headers: { cookie, origin: ORIGIN },
      }),
    )
    expect(out.status).toBe(204)
    expect(cookieOf(out)).toMatch(/^__Host-baton_session=;/)
    expect((await asks(cookie)).status).toBe(401)
  })

  test('signing out twice, or without ever having been in, is no error', async () => {
    const cookie = valueOf(await signIn(acme.demo.agent))
    for (const sent of [cookie, cookie, 'x=y']) {
      const out = await call(
        new Request(`${acme.url}/auth/session`, {
          method: 'DELETE',
          headers: { cookie: sent, origin: ORIGIN },
        }),
      )
      expect(out.status).toBe(204)
    }
  })

  test('Q11, T24: disabling an agent ends what they are doing at the next request', async () => {
    const cookie = valueOf(await signIn(acme.demo.agent))
    await acme.db.d1
      .prepare('update agent set disabled = 1 where t = ? and id = 3')
      .bind(acme.t)
      .run()
    expect((await asks(cookie)).status).toBe(401)
    await acme.db.d1
      .prepare('update agent set disabled = 0 where t = ? and id = 3')
      .bind(acme.t)
      .run()
  })

  test('T24: another role needs another session', async () => {
    const cookie = valueOf(await signIn(acme.demo.agent))
    await acme.db.d1
      .prepare("update agent set role = 'admin' where t = ? and id = 3")
      .bind(acme.t)
      .run()
    expect((await asks(cookie)).status).toBe(401)
    await acme.db.d1
      .prepare("update agent set role = 'agent' where t = ? and id = 3")
      .bind(acme.t)
      .run()
  })

  test('it ends twelve hours after signing in, however busy', async () => {
    const cookie = valueOf(await signIn(acme.demo.agent))
    later(11 * 3_600_000)
    expect((await whoIs(cookie)).status).toBe(200)
    later(3_600_000 + 60_000)
    expect((await asks(cookie)).status).toBe(401)
  })

  test('a dead cookie does not keep anybody from signing in', async () => {
    const cookie = valueOf(await signIn(acme.demo.agent))
    await env.DB.prepare('delete from session').run()
    const again = await signIn({ ...acme.demo.agent, cookie })
    expect(again.status).toBe(200)
    expect((await whoIs(valueOf(again))).status).toBe(200)
  })
})

describe('the own password', () => {
  const change = (client: Client, password: string, newPassword: string) =>
    client.ask('POST', '/auth/password', { password, new_password: newPassword })

  test('T24: changing it ends all sessions, and only the new one opens', async () => {
    const { email, password } = acme.demo.user
    const [here, elsewhere] = [
      new Client(acme.url, bySession(acme.demo.user)),
      new Client(acme.url, bySession(acme.demo.user)),
    ]
    await elsewhere.get('/auth/session')
    expect((await change(here, password, 'correct horse battery staple')).status).toBe(204)
    expect((await here.ask('GET', 'tickets?count=1')).status).toBe(401)
    expect((await elsewhere.ask('GET', 'tickets?count=1')).status).toBe(401)
    expect((await signIn({ email, password })).status).toBe(401)
    expect((await signIn({ email, password: 'correct horse battery staple' })).status).toBe(200)
    acme.demo.user.password = 'correct horse battery staple'
  })

  test('the old one is asked for', async () => {
    const client = new Client(acme.url, bySession(acme.demo.agent))
    expect((await change(client, 'wrong', 'correct horse battery staple')).body).toMatchObject({
      error: 'WRONG_PASSWORD',
    })
  })

  test('T27: common, short and personal ones are refused, long ones in any script are taken', async () => {
    const client = new Client(acme.url, bySession(acme.demo.agent))
    const { password } = acme.demo.agent
    for (const poor of [
      'short',
      'password',
      'Password1!',
      'qwertyuiop',
      'aaaaaaaaaaaa',
      '12345678',
      'ana@acme.example',
      'Summer2026',
    ]) {
      const reply = await change(client, password, poor)
      expect(reply, poor).toMatchObject({
        status: 400,
        body: { fields: { new_password: expect.any(String) } },
      })
    }
    const long = 'Мой пароль длиннее шестидесяти четырёх знаков, и это совершенно нормально 🦀'
    expect((await change(client, password, long)).status).toBe(204)
    expect((await signIn({ email: acme.demo.agent.email, password: long })).status).toBe(200)
    acme.demo.agent.password = long
  })

  test('a program has none', async () => {
    expect((await change(acme.admin, 'x', 'correct horse battery staple')).status).toBe(401)
  })
})

describe('T25: another site', () => {
  const json = 'application/json'
  test.each([
    ['with its own origin', { origin: 'https://evil.example', 'content-type': json }, 403],
    [
      'with the origin null, as from a sandboxed frame',
      { origin: 'null', 'content-type': json },
      403,
    ],
    [
      'as a cross-site request without an origin',
      { 'sec-fetch-site': 'cross-site', 'content-type': json },
      403,
    ],
    ['from a sister host', { 'sec-fetch-site': 'same-site', 'content-type': json }, 403],
    ['as a form', { origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [
      'as plain text that happens to be JSON',
      { origin: ORIGIN, 'content-type': 'text/plain' },
      415,
    ],
    ['without a type', { origin: ORIGIN }, 415],
  ])('cannot sign anybody in %s', async (_, headers, status) => {
    const body = new TextEncoder().encode(JSON.stringify(acme.demo.admin))
    const response = await call(
      new Request(`${acme.url}/auth/session`, { method: 'POST', headers, body }),
    )
    expect(response.status).toBe(status)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test('a request with a session that does not say where it comes from is refused on every unsafe method', async () => {
    const cookie = valueOf(await signIn(acme.demo.admin))
    for (const [method, path] of [
      ['DELETE', 'auth/session'],
      ['POST', 'auth/password'],
      ['POST', 'api/tickets'],
      ['DELETE', 'api/tickets/1'],
      ['PUT', 'api/tickets'],
    ] as const) {
      const response = await call(
        new Request(`${acme.url}/${path}`, {
          method,
          headers: { cookie, 'content-type': json },
          ...(method !== 'DELETE' && { body: '{}' }),
        }),
      )
      expect(response.status, `${method} ${path}`).toBe(403)
    }
    expect((await whoIs(cookie)).status).toBe(200)
  })
})

test('a slug that does not exist is not found, whoever asks', async () => {
  expect(await findInstance(env, 'nowhere')).toBeNull()
  expect((await call(new Request(`${ORIGIN}/nowhere/auth/session`))).status).toBe(404)
})
