import { and, eq, getTableColumns, getTableName, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  actionType,
  agent,
  attachment,
  category,
  connection,
  customer,
  emailTemplate,
  field,
  person,
  priority,
  site,
  sla,
  status,
  supplier,
  team,
  ticket,
  ticketType,
  workflow,
} from '../../../db/schema'
import { app } from '../../../worker/app'
import { operationsOf } from '../../../worker/api/openapi'
import { pair, type Reply, type TestDesk } from '../pair'
import { escalated, fresh, logged } from '../sync/story'

let acme: TestDesk
let skyline: TestDesk
let ticketId: number
let linkedId: number

/** A number that Skyline has of everything and Acme of nothing, and one that nobody has. */
const FOREIGN = 4_242
const UNKNOWN = 5_353

const copied = [
  status,
  priority,
  category,
  agent,
  team,
  field,
  ticketType,
  actionType,
  emailTemplate,
  customer,
  site,
  person,
  supplier,
  connection,
  ticket,
  attachment,
  workflow,
  sla,
]

beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  const { id } = await logged(acme)
  ticketId = id
  ;({ ours: linkedId } = await escalated(acme))
  await skyline.admin.post('attachment', { filename: 'CANARY.txt', data_base64: btoa('x') })
  await logged(skyline, { summary: 'CANARY' })
  for (const table of copied) await copyAtSkyline(table)
})

