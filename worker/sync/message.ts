import { z } from 'zod'
import { foldedName } from '../desk/sameName'
import { sha256 } from '../platform/keys'
import { limits } from '../platform/limits'
import { isReadable, PROTOCOL } from './version'

/** The wire between two desks (protocol.md §3): what may stand in the object `baton`, whoever sends it. Unknown keys are dropped. */
export const Uid = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[0-9a-f-]{8,64}$/, 'must be a uid')
const Named = z.object({
  id: z.union([z.string().max(64), z.number()]).transform(String),
  name: z.string().max(1_000),
  path: z.string().max(2_000).optional(),
})
const MOST_CHOICES = 500
export const RegisterValue = z.union([
  z.null(),
  z.string().max(limits.noteBytes),
  z.number(),
  z.boolean(),
  Named,
  z.array(Named.omit({ path: true })).max(MOST_CHOICES),
])
export const Register = z.object({
  name: z.string().min(1).max(64),
  label: z.string().max(255).default(''),
  clock: z.int().min(0),
  writer: Uid,
  value: RegisterValue,
})
export type Register = z.infer<typeof Register>

/** Where a ticket is for people; nothing that a browser would run (T14). */
const Address = z.url({ protocol: /^https?$/ }).max(2000)

export const Position = z.object({ n: z.int().min(0), uid: Uid.nullable() })
export type Position = z.infer<typeof Position>

const OWN_NAMES = ['system', 'baton']
const TURNS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * A name that a partner gives somebody. Screens put the partner's beside it; it may neither turn the line's direction to hide that, nor
 * be what this desk calls itself (T20).
 */
const partnersName = (given: string): string => {
  const name = given.replace(TURNS, '').trim()
  return OWN_NAMES.includes(foldedName(name)) ? `${name} (partner)` : name
}

export const BatonIn = z.object({
  v: z.number().refine(isReadable, {
    error: ({ input }) =>
      `this version of the protocol is not spoken here: it is ${String(input)}, and this desk reads version ${PROTOCOL}`,
  }),
  kind: z.enum(['create', 'action', 'notice']),
  uid: Uid,
  link: Uid,
  ticket: Uid,
  prev: Position,
  clock: z.int().min(0),
  at: z.coerce.date().transform((at) => at.getTime()),
  via: z.array(Uid).max(20).default([]),
  author: z.object({
    kind: z.enum(['agent', 'user', 'system']),
    uid: z.string().max(64),
    name: z.string().max(1_000).transform(partnersName).pipe(z.string().min(1).max(200)),
    email: z.email().toLowerCase().nullish(),
  }),
  url: Address.nullish(),
  registers: z.array(Register).max(limits.registers).default([]),
  /** Of a notice: what it tells. */
  notice: z.object({ code: z.string().max(64) }).exactOptional(),
})
export type BatonIn = z.infer<typeof BatonIn>

/** A file that a message names; `missing` where it is not staged: it comes later by itself, or the receiver would not have it. */
export const NamedFile = z.object({
  uid: Uid,
  filename: z.string().max(1_000),
  type: z.string().max(255).default(''),
  size: z.int().min(0),
  sha256: z
    .string()
    .toLowerCase()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex'),
  cid: z.string().max(250).nullish(),
  missing: z.enum(['follows', 'refused']).exactOptional(),
})
export type NamedFile = z.infer<typeof NamedFile>

/** A message as `receive` gets it: Halo's names around, Baton's inside. */
export interface Message {
  ticketId: number | null
  summary: string | null
  ticketTypeId: string | null
  ticketTypeName: string | null
  /** The sender's number of the ticket. */
  clientReference: string | null
  outcomeId: string
  outcomeName: string
  /** The sender's own action sends an email: then ours must not (G54). */
  sendsEmail: boolean
  noteHtml: string
  files: NamedFile[]
  baton: BatonIn
  /** Of a partner that does not speak Baton, whose `baton` was made here: its own numbers, where it names them (R10). */
  plain?: { actionId: number | null; ticketId: number | null }
}

/** What became of one part of a message, for the sender's screen. */
export const PartShape = z.object({
  part: z.string().max(300),
  result: z.enum(['done', 'unchanged', 'dropped', 'later']),
  /** What it is there now, in the receiver's words, cut to a glance. */
  value: z.string().max(300).exactOptional(),
  reason: z.string().max(2000).exactOptional(),
  fix: z.string().max(2000).exactOptional(),
  /** Told on the receiving desk alone. */
  here: z.literal(true).exactOptional(),
})
export type Part = z.infer<typeof PartShape>

const MOST_PARTS = 200

/** Parts as they are stored. */
export const partsOf = (stored: string | null): Part[] =>
  z.array(PartShape).parse(JSON.parse(stored ?? '[]'))

/** The tenants a ticket has passed, as they are stored on a link. */
export const viaOf = (stored: string): string[] => z.array(z.string()).parse(JSON.parse(stored))

/** The answer to a taken message, as far as the sender acts on it. Anything looser is not "taken". */
export const Taken = z.object({
  id: z.coerce.number().int(),
  ticket_id: z.coerce.number().int(),
  baton: z.object({
    uid: Uid,
    link: Uid.nullish(),
    ticket: Uid.nullish(),
    have: Position,
    clock: z.int().min(0),
    registers: z.array(Register).max(limits.registers).default([]),
    url: Address.nullish().catch(null), // the message is taken all the same
    // Words for people: a list that cannot be read makes no message untaken.
    parts: z.array(PartShape).max(MOST_PARTS).default([]).catch([]),
  }),
})
export type Taken = z.infer<typeof Taken>

/**
 * The hash that a repeat must match: only what may not change between two tries (protocol.md §3). Registers, position and via may.
 * SHA-256 over canonical JSON (RFC 8785): the keys stand sorted and the values are strings, numbers and null.
 */
export function contentHash(
  message: Pick<Message, 'noteHtml' | 'outcomeId' | 'files' | 'plain'> & {
    baton: Pick<BatonIn, 'kind' | 'at' | 'author'>
  },
): Promise<string> {
  const { kind, at, author } = message.baton
  return sha256(
    JSON.stringify({
      at: message.plain ? null : new Date(at).toISOString(), // made here, so another one each time
      attachments: message.files.map(({ uid, sha256: digest }) => ({ sha256: digest, uid })),
      author_uid: author.uid,
      kind,
      note_html: message.noteHtml,
      of: null,
      outcome_id: message.outcomeId,
    }),
  )
}
