import { z } from 'zod'
import type { mailOut } from '../../db/schema'
import type { Attachment } from '../desk/attachments'
import type { Draft, SendTo } from '../desk/draft'
import { plainText } from '../desk/html'
import { showPictures } from '../desk/pictures'
import type { Entry } from '../desk/timeline'
import { worst, type Delivery } from '../sync/deliveries'
import type { MissingFile } from '../sync/takenFiles'
import { limits } from '../platform/limits'
import { BatonIn } from '../sync/message'
import { AttachmentOut, attachmentOut } from './attachment'
import { changesOf, TicketChanges } from './changesIn'
import { FileIn } from './noteIn'
import {
  Bool,
  given,
  Html,
  Id,
  isoUtc,
  List,
  opt,
  OptionalAgentId,
  OptionalDay,
  OptionalId,
  Text,
  Whole,
} from './wire'

/** An action somebody makes, in Halo's names and the newer ones (halo-api.md §6, design.md §11). */
export const ActionIn = z.object({
  id: opt(Id),
  ticket_id: opt(Id),
  outcome_id: opt(Id),
  outcome: opt(Text(200)),
  note_html: opt(Html),
  note: opt(Html),
  emailbody_html: opt(Html),
  emailbody: opt(Html),
  hiddenfromuser: opt(Bool),
  send_to: opt(z.enum(['none', 'supplier', 'customer'], 'must be none, supplier or customer')),
  send_to_halo: opt(Bool),
  sync_to_halo_api: opt(Whole(-1)), // 0 is a no, not "none given"
  connection_ids: opt(List(Id, limits.partnersAtOnce)),
  supplier_id: opt(OptionalId),
  new_supplier_id: opt(OptionalId),
  supplier_ref: opt(Text(100)),
  new_supplier_ref: opt(Text(100)),
  new_customer_ref: opt(Text(100)),
  emailtemplate_id: opt(OptionalId),
  attachments: opt(List(FileIn, limits.filesPerAction)),
  ...TicketChanges,
  new_status: opt(OptionalId),
  new_priority: opt(OptionalId),
  new_category1: opt(Text(500)),
  new_agent: OptionalAgentId,
  new_team: opt(Text(200)),
  new_startdate: OptionalDay,
  new_targetdate: OptionalDay,
  sendemail: opt(Bool),
  baton: opt(BatonIn),
})
export type ActionWire = z.output<typeof ActionIn>

const above = (id: number | undefined): number | undefined =>
  id !== undefined && id > 0 ? id : undefined

/** Both spellings of where it goes: ours, and Halo's yes and no. */
function sendToOf(wire: ActionWire): SendTo | undefined {
  if (wire.send_to !== undefined) return wire.send_to
  if (wire.send_to_halo !== undefined) return wire.send_to_halo ? 'yes' : 'none'
  return wire.sync_to_halo_api === undefined
    ? undefined
    : wire.sync_to_halo_api > 0
      ? 'yes'
      : 'none'
}

export function draftOf(
  ticketId: number,
  wire: ActionWire,
  note: { noteHtml: string; files: number[] },
): Draft {
  const changes = changesOf({
    ...wire,
    status_id: wire.status_id ?? above(wire.new_status),
    priority_id: wire.priority_id ?? above(wire.new_priority),
    category_1: wire.category_1 ?? wire.new_category1,
    agent_id: wire.agent_id === undefined ? wire.new_agent : wire.agent_id,
    team: wire.team ?? wire.new_team,
    startdate: wire.startdate === undefined ? wire.new_startdate : wire.startdate,
    targetdate: wire.targetdate === undefined ? wire.new_targetdate : wire.targetdate,
  })
  return {
    ticketId,
    ...note,
    changes: {
      ...changes,
      ...(wire.new_customer_ref !== undefined && { customerRef: wire.new_customer_ref }),
    },
    ...given({
      typeId: wire.outcome_id,
      typeName: wire.outcome,
      hidden: wire.hiddenfromuser,
      sendTo: sendToOf(wire),
      connectionIds: wire.connection_ids,
      supplierId: above(wire.supplier_id ?? wire.new_supplier_id),
      supplierRef: wire.supplier_ref ?? wire.new_supplier_ref,
      emailTemplateId: above(wire.emailtemplate_id),
    }),
  }
}

