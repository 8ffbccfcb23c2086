import { beforeAll, describe, expect, test } from 'vitest'
import { desks, type TestDesk } from '../pair'

let acme: TestDesk
beforeAll(async () => {
  ;({ acme } = await desks())
})

const keysOf = (rows: object[]) => [...new Set(rows.flatMap((row) => Object.keys(row)))].sort()

describe('what an end user gets', () => {
  test('of ticket types: those they can choose, by an allow-list', async () => {
    const types = await acme.user.get<{ name: string }[]>('tickettype')
    expect(types.map(({ name }) => name)).toEqual(['Incident', 'Service request'])
    expect(keysOf(types)).toEqual([
      'allowattachments',
      'description',
      'enduserscanselect',
      'id',
      'name',
      'sequence',
      'use',
    ])
    expect(await acme.user.ask('GET', `tickettype/${acme.ticketType('Problem')}`)).toMatchObject({
      status: 404,
    })
  })

  test('of one ticket type: the fields of the portal’s form and no others', async () => {
    const own = await acme.user.get<{ fields: { fieldinfo: { name: string } }[] }>('tickettype/1')
    expect(own.fields.map(({ fieldinfo }) => fieldinfo.name)).toEqual([
      'symptom',
      'symptom2',
      'CFimpact',
      'CFasset',
      'CFnoticed',
    ])
    const agents = await acme.agent.get<{ fields: { fieldinfo: { name: string } }[] }>(
      'tickettype/1',
    )
    expect(agents.fields.map(({ fieldinfo }) => fieldinfo.name)).toContain('targetdate')
  })

  test('of statuses: plain words, by an allow-list', async () => {
    const statuses = await acme.user.get<{ id: number; name: string }[]>('status')
    expect(statuses.find(({ id }) => id === acme.status('With supplier'))?.name).toBe('In progress')
    expect(keysOf(statuses)).toEqual(['colour', 'id', 'kind', 'name', 'type'])
  })

  test('of fields: those their types show, with the choices', async () => {
    const fields = await acme.user.get<{ name: string; values: { name: string }[] }[]>(
      'fieldinfo?includevalues=true',
    )
    expect(fields.map(({ name }) => name)).toEqual([
      'symptom',
      'symptom2',
      'CFimpact',
      'CFasset',
      'CFnoticed',
    ])
    expect(fields.find(({ name }) => name === 'CFimpact')?.values.map(({ name }) => name)).toEqual([
      'Low',
      'Medium',
      'High',
    ])
    expect(await acme.user.ask('GET', `fieldinfo/${acme.field('supplier')}`)).toMatchObject({
      status: 404,
    })
  })

  test('of themselves: what they know anyway', async () => {
    const me = await acme.user.get('users/me')
    expect(me).toMatchObject({ emailaddress: acme.demo.user.email, client_name: 'Acme' })
    for (const hidden of ['notes', 'inactive', 'can_sign_in', 'from_partner'])
      expect(me).not.toHaveProperty(hidden)
  })
})

