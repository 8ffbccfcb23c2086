import { env } from 'cloudflare:test'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../../worker/platform/limits'
import { seams } from '../../../worker/platform/seams'
import {
  partnerFetch,
  type Answer,
  type PartnerRequest,
  type Target,
  type World,
} from '../../../worker/sync/partnerFetch'
import { sealSecret, TokenKeeper, type Credentials } from '../../../worker/sync/partnerToken'
import { desks, type TestDesk } from '../pair'

const outside: Target = {
  tenantId: 'elsewhere',
  authUrl: 'https://desk.partner.com/auth',
  resourceUrl: 'https://desk.partner.com/api',
}
const status: PartnerRequest = { door: 'api', path: 'status' }

let acme: TestDesk
beforeAll(async () => {
  ;({ acme } = await desks())
})

const realFetch = seams.fetch
let asked: Request[] = []
afterEach(() => {
  seams.fetch = realFetch
  asked = []
})

/** A partner elsewhere that answers so. */
function answering(answer: () => Response | Promise<Response>): World {
  seams.fetch = async (request) => {
    asked.push(request)
    return answer()
  }
  return { env, exports: { default: { fetch: () => Promise.reject(new Error('called inside')) } } }
}
const json = (body: unknown, init?: ResponseInit) =>
  new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' }, ...init })
const ask = (
  answer: () => Response | Promise<Response>,
  request: PartnerRequest = status,
): Promise<Answer> => partnerFetch(answering(answer), outside, request)

describe('what comes back from a partner', () => {
  test('is its status and its JSON', async () => {
    expect(
      await ask(() =>
        json([{ id: 1 }], {
          status: 201,
          headers: { 'content-type': 'application/json; charset=utf-8' },
        }),
      ),
    ).toMatchObject({
      status: 201,
      json: [{ id: 1 }],
      retryAfterMs: null,
    })
  })

  test.each([
    [
      'a page',
      () =>
        new Response('<h1>Forbidden</h1>', {
          status: 403,
          headers: { 'content-type': 'text/html' },
        }),
      403,
    ],
    [
      'JSON that says it is a page',
      () =>
        new Response('{"error":"X","message":"y"}', {
          status: 403,
          headers: { 'content-type': 'text/html' },
        }),
      403,
    ],
    [
      'broken JSON',
      () => new Response('{"id":', { headers: { 'content-type': 'application/json' } }),
      200,
    ],
    ['nothing', () => new Response(null, { status: 204 }), 204],
    [
      'an empty text',
      () => new Response('', { headers: { 'content-type': 'application/json' } }),
      200,
    ],
    [
      'another encoding',
      () =>
        new Response(new Uint8Array([0x22, 0xe9, 0x22]), {
          headers: { 'content-type': 'application/json' },
        }),
      200,
    ],
  ])('F16, F18: is no JSON when it is %s', async (_, answer, code) => {
    expect(await ask(answer)).toMatchObject({ status: code, json: undefined })
  })

  test('F11: is read up to the limit and no further', async () => {
    let sent = 0
    const endless = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 65_536
            controller.enqueue(new Uint8Array(65_536).fill(32))
          },
        }),
        { headers: { 'content-type': 'application/json' } },
      )
    expect(await ask(endless)).toMatchObject({ status: 200, json: undefined })
    expect(sent).toBeLessThan(limits.partnerAnswerBytes * 2)
  })

  test.each([
    ['silence', () => new Promise<Response>(() => undefined)],
    [
      'a body that never ends',
      () =>
        new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }), {
          headers: { 'content-type': 'application/json' },
        }),
    ],
  ])('F11: is nothing after the deadline: %s', async (_, answer) => {
    const result = await ask(answer, { ...status, deadlineMs: 50 })
    expect(result).toMatchObject({ status: 0, error: 'No answer within 0.05 s' })
  })

  test('F12: is nothing when the connection fails', async () => {
    expect(await ask(() => Promise.reject(new Error('Network connection lost.')))).toMatchObject({
      status: 0,
      error: 'No answer (Network connection lost.)',
    })
  })

  test.each([301, 302, 307, 308])('F17: is a redirect that is not followed: %i', async (code) => {
    const result = await ask(
      () => new Response(null, { status: code, headers: { location: 'https://evil.com/' } }),
    )
    expect(result).toMatchObject({ status: code, json: undefined, location: 'https://evil.com/' })
    expect(asked.map(({ url, redirect }) => [url, redirect])).toEqual([
      ['https://desk.partner.com/api/status', 'manual'],
    ])
  })

  test.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['Wed, 25 Nov 2026 12:01:00 GMT', 60_000],
    ['Wed, 25 Nov 2026 11:00:00 GMT', 0],
    ['soon', null],
    ['-5', null],
  ])('F15: says how long to wait: %j', async (header, ms) => {
    const realNow = seams.now
    seams.now = () => Date.UTC(2026, 10, 25, 12)
    try {
      expect(
        await ask(() => json({}, { status: 429, headers: { 'retry-after': header } })),
      ).toMatchObject({ retryAfterMs: ms })
    } finally {
      seams.now = realNow
    }
  })
})

