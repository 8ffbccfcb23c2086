import { beforeAll, describe, expect, test } from 'vitest'
import { call, Client, desks, type TestDesk } from '../pair'

/** The calls that programs written for Halo make, as they spell them, and what they read of the answers (halo-api.md §9). */

let acme: TestDesk
let host: string
/** Speaks with a token and below BASE/api, like most of them. */
let halo: Client
beforeAll(async () => {
  ;({ acme } = await desks())
  host = new URL(acme.url).origin
  halo = acme.admin
})

type Row = Record<string, unknown> & { id: number }

async function token(
  url: string,
  form: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { client_id, client_secret } = acme.demo.api
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id,
    client_secret,
    scope: 'all',
    ...form,
  })
  const answer = await call(new Request(url, { method: 'POST', body }))
  return { status: answer.status, body: await answer.json() }
}

describe('all clients', () => {
  test('POST B/auth/token gives a Bearer token of an hour', async () => {
    expect(await token(`${acme.url}/auth/token`)).toMatchObject({
      status: 200,
      body: {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: expect.any(String),
        scope: expect.any(String),
      },
    })
  })
})

describe('n8n', () => {
  test('token with ?tenant= and its own scope', async () => {
    expect(
      await token(`${acme.url}/auth/token?tenant=acme`, {
        scope: 'admin edit:tickets edit:customers',
      }),
    ).toMatchObject({ status: 200 })
  })

  test('the dropdowns: bare arrays of types and agents, envelopes of sites and clients until record_count is reached', async () => {
    for (const path of ['TicketType', 'agent']) {
      const rows = await halo.get<Row[]>(path)
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows)
        expect(row).toMatchObject({ id: expect.any(Number), name: expect.any(String) })
    }
    await halo.post(
      'client',
      Array.from({ length: 110 }, (_, n) => ({ name: `n8n ${n}` })).slice(0, 100),
    )
    const { sites } = await halo.get<{ sites: Row[] }>('site')
    expect(sites[0]).toMatchObject({
      id: expect.any(Number),
      clientsite_name: expect.stringContaining('/'),
    })
    const seen: Row[] = []
    for (let page = 1, total = 1; seen.length < total; page++) {
      const answer = await halo.get<{ record_count: number; clients: Row[] }>(
        `Client?pageinate=true&page_size=100&page_no=${page}`,
      )
      total = answer.record_count
      seen.push(...answer.clients)
      expect(page).toBeLessThan(10)
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
  })

  test('makes, changes, reads, finds and deletes a ticket', async () => {
    const made = await halo.ask<Row>('POST', 'tickets', [
      { tickettype_id: 1, summary: 'Made by n8n', details: 'Some <b>text</b>' },
    ])
    expect(made).toMatchObject({
      status: 201,
      body: { id: expect.any(Number), summary: 'Made by n8n' },
    })
    const { id } = made.body
    expect(await halo.get(`tickets/${id}`)).toMatchObject({ id, details: 'Some <b>text</b>' })
    expect(await halo.ask('POST', 'tickets', [{ id, summary: 'Changed by n8n' }])).toMatchObject({
      status: 201,
      body: { id, summary: 'Changed by n8n' },
    })
    expect(
      await halo.get('tickets?count=5&search=n8n&includeactive=true&includeinactive=false'),
    ).toMatchObject({ record_count: 1, tickets: [{ id }] })
    expect(await halo.ask('DELETE', `tickets/${id}`)).toMatchObject({ status: 200, body: { id } })
    expect(await halo.ask('GET', `tickets/${id}`)).toMatchObject({ status: 404 })
  })

  test('makes, finds and deletes a client, a site and a user', async () => {
    const client = await halo.post<Row>('client', [{ name: 'n8n Client' }])
    const site = await halo.post<Row>('site', [{ name: 'n8n Site', client_id: client.id }])
    const user = await halo.post<Row>('users', [
      { name: 'n8n User', site_id: site.id, emailaddress: 'n8n@client.example' },
    ])
    for (const [path, key, row] of [
      ['client', 'clients', client],
      ['site', 'sites', site],
      ['users', 'users', user],
    ] as const) {
      const found = await halo.get<Record<string, Row[]>>(
        `${path}?count=5&search=n8n%20&includeactive=true&includeinactive=true&order=id&orderdesc=true`,
      )
      expect(found[key]?.map(({ id }) => id)).toContain(row.id)
    }
    for (const [path, row] of [
      ['users', user],
      ['site', site],
      ['client', client],
    ] as const) {
      expect(await halo.ask('DELETE', `${path}/${row.id}`)).toMatchObject({
        status: 200,
        body: { id: row.id },
      })
    }
  })

  test('finds its way into a refusal: the body splits at no hyphen, and names the id', async () => {
    const { status, text, body } = await halo.ask('POST', 'tickets', [
      { id: 'nonsense - x', summary: 'x' },
    ])
    expect(status).toBe(400)
    expect(JSON.parse(`400 - ${text}`.split(' - ')[1] ?? '')).toMatchObject({
      '[0].id': [expect.any(String)],
    })
    expect(body['message']).toContain('nonsense - x')
  })
})