describe('the lists of a desk, as Halo’s clients read them', () => {
  test('agent 1 is "Unassigned" and only there where asked for', async () => {
    const names = async (query: string) =>
      (await acme.admin.get<{ id: number; name: string }[]>(`agent${query}`)).map(({ id }) => id)
    expect(await names('?includeunassigned=true')).toContain(1)
    expect(
      await names('?includeenabled=True&includedisabled=True&includeunassigned=False'),
    ).not.toContain(1)
    expect(await acme.admin.get('agent/1')).toMatchObject({ name: 'Unassigned' })
  })

  test('agents are found by team and by a part of the name, and carry their teams', async () => {
    const found = (query: string) => acme.admin.get<{ name: string }[]>(`agent?${query}`)
    expect((await found('team=infrastructure')).map(({ name }) => name)).toEqual(['Ana Ito'])
    expect(await found('search=ANA')).toMatchObject([
      {
        team: 'Service desk',
        teams: [{ team_id: 1 }, { team_id: 2, team_name: 'Infrastructure' }],
      },
    ])
  })

  test('agent/me is the agent of the token or of the session', async () => {
    expect(await acme.admin.get('agent/me')).toMatchObject({ isapiagent: true, role: 'admin' })
    expect(await acme.agent.get('agent/me')).toMatchObject({
      email: acme.demo.agent.email,
      role: 'agent',
    })
  })

  test('the number of a status kind: 0 open, 1 waiting, 2 done; two of them can be left out', async () => {
    const statuses = await acme.admin.get<{ name: string; type: number }[]>('status')
    const ofType = (type: number) =>
      statuses.filter((one) => one.type === type).map(({ name }) => name)
    expect([ofType(0), ofType(1), ofType(2)]).toEqual([
      ['New', 'In progress'],
      ['Waiting on user', 'With supplier', 'On hold'],
      ['Resolved', 'Closed'],
    ])
    const open = await acme.admin.get<{ type: number }[]>(
      'status?excludeclosed=true&excludepending=True',
    )
    expect(open.map(({ type }) => type)).toEqual([0, 0])
  })

  test('a priority has a GUID for id and its number beside it, and answers to both', async () => {
    const [critical] = await acme.admin.get<{ id: string; priorityid: number }[]>('priority')
    expect(critical).toMatchObject({ priorityid: 1, name: 'Critical' })
    expect(critical?.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(await acme.admin.get(`priority/${critical?.id}`)).toEqual(critical)
    expect(await acme.admin.get('priority/1')).toEqual(critical)
    expect(await acme.admin.get('sla/1')).toMatchObject({ priorities: [critical, {}, {}, {}] })
  })

  test('a category’s value is its whole path', async () => {
    const categories =
      await acme.admin.get<{ value: string; category_name: string }[]>('category?type_id=1')
    expect(categories.find(({ category_name }) => category_name === 'Laptop')?.value).toBe(
      'Hardware>Laptop',
    )
    expect(await acme.admin.get('category?type_id=2')).toEqual([])
  })

  test('Summary and Details are fields 2 and 3 under the names Halo gives them', async () => {
    const fields = await acme.admin.get<{ id: number }[]>('fieldinfo')
    expect(fields.find(({ id }) => id === 2)).toMatchObject({
      name: 'symptom',
      type: 0,
      custom: 0,
      usage: 0,
    })
    expect(fields.find(({ id }) => id === 3)).toMatchObject({
      name: 'symptom2',
      custom: 0,
      usage: 0,
    })
    expect(fields.find(({ id }) => id === acme.field('CFimpact'))).toMatchObject({
      type: 2,
      inputtype: 0,
      custom: 1,
      usage: 1,
    })
    expect(fields.find(({ id }) => id === acme.field('note'))).toMatchObject({ usage: 2 })
  })

  test('an own field is made with its choices, and its name is taken once', async () => {
    const wanted = [
      {
        usage: 1,
        name: 'Floor',
        label: 'Floor',
        type: 2,
        inputtype: 0,
        new_values: 'Ground, First , Second',
      },
    ]
    const made = await acme.admin.ask('POST', 'fieldinfo', wanted)
    expect(made).toMatchObject({
      status: 201,
      body: {
        name: 'CFFloor',
        type: 2,
        custom: 1,
        values: [{ name: 'Ground' }, { name: 'First' }, { name: 'Second' }],
      },
    })
    expect(await acme.admin.get(`fieldinfo/${String(made.body['id'])}`)).toEqual(made.body)
    expect(await acme.admin.ask('POST', 'fieldinfo', [{ name: 'cffloor', type: 0 }])).toMatchObject(
      { status: 400, body: { fields: { name: 'another field has this name' } } },
    )
    expect(await acme.admin.ask('POST', 'fieldinfo', [{ name: 'Clock', type: 5 }])).toMatchObject({
      status: 400,
      body: { fields: { '[0].type': 'there is no field of this type' } },
    })
  })

  test('the chain to the permitted actions: type, workflow, steps, action types', async () => {
    const { workflow_id } = await acme.admin.get<{ workflow_id: number }>('tickettype/1')
    const { steps } = await acme.admin.get<{
      steps: { isstart: boolean; actions: { action_id: number }[] }[]
    }>(`workflow/${workflow_id}`)
    const allowed =
      steps.find(({ isstart }) => isstart)?.actions.map(({ action_id }) => action_id) ?? []
    const outcomes = await acme.admin.get<{ id: number }[]>('outcome')
    expect(outcomes.filter(({ id }) => allowed.includes(id)).length).toBe(allowed.length)
    const ofType = await acme.admin.get<{ id: number }[]>(`outcome?tickettype_id=1`)
    expect(new Set(ofType.map(({ id }) => id))).toEqual(
      new Set(steps.flatMap(({ actions }) => actions.map(({ action_id }) => action_id))),
    )
  })

  test('G71: "Log to supplier" shows its system use, that it emails, and the supplier on its form', async () => {
    const type = await acme.admin.get<{ fields: { builtin: string; mandatory: boolean }[] }>(
      `outcome/${acme.outcome('Log to supplier')}`,
    )
    expect(type).toMatchObject({
      systemid: 'log_to_supplier',
      sendemail: 1,
      emailtemplate_id: 35,
      emailtemplate_name: 'Supplier Ticket',
      hidefromuser: true,
    })
    expect(type.fields.map(({ builtin }) => builtin)).toEqual([
      'supplier',
      'supplier_ref',
      'note',
      'emailtemplate',
    ])
    expect(type.fields.find(({ builtin }) => builtin === 'supplier')).toMatchObject({
      mandatory: true,
    })
  })

  test('what the desk itself writes is no button, and is listed only where asked for', async () => {
    const names = async (query: string) =>
      (await acme.admin.get<{ outcome: string }[]>(`outcome${query}`)).map(({ outcome }) => outcome)
    expect(await names('')).not.toContain('Logged')
    expect(await names('?showhidden=true')).toContain('Logged')
  })

  test('G77: email template 35 is "Supplier Ticket"', async () => {
    expect(await acme.admin.get('emailtemplate/35')).toMatchObject({
      name: 'Supplier Ticket',
      body_html: expect.stringContaining('{{ note }}'),
    })
  })
})
