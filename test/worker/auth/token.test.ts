import { env } from 'cloudflare:test'
import { SignJWT } from 'jose'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { keysOf, sha256 } from '../../../worker/platform/keys'
import {
  readBearer,
  signBearer,
  signingKey,
  signRefresh,
  signSession,
} from '../../../worker/auth/token'
import {
  byToken,
  call,
  Client,
  desks,
  later,
  nowAgain,
  ORIGIN,
  type Reply,
  type TestDesk,
} from '../pair'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await desks())
})
afterEach(nowAgain)

interface Token {
  access_token: string
  refresh_token: string
  expires_in: number
  scope: string
  token_type: string
  profile?: string
}
interface Refusal {
  error: string
  error_description: string
  message: string
  fields?: Record<string, string>
  reason?: string
}

async function ask<T = Token>(
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Reply<T>> {
  const response = await call(
    new Request(url, { method: 'POST', headers, body: new URLSearchParams(form) }),
  )
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}
const credentials = (desk = acme) => ({ grant_type: 'client_credentials', ...desk.demo.api })
const refusal = async (form: Record<string, string>, url = `${acme.url}/auth/token`) => {
  const { status, body } = await ask<Refusal>(url, form)
  return {
    status,
    error: body.error,
    fields: body.fields,
    reason: body.reason,
    described: body.error_description === body.message && body.message !== '',
  }
}
const statusWith = async (token: string, base = acme.url) =>
  (await call(new Request(`${base}/api/client`, { headers: { authorization: `Bearer ${token}` } })))
    .status

describe('a token, as Halo\u2019s clients ask for it', () => {
  test('client credentials give a bearer token of one hour, with all keys that clients read', async () => {
    const { status, body, headers } = await ask(`${acme.url}/auth/token`, {
      ...credentials(),
      scope: 'all',
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      token_type: 'Bearer',
      access_token: expect.any(String),
      expires_in: 3600,
      scope: 'all',
      refresh_token: expect.any(String),
    })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(await statusWith(body.access_token)).toBe(200)
  })

  test.each([
    ['in the query', (url: string) => `${url}?tenant=acme`, {}],
    ['in the query, about another instance', (url: string) => `${url}?tenant=skyline`, {}],
    ['in the form, a constant that means nothing', (url: string) => url, { tenant: 'haloitsm' }],
    [
      'not at all, in another case and with a slash',
      (url: string) => url.replace('/auth/token', '/Auth/Token/'),
      {},
    ],
  ])('the tenant may stand %s', async (_, at, form) => {
    expect((await ask(at(`${acme.url}/auth/token`), { ...credentials(), ...form })).status).toBe(
      200,
    )
  })

  test('at the bare host the client id alone says which instance is meant, whatever the tenant', async () => {
    for (const desk of [acme, skyline]) {
      const { body } = await ask(`${ORIGIN}/auth/token?tenant=acme`, credentials(desk))
      expect(await readBearer(env, body.access_token)).toMatchObject({
        tenantId: desk.tenantId,
        who: { kind: 'app', t: desk.t },
      })
      expect(await statusWith(body.access_token, ORIGIN)).toBe(200)
    }
  })

  test.each([
    'all',
    'admin edit:tickets edit:customers',
    'read:tickets read:assets read:customers',
    'ALL',
    'all:standard access:chat',
  ])('the scope %s exists', async (scope) => {
    const { status, body } = await ask(`${acme.url}/auth/token`, { ...credentials(), scope })
    expect([status, body.scope]).toEqual([200, scope.toLowerCase()])
  })

  test('no scope is all', async () => {
    expect((await ask(`${acme.url}/auth/token`, credentials())).body.scope).toBe('all')
  })

  test.each(['read:users', 'read:agents', 'all everything'])(
    'the scope %s does not exist and is refused',
    async (scope) => {
      expect(await refusal({ ...credentials(), scope })).toMatchObject({
        status: 400,
        error: 'invalid_scope',
        described: true,
      })
    },
  )

  test('a wrong id or secret is 401 invalid_client and names which of the two is wrong', async () => {
    expect(await refusal({ ...credentials(), client_id: 'nobody' })).toMatchObject({
      status: 401,
      error: 'invalid_client',
      reason: 'unknown',
      fields: { client_id: expect.any(String) },
      described: true,
    })
    expect(await refusal({ ...credentials(), client_secret: 'x' })).toMatchObject({
      status: 401,
      error: 'invalid_client',
      reason: 'secret',
      fields: { client_secret: expect.any(String) },
      described: true,
    })
    expect(await refusal({ grant_type: 'client_credentials' })).toMatchObject({
      status: 401,
      error: 'invalid_client',
      described: true,
    })
  })

  test('T21: credentials of another instance are refused at an instance\u2019s own address', async () => {
    expect(await refusal(credentials(skyline))).toMatchObject({
      status: 401,
      error: 'invalid_client',
      reason: 'other_instance',
    })
  })

  test('another grant is refused in OAuth\u2019s words', async () => {
    for (const grant of ['authorization_code', 'password', '']) {
      expect(await refusal({ ...credentials(), grant_type: grant })).toMatchObject({
        status: 400,
        error: 'unsupported_grant_type',
        described: true,
      })
    }
  })

  test('a body that is no form is refused as JSON', async () => {
    const response = await call(
      new Request(`${acme.url}/auth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(credentials()),
      }),
    )
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_request', error_description: expect.any(String) }),
    ])
  })

  test('id and secret may stand in a Basic header', async () => {
    const { client_id: id, client_secret: secret } = acme.demo.api
    const basic = { authorization: `Basic ${btoa(`${id}:${secret}`)}` }
    expect(
      (await ask(`${acme.url}/auth/token`, { grant_type: 'client_credentials' }, basic)).status,
    ).toBe(200)
    expect(
      (
        await ask(
          `${acme.url}/auth/token`,
          { grant_type: 'client_credentials' },
          { authorization: 'Basic !!' },
        )
      ).status,
    ).toBe(401)
  })

  test('an expired bearer token that a client still sends does not keep it from fetching a new one', async () => {
    expect(
      (await ask(`${acme.url}/auth/token`, credentials(), { authorization: 'Bearer old.old.old' }))
        .status,
    ).toBe(200)
  })

  test('a new token does not end the old one, which lives its whole hour', async () => {
    const first = await ask(`${acme.url}/auth/token`, credentials())
    await ask(`${acme.url}/auth/token`, credentials())
    later(3599_000)
    expect(await statusWith(first.body.access_token)).toBe(200)
    later(62_000) // and 30 s for clocks that differ
    expect(await statusWith(first.body.access_token)).toBe(401)
  })

  test('a refresh token gives a new one of the same scope to the client that has the secret, and to nobody else', async () => {
    const first = await ask(`${acme.url}/auth/token`, { ...credentials(), scope: 'read:tickets' })
    const refresh = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token }
    const second = await ask(`${acme.url}/auth/token`, { ...acme.demo.api, ...refresh })
    expect([second.status, second.body.scope]).toEqual([200, 'read:tickets'])
    expect(await statusWith(second.body.access_token)).toBe(200)
    expect(await refusal(refresh)).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(
      await refusal({ ...skyline.demo.api, ...refresh }, `${skyline.url}/auth/token`),
    ).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(
      await refusal({ ...acme.demo.api, ...refresh, refresh_token: first.body.access_token }),
    ).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(await refusal({ ...acme.demo.api, ...refresh, refresh_token: '' })).toMatchObject({
      status: 400,
      error: 'invalid_grant',
    })
  })
})

test('Q11: a refresh token ends with the secret it was issued under', async () => {
  const { body } = await ask(`${acme.url}/auth/token`, credentials())
  const set = (ver: number) =>
    acme.db.d1.prepare('update api_app set ver = ? where t = ? and id = 1').bind(ver, acme.t).run()
  await set(2)
  const reply = await refusal({
    ...acme.demo.api,
    grant_type: 'refresh_token',
    refresh_token: body.refresh_token,
  })
  await set(1)
  expect(reply).toMatchObject({ status: 400, error: 'invalid_grant' })
})

describe('finding the door', () => {
  test.each([
    ['an instance', () => acme.url],
    ['the bare host', () => ORIGIN],
  ])('discovery at %s names itself and its token address', async (_, base) => {
    const response = await call(new Request(`${base()}/auth/.well-known/openid-configuration`))
    expect(await response.json()).toMatchObject({
      issuer: `${base()}/auth`,
      token_endpoint: `${base()}/auth/token`,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['client_secret_post']),
    })
  })

  test('authinfo at the bare host, with a slash at the end, names the bare host\u2019s authorisation server', async () => {
    const response = await call(new Request(`${ORIGIN}/api/authinfo/`))
    expect([response.status, await response.json()]).toEqual([200, { auth_url: `${ORIGIN}/auth` }])
  })

  test('an instance that does not exist has no door', async () => {
    for (const path of ['token', '.well-known/openid-configuration']) {
      const response = await call(
        new Request(
          `${ORIGIN}/nowhere/auth/${path}`,
          path === 'token' ? { method: 'POST', body: new URLSearchParams(credentials()) } : {},
        ),
      )
      expect(response.status).toBe(404)
    }
  })
})

describe('a partner\u2019s connection', () => {
  const partner = { client_id: 'connection-client', client_secret: 'connection-secret' }
  const change = (to: string) =>
    env.DB.prepare(`update connection set ${to} where issued_client_id = ?`)
      .bind(partner.client_id)
      .run()
  beforeAll(async () => {
    await env.DB.prepare(
      `insert into connection (t, id, kind, customer_id, allow_access, issued_client_id, issued_secret_hash, created_at) values (?, 1, 'customer', 2, 1, ?, ?, 0)`,
    )
      .bind(skyline.t, partner.client_id, await sha256(partner.client_secret))
      .run()
  })
  const form = { grant_type: 'client_credentials', ...partner }

  test('gets a token of its own kind, which says of which profile it is', async () => {
    const { body } = await ask(`${skyline.url}/auth/token`, form)
    expect(body.profile).toBe('customer')
    expect(await readBearer(env, body.access_token)).toEqual({
      tenantId: skyline.tenantId,
      who: { kind: 'connection', t: skyline.t, connectionId: 1, profile: 'customer', ver: 1 },
    })
  })

  test('T8, T21: is no agent', async () => {
    const client = new Client(skyline.url, byToken(partner))
    expect((await client.ask('GET', 'client')).status).toBe(403)
  })

  test('G27, G128: is told whether it is unknown, of another instance, switched off or revoked, but only if it knows the secret', async () => {
    const at = `${skyline.url}/auth/token`
    expect(await refusal(form)).toMatchObject({ status: 401, reason: 'other_instance' })
    await change('allow_access = 0')
    expect(await refusal(form, at)).toMatchObject({
      status: 401,
      error: 'invalid_client',
      reason: 'access_off',
      described: true,
    })
    expect(await refusal({ ...form, client_secret: 'x' }, at)).toMatchObject({
      status: 401,
      reason: 'secret',
    })
    await change("allow_access = 1, state = 'ended'")
    expect(await refusal(form, at)).toMatchObject({
      status: 401,
      error: 'invalid_client',
      reason: 'revoked',
      described: true,
    })
    await change("state = 'setup'")
  })

  test('Q11: rotation ends its tokens at the next request', async () => {
    const client = new Client(skyline.url, byToken(partner))
    expect((await client.ask('GET', 'connection/self')).status).toBe(200)
    await change('issued_ver = 2')
    expect((await client.ask('GET', 'connection/self')).status).toBe(401)
    client.forget()
    expect((await client.ask('GET', 'connection/self')).status).toBe(200)
  })

  test('G20, G23: access switched off refuses the token that is still good', async () => {
    const client = new Client(skyline.url, byToken(partner))
    await client.get('connection/self')
    await change('allow_access = 0')
    expect(await client.ask('GET', 'connection/self')).toMatchObject({
      status: 403,
      body: { error: 'ACCESS_OFF' },
    })
    await change('allow_access = 1')
  })
})

describe('R14: what a token claims is compared with the row at every request', () => {
  const set = (sql: string) => acme.db.d1.prepare(`${sql} where t = ? and id = ?`)
  test.each([
    ['another secret', 'update api_app set ver = 2', 'update api_app set ver = 1', 1],
    [
      'the application disabled',
      'update api_app set disabled = 1',
      'update api_app set disabled = 0',
      1,
    ],
    ['its agent disabled', 'update agent set disabled = 1', 'update agent set disabled = 0', 4],
    [
      'its agent in another role',
      "update agent set role = 'agent'",
      "update agent set role = 'admin'",
      4,
    ],
  ])('%s ends it', async (_, before, after, id) => {
    const { body } = await ask(`${acme.url}/auth/token`, credentials())
    expect(await statusWith(body.access_token)).toBe(200)
    await set(before).bind(acme.t, id).run()
    expect(await statusWith(body.access_token)).toBe(401)
    await set(after).bind(acme.t, id).run()
    expect(await statusWith(body.access_token)).toBe(200)
  })

  test('a suspended instance answers 403, which a partner holds and does not count', async () => {
    const { body } = await ask(`${acme.url}/auth/token`, credentials())
    await env.DB.prepare("update instance set state = 'suspended' where no = ?").bind(acme.t).run()
    const [used, asked] = [await statusWith(body.access_token), await refusal(credentials())]
    await env.DB.prepare("update instance set state = 'active' where no = ?").bind(acme.t).run()
    expect([used, asked.status, asked.error]).toEqual([403, 403, 'SUSPENDED'])
  })

  test('T21: a token of one instance opens no other, by path, by tenant or at the bare host', async () => {
    const { body } = await ask(`${acme.url}/auth/token`, credentials())
    expect(await statusWith(body.access_token, skyline.url)).toBe(401)
    const aside = await call(
      new Request(`${ORIGIN}/api/client?tenant=skyline`, {
        headers: { authorization: `Bearer ${body.access_token}` },
      }),
    )
    expect(await aside.text()).not.toContain('skyline') // the token says whose it is, `tenant` does not
  })
})

describe('T23: forged tokens', () => {
  const part = (value: object) =>
    new TextEncoder()
      .encode(JSON.stringify(value))
      .toBase64({ alphabet: 'base64url', omitPadding: true })
  const now = () => Math.floor(Date.now() / 1000)
  const claims = () => ({
    typ: 'app',
    aud: acme.tenantId,
    t: acme.t,
    id: 1,
    agent: 4,
    role: 'admin',
    ver: 1,
    iss: 'baton',
    iat: now(),
    exp: now() + 600,
    jti: 'j',
  })
  const key = () => keysOf(env.KEYS).current
  const signed = async (
    header: { alg: string; [name: string]: unknown },
    body: Record<string, unknown>,
    bytes: Uint8Array<ArrayBuffer> = key().bytes,
  ) => new SignJWT(body).setProtectedHeader(header).sign(await signingKey(bytes))
  const good = () => ({ alg: 'HS256', kid: key().id })
  const without = (name: string) =>
    Object.fromEntries(Object.entries(claims()).filter(([one]) => one !== name))
  const zeros = new Uint8Array(32)

  const forged: [string, () => Promise<string> | string][] = [
    ['no signature, alg none', () => `${part({ alg: 'none' })}.${part(claims())}.`],
    ['alg None in another case', () => `${part({ alg: 'nOnE' })}.${part(claims())}.`],
    [
      'alg none with the real key id',
      () => `${part({ alg: 'none', kid: key().id })}.${part(claims())}.`,
    ],
    ['the real header, no signature', () => `${part(good())}.${part(claims())}.`],
    [
      'HS512',
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ ...good(), alg: 'HS512' })
          .sign(new Uint8Array([...key().bytes, ...key().bytes])),
    ],
    [
      'RS256 said, HS256 signed',
      async () =>
        (await signed(good(), claims())).replace(/^[^.]+/, part({ alg: 'RS256', kid: key().id })),
    ],
    [
      'the key itself, which seals secrets and signs nothing',
      () => new SignJWT(claims()).setProtectedHeader(good()).sign(key().bytes),
    ],
    ['a key of zeros', () => signed(good(), claims(), zeros)],
    [
      'the key of sessions',
      () =>
        signed(
          { alg: 'HS256', kid: keysOf(env.SESSION_KEY).current.id },
          claims(),
          keysOf(env.SESSION_KEY).current.bytes,
        ),
    ],
    ['an unknown key id', () => signed({ alg: 'HS256', kid: 'k9' }, claims())],
    ['no key id', () => signed({ alg: 'HS256' }, claims())],
    ['a path as key id', () => signed({ alg: 'HS256', kid: '../../dev/null' }, claims(), zeros)],
    [
      'a key in the header',
      () => signed({ ...good(), jwk: { kty: 'oct', k: part({}) } }, claims(), zeros),
    ],
    [
      'an address of keys in the header',
      () => signed({ ...good(), kid: 'evil', jku: 'https://evil.example/keys' }, claims(), zeros),
    ],
    [
      'another payload under a real signature',
      async () =>
        (await signed(good(), claims())).replace(/\.[^.]+\./, `.${part({ ...claims(), id: 2 })}.`),
    ],
    ['expired', () => signed(good(), { ...claims(), exp: now() - 31 })],
    ['not valid yet', () => signed(good(), { ...claims(), nbf: now() + 3600 })],
    ['without an end', () => signed(good(), without('exp'))],
    ['without a number of its own', () => signed(good(), without('jti'))],
    ['of another issuer', () => signed(good(), { ...claims(), iss: 'https://evil.example' })],
    ['for another instance', () => signed(good(), { ...claims(), aud: skyline.tenantId })],
    ['of a kind that does not exist', () => signed(good(), { ...claims(), typ: 'root' })],
    [
      'with a critical header nobody knows',
      () =>
        signed({ ...good(), crit: ['x'], x: 1 }, claims()).catch(
          () => `${part({ ...good(), crit: ['x'], x: 1 })}.${part(claims())}.AAAA`,
        ),
    ],
    ['huge', () => signed(good(), { ...claims(), pad: 'x'.repeat(20_000) })],
    ['no token at all', () => 'a.b.c'],
    [
      'a refresh token',
      () => signRefresh(env, { client: acme.demo.api.client_id, ver: 1, scope: 'all' }),
    ],
    [
      'a session as a token',
      () => signSession(env, { typ: 'agent', key: 'h', at: [[acme.t, 4, 'admin']] }),
    ],
    ['an agent of a role it does not have', () => signed(good(), { ...claims(), agent: 3 })],
  ]

  test('the same claims, honestly signed, are let in', async () => {
    expect(await statusWith(await signed(good(), claims()))).toBe(200)
  })

  test.each(forged)('%s is refused', async (_, make) => {
    expect(await statusWith(await make())).toBe(401)
  })

  test('T35: after rotation the old key still reads and the new one signs', async () => {
    const app = {
      typ: 'app',
      aud: acme.tenantId,
      t: acme.t,
      id: 1,
      agent: 4,
      role: 'admin',
      ver: 1,
    } as const
    const [old, young] = [
      `k1:${new Uint8Array(32).fill(1).toBase64()}`,
      `k2:${new Uint8Array(32).fill(2).toBase64()}`,
    ]
    const rotated = { ...env, KEYS: `${young},${old}` }
    expect(
      (await readBearer(rotated, await signBearer({ ...env, KEYS: old }, app))).who,
    ).toMatchObject({ kind: 'app', appId: 1 })
    await expect(
      readBearer({ ...env, KEYS: old }, await signBearer(rotated, app)),
    ).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  })

  test('a bearer token is no cookie', async () => {
    const token = await signed(good(), claims())
    const response = await call(
      new Request(`${acme.url}/api/tickets?count=1`, {
        headers: { cookie: `__Host-baton_session=${token}` },
      }),
    )
    expect(response.status).toBe(401)
  })
})
