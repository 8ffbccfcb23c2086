import { createHash } from 'node:crypto'
import { markIn } from './book.ts'
import type { Books } from './books.ts'
import type { Caller } from './caller.ts'

/** An entry as the API shows it to an agent. */
export interface Entry {
  id: number
  guid: string
  ticket_id: number
  note_html: string
  partner: string | null
  sync: { state: string; direction: 'in' | 'out'; error: string | null } | null
  deliveries: { state: string; direction: 'in' | 'out' }[]
  attachments: { id: number; filename: string }[]
}

/** A ticket as the API shows it to an agent. */
export interface Ticket {
  id: number
  guid: string
  summary: string
  status_name: string
  priority: { name: string }
  category_1: string
  startdate: string | null
  targetdate: string | null
  sync: string | null
  customfields: { id: number; value: unknown }[]
}

export interface LinkRow {
  uid: string
  ticket_id: number
  state: string
  in_n: number
  in_uid: string | null
  out_n: number
  out_uid: string | null
  may_differ: number
}
export interface MessageRow {
  ticket_id: number
  action_id: number
  uid: string
  link: string | null
  state: string
  next_at: number | null
  attempts: number
  error: string | null
  reason: string | null
}
export interface TakenRow {
  uid: string
  n: number
  link: string
}
export interface RegisterRow {
  link: string
  name: string
  clock: number
  writer: string
  applied: number
}
export interface MailRow {
  uid: string
  ticket_id: number
  action_id: number
  to_address: string
  state: string
  attempts: number
}

/** All that one desk holds at the end: what its API says, and what its database says below it. */
export interface Ending {
  tenantId: string
  tickets: Map<number, Ticket>
  entries: Entry[]
  /** What holds a mark: entries in their text, tickets as their name. */
  marked: { entries: Map<string, Entry[]>; tickets: Map<string, Ticket[]> }
  links: LinkRow[]
  messages: MessageRow[]
  taken: TakenRow[]
  registers: RegisterRow[]
  mails: MailRow[]
  /** How often each mail was handed over, and how often the provider refused it for certain. */
  handedOver: Map<string, number>
  refusedMails: Map<string, number>
  /** By the number of the file, the SHA-256 of its bytes as the desk hands them out. */
  files: Map<number, string | null>
  /** Addresses that more than one end user of a customer has. */
  doubledPeople: string[]
  connection: { state: string; reason: string | null }
}

const READERS = 6

/** Reads one desk to the end. Nothing is under way any more. */
export async function endingOf(tenantId: string, agent: Caller, books: Books): Promise<Ending> {
  const tickets = new Map<number, Ticket>()
  const entries: Entry[] = []
  const files = new Map<number, string | null>()
  const ids = books.all<{ id: number }>('select id from ticket order by id')
  const read = async () => {
    for (let next = ids.pop(); next; next = ids.pop()) {
      tickets.set(next.id, await agent.get<Ticket>(`tickets/${next.id}?includedetails=true`))
      const path = `actions?ticket_id=${next.id}&count=1000`
      const { actions } = await agent.get<{ actions: Entry[] }>(path)
      entries.push(...actions)
      for (const { id } of actions.flatMap(({ attachments }) => attachments)) {
        const bytes = await agent.bytes(`attachment/${id}`)
        files.set(id, bytes && createHash('sha256').update(bytes).digest('hex'))
      }
    }
  }
  await Promise.all(Array.from({ length: READERS }, read))
  const connectionId = books.connection()
  const [connection] = books.all<Ending['connection']>(
    'select state, state_reason as reason from connection where id = ?',
    connectionId,
  )
  return {
    tenantId,
    tickets,
    entries,
    files,
    marked: {
      entries: Map.groupBy(entries, ({ note_html: note }) => markIn(note) ?? ''),
      tickets: Map.groupBy(tickets.values(), ({ summary }) => summary),
    },
    links: books.all<LinkRow>(
      `select uid, ticket_id, state, in_n, in_uid, out_n, out_uid, may_differ from link where connection_id = ${connectionId} order by id`,
    ),
    messages: books.all<MessageRow>(
      `select o.ticket_id, o.action_id, o.uid, l.uid as link, o.state, o.next_at, o.attempts, o.error, o.reason
        from outbox o left join link l on l.t = o.t and l.id = o.link_id where o.connection_id = ${connectionId} order by o.ticket_id, o.action_id`,
    ),
    taken: books.all<TakenRow>(
      `select i.uid, i.n, l.uid as link from inbox i join link l on l.t = i.t and l.id = i.link_id
        order by i.link_id, i.n`,
    ),
    registers: books.all<RegisterRow>(
      `select l.uid as link, r.name, r.clock, r.writer, r.applied from register r
        join link l on l.t = r.t and l.ticket_id = r.ticket_id where r.clock > 0 and l.connection_id = ${connectionId}`,
    ),
    mails: books.all<MailRow>(
      'select uid, ticket_id, action_id, to_address, state, attempts from mail_out',
    ),
    handedOver: books.handedOver(),
    refusedMails: books.refusedMails(),
    doubledPeople: books
      .all<{ email: string }>(
        'select email from person where email is not null group by customer_id, email having count(*) > 1',
      )
      .map(({ email }) => email),
    connection: connection ?? { state: 'missing', reason: null },
  }
}
