import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  audit,
  catalogue,
  connection,
  customer,
  outbox,
  person,
  supplier,
} from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { byToken, call, Client, desks, type Desks, type TestDesk } from '../pair'

interface Wire {
  id: number
  state: string
  health: string
  fix: string | null
  verified_at: string | null
  allow_access: boolean
  default_outcome_id: number
  default_tickettype_id?: number
  issued: {
    client_id: string
    client_secret?: string
    auth_url: string
    resource_url: string
    tenant_id: string
  }
  partner: {
    name: string | null
    auth_url: string
    resource_url: string
    tenant_id: string
    client_id: string
    client_secret?: string
  }
  mapping_version: number
  mappings: { kind: string; remote_id: string; local_id: number }[]
  message?: string
}

let acme: TestDesk
let skyline: TestDesk
/** Acme's profile of its supplier Skyline, and Skyline's of its customer Acme. */
let ofAcme: Wire
let ofSkyline: Wire
const SUPPLIER = 901
const CUSTOMER = 902

beforeAll(async () => {
  const both: Desks = await desks()
  acme = both.acme
  skyline = both.skyline
  await acme.db.orm
    .insert(supplier)
    .values({ t: acme.t, id: SUPPLIER, name: 'Skyline', createdAt: 1 })
  await acme.db.orm
    .insert(customer)
    .values({ t: acme.t, id: CUSTOMER, name: 'Not a supplier', createdAt: 1 })
  await skyline.db.orm
    .insert(customer)
    .values({ t: skyline.t, id: CUSTOMER, name: 'Acme', createdAt: 1 })
  await skyline.db.orm
    .insert(supplier)
    .values({ t: skyline.t, id: SUPPLIER, name: 'Cables Ltd', createdAt: 1 })
  ofAcme = await acme.admin.post<Wire>('connection', { supplier_id: SUPPLIER, allow_access: true })
  ofSkyline = await skyline.admin.post<Wire>('connection', {
    client_id: CUSTOMER,
    allow_access: true,
  })
})

const realFetch = seams.fetch
afterEach(() => {
  seams.fetch = realFetch
})

const at = (desk: TestDesk, id: number) => ({
  now: () => desk.admin.get<Wire>(`connection/${id}`),
  set: (change: object) => desk.admin.post<Wire>('connection', { id, ...change }),
  authenticate: () =>
    desk.admin.ask<Wire & { error?: string; message: string; fields?: Record<string, string> }>(
      'POST',
      `connection/${id}/authenticate`,
      {},
    ),
})
const onAcme = () => at(acme, ofAcme.id)
const onSkyline = () => at(skyline, ofSkyline.id)

async function linked(): Promise<void> {
  await onAcme().set({ allow_access: true, partner: ofSkyline.issued })
  await onSkyline().set({ allow_access: true, partner: ofAcme.issued })
  expect((await onSkyline().authenticate()).status).toBe(200)
  expect((await onAcme().authenticate()).status).toBe(200)
}

/** The partner's desk as it reaches this one: Skyline at Acme. */
const skylineAtAcme = () =>
  new Client(
    acme.url,
    byToken({
      client_id: ofAcme.issued.client_id,
      client_secret: ofAcme.issued.client_secret ?? '',
    }),
  )
const acmeAtSkyline = () =>
  new Client(
    skyline.url,
    byToken({
      client_id: ofSkyline.issued.client_id,
      client_secret: ofSkyline.issued.client_secret ?? '',
    }),
  )

