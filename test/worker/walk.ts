import { seams } from '../../worker/platform/seams'
import { byToken, bySession, Client, pair, settle, type Answer, type TestDesk } from './pair'
import { lettersOf } from './auth/letters'
import { act, authenticate, escalate, fresh, logged, remap, setConnection } from './sync/story'

/** What a walk over the product has done: the statements it ran, the calls in the router's words, and what was refused. */
export interface Walked {
  ran: Set<string>
  called: Set<string>
  refused: string[]
}

const ran = new Set<string>()
const called = new Set<string>()
const refused: string[] = []
let acme: TestDesk
let skyline: TestDesk

/** Notes what a client calls, in the router's words. */
class Walker {
  constructor(private readonly client: Client) {}
  async go<T = Answer>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await this.client.ask<T>(method, path, body)
    if (reply.status >= 400) refused.push(`${method} ${path} ${reply.text.slice(0, 200)}`)
    const route = (path.startsWith('/') ? path : `/api/${path}`).split('?')[0] ?? ''
    called.add(`${method} ${route}`)
    return reply.body
  }
}

interface Issued {
  issued: { client_id: string; client_secret: string }
}

async function workedExample(): Promise<void> {
  const ticket = await logged(acme, { customfields: [{ name: 'CFasset', value: 'HQ-3' }] })
  const { sync } = await escalate(acme, ticket.id, {
    attachments: [{ filename: 'a.txt', data_base64: btoa('hello') }],
  })
  const twin = sync?.remote_ticket_id ?? 0
  await act(skyline, twin, 'Note', 'A driver.')
  await act(acme, ticket.id, 'Private note', 'Go ahead.')
  await act(skyline, twin, 'Indirect email to end user', 'Please try again.')
  await acme.user.post('actions', [{ ticket_id: ticket.id, outcome: 'User update', note: 'No.' }])
  await acme.agent.post('tickets', [
    {
      id: ticket.id,
      priority_id: 2,
      category_1: 'Hardware>Printer',
      agent_id: 3,
      team: 'Service desk',
    },
  ])
  await act(acme, ticket.id, 'Private note', 'Urgent.', {
    customfields: [{ name: 'CFasset', value: 'x' }],
  })
  await settle()
  await act(skyline, twin, 'Resolve third party ticket', 'Fixed.')
  await settle()
}

/** Every route once, by somebody who may call it and with what it takes. */
async function everyRoute(): Promise<void> {
  const boss = new Walker(acme.boss)
  const user = new Walker(acme.user)
  const { id: ticketId } = await logged(acme)
  await escalate(acme, ticketId)
  const at = (path: string) => path.replace('TICKET', String(ticketId))
  for (const list of LISTS) await boss.go('GET', at(list))
  for (const list of OF_USERS) await user.go('GET', at(list))
  await user.go('GET', `tickets/${ticketId}`)
  await user.go('GET', `actions?ticket_id=${ticketId}`)
  for (const one of ONE_BY_ONE) await boss.go('GET', at(one))

  const client = await boss.go('POST', 'client', [{ name: fresh() }])
  await boss.go('PUT', 'client', [{ id: client.id, notes: 'x' }])
  const site = await boss.go('POST', 'site', [{ name: 'North', client_id: client.id }])
  await boss.go('PUT', 'site', [{ id: site.id, notes: 'x' }])
  const person = await boss.go('POST', 'users', [
    {
      name: 'Kim Doe',
      site_id: site.id,
      emailaddress: 'kim@doe.example',
      password: 'horse battery',
    },
  ])
  await boss.go('PUT', 'users', [{ id: person.id, inactive: true }])
  const supplier = await boss.go('POST', 'supplier', [{ name: fresh() }])
  await boss.go('PUT', 'supplier', [{ id: supplier.id, notes: 'x' }])
  for (const [kind, { id }] of Object.entries({ client, site, users: person, supplier }))
    await boss.go('GET', `${kind}/${id}`)
  await boss.go('POST', 'fieldinfo', [{ name: 'CFwalk', type: 2, new_values: 'a,b' }])
  await boss.go('POST', 'module', { name: 'suppliers', enabled: true })
  const connection = await boss.go('POST', 'connection', { supplier_id: supplier.id })
  await boss.go('PUT', 'connection', { id: connection.id, allow_access: true })
  await boss.go('DELETE', `connection/${connection.id}`)

  const own = `connection/${acme.connectionId}`
  for (const part of [
    '',
    '/schema',
    '/mappings',
    '/check',
    '/log?search=print&state=synced',
    '/onlythere',
  ])
    await boss.go('GET', own + part)
  await boss.go('POST', `${own}/schema`, {})
  await boss.go('DELETE', `${own}/onlythere`)
  for (const method of ['PUT', 'POST'])
    await boss.go(method, `${own}/mappings`, await boss.go('GET', `${own}/mappings`))
  await remap(acme, (set) => set.slice(1))
  await boss.go('POST', `${own}/replay`, { all: true })
  await new Walker(skyline.boss).go('POST', `connection/${skyline.connectionId}/import-agents`, {})
  const { issued } = await boss.go<Issued>('POST', `${own}/rotate`, {})
  await setConnection(skyline, { partner: { client_secret: issued.client_secret } })
  await authenticate(skyline)
  await boss.go('POST', `${own}/authenticate`, {})
  const partner = new Walker(new Client(acme.url, byToken(issued)))
  for (const path of [
    'self',
    'schema',
    'agents',
    'links',
    `link/${await linkUid(ticketId)}?uids=1`,
  ])
    await partner.go('GET', `connection/${path}`)

  const file = await boss.go('POST', 'attachment', { filename: 'a.txt', data_base64: btoa('x') })
  await boss.go('GET', `attachment/${file.id}?includedetails=true`)
  await boss.go('DELETE', `attachment/${file.id}`)
  await boss.go('PUT', `attachment/upload?filename=b.txt&ticket_id=${ticketId}`, 'y')
  await user.go('POST', 'attachment', {
    filename: 'a.txt',
    data_base64: btoa('x'),
    ticket_id: ticketId,
  })
  await boss.go('PUT', 'tickets', [{ id: ticketId, client_id: client.id }])
  await boss.go('POST', 'tickets', [
    { summary: 'By name', user_email: 'new@acme.example', users_name: 'New', team: 'Service desk' },
  ])
  await boss.go('POST', 'actions', [{ ticket_id: ticketId, outcome: 'Internal note', note: 'x' }])
  await boss.go('PUT', 'actions', [{ ticket_id: ticketId, outcome: 'Public note', note: 'x' }])
  await boss.go('DELETE', `tickets/${ticketId}`)
  for (const [kind, { id }] of Object.entries({ site, users: person, supplier, client }))
    await boss.go('DELETE', `${kind}/${id}`)

  const invited = await boss.go('POST', 'agent', { name: 'New agent', email: 'new@acme.example' })
  await boss.go('PUT', 'agent', { id: invited.id, name: 'New colleague' })
  await boss.go('POST', `agent/${invited.id}/invitation`, {})
  const nobody = new Walker(acme.nobody)
  const [letter] = await lettersOf(() =>
    nobody.go('POST', '/auth/link', { email: acme.demo.user.email }),
  )
  const origin = { origin: new URL(acme.url).origin }
  const browser = new Walker(new Client(acme.url, () => Promise.resolve(origin)))
  await browser.go('POST', '/auth/link/open', { token: letter?.token })

  for (const given of [acme.demo.user, acme.demo.agent]) {
    const one = new Walker(new Client(acme.url, bySession(given)))
    await one.go('GET', '/auth/session')
    await one.go('POST', '/auth/session', given)
    await one.go('DELETE', '/auth/session')
    const again = new Walker(new Client(acme.url, bySession(given)))
    await again.go('POST', '/auth/password', {
      password: given.password,
      new_password: 'correct horse battery',
    })
  }
  await settle()
}

