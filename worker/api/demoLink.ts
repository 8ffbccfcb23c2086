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

/**
 * Links the two desks of the demo by the calls that the guide's long way makes: supplier, customer, both API Access
 * tabs, *Authenticate connection* on both sides, the company's agents as users, mappings. Throws when a call is refused.
 */
export async function linkDemo(
  call: Call,
  acmeDesk: DemoDesk,
  skylineDesk: DemoDesk,
): Promise<void> {
  const [acme, skyline] = [await signIn(call, acmeDesk), await signIn(call, skylineDesk)]
  const supplier = Created.parse(
    await acme.post('supplier', {
      name: 'Skyline',
      contact_name: 'Lena Berg',
      email_address: 'support@skyline.example',
      website: 'https://skyline.example',
    }),
  )
  const customer = Created.parse(
    await skyline.post('client', { name: 'Acme', website: 'https://acme.example' }),
  )

  const ofAcme = Issued.parse(
    await acme.post('connection', {
      kind: 'supplier',
      supplier_id: supplier.id,
      allow_access: true,
      sync_attachments: true,
    }),
  )
  const partner = ofAcme.issued
  const ofSkyline = Issued.parse(
    await skyline.post('connection', {
      kind: 'customer',
      client_id: customer.id,
      allow_access: true,
      sync_attachments: true,
      unknown_sender: 'create',
      partner,
    }),
  )
  await acme.post('connection', { id: ofAcme.id, partner: ofSkyline.issued })
  await skyline.post(`connection/${ofSkyline.id}/authenticate`, {})
  await acme.post(`connection/${ofAcme.id}/authenticate`, {})
  await skyline.post(`connection/${ofSkyline.id}/import-agents`, {})

  const [theirs, names] = [await namesOf(acme, ofAcme.id), await namesOf(skyline, ofSkyline.id)]
  await acme.post('connection', { id: ofAcme.id, ...inboundSettings(acmeMappings, names, theirs) })
  await skyline.post('connection', {
    id: ofSkyline.id,
    ...inboundSettings(skylineMappings, theirs, names),
  })
}

interface Desk {
  get: (path: string) => Promise<unknown>
  post: (path: string, body: unknown) => Promise<unknown>
}

async function signIn(call: Call, { url, clientId, secret }: DemoDesk): Promise<Desk> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret,
    scope: 'all',
  })
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
  if (!answer.ok)
    throw new Error(
      `The demo pair could not be linked: ${method} ${url} answered ${answer.status} ${text}`,
    )
  return JSON.parse(text)
}

type Kind = 'outcome' | 'status' | 'tickettype' | 'priority' | 'category' | 'field'
/** By name: what a mapping calls a thing of the partner's, and its number on its own desk. */
type Names = Record<Kind, Map<string, { remoteId: string; number: number }>>

const Listed = z.array(z.object({ id: z.string(), number: z.int().optional(), name: z.string() }))
const Schema = z.object({
  outcomes: Listed,
  statuses: Listed,
  tickettypes: Listed,
  priorities: Listed,
  categories: Listed,
  fields: Listed,
})

/** The lists of the desk on the other end of a connection, as the tab shows them to pick from. */
async function namesOf(desk: Desk, connectionId: number): Promise<Names> {
  const lists = Schema.parse(await desk.get(`connection/${connectionId}/schema`))
  const byName = (rows: z.infer<typeof Listed>) =>
    new Map(
      rows.map(({ id, number, name }) => [name, { remoteId: id, number: number ?? Number(id) }]),
    )
  return {
    outcome: byName(lists.outcomes),
    status: byName(lists.statuses),
    tickettype: byName(lists.tickettypes),
    priority: byName(lists.priorities),
    category: byName(lists.categories),
    field: byName(lists.fields),
  }
}

/** What an admin would choose on the tab, in the numbers of both desks. */
function inboundSettings(wanted: DemoMappings, here: Names, partner: Names) {
  const pick = (names: Names, kind: Kind, name: string) => {
    const one = names[kind].get(name)
    if (!one) throw new Error(`The demo pair could not be linked: there is no ${kind} ${name}`)
    return one
  }
  const map = (kind: Kind, pairs: [theirs: string, ours: string][]) =>
    pairs.map(([theirs, ours]) => ({
      kind,
      remote_id: pick(partner, kind, theirs).remoteId,
      remote_name: theirs,
      local_id: pick(here, kind, ours).number,
    }))
  const equal = (kind: Kind) =>
    map(
      kind,
      [...partner[kind].keys()].filter((name) => here[kind].has(name)).map((name) => [name, name]),
    )
  const { outcome, status, tickettype } = wanted.defaults
  return {
    default_outcome_id: pick(here, 'outcome', outcome).number,
    ...(status !== undefined && { default_status_id: pick(here, 'status', status).number }),
    ...(tickettype !== undefined && {
      default_tickettype_id: pick(here, 'tickettype', tickettype).number,
    }),
    mappings: [
      ...map('outcome', Object.entries(wanted.outcome)),
      ...map('status', Object.entries(wanted.status)),
      ...map('tickettype', Object.entries(wanted.tickettype ?? {})),
      ...map(
        'field',
        wanted.field.map((name) => [name, name]),
      ),
      ...equal('priority'),
      ...equal('category'),
    ],
  }
}