const DeliveryState = z.enum([
  'pending',
  'synced',
  'failed',
  'skipped',
  'parked',
  'unknown',
  'withdrawn',
  'dead',
])

export const DeliveryOut = z.object({
  id: z.string(),
  connection_id: z.int(),
  direction: z.enum(['out', 'in']),
  state: DeliveryState,
  url: z.string().nullable(),
  endpoint: z.string().nullable(),
  remote_id: z.int().nullable(),
  remote_ticket_id: z.int().nullable(),
  partner: z.string(),
  error: z.string().nullable(),
  reason: z.string().nullable(),
  fix: z.string().nullable(),
  fix_here: z.boolean(),
  parts: z.array(
    z.object({
      part: z.string(),
      result: z.enum(['done', 'unchanged', 'dropped', 'later']),
      value: z.string().nullable(),
      reason: z.string().nullable(),
      fix: z.string().nullable(),
    }),
  ),
  files: z.array(
    z.object({
      guid: z.string(),
      filename: z.string(),
      state: z.enum(['sent', 'waiting', 'follows', 'refused', 'stays', 'unsent']),
      reason: z.string().nullable(),
      fix: z.string().nullable(),
    }),
  ),
  attempts: z.int(),
  next_attempt_at: z.string().nullable(),
  at: z.string(),
})

const deliveryOut = (one: Delivery): z.infer<typeof DeliveryOut> => ({
  id: one.id,
  connection_id: one.connectionId,
  direction: one.direction,
  state: one.state,
  url: one.url,
  endpoint: one.endpoint,
  remote_id: one.remoteId,
  remote_ticket_id: one.remoteTicketId,
  partner: one.partner ?? '',
  error: one.error,
  reason: one.reason,
  fix: one.fix,
  fix_here: one.fixHere,
  parts: one.parts.map(({ part, result, value, reason, fix }) => ({
    part,
    result,
    value: value ?? null,
    reason: reason ?? null,
    fix: fix ?? null,
  })),
  files: one.files.map(({ uid, filename, state, reason, fix }) => ({
    guid: uid,
    filename,
    state,
    reason,
    fix,
  })),
  attempts: one.attempts,
  next_attempt_at: isoUtc(one.nextAt),
  at: isoUtc(one.at),
})

/** What became of a file at one partner. */
const FileSyncOut = z.object({
  connection_id: z.int(),
  partner: z.string(),
  state: z.enum(['sent', 'waiting', 'follows', 'refused', 'stays', 'unsent']),
  reason: z.string().nullable(),
  fix: z.string().nullable(),
})

const fileOut = (file: Attachment, deliveries: Delivery[], base: string) => ({
  ...attachmentOut(file),
  url: `${base}/api/attachment/${file.id}`,
  sync: deliveries.flatMap(({ connectionId, partner, files }) =>
    files
      .filter(({ uid }) => uid === file.uid)
      .map(({ state, reason, fix }) => ({
        connection_id: connectionId,
        partner: partner ?? '',
        state,
        reason,
        fix,
      })),
  ),
})

export const ActionOut = z
  .object({
    id: z.int(),
    ticket_id: z.int(),
    guid: z.string(),
    outcome_id: z.int(),
    outcome: z.string(),
    who: z.string(),
    who_type: z.int(),
    who_agentid: z.int(),
    partner: z.string().nullable(),
    datetime: z.string(),
    actiondatecreated: z.string(),
    note: z.string(),
    note_html: z.string(),
    hiddenfromuser: z.boolean(),
    changes: z.array(z.object({ name: z.string(), from: z.string().nullable(), to: z.string() })),
    emailto: z.string().nullable(),
    emailfrom: z.string().nullable(),
    emailsubject: z.string().nullable(),
    email_html: z.string().nullable(),
    email_state: z.string().nullable(),
    attachments: z.array(AttachmentOut.extend({ url: z.string(), sync: z.array(FileSyncOut) })),
    attachment_count: z.int(),
    sync: DeliveryOut.nullable(),
    deliveries: z.array(DeliveryOut),
    send_to_halo: z.boolean(),
    senttoapiurl: z.string().nullable(),
    senttoapisupplierid: z.int().nullable(),
  })
  .meta({ id: 'Action' })

