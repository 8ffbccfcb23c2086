import { beforeAll, describe, expect, test } from 'vitest'
import { counter } from '../../../db/schema'
import { cost } from '../../../worker/platform/cost'
import { seams } from '../../../worker/platform/seams'
import { call, desks, type Client, type Desks, type TestDesk } from '../pair'

/** Skyline counts on from here, so that what it makes has numbers that Acme has not given out. */
const FAR = 50_000

let all: Desks
let acme: TestDesk
let api: Client
beforeAll(async () => {
  all = await desks()
  acme = all.acme
  api = acme.admin
})

/** A request as it is, where a test is about headers, paths or raw bytes. */
async function raw(
  method: string,
  url: string,
  init: { body?: string; type?: string } = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const token = await bearer()
  const response = await call(
    new Request(url, {
      method,
      headers: { authorization: token, ...(init.type && { 'content-type': init.type }) },
      ...(init.body !== undefined && { body: init.body }),
    }),
  )
  return { status: response.status, text: await response.text(), headers: response.headers }
}

async function bearer(): Promise<string> {
  const { client_id, client_secret } = acme.demo.api
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret })
  const answer = await call(new Request(`${acme.url}/auth/token`, { method: 'POST', body }))
  return `Bearer ${(await answer.json<{ access_token: string }>()).access_token}`
}

describe('for every call (halo-api.md §2)', () => {
  test('paths are taken in any case and with a slash at the end', async () => {
    for (const path of ['Client', 'CLIENT/', 'client/', 'TicketType/', 'FieldInfo', 'SLA']) {
      expect(await api.ask('GET', path), path).toMatchObject({ status: 200 })
    }
  })

  test('names in query and body are taken in any case', async () => {
    const made = await api.post('Client', [{ Name: 'Cased Ltd', NOTES: 'kept' }])
    expect(made).toMatchObject({ name: 'Cased Ltd', notes: 'kept' })
    expect(await api.get('client?Search=cased&PageInate=True&Page_Size=1')).toMatchObject({
      record_count: 1,
      page_size: 1,
    })
  })

  test('an API without the slug in its path is found by the token', async () => {
    const { status, text } = await raw('GET', `${new URL(acme.url).origin}/api/agent/me`)
    expect([status, JSON.parse(text)]).toMatchObject([200, { isapiagent: true }])
  })

  test('a content type may name a charset, and another one is refused', async () => {
    const url = `${acme.url}/api/client`
    const body = JSON.stringify([{ name: 'Charset Ltd' }])
    expect((await raw('POST', url, { body, type: 'application/json; charset=utf-8' })).status).toBe(
      201,
    )
    expect((await raw('POST', url, { body, type: 'text/plain' })).status).toBe(415)
  })

  test('a number may be text, null is not given, and unknown fields are ignored', async () => {
    const client = await api.post('client', { name: 'Coerced Ltd', _isimport: true, utcoffset: 0 })
    const site = await api.post('site', {
      name: 'North',
      client_id: String(client.id),
      phonenumber: null,
      timezone: { x: 1 },
    })
    expect(site).toMatchObject({ client_id: client.id, phonenumber: '' })
    expect(
      await api.post('site', { id: `${site.id}.0`, name: null, notes: 'changed' }),
    ).toMatchObject({ name: 'North', notes: 'changed' })
  })

  test('an empty text empties', async () => {
    const client = await api.post('client', { name: 'Emptied Ltd', notes: 'something' })
    expect(await api.post('client', { id: client.id, notes: '' })).toMatchObject({ notes: '' })
  })
})

