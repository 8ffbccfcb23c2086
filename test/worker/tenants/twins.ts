import { env } from 'cloudflare:test'
import { getTableColumns, getTableName, is } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import * as schema from '../../../db/schema'
import * as configuration from '../../../db/schema/configuration'
import { found } from '../../../worker/platform/database'
import { sha256 } from '../../../worker/platform/keys'
import {
  byToken,
  bySession,
  Client,
  later,
  makeCheap,
  nowAgain,
  ORIGIN,
  settle,
  type TestDesk,
} from '../pair'
import { anotherDesk, connect, type Connected } from '../third'

/**
 * Two desks made alike, Alpha and Bravo, with a word of their own in every text. Of each kind of thing Alpha has one under OWN and
 * one under OTHERS, which belongs to another of its customers; Bravo has one under FOREIGN; nobody has one under UNKNOWN.
 */
export const OWN = 3_131
export const OTHERS = 3_232
export const FOREIGN = 4_242
export const UNKNOWN = 5_353

const LETTERS: Record<number, string> = { [OWN]: 'A', [OTHERS]: 'A', [FOREIGN]: 'B' }
/** What the thing of that number is called, its uid, and its address where it has one: all of one length, so that answers can be compared. */
export const nameOf = (n: number): string => `CANARY${LETTERS[n] ?? 'X'}${n}`
export const uidOf = (n: number): string => `${n}${n}-0000-4000-8000-00000000${n}`
export const emailOf = (n: number): string =>
  `canary${(LETTERS[n] ?? 'X').toLowerCase()}${n}@canary.example`

/** What somebody is, for the table of who may call what; a stranger has no business at Alpha. */
export type Group = 'nobody' | 'user' | 'agent' | 'admin' | 'connection' | 'stranger'

export const PRINCIPALS = {
  nobody: 'nobody',
  admin: 'admin',
  agent: 'agent',
  application: 'admin',
  user: 'user',
  "another customer's user": 'user',
  'the supplier': 'connection',
  'the customer': 'connection',
  'an expired token': 'stranger',
  'an expired session': 'stranger',
  "Bravo's admin": 'stranger',
  "Bravo's agent": 'stranger',
  "Bravo's user": 'stranger',
  "Bravo's application": 'stranger',
  "Bravo's supplier": 'stranger',
  "Bravo's customer": 'stranger',
} as const satisfies Record<string, Group>
export type Principal = keyof typeof PRINCIPALS
const isPrincipal = (name: string): name is Principal => name in PRINCIPALS
export const principals: Principal[] = Object.keys(PRINCIPALS).filter(isPrincipal)

type SignIn = (url: string) => Promise<Record<string, string>>

interface Knocking {
  own: Client
  bare: Client
}

export interface Twins {
  alpha: TestDesk
  bravo: TestDesk
  /** Somebody who knocks at Alpha: at its own address, and at the bare host. */
  as: (name: Principal) => Knocking
  /** Alpha's connection to its supplier, and its action types. */
  connection: number
  outcomes: Record<'note' | 'escalate' | 'email' | 'reply', number>
}

