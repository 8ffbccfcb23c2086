import { afterEach, beforeAll, expect, test } from 'vitest'
import { supplier } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { desks, type TestDesk } from '../pair'

/** A supplier that runs a Halo of its own, with its authorisation server on a host beside it (halo-api.md §1). */
const partner = {
  auth_url: 'https://auth.halodesk.com',
  resource_url: 'https://cables.halodesk.com/api',
  tenant_id: 'cables',
  client_id: 'id',
  client_secret: 'word',
}
const halo: Record<string, unknown> = {
  'GET https://cables.halodesk.com/api/instanceinfo': {
    tenant_id: 'Cables',
    app_name: 'Cables Helpdesk',
  },
  'POST https://auth.halodesk.com/token': {
    access_token: 'T',
    token_type: 'Bearer',
    expires_in: 3600,
  },
  'GET https://cables.halodesk.com/api/status': [
    { id: 1, name: 'New' },
    { id: 9, name: 'Closed' },
  ],
  'GET https://cables.halodesk.com/api/priority': [
    { id: '0f8fad5b-d9cb-469f-a165-70867728950e', priorityid: 3, name: 'Medium' },
  ],
  'GET https://cables.halodesk.com/api/category': [
    { id: 4, value: 'Hardware>Laptop', category_name: 'Laptop' },
  ],
  'GET https://cables.halodesk.com/api/fieldinfo?includevalues=true': [
    { id: 2, name: 'symptom', label: 'Summary', type: 0, custom: 0, usage: 0 },
    { id: 3, name: 'symptom2', label: 'Details', type: 1, custom: 0, usage: 0 },
    {
      id: 150,
      name: 'CFcolour',
      label: 'Colour',
      type: 2,
      custom: 1,
      usage: 1,
      values: [{ id: 1, name: 'Red' }],
    },
    { id: 151, name: 'CFwhen', label: 'When', type: 4, inputtype: 1, custom: 1, usage: 1 },
    { id: 152, name: 'CFasset', label: 'Of an asset', type: 0, custom: 1, usage: 3 },
  ],
  'GET https://cables.halodesk.com/api/outcome': [
    { id: 4, outcome: 'Emailed User', buttonname: 'Email User', sendemail: 1 },
    { id: 7, outcome: 'Private Note', sendemail: 0, hidefromuser: true },
  ],
  'GET https://cables.halodesk.com/api/tickettype': [{ id: 1, name: 'Incident' }],
}

let acme: TestDesk
let id: number
beforeAll(async () => {
  ;({ acme } = await desks())
  await acme.db.orm.insert(supplier).values({ t: acme.t, id: 801, name: 'Cables', createdAt: 1 })
  ;({ id } = await acme.admin.post('connection', { supplier_id: 801, allow_access: true, partner }))
})

const realFetch = seams.fetch
afterEach(() => {
  seams.fetch = realFetch
})
let asked: string[] = []
const answering = (answers: Record<string, unknown>) => {
  asked = []
  seams.fetch = async ({ method, url }) => {
    asked.push(`${method} ${url}`)
    const answer = answers[`${method} ${url}`]
    return typeof answer === 'function'
      ? answer()
      : answer === undefined
        ? new Response('<h1>Not found</h1>', {
            status: 404,
            headers: { 'content-type': 'text/html' },
          })
        : Response.json(answer)
  }
}
const authenticate = () =>
  acme.admin.ask<{ message: string; fields?: Record<string, string> }>(
    'POST',
    `connection/${id}/authenticate`,
    {},
  )

test('a partner that speaks Halo alone is authenticated, and its lists are known', async () => {
  answering(halo)
  expect(await authenticate()).toMatchObject({
    status: 200,
    body: { dialect: 'halo', state: 'live', message: 'Connected to Cables Helpdesk.' },
  })
  const lists = await acme.admin.get<Record<string, unknown[]>>(`connection/${id}/schema`)
  expect(lists['priorities']).toEqual([{ id: '3', name: 'Medium' }])
  expect(lists['categories']).toEqual([{ id: '4', name: 'Hardware>Laptop' }])
  expect(lists['fields']).toEqual([
    { id: 'summary', number: 2, name: 'symptom', label: 'Summary', type: 'text', options: [] },
    {
      id: '150',
      number: 150,
      name: 'CFcolour',
      label: 'Colour',
      type: 'choice',
      options: [{ id: '1', name: 'Red' }],
    },
    { id: '151', number: 151, name: 'CFwhen', label: 'When', type: 'datetime', options: [] },
  ])
  expect(lists['outcomes']).toMatchObject([
    { id: '4', name: 'Emailed User', sends_email: true },
    { id: '7', name: 'Private Note', sends_email: false, hidden: true },
  ])
})

test('c03: lists that can no longer be fetched stay as they were, and the connection says why', async () => {
  answering(halo)
  await authenticate()
  answering({
    ...halo,
    'GET https://cables.halodesk.com/api/status': () =>
      Response.json(
        { ClassName: 'X', Message: 'm', error: 'X', message: 'Name a department' },
        { status: 400 },
      ),
  })
  expect(await acme.admin.ask('POST', `connection/${id}/schema`, {})).toMatchObject({
    status: 502,
    body: { message: 'Name a department' },
  })
  expect(await acme.admin.get(`connection/${id}`)).toMatchObject({
    state: 'live',
    health: expect.stringContaining('Name a department'),
  })
  expect(
    (await acme.admin.get<{ statuses: unknown[] }>(`connection/${id}/schema`)).statuses,
  ).toHaveLength(2)
})

test.each([
  [
    'nothing at the resource URL',
    { 'GET https://cables.halodesk.com/api/instanceinfo': undefined },
    ['resource_url'],
  ],
  [
    'a redirect',
    {
      'GET https://cables.halodesk.com/api/instanceinfo': () =>
        new Response(null, {
          status: 302,
          headers: { location: 'https://new.halodesk.com/' },
        }),
    },
    ['resource_url'],
  ],
  [
    'another tenant',
    {
      'GET https://cables.halodesk.com/api/instanceinfo': { tenant_id: 'wires', app_name: 'Wires' },
    },
    ['tenant_id'],
  ],
  ['no token there', { 'POST https://auth.halodesk.com/token': undefined }, ['auth_url']],
  [
    'refused credentials',
    {
      'POST https://auth.halodesk.com/token': () =>
        Response.json({ error: 'invalid_client', error_description: 'no' }, { status: 401 }),
    },
    ['client_id', 'client_secret'],
  ],
] as const)('G27: over the network too the wrong value is named: %s', async (_, change, fields) => {
  answering({ ...halo, ...change })
  const refusal = await authenticate()
  expect(refusal.status).toBe(400)
  expect(Object.keys(refusal.body.fields ?? {})).toEqual(fields.map((name) => `partner.${name}`))
})

test('T13: the secret is sent nowhere while the tenant behind the address is another', async () => {
  answering({ ...halo, 'GET https://cables.halodesk.com/api/instanceinfo': { tenant_id: 'wires' } })
  await authenticate()
  expect(asked).toEqual(['GET https://cables.halodesk.com/api/instanceinfo'])
})