const Changed = z.array(z.object({ name: z.string(), from: z.string().optional(), to: z.string() }))
const WHO_TYPES = { system: 0, agent: 1, app: 1, user: 2, partner: 3 } as const

export interface Shown {
  entry: Entry
  deliveries: Delivery[]
  files: Attachment[]
  /** Named by the partner's action and not here. */
  missing: MissingFile[]
  mail?: typeof mailOut.$inferSelect | undefined
  base: string
}

/** An action as agents see it. */
export function actionOut({
  entry,
  deliveries,
  files,
  missing,
  mail,
  base,
}: Shown): z.infer<typeof ActionOut> {
  const sync = worst(deliveries)
  const html = showPictures(entry.noteHtml ?? '', files, missing, base)
  const arrived = deliveries.find(({ direction }) => direction === 'in')
  return {
    id: entry.id,
    ticket_id: entry.ticketId,
    guid: entry.uid,
    outcome_id: entry.typeId,
    outcome: entry.typeName,
    who: entry.authorName,
    who_type: WHO_TYPES[entry.authorKind],
    who_agentid:
      entry.authorKind === 'agent' || entry.authorKind === 'app' ? (entry.authorId ?? 0) : 0,
    partner: entry.authorKind === 'partner' ? (arrived?.partner ?? '') : null,
    datetime: isoUtc(entry.at),
    actiondatecreated: isoUtc(entry.originAt ?? entry.at),
    note: plainText(html),
    note_html: html,
    hiddenfromuser: entry.hidden,
    changes: entry.changes
      ? Changed.parse(JSON.parse(entry.changes)).map(({ name, from, to }) => ({
          name,
          from: from ?? null,
          to,
        }))
      : [],
    emailto: mail?.toAddress ?? null,
    emailfrom: mail?.fromAddress ?? null,
    emailsubject: mail?.subject ?? null,
    email_html: mail?.html ?? null,
    email_state: mail?.state ?? null,
    attachments: files.map((file) => fileOut(file, deliveries, base)),
    attachment_count: files.length,
    sync: sync && deliveryOut(sync),
    deliveries: deliveries.map(deliveryOut),
    send_to_halo: deliveries.some(({ direction }) => direction === 'out'),
    senttoapiurl: sync?.state === 'synced' && sync.direction === 'out' ? sync.endpoint : null,
    senttoapisupplierid: null,
  }
}

/** An action as the ticket's end user sees it: who wrote what and when, and nothing of partners, mail or agents' numbers (T10). */
export function userActionOut({
  entry,
  files,
  missing,
  base,
}: Pick<Shown, 'entry' | 'files' | 'missing' | 'base'>): z.infer<typeof ActionOut> {
  const html = showPictures(entry.noteHtml ?? '', files, missing, base)
  return {
    id: entry.id,
    ticket_id: entry.ticketId,
    guid: entry.uid,
    outcome_id: entry.typeId,
    outcome: entry.typeName,
    who: entry.authorName,
    who_type: entry.authorKind === 'user' ? 2 : entry.authorKind === 'system' ? 0 : 1,
    who_agentid: 0,
    partner: null,
    datetime: isoUtc(entry.at),
    actiondatecreated: isoUtc(entry.at),
    note: plainText(html),
    note_html: html,
    hiddenfromuser: false,
    changes: [],
    emailto: null,
    emailfrom: null,
    emailsubject: null,
    email_html: null,
    email_state: null,
    attachments: files.map((file) => fileOut(file, [], base)),
    attachment_count: files.length,
    sync: null,
    deliveries: [],
    send_to_halo: false,
    senttoapiurl: null,
    senttoapisupplierid: null,
  }
}