describe('where a partner is called', () => {
  test.each([
    'http://desk.partner.com/api',
    'https://127.0.0.1/api',
    'https://10.0.0.1/api',
    'https://user@desk.partner.com/api',
    'https://[::ffff:7f00:1]/api',
    'not a url',
  ])(
    'T12: an address that may not be called is not called, whatever is stored: %s',
    async (resourceUrl) => {
      const world = answering(() => json({}))
      const production = { ...world, env: { ...env, ENVIRONMENT: 'production' as const } }
      const result = await partnerFetch(production, { ...outside, resourceUrl }, status)
      expect(result.status).toBe(0)
      expect(asked).toEqual([])
    },
  )

  test('T12: our own zone is never fetched', async () => {
    const world = answering(() => json({}))
    const zoned = { ...world, env: { ...env, BASE_DOMAIN: 'baton.host' } }
    for (const host of ['baton.host', 'nobody.baton.host']) {
      const result = await partnerFetch(
        zoned,
        { ...outside, resourceUrl: `https://${host}/api` },
        status,
      )
      expect(result).toMatchObject({
        status: 0,
        error: 'There is no instance of that tenant id at this address',
      })
    }
    expect(asked).toEqual([])
  })

  test('a partner of this deployment is called inside, whatever host is stored', async () => {
    const world = answering(() => json({}))
    const inside: Request[] = []
    world.exports.default.fetch = (request) => {
      inside.push(request)
      return Promise.resolve(json({ ok: true }))
    }
    const target = {
      tenantId: acme.tenantId.toUpperCase(),
      authUrl: 'https://evil.com/x/auth',
      resourceUrl: 'https://evil.com/x/api',
    }
    expect(await partnerFetch(world, target, { ...status, token: 'T' })).toMatchObject({
      status: 200,
      json: { ok: true },
    })
    expect([
      asked.length,
      new URL(inside[0]?.url ?? '').pathname,
      inside[0]?.headers.get('authorization'),
    ]).toEqual([0, '/acme/api/status', 'Bearer T'])
  })
})