describe('what a profile issues', () => {
  test('G21: with access on, the five values appear; the secret only in the answer that made it', async () => {
    expect(ofAcme.issued).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_secret: expect.stringMatching(/^[0-9a-f]{64}$/),
      auth_url: `${acme.url}/auth`,
      resource_url: `${acme.url}/api`,
      tenant_id: acme.tenantId,
    })
    expect((await onAcme().now()).issued).not.toHaveProperty('client_secret')
    const [listed] = await acme.admin.get<Wire[]>('connection')
    expect(listed?.issued).not.toHaveProperty('client_secret')
  })

  test('G21: a profile whose access is switched on later shows its first secret then', async () => {
    await skyline.db.orm
      .insert(customer)
      .values({ t: skyline.t, id: 910, name: 'Later', createdAt: 1 })
    const made = await skyline.admin.post<Wire>('connection', { client_id: 910 })
    expect(made.issued).not.toHaveProperty('client_secret')
    const on = await skyline.admin.post<Wire>('connection', { id: made.id, allow_access: true })
    expect(on.issued.client_secret).toMatch(/^[0-9a-f]{64}$/)
    expect(
      (await skyline.admin.post<Wire>('connection', { id: made.id, allow_access: true })).issued,
    ).not.toHaveProperty('client_secret')
  })

  test('T34: the secret is stored as a hash', async () => {
    const [row] = await acme.db.orm
      .select()
      .from(connection)
      .where(and(eq(connection.t, acme.t), eq(connection.id, ofAcme.id)))
    expect(JSON.stringify(row)).not.toContain(ofAcme.issued.client_secret)
  })

  test('a profile has one connection, and a second one is refused in words', async () => {
    const again = await acme.admin.ask('POST', 'connection', { supplier_id: SUPPLIER })
    expect(again).toMatchObject({
      status: 409,
      body: { message: 'This profile has a connection already' },
    })
  })

  test.each([
    [{}, 'client_id'],
    [{ client_id: 999_999 }, 'client_id'],
    [{ client_id: CUSTOMER, supplier_id: SUPPLIER }, 'client_id'],
    [{ supplier_id: 999_999 }, 'supplier_id'],
  ])('a connection of no known profile is refused: %j', async (body, field) => {
    const refusal = await acme.admin.ask<{ fields: Record<string, string> }>(
      'POST',
      'connection',
      body,
    )
    expect(refusal.status).toBe(400)
    expect(Object.keys(refusal.body.fields)).toEqual([field])
  })

  test('G60: a new connection falls back on a note that is hidden and goes nowhere, a customer’s on a ticket type too', async () => {
    expect(ofSkyline.default_outcome_id).toBe(skyline.outcome('Internal note'))
    expect(ofSkyline.default_tickettype_id).toBe(skyline.ticketType('Incident'))
  })

  test('only admins see and change connections', async () => {
    for (const client of [acme.agent, acme.user]) {
      expect((await client.ask('GET', 'connection')).status).toBe(403)
      expect(
        (await client.ask('POST', 'connection', { id: ofAcme.id, allow_access: false })).status,
      ).toBe(403)
    }
    expect((await acme.nobody.ask('GET', 'connection')).status).toBe(401)
  })
})

