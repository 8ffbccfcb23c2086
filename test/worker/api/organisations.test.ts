import { beforeAll, describe, expect, test } from 'vitest'
import { Client, bySession, call, pair, type Desks, type TestDesk } from '../pair'

let all: Desks
let acme: TestDesk
let skyline: TestDesk
let api: Client
beforeAll(async () => {
  all = await pair()
  ;({ acme, skyline } = all)
  api = acme.admin
})

describe('suppliers', () => {
  test('G16: with the module off every call is refused and says where the switch is; with it on what was there is there', async () => {
    const made = await api.post('supplier', { name: 'Cables Ltd' })
    expect(await api.ask('POST', 'module', { name: 'suppliers', enabled: false })).toMatchObject({
      status: 201,
      body: { name: 'suppliers', enabled: false },
    })
    const calls: [string, string, unknown?][] = [
      ['GET', 'supplier'],
      ['GET', `supplier/${made.id}`],
      ['POST', 'supplier', { name: 'More Cables' }],
      ['DELETE', `supplier/${made.id}`],
    ]
    for (const [method, path, body] of calls) {
      expect(await api.ask(method, path, body), `${method} ${path}`).toMatchObject({
        status: 400,
        body: { error: 'MODULE_OFF', fix: expect.stringContaining('Modules') },
      })
    }
    await api.post('module', { name: 'suppliers', enabled: 'true' })
    expect(await api.get(`supplier/${made.id}`)).toMatchObject({ name: 'Cables Ltd' })
    expect(await api.get('module')).toEqual([{ name: 'suppliers', enabled: true }])
  })

  test('G16: only an admin switches a module, and there are no others', async () => {
    expect(
      await acme.agent.ask('POST', 'module', { name: 'suppliers', enabled: false }),
    ).toMatchObject({ status: 403 })
    expect(await api.ask('POST', 'module', { name: 'invoices', enabled: true })).toMatchObject({
      status: 400,
      body: { fields: { name: 'there is no such module' } },
    })
  })

  test('G17, G18: a name is enough, contact details are optional, and it can be renamed', async () => {
    const made = await api.ask('POST', 'supplier', { name: 'Paper & Co' })
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Paper & Co', contact_name: '', email_address: '', allow_api_access: false },
    })
    const id = made.body['id']
    await api.post('supplier', {
      id,
      name: 'Paper Inc',
      email_address: 'Desk@Paper.Example',
      phone_number: '+44 20 7946 0000',
    })
    expect(await api.get(`supplier/${String(id)}`)).toMatchObject({
      name: 'Paper Inc',
      email_address: 'desk@paper.example',
      phone_number: '+44 20 7946 0000',
    })
    expect(await api.post('supplier', { id, email_address: '' })).toMatchObject({
      email_address: '',
      phone_number: '+44 20 7946 0000',
    })
  })

  test('a supplier with a connection shows it, without secrets, and cannot be deleted', async () => {
    const row = await api.get(`supplier/${acme.supplierId}`)
    expect(row).toMatchObject({
      allow_api_access: true,
      thirdpartynhd_validated: true,
      connection_id: acme.connectionId,
      thirdpartynhdtenant: skyline.tenantId,
    })
    expect(row['thirdpartynhdapiurl']).toBe(`${skyline.url}/api`)
    expect(row['api_access_clientid']).toBeTruthy()
    expect(JSON.stringify(row)).not.toMatch(/secret/i)
    const agents = await acme.agent.get(`supplier/${acme.supplierId}`)
    expect(agents).toMatchObject({
      thirdpartynhdapiurl: `${skyline.url}/api`,
      api_access_clientid: '',
      thirdpartynhdapiclientid: '',
    })
    expect(await api.ask('DELETE', `supplier/${acme.supplierId}`)).toMatchObject({
      status: 409,
      body: { error: 'IN_USE' },
    })
  })
})