describe('CIPP', () => {
  test('the whole list of clients in pages of 999', async () => {
    expect(await halo.get('Client?page_no=1&page_size=999&pageinate=true')).toMatchObject({
      record_count: expect.any(Number),
      page_size: 999,
      clients: expect.any(Array),
    })
  })

  test('type, workflow and action types lead to the permitted note action', async () => {
    const types = await halo.get<Row[]>('TicketType?showall=true')
    const type = await halo.get<Row>(`tickettype/${types[0]?.id}`)
    expect(type).toMatchObject({ workflow_id: expect.any(Number), default_sla: expect.any(Number) })
    const { steps } = await halo.get<{ steps: { actions: { action_id: number }[] }[] }>(
      `workflow/${String(type['workflow_id'])}`,
    )
    const permitted = steps.flatMap(({ actions }) => actions.map(({ action_id }) => action_id))
    const outcomes = await halo.get<Row[]>('outcome')
    const usable = outcomes.filter(({ id }) => permitted.includes(id))
    expect(usable.find(({ outcome }) => outcome === 'Internal note')).toMatchObject({
      id: 7,
      buttonname: 'Internal note',
    })
    const { priorities } = await halo.get<{ priorities: Row[] }>(
      `SLA/${String(type['default_sla'])}`,
    )
    const all = await halo.get<Row[]>('Priority')
    expect(all.filter(({ id }) => priorities.some((one) => one.id === id))).toMatchObject([
      { priorityid: 1 },
      { priorityid: 2 },
      { priorityid: 3 },
      { priorityid: 4 },
    ])
  })

  test('finds a user by words and by address', async () => {
    const [address] = [acme.demo.user.email]
    expect(
      await halo.get(`Users?client_id=2&includeinactive=false&pageinate=false&search=quinn`),
    ).toMatchObject({ users: [{ emailaddress: address }] })
    const filter = encodeURIComponent(
      JSON.stringify([{ filter_name: 'emailaddress', filter_type: 4, filter_value: address }]),
    )
    expect(await halo.get(`Users?client_id=2&advanced_search=${filter}`)).toMatchObject({
      record_count: 1,
      users: [{ emailaddress: address }],
    })
  })

  test('makes a ticket with all its trappings, adds a private note and looks whether it is still open', async () => {
    const { users } = await halo.get<{ users: Row[] }>('Users?search=quinn')
    const [user] = users
    const made = await halo.post<Row>('Tickets', [
      {
        files: null,
        usertype: 1,
        userlookup: { id: user?.id, lookupdisplay: 'Pat Quinn' },
        client_id: 2,
        _forcereassign: true,
        site_id: null,
        user_name: null,
        reportedby: null,
        summary: 'Alert from CIPP',
        details_html: '<p>A <strong>rule</strong> fired</p>',
        donotapplytemplateintheapi: true,
        attachments: [],
        _novalidate: true,
        tickettype_id: 1,
        priority_id: 2,
      },
    ])
    expect(made).toMatchObject({ user_id: user?.id, client_id: 2, priority_id: 2 })
    const unknown = await halo.post<Row>('Tickets', [
      {
        userlookup: { id: -1, lookupdisplay: 'Enter Details Manually' },
        client_id: 2,
        summary: 'Nobody’s',
        details_html: 'x',
      },
    ])
    expect(unknown).toMatchObject({ client_id: 2 })
    expect(
      await halo.get(
        `Tickets/${made.id}?includedetails=true&includelastaction=false&nocache=undefined&includeusersassets=false&isdetailscreen=true`,
      ),
    ).toMatchObject({
      id: made.id,
      hasbeenclosed: false,
    })
    const note = await halo.ask<Row>('POST', 'actions', [
      { ticket_id: made.id, outcome_id: 7, hiddenfromuser: true, note_html: '<p>again</p>' },
    ])
    expect(note).toMatchObject({ status: 201, body: { ticket_id: made.id, hiddenfromuser: true } })
  })
})

