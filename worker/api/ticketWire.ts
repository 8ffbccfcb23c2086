import { z } from 'zod'
import { plainText } from '../desk/html'
import { showValue, type FieldType } from '../desk/fieldValue'
import type { NewTicket } from '../desk/newTicket'
import type { TicketRow } from '../desk/tickets'
import { limits } from '../platform/limits'
import { BatonIn } from '../sync/message'
import { TicketChanges, changesOf } from './changesIn'
import { FileIn } from './noteIn'
import { Email, given, Html, Id, isoUtc, List, Name, opt, OptionalId, Text } from './wire'

/** A ticket somebody logs or changes, in Halo's names (halo-api.md §6). With `id` it is a change of what is named. */
export const TicketIn = z.object({
  id: opt(Id),
  summary: opt(Name(limits.summaryGraphemes)),
  details: opt(Html),
  details_html: opt(Html),
  tickettype_id: opt(Id),
  tickettype_name: opt(Text(200)),
  client_id: opt(OptionalId),
  site_id: opt(OptionalId),
  user_id: opt(OptionalId),
  userlookup: opt(z.object({ id: opt(OptionalId) })),
  users_name: opt(Text(200)),
  user_name: opt(Text(200)),
  reportedby: opt(Text(320)),
  user_email: opt(Email),
  supplier_ref: opt(Text(100)),
  supplier_reference: opt(Text(100)),
  client_reference: opt(Text(100)),
  halolink_ticketid: opt(Id),
  attachments: opt(List(FileIn, limits.filesPerAction)),
  ...TicketChanges,
  outcome_id: opt(OptionalId),
  outcome: opt(Text(200)),
  note_html: opt(Html),
  baton: opt(BatonIn),
})
export type TicketWire = z.output<typeof TicketIn>

const above = (id: number | undefined): number | undefined =>
  id !== undefined && id > 0 ? id : undefined

/** The end user by number, where both of Halo's ways to name one are given the one above 0. */
const personOf = (wire: TicketWire): number | undefined =>
  above(wire.userlookup?.id) ?? above(wire.user_id)

export function newTicketOf(
  wire: TicketWire,
  note: { noteHtml: string; files: number[] },
  source: NewTicket['source'],
): NewTicket {
  const { teamId, ...changes } = changesOf(wire)
  const address =
    wire.user_email ??
    (wire.reportedby?.includes('@') ? wire.reportedby.trim().toLowerCase() : undefined)
  return {
    summary: wire.summary ?? '',
    detailsHtml: note.noteHtml,
    files: note.files,
    source,
    changes: { ...changes, ...(teamId && { teamId }) }, // "no team" in a new ticket is its type's own
    ...given({
      typeId: wire.tickettype_id,
      typeName: wire.tickettype_id === undefined ? wire.tickettype_name : undefined,
      personId: personOf(wire),
      personEmail: personOf(wire) === undefined ? address : undefined,
      personName: wire.users_name ?? wire.user_name,
      customerId: above(wire.client_id),
      siteId: above(wire.site_id),
    }),
  }
}

/** A change of a ticket by hand. Its text is not among what can be changed: a client that sends it back as read loses nothing. */
export const ticketChangesOf = (wire: TicketWire) => ({
  ...changesOf(wire),
  ...given({
    summary: wire.summary,
    typeId: wire.tickettype_id,
    customerId: above(wire.client_id),
    siteId: above(wire.site_id),
    personId: personOf(wire),
    customerRef: wire.client_reference,
  }),
})

const CustomFieldOut = z.object({
  id: z.int(),
  name: z.string(),
  label: z.string(),
  hint: z.string().nullable(),
  type: z.int(),
  inputtype: z.int(),
  value: z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.array(z.object({ id: z.int(), name: z.string() })),
    z.null(),
  ]),
  display: z.string(),
  usage: z.int(),
  options: z.array(z.object({ id: z.int(), name: z.string() })),
})

export const LinkOut = z.object({
  connection_id: z.int(),
  kind: z.enum(['customer', 'supplier']),
  partner: z.string(),
  remote_ticket_id: z.int().nullable(),
  remote_url: z.string().nullable(),
  state: z.enum(['creating', 'live', 'broken', 'ended', 'gone']),
  may_differ: z.boolean(),
  /** How many of our messages only the partner has, since this desk was restored. */
  only_there: z.int(),
  ended_at: z.string().nullable(),
  /** Which desk ended the connection, and who there. */
  ended_by: z.string().nullable(),
})