export async function makeTwins(): Promise<Twins> {
  makeCheap()
  const alpha = await anotherDesk('alpha', 'Alpha')
  const bravo = await anotherDesk('bravo', 'Bravo')
  const partner = await anotherDesk('papa', 'Papa')
  const ofAlpha = await live(alpha, partner)
  const ofBravo = await live(bravo, partner)
  await settle()
  for (const [desk, letter] of [
    [alpha, 'A'],
    [bravo, 'B'],
  ] as const)
    await markTexts(desk.t, letter)
  for (const [desk, n, ticket] of [
    [alpha, OWN, ofAlpha.toSupplier],
    [alpha, OTHERS, ofAlpha.fromCustomer],
    [bravo, FOREIGN, ofBravo.toSupplier],
  ] as const) {
    await copyAll(desk.t, n, ticket)
    await env.FILES.put(`${desk.tenantId}/${uidOf(n)}`, nameOf(n))
    await env.DB.prepare('update attachment set sha256 = ?, size = ? where t = ? and id = ?')
      .bind(await sha256(nameOf(n)), nameOf(n).length, desk.t, n)
      .run()
  }
  const { personId, signIn } = ofAlpha.other
  await env.DB.prepare('update ticket set person_id = ? where t = ? and id = ?')
    .bind(personId, alpha.t, OTHERS)
    .run()

  const signIns: Record<Principal, SignIn> = {
    nobody: () => Promise.resolve({}),
    admin: bySession(alpha.demo.admin),
    agent: bySession(alpha.demo.agent),
    application: byToken(alpha.demo.api),
    user: bySession(alpha.demo.user),
    "another customer's user": bySession(signIn),
    'the supplier': byToken(ofAlpha.supplier.byCompany),
    'the customer': byToken(ofAlpha.customer.bySupplier),
    'an expired token': longAgo(byToken(alpha.demo.api)),
    'an expired session': longAgo(bySession(alpha.demo.admin)),
    "Bravo's admin": at(bravo, bySession(bravo.demo.admin)),
    "Bravo's agent": at(bravo, bySession(bravo.demo.agent)),
    "Bravo's user": at(bravo, bySession(bravo.demo.user)),
    "Bravo's application": at(bravo, byToken(bravo.demo.api)),
    "Bravo's supplier": at(bravo, byToken(ofBravo.supplier.byCompany)),
    "Bravo's customer": at(bravo, byToken(ofBravo.customer.bySupplier)),
  }
  const clients = new Map<Principal, Knocking>()
  for (const name of principals) {
    const headers = Promise.resolve(await signIns[name](alpha.url))
    const client = (url: string) => new Client(url, () => headers)
    clients.set(name, { own: client(alpha.url), bare: client(ORIGIN) })
  }
  return {
    alpha,
    bravo,
    as: (name) => found(clients.get(name)),
    connection: ofAlpha.supplier.atCompany,
    outcomes: {
      note: alpha.outcome('Internal note'),
      escalate: alpha.outcome('Log to supplier'),
      email: alpha.outcome('Email user'),
      reply: alpha.outcome('User update'),
    },
  }
}

const at =
  (desk: TestDesk, signIn: SignIn): SignIn =>
  () =>
    signIn(desk.url)

/** What was good thirteen hours ago, and is no more. */
const longAgo =
  (signIn: SignIn): SignIn =>
  async (url) => {
    later(-13 * 3_600_000)
    try {
      return await signIn(url)
    } finally {
      nowAgain()
    }
  }

/** Links a desk with the partner on both sides, and has it live a little: tickets, files, mail, messages both ways. */
async function live(desk: TestDesk, partner: TestDesk) {
  const supplier = await connect(desk, partner)
  const customer = await connect(partner, desk)
  const canary = nameOf(desk.slug === 'bravo' ? FOREIGN : OWN)
  const { id: toSupplier } = await desk.user.post('tickets', [
    {
      summary: `${canary} printer`,
      details: `${canary} is out of paper`,
      attachments: [file(canary)],
    },
  ])
  const { id: atPartner } = await partner.user.post('tickets', [{ summary: `Of ${desk.slug}` }])
  const escalate = (from: TestDesk, ticket: number, { supplierId }: Connected) =>
    from.agent.post<{ sync?: { remote_ticket_id: number } }>('actions', [
      { ticket_id: ticket, outcome: 'Log to supplier', supplier_id: supplierId, note: canary },
    ])
  await escalate(desk, toSupplier, supplier)
  const { sync } = await escalate(partner, atPartner, customer)
  const fromCustomer = sync?.remote_ticket_id ?? 0
  for (const ticket of [toSupplier, fromCustomer]) {
    await desk.agent.post('actions', [
      { ticket_id: ticket, outcome: 'Internal note', note: canary, attachments: [file(canary)] },
    ])
    await desk.agent.post('actions', [{ ticket_id: ticket, outcome: 'Email user', note: canary }])
  }
  const signIn = { email: `other@${desk.slug}.example`, password: 'correct horse battery' }
  const { id: personId } = await desk.admin.post('users', {
    name: `${canary} other`,
    client_id: customer.customerId,
    emailaddress: signIn.email,
    password: signIn.password,
  })
  return { supplier, customer, toSupplier, fromCustomer, other: { personId, signIn } }
}

