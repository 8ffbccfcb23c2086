import { and, desc, eq } from 'drizzle-orm'
import * as fc from 'fast-check'
import { link, outbox } from '../../../db/schema'
import { issueOneTime } from '../../../worker/auth/oneTime'
import type { TestDesk } from '../pair'
import type { Draw } from './draw'
import { among, type Kind, type Spare, type World } from './world'

/** What of a request only the desk itself knows; the schema gives the rest. */
export interface Recipe {
  at?: 'acme' | 'skyline'
  /** Numbers in the path. */
  path?: Record<string, string | number>
  query?: Record<string, unknown>
  /** Fields with these values, fields that must be there, and the only others that may. */
  body?: object
  needs?: string[]
  only?: string[]
  /** The whole body, where the schema has no say. */
  whole?: unknown
  raw?: string
  headers?: Record<string, string>
  /** Whether it may have changed what the others live on. */
  spoils?: boolean
}
type Cook = (world: World, draw: Draw, kind: Kind) => Recipe | Promise<Recipe>

/** The caller is said by the recipe's headers, or does not matter: the usual ones would sign themselves out. */
export const AS_NOBODY = new Set([
  'POST /auth/session',
  'POST /auth/link',
  'POST /auth/link/open',
  'DELETE /auth/session',
  'POST /auth/password',
])

const CHANGES = [
  'priority_id',
  'category_1',
  'categoryid_1',
  'agent_id',
  'team_id',
  'team',
  'startdate',
  'targetdate',
]
const TICKET = ['details', 'details_html', 'client_reference', 'attachments', 'customfields']
const ACTION = [
  'note',
  'hiddenfromuser',
  'attachments',
  'new_customer_ref',
  'new_priority',
  'new_agent',
  'new_team',
  'new_startdate',
  'sendemail',
]
const WRITTEN: Record<string, string[]> = {
  client: ['website', 'main_phonenumber', 'notes', 'colour', 'inactive'],
  site: ['phonenumber', 'notes', 'inactive'],
  users: [
    'firstname',
    'surname',
    'emailaddress',
    'phonenumber',
    'mobilenumber',
    'notes',
    'inactive',
  ],
  supplier: [
    'contact_name',
    'email_address',
    'phone_number',
    'website',
    'address',
    'notes',
    'inactive',
  ],
}

/** One of those that the caller sees. */
const one = (world: World, draw: Draw, kind: Kind, list: string): number =>
  draw.of(world.known(kind, list)) ?? 1

const ticket: Cook = async (world, draw, kind) => {
  if (kind === 'connection') return { at: 'skyline', whole: [create(draw)] }
  if (kind === 'user')
    return { needs: ['summary'], only: ['details', 'details_html', 'attachments'] }
  if (draw.chance(0.3))
    return {
      body: { id: await world.spare('tickets') },
      only: ['summary', 'status_id', ...CHANGES],
    }
  return { needs: ['summary'], only: [...TICKET, ...CHANGES] }
}

const action: Cook = async (world, draw, kind) => {
  if (kind === 'connection') return { at: 'skyline', whole: [await message(world.skyline)] }
  if (kind === 'user') {
    const body = { ticket_id: one(world, draw, kind, 'tickets'), outcome: 'User update' }
    return { body, needs: ['note'], only: ['attachments'] }
  }
  const outcome = draw.must(['Internal note', 'Public note', 'Private note', 'Escalate to MSP'])
  if (outcome === 'Escalate to MSP') {
    const body = {
      ticket_id: await world.spare('tickets'),
      outcome,
      supplier_id: world.acme.supplierId,
    }
    return { body, needs: ['note_html'], only: [] }
  }
  const body = { ticket_id: one(world, draw, kind, 'tickets'), outcome, note_html: '<p>Done.</p>' }
  return { body, only: [...ACTION, ...CHANGES, 'customfields'] }
}

/** Made or changed: as often the one as the other. */
const row =
  (list: 'client' | 'site' | 'users' | 'supplier'): Cook =>
  async (world, draw) => {
    if (draw.chance(0.5))
      return { body: { id: await world.spare(list) }, only: WRITTEN[list] ?? [] }
    const of = list === 'site' || list === 'users' ? { client_id: await world.ownClient() } : {}
    return { body: of, needs: ['name'], only: WRITTEN[list] ?? [] }
  }

const agent: Cook = async (world, draw) =>
  draw.chance(0.5)
    ? { body: { id: await world.spare('agent') }, only: ['name', 'role', 'jobtitle', 'teams'] }
    : { needs: ['name', 'email'], only: ['role', 'jobtitle', 'teams'] }

const settings: Cook = async (world, draw) => {
  const body = draw.chance(0.5)
    ? { id: await world.spare('connection') }
    : { supplier_id: await world.spare('supplier') }
  return { body, only: ['allow_access', 'default_outcome_id', 'sync_attachments', 'share_agents'] }
}