export const TicketOut = z
  .object({
    id: z.int(),
    guid: z.string(),
    summary: z.string(),
    details: z.string(),
    details_html: z.string(),
    tickettype_id: z.int(),
    tickettype_name: z.string(),
    status_id: z.int(),
    status_name: z.string(),
    status_kind: z.enum(['open', 'waiting', 'resolved', 'closed']),
    hasbeenclosed: z.boolean(),
    priority_id: z.int(),
    priority: z.object({
      id: z.string(),
      priorityid: z.int(),
      name: z.string(),
      colour: z.string(),
      slaid: z.int(),
    }),
    sla_id: z.int(),
    sla_name: z.string(),
    category_1: z.string(),
    categoryid_1: z.int(),
    agent_id: z.int(),
    agent_name: z.string(),
    team: z.string(),
    team_id: z.int(),
    client_id: z.int(),
    client_name: z.string(),
    site_id: z.int(),
    site_name: z.string(),
    user_id: z.int(),
    user_name: z.string(),
    user_email: z.string(),
    workflow_id: z.int(),
    workflow_name: z.string(),
    workflow_step: z.int(),
    workflow_step_name: z.string(),
    supplier_id: z.int(),
    supplier_name: z.string(),
    supplier_ref: z.string(),
    supplier_reference: z.string(),
    client_reference: z.string(),
    startdate: z.string().nullable(),
    targetdate: z.string().nullable(),
    dateoccurred: z.string(),
    lastactiondate: z.string(),
    last_update: z.string(),
    lastupdate: z.string(),
    dateclosed: z.string().nullable(),
    source: z.string(),
    use: z.literal('ticket'),
    sync: z.enum(['failed', 'dead', 'unknown', 'parked', 'pending', 'synced']).nullable(),
    links: z.array(LinkOut),
    customfields: z.array(CustomFieldOut),
    allowed_actions: z.array(z.int()),
    default_send_to: z.enum(['none', 'supplier', 'customer']),
    isnew: z.boolean().optional(),
  })
  .meta({ id: 'Ticket' })
export type TicketShown = z.infer<typeof TicketOut>

/** What hangs on a single ticket beside its row. */
export interface TicketParts {
  detailsHtml?: string | undefined
  links?: z.infer<typeof LinkOut>[]
  fields?: FieldRow[]
  allowed?: number[]
}

interface FieldRow {
  id: number
  name: string
  label: string
  hint: string | null
  type: FieldType
  value: string | null
  options: string
}

/** Halo's numbers for a field's type (halo-api.md §6). */
const TYPES: Record<FieldRow['type'], [type: number, inputtype: number]> = {
  text: [0, 0],
  number: [0, 4],
  longtext: [10, 0],
  choice: [2, 0],
  choices: [3, 0],
  date: [4, 0],
  datetime: [4, 1],
  checkbox: [6, 0],
}

const Options = z.array(z.object({ id: z.int(), name: z.string() }))
const Stored = z.union([z.string(), z.number(), z.boolean(), z.array(z.number()), z.null()])

function customFieldOut(field: FieldRow): z.infer<typeof CustomFieldOut> {
  const options = Options.parse(JSON.parse(field.options))
  const value = Stored.parse(JSON.parse(field.value ?? 'null'))
  const [type, inputtype] = TYPES[field.type]
  return {
    id: field.id,
    name: field.name,
    label: field.label,
    hint: field.hint,
    type,
    inputtype,
    value: Array.isArray(value)
      ? options.filter(({ id }) => value.includes(id))
      : field.type === 'choice'
        ? (value ?? 0)
        : value,
    display: showValue(options, value),
    usage: 1,
    options,
  }
}

/** Where an action that is sent goes by itself: the direction of the ticket's links, when they have one (G108, G112). */
function defaultSendTo(links: z.infer<typeof LinkOut>[]): 'none' | 'supplier' | 'customer' {
  const kinds = new Set(
    links.filter(({ state }) => state === 'live' || state === 'creating').map(({ kind }) => kind),
  )
  const [kind] = kinds
  return kinds.size === 1 && kind ? kind : 'none'
}