describe('customers', () => {
  test('a new customer has a main site and a general user, so that a ticket can be logged for it', async () => {
    const made = await api.post('client', { name: 'Bakery' })
    const { sites } = await api.get<{ sites: { id: number; clientsite_name: string }[] }>(
      `site?client_id=${made.id}`,
    )
    const { users } = await api.get<{ users: { is_general: boolean; site_id: number }[] }>(
      `users?client_id=${made.id}`,
    )
    expect(sites).toMatchObject([{ clientsite_name: 'Bakery/Main' }])
    expect(made).toMatchObject({ main_site_id: sites[0]?.id, main_site_name: 'Main' })
    expect(users).toMatchObject([{ is_general: true, site_id: sites[0]?.id }])
  })

  test('a search finds a part of the name in any case, umlauts too', async () => {
    await api.post('client', [{ name: 'Müller Überland GmbH' }, { name: 'ÄRZTEHAUS' }])
    const names = async (search: string) =>
      (
        await api.get<{ clients: { name: string }[] }>(
          `client?search=${encodeURIComponent(search)}`,
        )
      ).clients.map(({ name }) => name)
    expect(await names('überland')).toEqual(['Müller Überland GmbH'])
    expect(await names('ärztehaus')).toEqual(['ÄRZTEHAUS'])
    expect(await names('%')).toEqual([])
  })

  test('inactive ones are in the list only where asked for', async () => {
    const { id } = await api.post('client', { name: 'Sleeping Ltd', inactive: true })
    const found = async (query: string) =>
      (await api.get<{ clients: { id: number }[] }>(`client?search=sleeping&${query}`)).clients.map(
        (one) => one.id,
      )
    expect(await found('')).toEqual([])
    expect(await found('includeinactive=true')).toEqual([id])
    expect(await found('includeinactive=True&includeactive=False')).toEqual([id])
    expect(await found('includeactive=false')).toEqual([])
  })

  test('one with a connection, and the customer of everything unknown, cannot be deleted', async () => {
    expect(await skyline.admin.ask('DELETE', `client/${skyline.customerId}`)).toMatchObject({
      status: 409,
      body: { error: 'IN_USE' },
    })
    expect(await api.ask('DELETE', 'client/1')).toMatchObject({ status: 409 })
  })

  test('one with an open ticket cannot be deleted, and says how many there are', async () => {
    const { id } = await api.post('client', { name: 'Busy Ltd' })
    await api.post('tickets', {
      summary: 'Still broken',
      tickettype_id: acme.ticketType('Incident'),
      client_id: id,
    })
    expect(await api.ask('DELETE', `client/${id}`)).toMatchObject({
      status: 409,
      body: { message: 'Busy Ltd has 1 open ticket' },
    })
  })

  test('with a customer its users and sites go, and nobody of it gets in any more (Q11)', async () => {
    const { id } = await api.post('client', { name: 'Closing Ltd' })
    const user = await api.post('users', {
      name: 'Last Person',
      client_id: id,
      emailaddress: 'last@closing.example',
      password: 'horse battery staple',
    })
    const last = new Client(
      acme.url,
      bySession({ email: 'last@closing.example', password: 'horse battery staple' }),
    )
    expect(await last.get('users/me')).toMatchObject({ id: user.id, client_name: 'Closing Ltd' })
    await api.delete(`client/${id}`)
    expect(await last.ask('GET', 'users/me')).toMatchObject({ status: 401 })
    expect(await api.ask('GET', `users/${user.id}`)).toMatchObject({ status: 404 })
    expect(await api.get(`site?client_id=${id}`)).toMatchObject({ record_count: 0 })
  })
})