describe('HaloAPI for PowerShell', () => {
  test('begins at authinfo, with a token from there, and requires lookup 11', async () => {
    const info = await acme.nobody.get<{ auth_url: string; tenant_id: string }>('authinfo')
    expect(info.auth_url).not.toMatch(/\/token$/)
    expect(await token(`${info.auth_url}/token?tenant=${info.tenant_id}`)).toMatchObject({
      status: 200,
    })
    expect((await halo.get<Row[]>('lookup?lookupid=11')).length).toBeGreaterThan(0)
  })

  test('keeps only the host of a URL, and gets through all the same', async () => {
    const { body } = await token(`${host}/auth/token`)
    const answer = await call(
      new Request(`${host}/api/Lookup?lookupid=11`, {
        headers: { authorization: `Bearer ${String(body['access_token'])}` },
      }),
    )
    expect(await answer.json()).not.toHaveLength(0)
  })

  test('reads lists in pages of 1,000, and single things that are not wrapped', async () => {
    const { id } = await halo.post<Row>('tickets', { summary: 'Listed', tickettype_id: 1 })
    expect(await halo.get('tickets?pageinate=true&page_size=1000&page_no=1')).toMatchObject({
      page_size: 1000,
      tickets: expect.any(Array),
    })
    expect(await halo.get(`tickets/${id}?includedetails=true`)).toMatchObject({
      id,
      tickettype_id: 1,
      customfields: expect.any(Array),
    })
    const { actions } = await halo.get<{ actions: Row[] }>(`actions?ticket_id=${id}`)
    expect(await halo.get(`actions/${actions[0]?.id}?ticket_id=${id}`)).toMatchObject({
      id: actions[0]?.id,
      ticket_id: id,
    })
    for (const [path, key] of [
      ['tickets', 'tickets'],
      ['client', 'clients'],
      ['users', 'users'],
      ['site', 'sites'],
      ['supplier', 'suppliers'],
    ] as const) {
      const list = await halo.get<Record<string, Row[]>>(path)
      const [first] = list[key] ?? []
      if (first) expect(await halo.get(`${path}/${first.id}`)).not.toHaveProperty(key)
    }
    for (const path of [
      'agent',
      'team',
      'status',
      'tickettype',
      'category',
      'outcome',
      'fieldinfo',
      'workflow',
    ]) {
      expect((await halo.get<Row[]>(path)).length, path).toBeGreaterThan(0)
    }
    expect(await halo.get('agent/me')).toMatchObject({ id: expect.any(Number) })
  })

  test('posts back a whole object that it has read and changed', async () => {
    const made = await halo.post<Row>('Client', [{ name: 'Read me', notes: 'x' }])
    const read = await halo.get<Row>(`Client/${made.id}`)
    expect(await halo.post('Client', [{ ...read, name: 'Changed' }])).toMatchObject({
      id: made.id,
      name: 'Changed',
      notes: 'x',
    })
    const ticket = await halo.post<Row>('tickets', { summary: 'Whole', tickettype_id: 1 })
    const whole = await halo.get<Row>(`tickets/${ticket.id}?includedetails=true`)
    expect(await halo.post('tickets', [{ ...whole, summary: 'Whole again' }])).toMatchObject({
      id: ticket.id,
      summary: 'Whole again',
    })
  })

  test('gets the bytes of an attachment', async () => {
    const file = await halo.post<Row>('attachment', [
      { filename: 'a.txt', data_base64: btoa('hello') },
    ])
    const { status, text, headers } = await halo.ask('GET', `attachment/${file.id}`)
    expect([status, text]).toEqual([200, 'hello'])
    expect(headers.get('content-disposition')).toContain('a.txt')
  })

  test('reads Message of a refusal', async () => {
    const { body } = await halo.ask('POST', 'actions', [{ note: 'to nothing' }])
    expect(body['Message']).toBe('An action must be associated with a ticket_id')
  })
})

