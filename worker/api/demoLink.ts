import { z } from 'zod'
import { acmeMappings, skylineMappings, type DemoMappings } from '../../db/seed/demo'

/** A desk as an admin's program sees it: its base address and an API application's credentials. */
export interface DemoDesk {
  url: string
  clientId: string
  secret: string
}

export type Call = (request: Request) => Promise<Response>

const Created = z.object({ id: z.int() })
const Issued = z.object({
  id: z.int(),
  issued: z.object({
    client_id: z.string(),
    client_secret: z.string(),
    auth_url: z.string(),
    resource_url: z.string(),
    tenant_id: z.string(),
  }),
})
const Agents = z.array(z.object({ name: z.string(), email: z.string(), is_agent: z.boolean().optional(), isapiagent: z.boolean().optional() }))

/**
 * Links the two desks of the demo by the calls that the guide's long way makes: supplier, customer, the company's agents as users,
 * both API Access tabs, *Authenticate connection* on both sides, mappings. Throws when a call is refused.
 */
export async function linkDemo(call: Call, acmeDesk: DemoDesk, skylineDesk: DemoDesk): Promise<void> {
  const [acme, skyline] = [await signIn(call, acmeDesk), await signIn(call, skylineDesk)]
  const supplier = Created.parse(
    await acme.post('supplier', { name: 'Skyline', contact_name: 'Lena Berg', email_address: 'support@skyline.example', website: 'https://skyline.example' }),
  )
  const customer = Created.parse(await skyline.post('client', { name: 'Acme', website: 'https://acme.example' }))
  const agents = Agents.parse(await acme.get('agent')).filter(({ isapiagent }) => !isapiagent)
  await skyline.post('users?returnall=true', agents.map(({ name, email }) => ({ name, emailaddress: email, client_id: customer.id })))

  const ofAcme = Issued.parse(await acme.post('connection', { kind: 'supplier', supplier_id: supplier.id, allow_access: true, sync_attachments: true }))
  const partner = ofAcme.issued
  const ofSkyline = Issued.parse(
    await skyline.post('connection', { kind: 'customer', client_id: customer.id, allow_access: true, sync_attachments: true, unknown_sender: 'create', partner }),
  )
  await acme.post('connection', { id: ofAcme.id, partner: ofSkyline.issued })
  await skyline.post(`connection/${ofSkyline.id}/authenticate`, {})
  await acme.post(`connection/${ofAcme.id}/authenticate`, {})

  const [names, theirs] = [await namesOf(acme), await namesOf(skyline)]
  await acme.post('connection', { id: ofAcme.id, ...inboundSettings(acmeMappings, names, theirs) })
  await skyline.post('connection', { id: ofSkyline.id, ...inboundSettings(skylineMappings, theirs, names) })
}

interface Desk {
  get: (path: string) => Promise<unknown>
  post: (path: string, body: unknown) => Promise<unknown>
}

async function signIn(call: Call, { url, clientId, secret }: DemoDesk): Promise<Desk> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret, scope: 'all' })
  const answer = await read(call, new Request(`${url}/auth/token`, { method: 'POST', body: form }))
  const { access_token: token } = z.object({ access_token: z.string() }).parse(answer)
  const authorization = `Bearer ${token}`
  return {
    get: (path) => read(call, new Request(`${url}/api/${path}`, { headers: { authorization } })),
    post: (path, body) =>
      read(
        call,
        new Request(`${url}/api/${path}`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
  }
}

async function read(call: Call, request: Request): Promise<unknown> {
  const { method, url } = request
  const answer = await call(request)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`The demo pair could not be linked: ${method} ${url} answered ${answer.status} ${text}`)
  return JSON.parse(text)
}

type Kind = 'outcome' | 'status' | 'tickettype' | 'priority' | 'category' | 'field'
type Names = Record<Kind, Map<string, number>>

/** The lists of a desk that mappings are made of: number by name. */
async function namesOf(desk: Desk): Promise<Names> {
  const list = async (path: string, name: string, id = 'id') => {
    const rows = z.array(z.record(z.string(), z.unknown())).parse(await desk.get(path))
    return new Map(rows.map((row) => [String(row[name]), Number(row[id])]))
  }
  return {
    outcome: await list('outcome', 'outcome'),
    status: await list('status', 'name'),
    tickettype: await list('tickettype', 'name'),
    priority: await list('priority', 'name', 'priorityid'),
    category: await list('category', 'value'),
    field: await list('fieldinfo', 'name'),
  }
}

/** What an admin would choose on the tab, in the numbers of both desks. */
function inboundSettings(wanted: DemoMappings, here: Names, partner: Names) {
  const pick = (names: Map<string, number>, name: string): number => {
    const id = names.get(name)
    if (id === undefined) throw new Error(`The demo pair could not be linked: there is no ${name}`)
    return id
  }
  const map = (kind: Kind, pairs: [theirs: string, ours: string][]) =>
    pairs.map(([theirs, ours]) => ({ kind, remote_id: String(pick(partner[kind], theirs)), remote_name: theirs, local_id: pick(here[kind], ours) }))
  const equal = (kind: Kind) => map(kind, [...partner[kind].keys()].filter((name) => here[kind].has(name)).map((name) => [name, name]))
  const { outcome, status, tickettype } = wanted.defaults
  return {
    default_outcome_id: pick(here.outcome, outcome),
    ...(status !== undefined && { default_status_id: pick(here.status, status) }),
    ...(tickettype !== undefined && { default_tickettype_id: pick(here.tickettype, tickettype) }),
    mappings: [
      ...map('outcome', Object.entries(wanted.outcome)),
      ...map('status', Object.entries(wanted.status)),
      ...map('tickettype', Object.entries(wanted.tickettype ?? {})),
      ...map('field', wanted.field.map((name) => [name, name])),
      ...equal('priority'),
      ...equal('category'),
    ],
  }
}