describe('sites', () => {
  test('a main site stays, another goes and its people move to the main one', async () => {
    const client = await api.post('client', { name: 'Two Sites Ltd' })
    const second = await api.post('site', { name: 'Annex', client_id: client.id })
    const user = await api.post('users', { name: 'Mover', site_id: second.id })
    expect(user).toMatchObject({ client_id: client.id, site_name: 'Annex' })
    expect(await api.ask('DELETE', `site/${String(client['main_site_id'])}`)).toMatchObject({
      status: 409,
    })
    await api.delete(`site/${second.id}`)
    expect(await api.get(`users/${user.id}`)).toMatchObject({
      site_id: client['main_site_id'],
      site_name: 'Main',
    })
  })

  test('a site stays with its customer', async () => {
    const [one, two] = await api.post<{ id: number; main_site_id: number }[]>(
      'client?returnall=true',
      [{ name: 'Here' }, { name: 'There' }],
    )
    expect(
      await api.ask('POST', 'site', { id: one?.main_site_id, client_id: two?.id }),
    ).toMatchObject({
      status: 400,
      body: { fields: { client_id: 'a site stays with its customer' } },
    })
  })
})

describe('users', () => {
  let customer: number
  beforeAll(async () => {
    customer = (await api.post('client', { name: 'People Ltd' })).id
  })

  test('the name may come in two parts, and the customer by its site', async () => {
    const site = await api.post('site', { name: 'Roof', client_id: customer })
    const user = await api.post('users', {
      firstname: 'Ada',
      surname: 'Lovelace',
      site_id: `${site.id}`,
    })
    expect(user).toMatchObject({
      name: 'Ada Lovelace',
      firstname: 'Ada',
      surname: 'Lovelace',
      initials: 'AL',
      client_id: customer,
      site_id: site.id,
      site_id_int: site.id,
    })
  })

  test('a user needs a name, and a customer or a site that belong together', async () => {
    const refusal = async (body: object) => (await api.ask('POST', 'users', body)).body['fields']
    expect(await refusal({ client_id: customer })).toEqual({ name: 'is missing' })
    expect(await refusal({ name: 'X' })).toEqual({ client_id: 'name the client_id or the site_id' })
    expect(await refusal({ name: 'X', client_id: 1, site_id: 2 })).toEqual({
      site_id: 'this site is not one of the customer’s',
    })
    expect(await refusal({ name: 'X', client_id: 987654 })).toEqual({
      client_id: 'there is no customer of that number',
    })
    expect(await refusal({ name: 'X', site_id: 987654 })).toEqual({
      site_id: 'there is no site of that number',
    })
  })

  test('an address belongs to one user, in any case, and is free again after deletion', async () => {
    const first = await api.post('users', {
      name: 'First',
      client_id: customer,
      emailaddress: 'same@people.example',
    })
    const again = { name: 'Second', client_id: customer, emailaddress: 'SAME@people.example' }
    expect(await api.ask('POST', 'users', again)).toMatchObject({
      status: 400,
      body: { fields: { emailaddress: 'another user has this address' } },
    })
    const batch = [{ name: 'Fine', client_id: customer }, again]
    expect(await api.ask('POST', 'users', batch)).toMatchObject({
      status: 400,
      body: { fields: { '[1].emailaddress': 'another user has this address' } },
    })
    expect(await api.get('users?search=fine')).toMatchObject({ record_count: 0 })
    const twice = { name: 'Twin', client_id: customer, emailaddress: 'twin@people.example' }
    expect(await api.ask('POST', 'users', [twice, twice])).toMatchObject({ status: 400 })
    await api.post('users', {
      id: first.id,
      emailaddress: 'same@people.example',
      name: 'First again',
    })
    await api.delete(`users/${first.id}`)
    expect(await api.ask('POST', 'users', again)).toMatchObject({ status: 201 })
  })

  test('a password is set by an admin alone, lets the user sign in, and a new one ends their sessions (T24)', async () => {
    const { id } = await api.post('users', {
      name: 'Sign In',
      client_id: customer,
      emailaddress: 'in@people.example',
    })
    expect(await acme.agent.ask('POST', 'users', { id, password: 'correct horse' })).toMatchObject({
      status: 403,
    })
    expect(await api.ask('POST', 'users', { id, password: 'password1' })).toMatchObject({
      status: 400,
    })
    expect(await api.post('users', { id, password: 'correct horse' })).toMatchObject({
      can_sign_in: true,
    })
    const session = new Client(
      acme.url,
      bySession({ email: 'in@people.example', password: 'correct horse' }),
    )
    expect(await session.get('users/me')).toMatchObject({ id })
    await api.post('users', { id, password: 'another horse' })
    expect(await session.ask('GET', 'users/me')).toMatchObject({ status: 401 })
    expect(await api.post('users', { id, password: '' })).toMatchObject({ can_sign_in: false })
  })

  test('a switched-off user is out at once (Q11)', async () => {
    const { id } = await api.post('users', {
      name: 'Off',
      client_id: customer,
      emailaddress: 'off@people.example',
      password: 'correct horse',
    })
    const session = new Client(
      acme.url,
      bySession({ email: 'off@people.example', password: 'correct horse' }),
    )
    await session.get('users/me')
    await api.post('users', { id, inactive: true })
    expect(await session.ask('GET', 'users/me')).toMatchObject({ status: 401 })
  })

  test('no answer shows a password, not even its hash', async () => {
    const { id } = await api.post('users', {
      name: 'Hashed',
      client_id: customer,
      emailaddress: 'hash@people.example',
      password: 'correct horse',
    })
    expect(
      JSON.stringify([await api.get(`users/${id}`), await api.get(`users?client_id=${customer}`)]),
    ).not.toMatch(/scrypt|password/)
  })

  test('the general user stays while its customer does', async () => {
    const { users } = await api.get<{ users: { id: number; is_general: boolean }[] }>(
      `users?client_id=${customer}`,
    )
    const general = users.find((one) => one.is_general)
    expect(await api.ask('DELETE', `users/${general?.id}`)).toMatchObject({ status: 409 })
    expect(
      await api.ask('POST', 'users', { id: general?.id, emailaddress: 'all@people.example' }),
    ).toMatchObject({ status: 400 })
  })

  test('advanced_search takes Halo’s conditions, and refuses a field that may not be searched in Halo’s words', async () => {
    await api.post('users', {
      name: 'Needle',
      client_id: customer,
      emailaddress: 'needle@people.example',
    })
    const found = (conditions: object[]) =>
      api.ask('GET', `users?advanced_search=${encodeURIComponent(JSON.stringify(conditions))}`)
    const like = (name: string, value: string, type = 4) => ({
      filter_name: name,
      filter_type: type,
      filter_value: value,
    })
    expect((await found([like('emailaddress', 'NEEDLE@')])).body).toMatchObject({
      record_count: 1,
      users: [{ name: 'Needle' }],
    })
    expect(
      (await found([like('emailaddress', 'needle@people.example', 2), like('name', 'needle', 5)]))
        .body,
    ).toMatchObject({ record_count: 0 })
    expect((await found([like('name', 'needle,other', 0)])).body).toMatchObject({ record_count: 1 })
    expect((await found([like('client_id', String(customer), 2)])).body).toMatchObject({
      record_count: expect.any(Number),
    })
    for (const bad of [[like('password', 'scrypt')], [like('name', 'x', 6)]]) {
      expect(await found(bad)).toMatchObject({
        status: 400,
        body: { message: 'Invalid advanced search parameter' },
      })
    }
    expect(await api.ask('GET', 'users?advanced_search=nonsense')).toMatchObject({ status: 400 })
  })
})

test('G28: instanceinfo shows anybody the tenant id and that this is Baton', async () => {
  const answer = await call(new Request(`${acme.url}/api/instanceinfo`))
  expect(await answer.json()).toMatchObject({
    tenant_id: acme.tenantId,
    name: 'Acme',
    app_name: 'Baton',
    baton: { v: 1 },
  })
})