async function linkUid(ticketId: number): Promise<string> {
  const row = await acme.db.d1
    .prepare('select uid from link where t = ? and ticket_id = ?')
    .bind(acme.t, ticketId)
    .first<string>('uid')
  return row ?? ''
}

const LISTS = [
  'actions?ticket_id=TICKET',
  'agent?search=a&team=1',
  'agent/me',
  'attachment',
  'authinfo',
  'category',
  'client?search=a&order=name',
  'connection',
  'docs',
  'emailtemplate',
  'fieldinfo?includevalues=true',
  'instanceinfo',
  'lookup?lookupid=11',
  'mail',
  'module',
  'openapi.json',
  'outcome?includehidden=true',
  'priority',
  'site?search=a',
  'sla',
  'status?showcounts=true',
  'supplier?search=a',
  'team',
  'tickets?search=printer&open_only=true&team=Service%20desk&mine=true&sync_problem=true&countlimit=5',
  'tickets?ticketids=1,2&status=1&priority=1&client_id=1&agent_id=3&team=1&order=summary',
  'tickettype?showcounts=true',
  'users?search=a&client_id=1&order=name&advanced_search=' +
    encodeURIComponent('[{"filter_name":"name","filter_type":4,"filter_value":"a"}]'),
  'workflow',
]
const OF_USERS = [
  'attachment?ticket_id=TICKET',
  'fieldinfo',
  'status',
  'tickets?search=printer',
  'tickettype',
  'tickettype/1',
  'fieldinfo/2',
  'status/1',
  'users/me',
]
const ONE_BY_ONE = [
  'actions/1?ticket_id=TICKET',
  'agent/3',
  'category/1',
  'emailtemplate/35',
  'fieldinfo/2',
  'outcome/5',
  'priority/1',
  'sla/1',
  'status/1',
  'team/1',
  'tickets/TICKET',
  'tickettype/1',
  'workflow/1',
]

/** Makes the pair, lives the worked example and calls every route once, and tells what that ran. For `beforeAll`, once a file. */
export async function walk(): Promise<Walked> {
  seams.beforeQuery = (texts) => texts.forEach((text) => ran.add(text))
  try {
    ;({ acme, skyline } = await pair())
    await workedExample()
    await everyRoute()
  } finally {
    seams.beforeQuery = undefined
  }
  return { ran, called, refused }
}