describe('lists (halo-api.md §3)', () => {
  beforeAll(async () => {
    const many = Array.from({ length: 7 }, (_, n) => ({ name: `Paged ${n}` }))
    await api.post('client', many)
  })

  interface Clients {
    record_count: number
    page_no: number
    page_size: number
    clients: { id: number; name: string }[]
  }
  const page = (query: string) => api.get<Clients>(`client?search=paged&${query}`)

  test('record_count is that of the filter, and the page is echoed', async () => {
    expect(await page('pageinate=true&page_size=3&page_no=2')).toMatchObject({
      record_count: 7,
      page_no: 2,
      page_size: 3,
      clients: { length: 3 },
    })
  })

  test('the last page is short, and one beyond the end is empty', async () => {
    expect((await page('pageinate=true&page_size=3&page_no=3')).clients).toHaveLength(1)
    expect(await page('pageinate=true&page_size=3&page_no=4')).toMatchObject({
      record_count: 7,
      page_no: 4,
      clients: [],
    })
  })

  test('the pages together are the list, each row once', async () => {
    const names = []
    for (const no of [1, 2, 3])
      names.push(
        ...(await page(`pageinate=true&page_size=3&page_no=${no}`)).clients.map(({ name }) => name),
      )
    expect(names).toEqual(Array.from({ length: 7 }, (_, n) => `Paged ${n}`))
  })

  test('page_size without pageinate does not count, and count does', async () => {
    expect((await page('page_size=3')).clients).toHaveLength(7)
    expect((await page('count=2')).clients).toHaveLength(2)
    expect((await page('count=true')).clients).toHaveLength(7)
  })

  test('a search without hits is an empty envelope', async () => {
    expect(await api.get('client?search=nobody-is-called-so')).toEqual({
      record_count: 0,
      page_no: 1,
      page_size: 50,
      clients: [],
    })
  })

  test('orderdesc is true only by that word', async () => {
    const first = async (query: string) => (await page(query)).clients[0]?.name
    expect(await first('order=name&orderdesc=True')).toBe('Paged 6')
    expect(await first('order=name&orderdesc=1')).toBe('Paged 0')
  })

  test.each(['site', 'users', 'supplier'])(
    '%s comes in an envelope with all four keys',
    async (path) => {
      const answer = await api.get(path)
      const key = path === 'users' ? path : `${path}s`
      expect(Object.keys(answer).sort()).toEqual(
        [key, 'page_no', 'page_size', 'record_count'].sort(),
      )
    },
  )

  test.each([
    'status',
    'tickettype',
    'team',
    'agent',
    'priority',
    'outcome',
    'sla',
    'fieldinfo',
    'category',
    'workflow',
    'lookup',
    'emailtemplate',
  ])('%s comes as a bare array, paged or not', async (path) => {
    const [whole, paged] = [
      await api.get<unknown[]>(path),
      await api.get<unknown[]>(`${path}?pageinate=True&page_size=100&page_no=2`),
    ]
    expect(whole.length).toBeGreaterThan(0)
    expect(paged).toEqual(whole)
  })
})

describe('making and changing (halo-api.md §4)', () => {
  test('one element gives 201 and the bare object, as array or as object', async () => {
    expect(await api.ask('POST', 'client', [{ name: 'One' }])).toMatchObject({
      status: 201,
      body: { name: 'One' },
    })
    expect(await api.ask('POST', 'client', { name: 'One more' })).toMatchObject({
      status: 201,
      body: { name: 'One more' },
    })
  })

  test('several give the last object, and all of them with returnall', async () => {
    expect(await api.post('client', [{ name: 'First' }, { name: 'Last' }])).toMatchObject({
      name: 'Last',
    })
    expect(
      await api.post('client?returnall=true', [{ name: 'First' }, { name: 'Last' }]),
    ).toMatchObject([{ name: 'First' }, { name: 'Last' }])
    expect(await api.post('client?returnall=True', [{ name: 'Alone' }])).toMatchObject([
      { name: 'Alone' },
    ])
  })

  test('an array may make one and change another, and answers in its order', async () => {
    const old = await api.post('client', { name: 'Old', website: 'https://old.example' })
    const answer = await api.post<{ id: number; name: string; website: string }[]>(
      'client?returnall=true',
      [{ name: 'New' }, { id: old.id, name: 'Renamed' }],
    )
    expect(answer.map(({ name, website }) => [name, website])).toEqual([
      ['New', ''],
      ['Renamed', 'https://old.example'],
    ])
    expect(answer[1]?.id).toBe(old.id)
  })

  test('PUT does what POST does', async () => {
    const made = await api.post('client', { name: 'Put' })
    expect(await api.ask('PUT', 'client', [{ id: made.id, name: 'Put again' }])).toMatchObject({
      status: 201,
      body: { id: made.id, name: 'Put again' },
    })
  })

  test('one bad element refuses the array, and nothing of it is written', async () => {
    const answer = await api.ask('POST', 'client', [{ name: 'Half done' }, { name: '' }])
    expect(answer).toMatchObject({
      status: 400,
      body: { fields: { '[1].name': 'must not be empty' } },
    })
    const unknown = await api.ask('POST', 'client', [
      { name: 'Half done' },
      { id: 987654, name: 'Nobody' },
    ])
    expect(unknown.status).toBe(404)
    expect(await api.get('client?search=half%20done')).toMatchObject({ record_count: 0 })
  })

  test('a hundred at once are taken, and one more is not', async () => {
    const many = (length: number) => Array.from({ length }, (_, n) => ({ name: `Bulk ${n}` }))
    expect(await api.post<unknown[]>('client?returnall=true', many(100))).toHaveLength(100)
    expect(await api.ask('POST', 'client', many(101))).toMatchObject({ status: 400 })
  })

  test('DELETE gives 200 and the object that is gone', async () => {
    const made = await api.post('client', { name: 'Gone' })
    expect(await api.ask('DELETE', `client/${made.id}`)).toMatchObject({
      status: 200,
      body: { id: made.id, name: 'Gone' },
    })
    expect(await api.ask('GET', `client/${made.id}`)).toMatchObject({ status: 404 })
    expect(await api.ask('DELETE', `client/${made.id}`)).toMatchObject({ status: 404 })
  })

  test('a number is never given out twice (F44)', async () => {
    const made = await api.post('client', { name: 'Numbered' })
    await api.delete(`client/${made.id}`)
    expect((await api.post('client', { name: 'Next' })).id).toBeGreaterThan(made.id)
  })
})