const file = (canary: string) => ({ filename: `${canary}.txt`, data_base64: btoa(canary) })

/** Texts with a meaning of their own for the program; every other one gets the desk's word. */
const MEANINGFUL =
  /(^|_)(uid|hash|sha256|secret|password|etag|key|client_id|tenant|tenant_id|email|address|url|writer|actor|type|icon|colour|date|via|parts|changes|detail|data|value|reason|cid|path)$|^(counter|module|setting|field)\.name|\.(issued_secret_hash|from_address|to_address|message_id|remote_id|supplier_ref|customer_ref|default_value)$/

/** Puts the desk's word behind every text of its rows; in the configuration also where there is none yet. */
async function markTexts(t: number, letter: string): Promise<void> {
  const fill = new Set<unknown>(Object.values(configuration))
  const statements = tables.flatMap((table) => {
    const name = getTableName(table)
    const sets = Object.values(getTableColumns(table))
      .filter(({ dataType, enumValues }) => dataType === 'string' && !enumValues?.length)
      .map((column) => sqlName(column.name))
      .filter((column) => !MEANINGFUL.test(column) && !MEANINGFUL.test(`${name}.${column}`))
      .map((column) => {
        const old = fill.has(table) ? `coalesce("${column}", '')` : `"${column}"`
        return `"${column}" = ${old} || ' CANARY${letter}'`
      })
    return sets.length === 0
      ? []
      : [env.DB.prepare(`update "${name}" set ${sets.join()} where t = ?`).bind(t)]
  })
  await env.DB.batch(statements)
}

const tables = Object.values(schema)
  .filter((one) => is(one, SQLiteTable))
  .filter((table) => 't' in getTableColumns(table) && getTableName(table) !== 'session')

/** One of everything once more, under the number; what must be unique is drawn. The tickets are those of that number. */
async function copyAll(t: number, n: number, ticketId: number): Promise<void> {
  const copies = [schema.ticket, ...tables.filter((one) => one !== schema.ticket)]
  for (const table of copies) {
    const columns = Object.values(getTableColumns(table)).map(({ name }) => sqlName(name))
    const ofTicket = table !== schema.ticket && columns.includes('ticket_id')
    if (!columns.includes('id') && !ofTicket) continue
    const name = getTableName(table)
    const values = columns.map((column) => valueOf(name, column, n, columns.includes('id')))
    const where =
      table === schema.ticket ? `id = ${ticketId}` : ofTicket ? `ticket_id = ${ticketId}` : 'true'
    await env.DB.prepare(
      `insert into "${name}" (${columns.map((column) => `"${column}"`).join()})
       select ${values.join()} from "${name}" where t = ? and ${where} limit 1`,
    )
      .bind(t)
      .run()
  }
}

function valueOf(table: string, column: string, n: number, numbered: boolean): string {
  if (column === 'action_id' || (table === 'action' && column === 'id')) return '1'
  if (column === 'id' || column === 'ticket_id') return String(n)
  if (column === 'last_action') return '1'
  if (column === 'uid') return `'${uidOf(n)}'`
  if (numbered && ['name', 'path', 'issued_client_id', 'client_id'].includes(column))
    return `'${nameOf(n)}'`
  if (column === 'email') return `'${emailOf(n)}'`
  if (column === 'remote_ticket_uid') return `'${uidOf(n)}'`
  if (table === 'link' && column === 'in_n') return '0'
  if (table === 'link' && column === 'in_uid') return 'null'
  if (column === 'message_id' || column === 'key') return 'lower(hex(randomblob(16)))'
  if (table === 'connection' && column === 'state') return "'ended'"
  return `"${column}"`
}

const sqlName = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