describe('DavidS-GPC/mcp-halopsa', () => {
  test('sends tenant as a form field, whatever it is', async () => {
    expect(await token(`${acme.url}/auth/token`, { tenant: 'some-constant' })).toMatchObject({
      status: 200,
    })
  })

  test('searches open tickets, flags one and adds a note with time', async () => {
    const { id } = await halo.post<Row>('Tickets', [
      { summary: 'Toner is empty', details: 'on floor 3', client_id: 2, tickettype_id: 1 },
    ])
    expect(
      await halo.get('Tickets?search=toner&open_only=true&client_id=2&startdate=2020-01-01'),
    ).toMatchObject({ record_count: 1, tickets: [{ id }], page_no: 1 })
    expect(
      await halo.post('Tickets', [{ id, summary: 'Toner is empty again', flagged: true }]),
    ).toMatchObject({ id })
    expect(
      await halo.post('Actions', [
        { ticket_id: id, note: 'Ordered', outcome: 'internal NOTE', timetaken: 0.25 },
      ]),
    ).toMatchObject({ ticket_id: id, note: 'Ordered' })
    expect(await halo.get(`Actions?ticket_id=${id}`)).toMatchObject({
      ticket_id: id,
      actions: expect.any(Array),
    })
  })
})

describe('HaloPSA for Python', () => {
  test('True and False, a count beyond all, and an action by id and ticket', async () => {
    const ticket = await halo.post<Row>('Tickets', [{ summary: 'Snake', tickettype_id: 1 }])
    expect(await halo.get('Tickets?count=50&open_only=True')).toMatchObject({
      tickets: expect.any(Array),
    })
    expect(await halo.get('Client?count=100000&includeinactive=False')).toMatchObject({
      clients: expect.any(Array),
    })
    expect(
      await halo.get(`Actions/1?id=1&ticket_id=${ticket.id}&includedetails=True`),
    ).toMatchObject({ id: 1, ticket_id: ticket.id })
    expect(await halo.get('Actions')).toMatchObject({ record_count: 0, actions: [] })
    const file = await halo.post<Row>('Attachment', [
      { ticket_id: ticket.id, filename: 'log.txt', data_base64: btoa('log') },
    ])
    expect(file).toMatchObject({ ticket_id: ticket.id, filename: 'log.txt' })
  })

  test('reads both keys of a refused token', async () => {
    expect(await token(`${acme.url}/auth/token`, { client_secret: 'wrong' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_description: expect.any(String) },
    })
  })
})

describe('pyhaloapi', () => {
  test('GET /api/authinfo/, then a token with a refresh token, then one client', async () => {
    const info = await acme.nobody.get<{ auth_url: string }>('authinfo/')
    expect((await token(`${info.auth_url}/token`)).body['refresh_token']).toEqual(
      expect.any(String),
    )
    expect(await halo.get('client/2?showallobjects=True')).toMatchObject({ id: 2 })
  })
})