describe('what is entered for the partner', () => {
  test('G25, G29: five pasted values are kept without the blanks around them, and the secret comes back masked', async () => {
    const { client_id, client_secret, auth_url, resource_url, tenant_id } = ofSkyline.issued
    const saved = await onAcme().set({
      partner: {
        auth_url: ` ${auth_url}/token \n`,
        resource_url: `${skyline.url}/`,
        tenant_id: ` ${tenant_id.toUpperCase()}`,
        client_id: `\u200b${client_id} `,
        client_secret: ` ${client_secret}\n`,
      },
    })
    expect(saved.partner).toMatchObject({
      client_id,
      auth_url,
      resource_url,
      tenant_id,
      client_secret: '********',
    })
    expect((await onAcme().authenticate()).status).toBe(200)
  })

  test('an object that is read and sent back changes nothing, the secret neither', async () => {
    await linked()
    const before = await onAcme().now()
    const after = await acme.admin.post<Wire>('connection', before)
    expect(after).toEqual(before)
    expect((await onAcme().authenticate()).status).toBe(200)
  })

  test('T34: the partner’s secret is stored encrypted', async () => {
    await linked()
    const [row] = await acme.db.orm
      .select()
      .from(connection)
      .where(and(eq(connection.t, acme.t), eq(connection.id, ofAcme.id)))
    expect(row?.partnerSecret).toMatch(/^\w+\./)
    expect(JSON.stringify(row)).not.toContain(ofSkyline.issued.client_secret)
  })

  test.each([
    ['auth_url', 'http://169.254.169.254/auth'],
    ['resource_url', 'https://user@desk.example.com/skyline/api'],
    ['resource_url', 'https://10.1.2.3/api'],
  ])(
    'T12: an address that may not be called is refused when it is saved: %s %s',
    async (field, url) => {
      const refusal = await acme.admin.ask<{ fields: Record<string, string> }>(
        'POST',
        'connection',
        { id: ofAcme.id, partner: { [field]: url } },
      )
      expect(refusal.status).toBe(400)
      expect(Object.keys(refusal.body.fields)).toEqual([`partner.${field}`])
    },
  )

  test('T13: another address takes the secret and the verification away, and nothing is sent to it', async () => {
    await linked()
    const moved = await onAcme().set({
      partner: {
        auth_url: 'https://evil.com/skyline/auth',
        resource_url: 'https://evil.com/skyline/api',
      },
    })
    expect(moved).toMatchObject({ verified_at: null, state: 'setup' })
    expect(moved.partner).not.toHaveProperty('client_secret')
    const asked: string[] = []
    seams.fetch = (request) => {
      asked.push(request.url)
      return Promise.resolve(Response.json({}))
    }
    expect((await onAcme().authenticate()).body.fields).toEqual({
      'partner.client_secret': 'is missing',
    })
    expect(asked).toEqual([])
  })

  test('T13: once verified, another tenant id takes the secret away too', async () => {
    await linked()
    const moved = await onAcme().set({ partner: { tenant_id: crypto.randomUUID() } })
    expect(moved.verified_at).toBeNull()
    expect(moved.partner).not.toHaveProperty('client_secret')
  })

  test('G63: the default ticket type cannot be set on a supplier’s profile and is not shown there', async () => {
    const refusal = await acme.admin.ask<{ fields: Record<string, string> }>('POST', 'connection', {
      id: ofAcme.id,
      default_tickettype_id: 1,
    })
    expect(refusal.status).toBe(400)
    expect(Object.keys(refusal.body.fields)).toEqual(['default_tickettype_id'])
    expect(await onAcme().now()).not.toHaveProperty('default_tickettype_id')
  })
})