describe('a token', () => {
  const credentials = async (secret = 'the secret'): Promise<Credentials> => ({
    t: 7,
    id: 3,
    partnerTenantId: outside.tenantId,
    partnerAuthUrl: outside.authUrl,
    partnerResourceUrl: outside.resourceUrl,
    partnerClientId: 'id',
    partnerSecret: await sealSecret(env, 7, 3, secret),
  })
  let n = 0
  const tokens = () => json({ access_token: `T${++n}`, expires_in: 3600 })

  test('is asked for with a form, and used again until it nears its end or a fresh one is wanted', async () => {
    const world = answering(tokens)
    const keeper = new TokenKeeper()
    const given = await credentials()
    const first = await keeper.token(world, given)
    expect(await keeper.token(world, given)).toEqual(first)
    expect(new URLSearchParams(await asked[0]?.text()).toString()).toBe(
      'grant_type=client_credentials&client_id=id&client_secret=the+secret&scope=all&tenant=elsewhere',
    )
    const refused = first.kind === 'token' ? first.token : ''
    const second = await keeper.token(world, given, refused)
    expect(second).not.toEqual(first)
    // Another message learns of it later: the new one is good.
    expect(await keeper.token(world, given, refused)).toEqual(second)
    const realNow = seams.now
    seams.now = () => realNow() + 3_550_000
    const late = await keeper.token(world, given).finally(() => (seams.now = realNow))
    expect([late.kind, asked.length]).toEqual(['token', 3])
  })

  test('F27: messages that are under way together ask once, also where they are refused', async () => {
    const world = answering(() => json({ error: 'invalid_client' }, { status: 401 }))
    const keeper = new TokenKeeper()
    const given = await credentials()
    const all = await Promise.all([1, 2, 3, 4].map(() => keeper.token(world, given)))
    expect(all.map(({ kind }) => kind)).toEqual(Array(4).fill('refused'))
    expect(asked).toHaveLength(1)
  })

  test('F27: changed credentials get a token of their own', async () => {
    const world = answering(tokens)
    const keeper = new TokenKeeper()
    const [first, second] = [
      await keeper.token(world, await credentials()),
      await keeper.token(world, await credentials('another')),
    ]
    expect(first).not.toEqual(second)
    expect(asked).toHaveLength(2)
  })

  test.each([
    [
      'OAuth’s',
      () => json({ error: 'invalid_client', error_description: 'no' }, { status: 401 }),
      'invalid_client',
    ],
    [
      'Halo’s',
      () => json({ error: 'invalid_scope', error_description: 'no' }, { status: 400 }),
      'invalid_scope',
    ],
    ['Baton’s', () => json({ error: 'ACCESS_OFF', message: 'off' }, { status: 403 }), 'access_off'],
  ])('is refused only in words that are understood: %s', async (_, answer, code) => {
    expect(await new TokenKeeper().token(answering(answer), await credentials())).toMatchObject({
      kind: 'refused',
      code,
    })
  })

  test.each([
    [
      'a firewall’s page',
      () => new Response('<h1>no</h1>', { status: 403, headers: { 'content-type': 'text/html' } }),
    ],
    ['a suspended desk', () => json({ error: 'SUSPENDED', message: 'no' }, { status: 403 })],
    ['too many', () => json({ error: 'TOO_MANY', message: 'no' }, { status: 429 })],
    ['a fault', () => json({ error: 'INTERNAL', message: 'no' }, { status: 500 })],
    ['no token in it', () => json({ ok: true })],
    ['silence', () => Promise.reject(new Error('lost'))],
  ])('R6: is asked for again later after %s', async (_, answer) => {
    expect(await new TokenKeeper().token(answering(answer), await credentials())).toMatchObject({
      kind: 'later',
    })
  })

  test('T34: a secret that was sealed for another connection does not open', async () => {
    const moved = { ...(await credentials()), id: 4 }
    expect(await new TokenKeeper().token(answering(tokens), moved)).toMatchObject({
      kind: 'later',
      answer: { error: 'The stored client secret cannot be read with the keys of this deployment' },
    })
    expect(asked).toEqual([])
  })

  test('is not asked for while the values are incomplete', async () => {
    expect(
      await new TokenKeeper().token(answering(tokens), {
        ...(await credentials()),
        partnerSecret: null,
      }),
    ).toMatchObject({ kind: 'refused', code: 'not_set' })
    expect(asked).toEqual([])
  })
})