describe('help-desk-service of the UK government', () => {
  test('finds a user by address', async () => {
    expect(
      await halo.get(`Users?search=${acme.demo.user.email}&order=id&orderdesc=1`),
    ).toMatchObject({ record_count: 1, users: [{ emailaddress: acme.demo.user.email }] })
    expect(
      await halo.get('Users?search=nobody@nowhere.example&order=id&orderdesc=1'),
    ).toMatchObject({ record_count: 0, users: [] })
  })

  test('uploads a file, makes a ticket for an unknown user with it, notes on it, and reads all back', async () => {
    const file = await halo.post<Row>('Attachment', [
      {
        filename: 'shot.txt',
        isimage: false,
        data_base64: `data:text/plain;base64,${btoa('shot')}`,
      },
    ])
    const ticket = await halo.ask<Row>('POST', 'Tickets', [
      {
        summary: 'Passport form broken',
        details_html: '<p>It <em>hangs</em></p>',
        users_name: 'New Citizen',
        reportedby: 'new@citizen.example',
        user_email: 'new@citizen.example',
        outcome: 'First User Email',
        tickettype_id: '1',
        customfields: [{ name: 'CFasset', value: 'A-1' }],
        attachments: [{ id: file.id }],
        dont_do_rules: true,
      },
    ])
    expect(ticket).toMatchObject({ status: 201, body: { user_name: 'New Citizen' } })
    const { id } = ticket.body
    const note = await halo.post('Actions', [
      {
        ticket_id: String(id),
        note_html: '<p>internal</p>',
        hiddenfromuser: true,
        outcome: 'Internal note',
        emailfrom: 'x',
        who: 'y',
      },
    ])
    expect(note).toMatchObject({ ticket_id: id, hiddenfromuser: true })
    expect(await halo.get(`Tickets/${id}`)).toMatchObject({
      priority: { name: expect.any(String) },
      user_email: 'new@citizen.example',
    })
    expect(await halo.get(`Attachment?ticket_id=${id}`)).toMatchObject({
      attachments: [{ filename: 'shot.txt' }],
      ticket_id: id,
    })
    const { actions } = await halo.get<{ actions: Row[] }>(`Actions?ticket_id=${id}`)
    expect(actions.map((one) => one.id)).toEqual([2, 1])
    expect(
      (await halo.get<Row[]>('FieldInfo?includevalues=true')).find(
        ({ name }) => name === 'CFimpact',
      ),
    ).toMatchObject({ values: [{ name: 'Low' }, {}, {}] })
    expect((await halo.get<Row[]>('Team?showall=1')).length).toBeGreaterThan(0)
  })
})

describe('django-psa-connector', () => {
  test('pages every list, ends at a short page or when the first id comes again', async () => {
    for (const path of ['TicketType', 'Status', 'Priority', 'Team', 'Agent']) {
      const [one, two] = [
        await halo.get<Row[]>(`${path}?pageinate=True&page_size=100&page_no=1`),
        await halo.get<Row[]>(`${path}?pageinate=True&page_size=100&page_no=2`),
      ]
      expect(two[0]?.id, path).toBe(one[0]?.id)
    }
  })

  test('finds one ticket by search_id and those changed since, and reads who and when of actions', async () => {
    const { id } = await halo.post<Row>('Tickets', [{ summary: 'Django', tickettype_id: 1 }])
    expect(await halo.get(`Tickets?search_id=${id}`)).toMatchObject({
      record_count: 1,
      tickets: [{ id }],
    })
    const since = new Date(Date.now() - 60_000).toISOString()
    const changed = await halo.get<{ tickets: Row[] }>(
      `Tickets?lastupdatefromdate=${since}&pageinate=True&page_size=100&page_no=1`,
    )
    expect(changed.tickets.map((one) => one.id)).toContain(id)
    const none = await halo.get(
      `Tickets?lastupdatefromdate=${new Date(Date.now() + 60_000).toISOString()}`,
    )
    expect(none).toMatchObject({ record_count: 0, tickets: [] })
    const { actions } = await halo.get<{ actions: Row[] }>(`Actions?ticket_id=${id}`)
    expect(actions[0]).toMatchObject({
      ticket_id: id,
      id: 1,
      who_agentid: expect.any(Number),
      hiddenfromuser: false,
    })
    const agents = await halo.get<{ teams: { team_id: number }[] }[]>(
      'Agent?includeenabled=True&includedisabled=True&includeunassigned=False',
    )
    expect(agents.flatMap(({ teams }) => teams.map(({ team_id }) => team_id))).toContain(1)
  })
})