describe('Authenticate connection', () => {
  test('G26, G30: says that it worked, on both sides, and what is left to do', async () => {
    await onAcme().set({ partner: ofSkyline.issued })
    await onSkyline().set({ partner: { ...ofAcme.issued, client_id: '' } })
    await skyline.db.orm
      .update(connection)
      .set({ verifiedAt: null, state: 'setup' })
      .where(eq(connection.id, ofSkyline.id))
    const first = await onAcme().authenticate()
    expect(first.body).toMatchObject({
      state: 'live',
      verified_at: expect.any(String),
      partner: { name: 'Skyline' },
    })
    expect(first.body.message).toContain('Now Skyline enters the values')
    await onSkyline().set({ partner: ofAcme.issued })
    const second = await onSkyline().authenticate()
    expect(second.body).toMatchObject({ state: 'live', message: 'Connected to Acme.' })
  })

  test('a verified connection knows the partner’s lists', async () => {
    await linked()
    const rows = await acme.db.orm.select().from(catalogue).where(eq(catalogue.t, acme.t))
    expect(rows).toHaveLength(1)
    const lists = await acme.admin.get<{
      outcomes: { name: string }[]
      statuses: { name: string }[]
    }>(`connection/${ofAcme.id}/schema`)
    expect(lists.outcomes.map(({ name }) => name)).toContain('Indirect email to end user')
    expect(lists.statuses.map(({ name }) => name)).toContain('With supplier')
  })

  const wrongValues: [string, () => object, string[]][] = [
    ['auth_url', () => ({ auth_url: `${acme.url}/auth` }), ['auth_url']],
    ['resource_url', () => ({ resource_url: `${acme.url}/api` }), ['resource_url']],
    [
      'resource_url of no instance',
      () => ({
        auth_url: 'https://desk.example.com/nobody/auth',
        resource_url: 'https://desk.example.com/nobody/api',
      }),
      ['resource_url'],
    ],
    ['tenant_id', () => ({ tenant_id: crypto.randomUUID() }), ['tenant_id']],
    ['client_id', () => ({ client_id: crypto.randomUUID() }), ['client_id']],
    ['client_secret', () => ({ client_secret: 'f'.repeat(64) }), ['client_secret']],
    ['all five, our own', () => ofAcme.issued, ['tenant_id', 'client_id']],
    ['client_id left out', () => ({ client_id: '' }), ['client_id']],
  ]
  test.each(wrongValues)('G27: names the value that is wrong: %s', async (_, change, fields) => {
    seams.fetch = () => Promise.reject(new Error('own addresses are never fetched'))
    await onAcme().set({ partner: { ...ofSkyline.issued, ...change() } })
    const refusal = await onAcme().authenticate()
    expect(refusal.status).toBe(400)
    expect(Object.keys(refusal.body.fields ?? {})).toEqual(fields.map((name) => `partner.${name}`))
    expect(refusal.body.message).not.toBe('')
  })

  test('G128: finds credentials of a supplier profile on a supplier profile', async () => {
    const other = await skyline.admin.post<Wire>('connection', {
      supplier_id: SUPPLIER,
      allow_access: true,
    })
    await onAcme().set({ partner: other.issued })
    const refusal = await onAcme().authenticate()
    expect(refusal.body).toMatchObject({
      error: 'VALIDATION',
      message:
        'These credentials belong to a supplier profile at Skyline; this supplier profile needs those of a customer profile',
    })
    await skyline.admin.delete(`connection/${other.id}`)
  })

  test('finds credentials of an API application', async () => {
    await onAcme().set({ partner: { ...ofSkyline.issued, ...skyline.demo.api } })
    expect((await onAcme().authenticate()).body.message).toContain('API application at Skyline')
  })

  test('G20, G23: says that the partner has switched access off', async () => {
    await onAcme().set({ partner: ofSkyline.issued })
    await onSkyline().set({ allow_access: false })
    const refusal = await onAcme().authenticate()
    expect(refusal).toMatchObject({
      status: 400,
      body: { message: 'Skyline has switched off access for this connection' },
    })
    await onSkyline().set({ allow_access: true })
    expect((await onAcme().authenticate()).status).toBe(200)
  })

  test('a refusal breaks a live connection and says so on its profile; the next success mends it', async () => {
    await linked()
    await onAcme().set({ partner: { client_secret: 'f'.repeat(64) } })
    await onAcme().authenticate()
    expect(await onAcme().now()).toMatchObject({
      state: 'broken',
      health: expect.stringContaining('the client secret is wrong'),
    })
    await onAcme().set({ partner: { client_secret: ofSkyline.issued.client_secret } })
    expect((await onAcme().authenticate()).body).toMatchObject({ state: 'live', health: 'Live.' })
  })

  test('G31: with one half done it is not verified, and the profile says who must do what', async () => {
    await skyline.db.orm
      .insert(customer)
      .values({ t: skyline.t, id: 911, name: 'Half', createdAt: 1 })
    const half = await skyline.admin.post<Wire>('connection', {
      client_id: 911,
      allow_access: true,
    })
    expect(half).toMatchObject({
      state: 'setup',
      verified_at: null,
      health: 'Values of Half are missing.',
    })
    expect(half.fix).toContain('client secret')
  })

  test('every try leaves one line in the audit', async () => {
    const lines = async () =>
      (await acme.db.orm.select().from(audit).where(eq(audit.t, acme.t))).filter(({ what }) =>
        what.includes('authenticate'),
      )
    await onAcme().set({ partner: ofSkyline.issued })
    const before = await lines()
    await onAcme().authenticate()
    await onAcme().set({ partner: { client_secret: 'wrong' } })
    await onAcme().authenticate()
    expect(
      (await lines())
        .slice(before.length)
        .map(({ what }) => what)
        .sort(),
    ).toEqual(['authenticated connection', 'failed to authenticate connection'])
  })
})

