import type { Position, Register } from './message'
import { namedFiles, withoutPictures, type FileOut } from './outgoingFiles'

/** All that a message is built from; the frozen parts as saved, the rest as of this moment (protocol.md §3). */
export interface Letter {
  kind: 'create' | 'action'
  uid: string
  linkUid: string
  ticketUid: string
  remoteTicketId: number | null
  prev: Position
  clock: number
  at: number
  via: string[]
  author: { kind: 'agent' | 'user' | 'system'; uid: string; name: string; email?: string }
  /** The sender's page of the ticket; null where its address is not known yet. */
  url: string | null
  registers: Register[]
  outcome: { id: number; name: string; sendsEmail: boolean }
  noteHtml: string
  files: FileOut[]
  /** Of a create. */
  ticket?: { id: number; summary: string; typeId: number; typeName: string }
}

/** A message ready to be sent; its registers beside it, to compare with what the answer says. */
export interface Wire {
  path: 'tickets' | 'actions'
  body: WireBody[]
  /** The partner's number of the ticket; null for a create. */
  ticketId: number | null
  registers: Register[]
}

/** The names of Halo that a message has outside its `baton`. */
export interface WireBody {
  summary?: string
  details_html?: string
  tickettype_id?: number
  tickettype_name?: string
  client_reference?: string
  ticket_id?: number | null
  outcome_id?: number
  outcome?: string
  sendemail?: boolean
  note_html?: string
  attachments?: object[]
  baton?: object
}

/** The same message, with what has become of its files since it was built. */
export const naming = (wire: Wire, files: FileOut[]): Wire => ({
  ...wire,
  body: wire.body.map((one) => ({ ...one, attachments: namedFiles(files) })),
})

/** The message as it travels: an array of one, Halo's names outside, `baton` inside. */
export function wireOf(letter: Letter): Wire {
  const { kind, ticket } = letter
  const baton = {
    v: 1,
    kind,
    uid: letter.uid,
    link: letter.linkUid,
    ticket: letter.ticketUid,
    prev: letter.prev,
    clock: letter.clock,
    at: new Date(letter.at).toISOString(),
    ...(kind === 'create' && { via: letter.via }),
    author: letter.author,
    ...(letter.url !== null && { url: letter.url }),
    registers: letter.registers,
  }
  const noteHtml = withoutPictures(letter.noteHtml, letter.files)
  const common = {
    outcome_id: letter.outcome.id,
    outcome: letter.outcome.name,
    sendemail: letter.outcome.sendsEmail,
    note_html: noteHtml,
    attachments: namedFiles(letter.files),
    baton,
  }
  return ticket
    ? {
        path: 'tickets',
        ticketId: null,
        registers: letter.registers,
        body: [
          {
            summary: ticket.summary,
            details_html: noteHtml,
            tickettype_id: ticket.typeId,
            tickettype_name: ticket.typeName,
            client_reference: String(ticket.id),
            ...common,
          },
        ],
      }
    : {
        path: 'actions',
        ticketId: letter.remoteTicketId,
        registers: letter.registers,
        body: [{ ticket_id: letter.remoteTicketId, ...common }],
      }
}