/** A ticket as agents see it. */
export function ticketOut(
  row: TicketRow,
  { detailsHtml = '', links = [], fields = [], allowed = [] }: TicketParts = {},
): TicketShown {
  const updated = isoUtc(row.lastActionAt)
  return {
    id: row.id,
    guid: row.uid,
    summary: row.summary,
    details: plainText(detailsHtml),
    details_html: detailsHtml,
    tickettype_id: row.typeId,
    tickettype_name: row.typeName,
    status_id: row.statusId,
    status_name: row.statusName,
    status_kind: row.statusKind,
    hasbeenclosed: row.isClosed,
    priority_id: row.priorityId,
    priority: {
      id: row.priorityUid,
      priorityid: row.priorityId,
      name: row.priorityName,
      colour: row.priorityColour ?? '',
      slaid: row.slaId,
    },
    sla_id: row.slaId,
    sla_name: row.slaName,
    category_1: row.categoryPath ?? '',
    categoryid_1: row.categoryId ?? 0,
    agent_id: row.agentId ?? 1,
    agent_name: row.agentName ?? 'Unassigned',
    team: row.teamName ?? '',
    team_id: row.teamId ?? 0,
    client_id: row.customerId,
    client_name: row.customerName,
    site_id: row.siteId ?? 0,
    site_name: row.siteName ?? '',
    user_id: row.personId,
    user_name: row.personName,
    user_email: row.personEmail ?? '',
    workflow_id: row.workflowId,
    workflow_name: row.workflowName,
    workflow_step: row.stepId,
    workflow_step_name: row.stepName,
    supplier_id: row.supplierId ?? 0,
    supplier_name: row.supplierName ?? '',
    supplier_ref: row.supplierRef ?? '',
    supplier_reference: row.supplierRef ?? '',
    client_reference: row.customerRef ?? '',
    startdate: row.startDate,
    targetdate: row.targetDate,
    dateoccurred: isoUtc(row.createdAt),
    lastactiondate: updated,
    last_update: updated,
    lastupdate: updated,
    dateclosed: isoUtc(row.closedAt),
    source: row.source,
    use: 'ticket',
    sync: row.syncProblem ?? (row.isWaiting ? 'pending' : row.isLinked ? 'synced' : null),
    links,
    customfields: fields.map(customFieldOut),
    allowed_actions: allowed,
    default_send_to: defaultSendTo(links),
  }
}

/** A ticket as its end user sees it: what they wrote and how it stands, and nothing of teams, partners and workflow (T10). */
export const userTicketOut = (
  row: TicketRow,
  { detailsHtml = '', fields = [], allowed = [] }: TicketParts = {},
): TicketShown => ({
  id: row.id,
  guid: row.uid,
  summary: row.summary,
  details: plainText(detailsHtml),
  details_html: detailsHtml,
  tickettype_id: row.typeId,
  tickettype_name: row.typeName,
  status_id: row.statusId,
  status_name: row.statusPortalName ?? row.statusName,
  status_kind: row.statusKind,
  hasbeenclosed: row.isClosed,
  priority_id: row.priorityId,
  priority: {
    id: row.priorityUid,
    priorityid: row.priorityId,
    name: row.priorityName,
    colour: row.priorityColour ?? '',
    slaid: 0,
  },
  sla_id: 0,
  sla_name: '',
  category_1: '',
  categoryid_1: 0,
  agent_id: 1,
  agent_name: '',
  team: '',
  team_id: 0,
  client_id: row.customerId,
  client_name: row.customerName,
  site_id: row.siteId ?? 0,
  site_name: row.siteName ?? '',
  user_id: row.personId,
  user_name: row.personName,
  user_email: row.personEmail ?? '',
  workflow_id: 0,
  workflow_name: '',
  workflow_step: 0,
  workflow_step_name: '',
  supplier_id: 0,
  supplier_name: '',
  supplier_ref: '',
  supplier_reference: '',
  client_reference: '',
  startdate: null,
  targetdate: null,
  dateoccurred: isoUtc(row.createdAt),
  lastactiondate: isoUtc(row.lastActionAt),
  last_update: isoUtc(row.lastActionAt),
  lastupdate: isoUtc(row.lastActionAt),
  dateclosed: isoUtc(row.closedAt),
  source: row.source,
  use: 'ticket',
  sync: null,
  links: [],
  customfields: fields.map(customFieldOut),
  allowed_actions: allowed,
  default_send_to: 'none',
})