describe('what a partner may', () => {
  beforeAll(linked)

  test('T9: reads numbers, names and types of what can be mapped, and nothing else', async () => {
    const schema =
      await acmeAtSkyline().get<Record<string, Record<string, unknown>[]>>('connection/schema')
    expect(Object.keys(schema).sort()).toEqual([
      'categories',
      'etag',
      'fields',
      'outcomes',
      'priorities',
      'statuses',
      'tickettypes',
    ])
    const keys = (name: string) =>
      [...new Set((schema[name] ?? []).flatMap((row) => Object.keys(row)))].sort()
    expect(keys('statuses')).toEqual(['id', 'kind', 'name'])
    expect(keys('priorities')).toEqual(['id', 'name'])
    expect(keys('categories')).toEqual(['id', 'name'])
    expect(keys('tickettypes')).toEqual(['id', 'name'])
    expect(keys('outcomes')).toEqual(['button', 'hidden', 'id', 'name', 'sends', 'sends_email'])
    expect(keys('fields')).toEqual(['id', 'label', 'name', 'number', 'options', 'type'])
    expect(schema['outcomes']?.map(({ name }) => name)).not.toContain('Logged')
  })

  test('G48: offers own fields, summary and the two dates', async () => {
    const { fields } = await acmeAtSkyline().get<{
      fields: { id: string; name: string; type: string }[]
    }>('connection/schema')
    expect(
      fields
        .filter(({ id }) => !/^\d+$/.test(id))
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['startdate', 'summary', 'targetdate'])
    expect(
      fields.filter(({ id }) => /^\d+$/.test(id)).every(({ name }) => name.startsWith('CF')),
    ).toBe(true)
  })

  test('an unchanged list is not sent twice', async () => {
    const partner = acmeAtSkyline()
    const first = await partner.ask('GET', 'connection/schema')
    const again = await partner.ask('GET', 'connection/schema', undefined, {
      'if-none-match': first.headers.get('etag') ?? '',
    })
    expect(again.status).toBe(304)
  })

  test('T8: reaches nothing of the connections themselves', async () => {
    const partner = acmeAtSkyline()
    for (const [method, path] of [
      ['GET', 'connection'],
      ['POST', 'connection'],
      ['GET', `connection/${ofSkyline.id}`],
      ['DELETE', `connection/${ofSkyline.id}`],
      ['POST', `connection/${ofSkyline.id}/rotate`],
      ['POST', `connection/${ofSkyline.id}/authenticate`],
      ['GET', `connection/${ofSkyline.id}/schema`],
      ['GET', `connection/${ofSkyline.id}/log`],
      ['POST', `connection/${ofSkyline.id}/replay`],
      ['PUT', `connection/${ofSkyline.id}/mappings`],
    ] as const) {
      expect([
        path,
        (await partner.ask(method, path, method === 'GET' ? undefined : {})).status,
      ]).toEqual([path, 403])
    }
  })

  test('T21: is told the same of an unknown link and of somebody else’s', async () => {
    const unknown = await acmeAtSkyline().ask(
      'GET',
      `connection/link/${crypto.randomUUID()}?uids=1`,
    )
    expect(unknown).toMatchObject({ status: 409, body: { error: 'LINK_UNKNOWN' } })
  })

  test('G33: the supplier imports the customer’s agents as users of the customer, once', async () => {
    const names = (list: { email: string }[]) => list.map(({ email }) => email).sort()
    await skyline.db.orm.insert(person).values({
      t: skyline.t,
      id: 950,
      uid: 'p950',
      customerId: CUSTOMER,
      name: 'Ana',
      email: 'ana@acme.example',
      createdAt: 1,
    })
    const first = await skyline.admin.post<
      Record<'matched' | 'created' | 'conflicts', { email: string }[]>
    >(`connection/${ofSkyline.id}/import-agents`, {})
    expect({
      matched: names(first.matched),
      created: names(first.created),
      conflicts: first.conflicts,
    }).toEqual({
      matched: ['ana@acme.example'],
      created: ['admin@acme.example'],
      conflicts: [],
    })
    const rows = await skyline.db.orm
      .select()
      .from(person)
      .where(and(eq(person.t, skyline.t), eq(person.email, 'admin@acme.example')))
    expect(rows).toMatchObject([{ customerId: CUSTOMER, source: 'partner', password: null }])
    const second = await skyline.admin.post<Record<'matched' | 'created', { email: string }[]>>(
      `connection/${ofSkyline.id}/import-agents`,
      {},
    )
    expect(names(second.matched)).toEqual(['admin@acme.example', 'ana@acme.example'])
    expect(second.created).toEqual([])
  })

  test('T44: an address of our own agent or of another customer’s user is not taken over', async () => {
    await acme.db.orm.update(connection).set({ shareAgents: true }).where(eq(connection.t, acme.t))
    await skyline.db.orm
      .update(person)
      .set({ customerId: 1 })
      .where(and(eq(person.t, skyline.t), eq(person.email, 'admin@acme.example')))
    const { conflicts } = await skyline.admin.post<{ conflicts: { email: string; why: string }[] }>(
      `connection/${ofSkyline.id}/import-agents`,
      {},
    )
    expect(conflicts).toEqual([
      {
        email: 'admin@acme.example',
        name: 'Alex Moreau',
        why: 'this address belongs to a user of another customer',
      },
    ])
  })

  test('agents are shared only while the switch is on', async () => {
    await onAcme().set({ share_agents: false })
    const refusal = await skyline.admin.ask<{ message: string }>(
      'POST',
      `connection/${ofSkyline.id}/import-agents`,
      {},
    )
    expect(refusal.body.message).toBe('The agents of this desk are not shared with you')
    await onAcme().set({ share_agents: true })
  })
})