/** A row of Skyline's once more, under the number; what must be unique is drawn. */
async function copyAtSkyline(table: (typeof copied)[number]): Promise<void> {
  const columns = Object.values(getTableColumns(table)).map((column) => sqlName(column.name))
  const values = columns.map((column) => {
    if (column === 'id') return String(FOREIGN)
    if (['uid', 'issued_client_id', 'name', 'path'].includes(column))
      return `'CANARY' || lower(hex(randomblob(8)))`
    if (column === 'email') return `lower(hex(randomblob(8))) || '@canary.example'`
    if (table === connection && column === 'state') return `'ended'`
    return column
  })
  const from = getTableName(table)
  await skyline.db.orm.run(
    sql.raw(
      `insert into ${from} (${columns}) select ${values} from ${from} where t = ${skyline.t} limit 1`,
    ),
  )
}
const sqlName = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** An answer with the number taken out, so that two can be compared. */
const blind = ({ status, text }: Reply, id: unknown) => ({
  status,
  text: text
    .replaceAll(String(id), 'N')
    .replace(/"[0-9a-f-]{36}"/g, '"U"')
    .replace(/\d{4}-\d\d-\d\dT[^"]+/g, 'D'),
})

test('T2: an action type names its own desk\u2019s email template, not the one of that number elsewhere', async () => {
  await acme.db.orm
    .update(emailTemplate)
    .set({ name: 'CANARY of Acme' })
    .where(and(eq(emailTemplate.t, acme.t), eq(emailTemplate.id, 35)))
  const path = `outcome/${skyline.outcome('Log to supplier')}`
  expect(JSON.stringify(await skyline.admin.get(path))).not.toContain('CANARY of Acme')
  expect(JSON.stringify(await skyline.admin.get('outcome'))).not.toContain('CANARY of Acme')
})

describe('T1: a number in a path', () => {
  const operations = operationsOf(app.routes).filter(
    ({ path, who }) =>
      path.startsWith('/:slug/api/') &&
      path.includes(':id') &&
      who?.some((one) => one !== 'connection'),
  )
  test.each(operations.map((one) => [`${one.method} ${one.path}`, one] as const))(
    '%s answers another desk\u2019s like one that does not exist',
    async (_, { method, path }) => {
      const at = (id: unknown) =>
        path.replace('/:slug/api/', '').replace(/:id(\{[^}]*\})?/, String(id))
      const extra = path.includes('/actions/') ? `?ticket_id=${ticketId}` : ''
      const body =
        method === 'GET' || method === 'DELETE' ? undefined : { mappings: [], ids: ['1-1-1'] }
      const foreign = await acme.boss.ask(method, at(FOREIGN) + extra, body)
      const unknown = await acme.boss.ask(method, at(UNKNOWN) + extra, body)
      expect(foreign.status).toBe(404)
      expect(blind(foreign, FOREIGN)).toEqual(blind(unknown, UNKNOWN))
      for (const odd of ['0', '-1', '9007199254740992', '1%20or%201=1', '1e3', '0x1', '%00'])
        expect((await acme.boss.ask(method, at(odd) + extra, body)).status, odd).toBe(404)
    },
  )
})

describe('T1: a number in a query', () => {
  test.each([
    ...[
      'search_id',
      'ticketids',
      'status_id',
      'status',
      'requesttype_id',
      'priority',
      'client_id',
    ].map((name) => `tickets?${name}=N`),
    ...['site_id', 'user_id', 'agent_id', 'team', 'supplier_id'].map((name) => `tickets?${name}=N`),
    'users?client_id=N',
    'users?site_id=N',
    'site?client_id=N',
    'actions?ticket_id=N',
    'attachment?ticket_id=N',
    'agent?team=N',
    'outcome?tickettype_id=N',
    'outcome?workflow_id=N',
    'status?tickettype_id=N',
    'lookup?lookupid=N',
    'fieldinfo?tickettype_id=N',
  ])('%s finds nothing of another desk', async (path) => {
    const [foreign, unknown] = [
      await acme.boss.ask('GET', path.replace('N', String(FOREIGN))),
      await acme.boss.ask('GET', path.replace('N', String(UNKNOWN))),
    ]
    expect(blind(foreign, FOREIGN)).toEqual(blind(unknown, UNKNOWN))
    expect(foreign.text).not.toMatch(/CANARY(?! of Acme)/)
  })
})

type Body = (id: number) => object
const ofTicket: Record<string, (id: number) => object> = {
  site_id: (id) => ({ client_id: acme.customer('Acme'), site_id: id }),
  client_id: (id) => ({ client_id: id }),
  user_id: (id) => ({ user_id: id }),
  userlookup: (id) => ({ userlookup: { id } }),
  status_id: (id) => ({ status_id: id }),
  priority_id: (id) => ({ priority_id: id }),
  categoryid_1: (id) => ({ categoryid_1: id }),
  agent_id: (id) => ({ agent_id: id }),
  team_id: (id) => ({ team_id: id }),
  customfields: (id) => ({ customfields: [{ id, value: 'x' }] }),
}
const bodies: [string, string, Body][] = [
  ...Object.entries(ofTicket).flatMap(([name, body]): [string, string, Body][] => [
    [`a new ticket's ${name}`, 'tickets', (id) => ({ summary: 'x', ...body(id) })],
    [`a changed ticket's ${name}`, 'tickets', (id) => ({ id: ticketId, ...body(id) })],
  ]),
  [
    'a changed ticket, with user and site',
    'tickets',
    (id) => ({ id: ticketId, user_id: 1, site_id: id }),
  ],
  ['a new ticket\u2019s type', 'tickets', (id) => ({ summary: 'x', tickettype_id: id })],
  ['a new ticket\u2019s files', 'tickets', (id) => ({ summary: 'x', attachments: [{ id }] })],
  ['a changed ticket', 'tickets', (id) => ({ id, summary: 'x' })],
  ...Object.entries(ofTicket)
    .filter(([name]) => !['client_id', 'site_id', 'user_id', 'userlookup'].includes(name))
    .map(([name, body]): [string, string, Body] => [
      `an action's ${name}`,
      'actions',
      (id) => ({ ticket_id: ticketId, outcome: 'Internal note', note: 'x', ...body(id) }),
    ]),
  [
    'an action\u2019s ticket',
    'actions',
    (id) => ({ ticket_id: id, outcome: 'Internal note', note: 'x' }),
  ],
  [
    'an action\u2019s type',
    'actions',
    (id) => ({ ticket_id: ticketId, outcome_id: id, note: 'x' }),
  ],
  [
    'an action\u2019s supplier',
    'actions',
    (id) => ({ ticket_id: ticketId, outcome: 'Escalate to MSP', note: 'x', supplier_id: id }),
  ],
  [
    'an action\u2019s template',
    'actions',
    (id) => ({ ticket_id: ticketId, outcome: 'Email user', note: 'x', emailtemplate_id: id }),
  ],
  [
    'an action\u2019s files',
    'actions',
    (id) => ({ ticket_id: ticketId, outcome: 'Internal note', note: 'x', attachments: [{ id }] }),
  ],
  ['a user', 'users', (id) => ({ id, notes: 'x' })],
  ['a user\u2019s customer', 'users', (id) => ({ name: 'x', client_id: id })],
  ['a user\u2019s site', 'users', (id) => ({ name: 'x', site_id: id })],
  ['a customer', 'client', (id) => ({ id, notes: 'x' })],
  ['a site', 'site', (id) => ({ id, notes: 'x' })],
  ['a site\u2019s customer', 'site', (id) => ({ name: 'x', client_id: id })],
  ['a supplier', 'supplier', (id) => ({ id, notes: 'x' })],
  ['a connection', 'connection', (id) => ({ id, share_agents: true })],
  ['a connection\u2019s customer', 'connection', (id) => ({ client_id: id })],
  ['a connection\u2019s supplier', 'connection', (id) => ({ supplier_id: id })],
  ...['default_status_id', 'default_outcome_id'].map((name): [string, string, Body] => [
    `a connection's ${name}`,
    'connection',
    (id) => ({ id: acme.connectionId, [name]: id }),
  ]),
  ...['status', 'priority', 'category', 'field', 'outcome'].map((kind): [string, string, Body] => [
    `a mapping of a ${kind}`,
    'connection',
    (id) => ({ id: acme.connectionId, mappings: [{ kind, remote_id: '1', local_id: id }] }),
  ]),
  [
    'a file\u2019s ticket',
    'attachment',
    (id) => ({ filename: 'a', data_base64: 'eA==', ticket_id: id }),
  ],
  [
    'a file\u2019s action',
    'attachment',
    (id) => ({ filename: 'a', data_base64: 'eA==', ticket_id: ticketId, action_id: id }),
  ],
]

describe('T1: a number in a body', () => {
  test.each(bodies)(
    '%s (%s) is refused alike for another desk\u2019s and none',
    async (_, path, body) => {
      const foreign = await acme.boss.ask('POST', path, [body(FOREIGN)])
      const unknown = await acme.boss.ask('POST', path, [body(UNKNOWN)])
      expect([400, 404], foreign.text.slice(0, 300)).toContain(foreign.status)
      expect(blind(foreign, FOREIGN)).toEqual(blind(unknown, UNKNOWN))
    },
  )

  test('the partners of an action are those of its ticket, whatever else is named', async () => {
    const action = { ticket_id: linkedId, outcome: 'Private note', note: fresh() }
    const send = (id: number) =>
      acme.boss.ask('POST', 'actions', [{ ...action, connection_ids: [id] }])
    const [foreign, unknown] = [await send(FOREIGN), await send(UNKNOWN)]
    expect(foreign.status).toBe(unknown.status)
    expect(foreign.body['deliveries'] ?? []).not.toContainEqual(
      expect.objectContaining({ state: 'synced' }),
    )
  })

  test('a customer of the desk, and a site of another of its customers', async () => {
    const { id } = await acme.admin.post('client', [{ name: fresh() }])
    const [site] = (await acme.admin.get<{ sites: { id: number }[] }>(`site?client_id=${id}`)).sites
    const answer = await acme.boss.ask('POST', 'tickets', [
      { id: ticketId, user_id: 1, site_id: site?.id },
    ])
    expect(answer.status).toBe(400)
  })
})