const spared =
  (list: Spare): Cook =>
  async (world) => ({ path: { id: await world.spare(list) } })

const file: Cook = async (world, _draw, kind) => {
  const client = world.client(kind, 'acme')
  const { id } = await client.post('attachment', {
    filename: 'a.txt',
    data_base64: btoa(world.fresh()),
  })
  return { path: { id } }
}

const ofConnection: Cook = (world) => ({ path: { id: world.acme.connectionId } })

const publish: Cook = async ({ acme }) => {
  const { mappings } = await acme.boss.get<{ mappings: object[] }>(
    `connection/${acme.connectionId}/mappings`,
  )
  return { path: { id: acme.connectionId }, whole: { mappings }, spoils: true }
}

/** What is asked of a connection is asked of the one that works, unless that would end it. */
export const recipeOf = (key: string): Cook | undefined =>
  recipes[key] ?? (key.includes('/connection/{id}') ? ofConnection : undefined)

const recipes: Record<string, Cook> = {
  'POST /tickets': ticket,
  'PUT /tickets': ticket,
  'DELETE /tickets/{id}': spared('tickets'),
  'POST /actions': action,
  'PUT /actions': action,
  'GET /actions/{id}': (world, draw, kind) => ({
    path: { id: 1 },
    query: { ticket_id: one(world, draw, kind, 'tickets') },
  }),
  'GET /attachment/{id}': file,
  'DELETE /attachment/{id}': file,
  'POST /attachment': (world, draw, kind) => ({
    body: draw.chance(0.5) ? { ticket_id: one(world, draw, kind, 'tickets') } : {},
    needs: ['data_base64'],
    only: ['filename', 'isimage'],
  }),
  'PUT /attachment/upload': (world, draw, kind) => ({
    query: draw.chance(0.5) ? { ticket_id: one(world, draw, kind, 'tickets') } : {},
    only: ['filename'],
    raw: 'The bytes of a file',
  }),
  'PUT /attachment/{id}': async ({ skyline }) => {
    const raw = 'The bytes of a file'
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(raw))
    return {
      at: 'skyline',
      path: { id: crypto.randomUUID() },
      query: { link: (await linkOf(skyline)).uid },
      only: ['filename', 'cid'],
      raw,
      headers: { 'repr-digest': `sha-256=:${new Uint8Array(digest).toBase64()}:` },
    }
  },
  'POST /client': row('client'),
  'PUT /client': row('client'),
  'DELETE /client/{id}': spared('client'),
  'POST /site': row('site'),
  'PUT /site': row('site'),
  'DELETE /site/{id}': spared('site'),
  'POST /supplier': row('supplier'),
  'PUT /supplier': row('supplier'),
  'DELETE /supplier/{id}': spared('supplier'),
  'POST /users': row('users'),
  'PUT /users': row('users'),
  'DELETE /users/{id}': spared('users'),
  'POST /agent': agent,
  'PUT /agent': agent,
  'POST /agent/{id}/invitation': spared('agent'),
  'POST /fieldinfo': (world) => ({ body: { name: `CF${world.fresh()}` } }),
  'POST /module': () => ({ whole: { name: 'suppliers', enabled: true }, spoils: true }),
  'POST /connection': settings,
  'PUT /connection': settings,
  'DELETE /connection/{id}': spared('connection'),
  'POST /connection/{id}/rotate': spared('connection'),
  'PUT /connection/{id}/mappings': publish,
  'POST /connection/{id}/mappings': publish,
  'POST /connection/{id}/replay': async ({ acme }, draw, kind) => ({
    path: { id: acme.connectionId },
    whole: kind !== 'agent' && draw.chance(0.5) ? { all: true } : { ids: [await sent(acme)] },
  }),
  'POST /connection/{id}/import-agents': ({ skyline }) => ({
    at: 'skyline',
    path: { id: skyline.connectionId },
  }),
  'GET /connection/link/{uid}': async ({ acme }) => ({ path: { uid: (await linkOf(acme)).uid } }),
  'POST /auth/session': ({ acme }) => ({ whole: acme.demo.agent }),
  'POST /auth/link/open': async (world) => {
    const { db, t } = world.acme
    const { email } = await world.sparePerson()
    const { token, statement } = await issueOneTime(db, { kind: 'sign_in', t, email, data: {} })
    await statement
    return { whole: { token } }
  },
  'DELETE /auth/session': async (world) => ({ headers: (await world.spareSession()).headers }),
  'POST /auth/password': async (world) => {
    const { headers, password } = await world.spareSession()
    return { headers, whole: { password, new_password: `${password} ${world.fresh()}` } }
  },
}

async function linkOf({ db, t }: TestDesk) {
  const [row] = await db.orm
    .select()
    .from(link)
    .where(and(eq(link.t, t), eq(link.state, 'live')))
    .limit(1)
  if (!row) throw new Error('No ticket is linked')
  return row
}