describe('revoking', () => {
  test('G20: access switched off ends the partner’s calls at once', async () => {
    await linked()
    const partner = skylineAtAcme()
    expect((await partner.ask('GET', 'connection/self')).body).toMatchObject({
      tenant_id: acme.tenantId,
      kind: 'supplier',
      name: 'Skyline',
    })
    await onAcme().set({ allow_access: false })
    expect(await partner.ask('GET', 'connection/self')).toMatchObject({
      status: 403,
      body: { error: 'ACCESS_OFF' },
    })
    await onAcme().set({ allow_access: true })
    expect((await partner.ask('GET', 'connection/self')).status).toBe(200)
  })

  test('R14: a rotated secret ends the tokens made with the old one, and the new one works', async () => {
    const partner = skylineAtAcme()
    await partner.get('connection/self')
    const rotated = await acme.admin.post<Wire>(`connection/${ofAcme.id}/rotate`, {})
    expect(rotated.issued.client_secret).not.toBe(ofAcme.issued.client_secret)
    expect((await partner.ask('GET', 'connection/self')).status).toBe(401)
    ofAcme = { ...ofAcme, issued: rotated.issued }
    expect((await skylineAtAcme().ask('GET', 'connection/self')).status).toBe(200)
  })

  test('F28: an ended connection skips what waited, lets nobody in, and frees the profile', async () => {
    await acme.db.orm
      .insert(supplier)
      .values({ t: acme.t, id: 960, name: 'Gone Ltd', createdAt: 1 })
    const made = await acme.admin.post<Wire>('connection', { supplier_id: 960, allow_access: true })
    const partner = new Client(
      acme.url,
      byToken({ client_id: made.issued.client_id, client_secret: made.issued.client_secret ?? '' }),
    )
    await partner.get('connection/self')
    expect(await acme.admin.delete<Wire>(`connection/${made.id}`)).toMatchObject({
      state: 'ended',
      allow_access: false,
    })
    expect((await partner.ask('GET', 'connection/self')).status).toBe(401)
    expect((await acme.admin.ask('DELETE', `connection/${made.id}`)).status).toBe(404)
    expect((await acme.admin.post<Wire>('connection', { supplier_id: 960 })).id).not.toBe(made.id)
    expect(
      await acme.db.orm
        .select()
        .from(outbox)
        .where(and(eq(outbox.t, acme.t), eq(outbox.connectionId, made.id))),
    ).toEqual([])
  })
})

test('T1: connections of another desk are as unknown as those that do not exist', async () => {
  for (const path of ['', '/rotate', '/authenticate', '/log', '/schema', '/mappings']) {
    const method = path === '/rotate' || path === '/authenticate' ? 'POST' : 'GET'
    const foreign = await acme.admin.ask(
      method,
      `connection/777${path}`,
      method === 'POST' ? {} : undefined,
    )
    expect([path, foreign.status]).toEqual([path, 404])
  }
})

test('a token of one desk is worth nothing at another', async () => {
  const { client_id, client_secret = '' } = ofAcme.issued
  const headers = await byToken({ client_id, client_secret })(acme.url)
  expect((await call(new Request(`${skyline.url}/api/connection/self`, { headers }))).status).toBe(
    401,
  )
})