describe('halopsa-ticket-sync', () => {
  test('discovers the token endpoint', async () => {
    const answer = await call(new Request(`${acme.url}/auth/.well-known/openid-configuration`))
    expect(await answer.json()).toMatchObject({
      issuer: `${acme.url}/auth`,
      token_endpoint: `${acme.url}/auth/token`,
    })
  })

  test('reads names of agents with the list, posts several actions and gets the array, changes by a bare object', async () => {
    const ticket = await halo.post<Row>('Tickets', [
      {
        summary: 'Stellar',
        tickettype_id: 1,
        users_name: 'Stella',
        team: 'Infrastructure',
        category_1: 'Network>VPN',
        impact: '0',
        urgency: '0',
      },
    ])
    expect(ticket).toMatchObject({ team: 'Infrastructure', category_1: 'Network>VPN' })
    const { tickets } = await halo.get<{ tickets: Row[] }>(
      `Tickets?nocache=123&includeagent=true&ticketids=${ticket.id}`,
    )
    expect(tickets).toMatchObject([{ id: ticket.id, agent_name: 'Unassigned', agent_id: 1 }])
    const notes = ['one', 'two'].map((note) => ({
      ticket_id: ticket.id,
      outcome_id: '7',
      note_html: `<p>${note}</p>`,
      _validate_travel: true,
      utcoffset: 0,
      files: null,
    }))
    const posted = await halo.ask<Row[]>('POST', 'Actions?returnall=true', notes)
    expect(posted).toMatchObject({ status: 201, body: [{ note: 'one' }, { note: 'two' }] })
    const { actions } = await halo.get<{ actions: Row[] }>(
      `Actions?ticket_id=${ticket.id}&note_html=true`,
    )
    expect(actions[0]).toMatchObject({ note_html: '<p>two</p>' })
    expect(
      await halo.post('Tickets', { id: ticket.id, new_status: null, summary: 'Stellar again' }),
    ).toMatchObject({ summary: 'Stellar again' })
  })
})

describe('haloitsm-mcp, redanthrax', () => {
  test('a narrow scope, ?tenant= on each call, and the refresh grant', async () => {
    const first = await token(`${acme.url}/auth/token`, {
      scope: 'read:tickets read:assets read:customers',
    })
    expect(first).toMatchObject({ status: 200 })
    const again = await token(`${acme.url}/auth/token`, {
      grant_type: 'refresh_token',
      refresh_token: String(first.body['refresh_token']),
    })
    expect(again).toMatchObject({ status: 200 })
    const bearer = new Client(acme.url, () =>
      Promise.resolve({ authorization: `Bearer ${String(again.body['access_token'])}` }),
    )
    expect(await bearer.get('Tickets?tenant=somewhere')).toMatchObject({
      tickets: expect.any(Array),
    })
  })
})

describe('Tier2, Huntress through the relay', () => {
  test('all four keys in the envelope of tickets, one closed status, and PUT for POST', async () => {
    const list = await halo.get('Tickets?pageinate=true&page_size=1&page_no=1')
    expect(list).toMatchObject({
      record_count: expect.any(Number),
      page_no: 1,
      page_size: 1,
      tickets: expect.any(Array),
    })
    expect(
      (await halo.get<Row[]>('Status')).some(({ name, type }) => name === 'Closed' && type === 2),
    ).toBe(true)
    const made = await halo.post<Row>('Tickets', { summary: 'Single', tickettype_id: 1 })
    expect(
      await halo.ask('PUT', 'Tickets', [{ id: made.id, summary: 'Single by PUT' }]),
    ).toMatchObject({ status: 201, body: { summary: 'Single by PUT' } })
  })
})

describe('importers in Rust', () => {
  test('ten actions at once at the bare host', async () => {
    const ticket = await halo.post<Row>('Tickets', { summary: 'Imported', tickettype_id: 1 })
    const { body } = await token(`${host}/auth/token`)
    const one = (n: number) => ({
      ticket_id: ticket.id,
      datetime: '2024-01-02T03:04:05',
      who: 'Importer',
      note: `n ${n}`,
      note_html: `<p>n ${n}</p>`,
      outcome: 'Internal note',
      _isimport: true,
    })
    const answer = await call(
      new Request(`${host}/api/actions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${String(body['access_token'])}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(Array.from({ length: 10 }, (_, n) => one(n))),
      }),
    )
    expect([answer.status, await answer.json()]).toMatchObject([201, { ticket_id: ticket.id }])
    expect(await halo.get(`actions?ticket_id=${ticket.id}`)).toMatchObject({ record_count: 11 })
  })

  test('makes fields with their choices', async () => {
    const made = await halo.post('fieldinfo', [
      { usage: 1, name: 'rust', label: 'Rust', type: 2, inputtype: 0, new_values: 'a, b' },
    ])
    expect(made).toMatchObject({ name: 'CFrust', values: [{ name: 'a' }, { name: 'b' }] })
  })
})