describe('refusals (halo-api.md §5)', () => {
  test('a refusal names the field in all the ways that clients read', async () => {
    const { status, body } = await api.ask('POST', 'site', [{ name: 'X', client_id: 'x' }])
    const why = 'must be a whole number, not “x”'
    expect(status).toBe(400)
    expect(body).toMatchObject({
      error: 'VALIDATION',
      fields: { '[0].client_id': why },
      '[0].client_id': [why],
      ClassName: 'BatonError',
    })
    expect(body['Message']).toBe(body['message'])
    expect(body['error_description']).toBe(body['message'])
    expect(body['fix']).toBeTruthy()
  })

  test('a bad id has an entry for id', async () => {
    expect(await api.ask('POST', 'client', { id: 'x' })).toMatchObject({
      status: 400,
      body: { fields: { id: 'must be a whole number, not “x”' } },
    })
  })

  test('no refusal holds space, hyphen, space, which a known client splits at', async () => {
    const { status, text } = await raw('POST', `${acme.url}/api/site`, {
      body: JSON.stringify({ name: 'a', client_id: 'a - b' }),
      type: 'application/json',
    })
    expect(status).toBe(400)
    expect(text).not.toContain(' - ')
    expect(JSON.parse(text)).toMatchObject({
      fields: { client_id: 'must be a whole number, not “a - b”' },
    })
  })

  test('what is not JSON is refused in JSON, and so is a call without a token', async () => {
    expect(await api.ask('POST', 'client', '{"name":')).toMatchObject({
      status: 400,
      body: { error: 'MALFORMED' },
    })
    const nobody = await acme.nobody.ask('GET', 'client')
    expect(nobody).toMatchObject({ status: 401, body: { error: 'UNAUTHORIZED' } })
    expect(nobody.body['error_description']).toBeTruthy()
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('a known path with another method is 405 and says which there are', async () => {
    const answer = await api.ask('PATCH', 'client/1')
    expect(answer).toMatchObject({ status: 405, body: { error: 'METHOD_NOT_ALLOWED' } })
    expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD'])
    expect((await api.ask('DELETE', 'instanceinfo')).headers.get('allow')).toBe('GET, HEAD')
    expect(await api.ask('PATCH', 'nothing-here')).toMatchObject({ status: 404 })
  })
})

describe('ids of others (T1)', () => {
  beforeAll(async () => {
    const { orm, t } = all.skyline.db
    for (const name of ['customer', 'site', 'person', 'supplier']) {
      await orm
        .insert(counter)
        .values({ t, name, value: FAR })
        .onConflictDoUpdate({ target: [counter.t, counter.name], set: { value: FAR } })
    }
  })

  test.each([
    'client',
    'site',
    'users',
    'supplier',
    'agent',
    'team',
    'tickettype',
    'status',
    'priority',
    'sla',
    'category',
    'fieldinfo',
    'outcome',
    'workflow',
    'emailtemplate',
  ])(
    'of %s an id that cannot be, an unknown and a foreign one all get the same 404',
    async (path) => {
      const unknown = await api.ask('GET', `${path}/987654`)
      expect(unknown.status).toBe(404)
      for (const id of ['0', '-1', '9007199254740993', '1%20or%201=1', 'null', '1.5']) {
        expect(await api.ask('GET', `${path}/${id}`), id).toMatchObject({
          status: 404,
          body: unknown.body,
        })
      }
    },
  )

  test.each([
    ['client', { name: 'Theirs' }],
    ['site', { name: 'Theirs', client_id: 2 }],
    ['users', { name: 'Theirs', client_id: 2 }],
    ['supplier', { name: 'Theirs' }],
  ])('a %s of another desk cannot be read, changed or deleted', async (path, body) => {
    const theirs = await all.skyline.admin.post(path, body)
    const unknown = await api.ask('GET', `${path}/987654`)
    expect(await api.ask('GET', `${path}/${theirs.id}`)).toMatchObject({
      status: 404,
      body: unknown.body,
    })
    expect(await api.ask('POST', path, { id: theirs.id, name: 'Mine' })).toMatchObject({
      status: 404,
      body: unknown.body,
    })
    expect(await api.ask('DELETE', `${path}/${theirs.id}`)).toMatchObject({
      status: 404,
      body: unknown.body,
    })
    expect(await all.skyline.admin.get(`${path}/${theirs.id}`)).toMatchObject({ name: 'Theirs' })
  })

  test('a foreign customer in a body is refused like an unknown one', async () => {
    const { id: foreign } = await all.skyline.admin.post('client', { name: 'Theirs' })
    const refused = await api.ask('POST', 'site', { name: 'X', client_id: foreign })
    expect(refused).toMatchObject({
      status: 400,
      body: { fields: { client_id: 'there is no customer of that number' } },
    })
    expect((await api.ask('POST', 'site', { name: 'X', client_id: 987654 })).body).toEqual(
      refused.body,
    )
  })
})

describe('"none" in a change of a ticket', () => {
  test('0, -1, agent 1 and an empty date take away what was there; null and what is left out change nothing', async () => {
    const set = { agent_id: 3, team_id: 2, categoryid_1: 2, startdate: '2026-08-09' }
    const read = async (id: number) => {
      const { agent_id, team_id, categoryid_1, startdate } = await api.get(`tickets/${id}`)
      return { agent_id, team_id, categoryid_1, startdate }
    }
    const { id } = await api.post('tickets', [{ summary: 'None', details: 'x', ...set }])
    await api.post('tickets', [
      { id, agent_id: null, team_id: null, categoryid_1: null, startdate: null },
    ])
    expect(await read(id)).toEqual(set)
    await api.post('tickets', [{ id, agent_id: 1, team_id: 0, categoryid_1: -1, startdate: '' }])
    expect(await read(id)).toEqual({ agent_id: 1, team_id: 0, categoryid_1: 0, startdate: null })
  })
})

describe('what a list costs', () => {
  test.each([
    'client?search=x',
    'site',
    'users?client_id=2',
    'supplier',
    'agent',
    'team',
    'tickettype/1',
    'outcome',
    'workflow',
    'fieldinfo?includevalues=true',
    'tickets?count=10',
  ])('%s is one trip to the database, the check of the caller included', async (path) => {
    await api.get(path)
    const before = cost.now()
    await api.get(path)
    expect(cost.since(before).batches).toBe(1)
  })

  test('a thousand ids are one value, since D1 binds at most a hundred', async () => {
    const statements: string[] = []
    seams.beforeQuery = (sql) => void statements.push(...sql)
    const ids = Array.from({ length: 1_000 }, (_, n) => n + 1).join(',')
    await api.get(`tickets?ticketids=${ids}&excludethese=${ids}&status_id=${ids}`)
    seams.beforeQuery = undefined
    expect(statements.length).toBeGreaterThan(1)
    for (const sql of statements) expect(sql.split('?').length).toBeLessThan(100)
  })
})