/** The newest message of the desk, by the name it has in the log. */
async function sent({ db, t, connectionId }: TestDesk): Promise<string> {
  const [row] = await db.orm
    .select()
    .from(outbox)
    .where(and(eq(outbox.t, t), eq(outbox.connectionId, connectionId)))
    .orderBy(desc(outbox.at))
    .limit(1)
  if (!row) throw new Error('Nothing was sent')
  return `${row.ticketId}-${row.actionId}-${connectionId}`
}

const AUTHOR = { kind: 'agent', uid: 'a-1', name: 'Remote Agent' }

/** The next message of a partner on a link (protocol.md §3). */
async function message(desk: TestDesk): Promise<object> {
  const { ticketId, uid, remoteTicketUid, inN, inUid } = await linkOf(desk)
  return {
    ticket_id: ticketId,
    outcome_id: 999,
    outcome: 'Their note',
    note_html: '<p>From afar</p>',
    baton: {
      v: 1,
      kind: 'action',
      uid: crypto.randomUUID(),
      link: uid,
      ticket: remoteTicketUid,
      prev: { n: inN, uid: inUid },
      clock: 50,
      at: '2026-08-09T10:00:00.000Z',
      author: AUTHOR,
      registers: [],
    },
  }
}

const create = (draw: Draw): object => ({
  summary: draw.from(fc.string({ minLength: 1 })).trim() || 'Printer',
  details_html: '<p>It does not work.</p>',
  tickettype_name: 'Incident',
  outcome_id: 12,
  outcome: 'Escalate to MSP',
  baton: {
    v: 1,
    kind: 'create',
    uid: crypto.randomUUID(),
    link: crypto.randomUUID(),
    ticket: crypto.randomUUID(),
    prev: { n: 0, uid: null },
    clock: 1,
    at: '2026-08-09T10:00:00.000Z',
    via: [],
    author: AUTHOR,
    registers: [],
  },
})

/** Which list a field's numbers are of. */
const LIST_OF: Record<string, string> = {
  ...Object.fromEntries(
    [
      'client',
      'site',
      'agent',
      'team',
      'status',
      'tickettype',
      'outcome',
      'supplier',
      'emailtemplate',
      'workflow',
      'sla',
    ].map((list) => [`${list}_id`, list]),
  ),
  user_id: 'users',
  ticket_id: 'tickets',
  unique_id: 'tickets',
  search_id: 'tickets',
  ticketids: 'tickets',
  excludethese: 'tickets',
  client_ids: 'client',
  requesttype_id: 'tickettype',
  requesttype: 'tickettype',
  status: 'status',
  priority: 'priority',
  agent: 'agent',
  new_agent: 'agent',
  categoryid_1: 'category',
  default_status_id: 'status',
  default_outcome_id: 'outcome',
  default_tickettype_id: 'tickettype',
  slaid: 'sla',
}

const FILES = fc.array(
  fc.record({
    filename: fc.constantFrom('a.txt', 'ä b.pdf', 'x.png'),
    data_base64: fc.base64String(),
  }),
  {
    maxLength: 2,
  },
)
const SEARCH = ['name', 'notes', 'id'].flatMap((filter_name) =>
  [2, 4, 7].map((filter_type) => JSON.stringify([{ filter_name, filter_type, filter_value: 'a' }])),
)

/** Values that exist, by the name of the field; undefined where the schema knows enough. */
export function knownTo(
  world: World,
  kind: Kind,
): (name: string) => fc.Arbitrary<unknown> | undefined {
  return (name) => {
    const list = LIST_OF[name]
    if (list !== undefined) return among(world.known(kind, list))
    switch (name) {
      case 'priority_id':
      case 'new_priority':
        return fc.constantFrom(1, 2, 3, 4)
      case 'category_1':
        return fc.constantFrom('Hardware>Printer', 'Hardware>Laptop')
      case 'team':
      case 'new_team':
      case 'team_name':
        return fc.constant('Service desk')
      case 'attachments':
        return FILES
      case 'customfields':
        return fc.constant([{ name: 'CFasset', value: 'HQ-3' }])
      case 'advanced_search':
        return fc.constantFrom(...SEARCH)
      case 'emailaddress':
      case 'email_address':
      case 'email':
        return fc.nat().map((n) => `${n}-${world.fresh()}@fuzz.example`)
      case 'page_size':
      case 'count':
        return fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constantFrom(5_000, 'x', '7'))
      case 'page_no':
        return fc.integer({ min: 1, max: 4 })
      case 'type':
        return fc.constantFrom(0, 2, 3, 4, 6, 10)
      case 'inputtype':
        return fc.constantFrom(0, 1, 4)
      default:
        return undefined
    }
  }
}
