import { z } from 'zod'
import type { readLost } from '../sync/afterRestore'
import { Catalogue } from '../sync/catalogue'
import type { ConnectionDraft } from '../sync/connectionPlan'
import { healthOf, MASK, type Connection } from '../sync/connections'
import { Register } from '../sync/message'
import { codes, type Finding } from '../sync/findings'
import { limits } from '../platform/limits'
import { nameOf, type LogLine } from '../sync/log'
import { seams } from '../platform/seams'
import type { At } from './declare'
import { Bool, Id, isoUtc, List, opt, OptionalId, Paging, Text, Whole } from './wire'

const kinds = ['status', 'priority', 'category', 'field', 'outcome', 'tickettype'] as const
const states = [
  'pending',
  'synced',
  'failed',
  'skipped',
  'parked',
  'unknown',
  'withdrawn',
  'dead',
] as const

const MappingIn = z
  .object({
    kind: z.enum(kinds),
    remote_id: Text(64).pipe(z.string().min(1)),
    remote_name: opt(Text(500)),
    local_id: Id,
  })
  .transform((one) => ({
    kind: one.kind,
    remoteId: one.remote_id.trim(),
    remoteName: one.remote_name,
    localId: one.local_id,
  }))
const MappingOut = z.object({
  kind: z.enum(kinds),
  remote_id: z.string(),
  remote_name: z.string(),
  local_id: z.int(),
  local_name: z.string().nullable(),
})
/** A whole set, as an array or under `mappings`. */
export const MappingsIn = z
  .union([
    List(MappingIn, limits.mappings),
    z.object({ mappings: List(MappingIn, limits.mappings) }),
  ])
  .transform((given) =>
    Array.isArray(given)
      ? { mappings: given, path: '' }
      : { mappings: given.mappings, path: 'mappings' },
  )
export const MappingsOut = z.object({ version: z.int(), mappings: z.array(MappingOut) })

export const ConnectionIn = z
  .object({
    id: opt(Id),
    client_id: opt(OptionalId),
    supplier_id: opt(OptionalId),
    allow_access: opt(Bool),
    partner: opt(
      z.object({
        auth_url: opt(Text(500)),
        resource_url: opt(Text(500)),
        tenant_id: opt(Text(200)),
        client_id: opt(Text(200)),
        client_secret: opt(Text(500)),
      }),
    ),
    state: opt(z.enum(['live', 'paused', 'setup', 'broken', 'ended'])),
    unknown_sender: opt(z.enum(['create', 'general', 'refuse'])),
    default_status_id: OptionalId,
    default_outcome_id: OptionalId,
    default_tickettype_id: OptionalId,
    sync_attachments: opt(Bool),
    share_agents: opt(Bool),
    mappings: opt(List(MappingIn, limits.mappings)),
  })
  .transform((one): ConnectionDraft => {
    const { partner, state } = one
    return {
      id: one.id,
      customerId: one.client_id ?? undefined,
      supplierId: one.supplier_id ?? undefined,
      allowAccess: one.allow_access,
      partner: partner && {
        authUrl: partner.auth_url,
        resourceUrl: partner.resource_url,
        tenantId: partner.tenant_id,
        clientId: partner.client_id,
        secret: partner.client_secret,
      },
      // An object that is read and sent back carries whatever state it had; only these two can be asked for.
      state: state === 'live' || state === 'paused' ? state : undefined,
      unknownSender: one.unknown_sender,
      defaultStatusId: one.default_status_id,
      defaultActionTypeId: one.default_outcome_id,
      defaultTicketTypeId: one.default_tickettype_id,
      syncAttachments: one.sync_attachments,
      shareAgents: one.share_agents,
      mappings: one.mappings,
    }
  })

const LONGEST_OVERLAP_H = 168
/** How long the old secret stays good beside the new one. */
export const RotateIn = z.object({
  overlap_hours: opt(Whole(0, LONGEST_OVERLAP_H)),
})

export const ConnectionOut = z
  .object({
    id: z.int(),
    kind: z.enum(['customer', 'supplier']),
    name: z.string(),
    client_id: z.int().nullable(),
    supplier_id: z.int().nullable(),
    allow_access: z.boolean(),
    issued: z.object({
      client_id: z.string(),
      client_secret: z.string().optional(),
      auth_url: z.string(),
      resource_url: z.string(),
      tenant_id: z.string(),
    }),
    partner: z.object({
      name: z.string().nullable(),
      auth_url: z.string(),
      resource_url: z.string(),
      tenant_id: z.string(),
      client_id: z.string(),
      client_secret: z.string().optional(),
    }),
    old_secret_until: z.string().nullable(),
    verified_at: z.string().nullable(),
    state: z.enum(['setup', 'live', 'paused', 'broken', 'ended']),
    health: z.string(),
    fix: z.string().nullable(),
    waiting: z.int(),
    waiting_since: z.string().nullable(),
    only_there: z.int(),
    ended_at: z.string().nullable(),
    dialect: z.enum(['baton', 'halo']).nullable(),
    unknown_sender: z.enum(['create', 'general', 'refuse']),
    default_status_id: z.int(),
    default_outcome_id: z.int(),
    default_tickettype_id: z.int().optional(),
    sync_attachments: z.boolean(),
    share_agents: z.boolean(),
    mapping_version: z.int(),
    mappings: z.array(MappingOut),
    message: z.string().optional(),
  })
  .meta({ id: 'Connection' })

export const CheckOut = z.object({
  findings: z.array(
    z.object({
      code: z.enum(codes),
      kind: z.enum(kinds).nullable(),
      remote_id: z.string().nullable(),
      message: z.string(),
      fix: z.string(),
    }),
  ),
})
export const checkOut = (findings: Finding[]): z.infer<typeof CheckOut> => ({
  findings: findings.map(({ code, kind, remoteId, words, fix }) => ({
    code,
    kind,
    remote_id: remoteId,
    message: words,
    fix,
  })),
})

export const SchemaOut = Catalogue.extend({ etag: z.string() })
export const StoredSchemaOut = SchemaOut.extend({ fetched_at: z.string() })
export const SelfOut = z.object({
  tenant_id: z.string(),
  name: z.string(),
  kind: z.enum(['customer', 'supplier']),
  allow_access: z.boolean(),
  verified: z.boolean(),
})
export const AgentOut = z.object({ name: z.string(), email: z.string() })
export const ImportOut = z.object({
  matched: z.array(AgentOut),
  created: z.array(AgentOut),
  conflicts: z.array(AgentOut.extend({ why: z.string() })),
})

export const LogQuery = z
  .object({
    ...Paging,
    state: z.string().optional(),
    ticket_id: Id.optional(),
    direction: z.enum(['out', 'in']).optional(),
  })
  .transform(({ state, ticket_id, direction, ...paging }) => ({
    paging,
    ticketId: ticket_id,
    direction,
    states:
      state === undefined
        ? undefined
        : states.filter((one) => state.toLowerCase().split(',').includes(one)),
  }))
export const LogOut = z.object({
  id: z.string(),
  ticket_id: z.int(),
  action_id: z.int(),
  direction: z.enum(['out', 'in']),
  outcome: z.string().nullable(),
  summary: z.string().nullable(),
  state: z.enum(states),
  remote_id: z.int().nullable(),
  remote_ticket_id: z.int().nullable(),
  reason: z.string().nullable(),
  error: z.string().nullable(),
  fix: z.string().nullable(),
  attempts: z.int(),
  next_attempt_at: z.string().nullable(),
  status: z.int().nullable(),
  ms: z.int().nullable(),
  at: z.string(),
})

const MessageName = z
  .string()
  .regex(/^\d{1,10}-\d{1,10}-\d{1,10}$/, 'must be TICKET-ACTION-CONNECTION')
export const ReplayIn = z.object({
  ids: opt(List(MessageName, limits.elements).min(1, 'name at least one')),
  all: opt(Bool),
  /** Of messages in state unknown: look whether the partner has them, and send what it lacks. */
  check: opt(Bool),
  reason: opt(Text(100)),
})
export const ReplayOut = z.object({
  due: z.int(),
  messages: z.array(
    z.object({
      id: z.string(),
      state: z.enum(states),
      error: z.string().nullable(),
      fix: z.string().nullable(),
      next_attempt_at: z.string().nullable(),
    }),
  ),
})

const PositionOut = z.object({ n: z.int(), uid: z.string().nullable() })
export const LinkOut = z.object({
  link: z.string(),
  ticket: z.string(),
  state: z.enum(['creating', 'live', 'broken', 'ended', 'gone']),
  have: PositionOut,
  sent: PositionOut,
  clock: z.int(),
  registers: z.array(Register),
  record_count: z.int(),
  uids: z.array(z.string()).optional(),
})
/** What a partner may know of the links on its connection. */
export const LinksOut = z.object({
  record_count: z.int(),
  links: z.array(
    z.object({ link: z.string(), ticket_id: z.int(), url: z.string(), taken: z.int() }),
  ),
})
/** Tickets of which only the partner has something: `ticket_id` is null where this desk has forgotten the whole ticket. */
export const OnlyThereOut = z.object({
  only_there: z.array(
    z.object({
      ticket_id: z.int().nullable(),
      summary: z.string().nullable(),
      remote_ticket_id: z.int().nullable(),
      remote_url: z.string().nullable(),
      entries: z.int(),
      at: z.string(),
    }),
  ),
})
export const onlyThereOut = (
  rows: Awaited<ReturnType<typeof readLost>>,
): z.infer<typeof OnlyThereOut> => ({
  only_there: rows.map((one) => ({
    ticket_id: one.ticketId,
    summary: one.summary,
    remote_ticket_id: one.remoteTicketId,
    remote_url: one.remoteUrl,
    entries: one.entries,
    at: isoUtc(one.at),
  })),
})

export function connectionOut(
  { var: { base, instance } }: At,
  one: Connection,
  secret?: string,
): z.infer<typeof ConnectionOut> {
  const { row, profileName, waiting, waitingSince } = one
  const { words, fix } = healthOf(one)
  return {
    id: row.id,
    kind: row.kind,
    name: profileName ?? '',
    client_id: row.customerId,
    supplier_id: row.supplierId,
    allow_access: row.allowAccess,
    issued: {
      client_id: row.issuedClientId,
      ...(secret !== undefined && { client_secret: secret }),
      auth_url: `${base}/auth`,
      resource_url: `${base}/api`,
      tenant_id: instance.tenantId,
    },
    partner: {
      name: row.partnerName,
      auth_url: row.partnerAuthUrl ?? '',
      resource_url: row.partnerResourceUrl ?? '',
      tenant_id: row.partnerTenantId ?? '',
      client_id: row.partnerClientId ?? '',
      ...(row.partnerSecret !== null && { client_secret: MASK }),
    },
    old_secret_until: oldSecretUntil(row),
    verified_at: isoUtc(row.verifiedAt),
    state: row.state,
    health: words,
    fix,
    waiting,
    waiting_since: isoUtc(waitingSince),
    only_there: one.onlyThere,
    ended_at: isoUtc(row.endedAt),
    dialect: row.dialect,
    unknown_sender: row.unknownSender,
    default_status_id: row.defaultStatusId ?? 0,
    default_outcome_id: row.defaultActionTypeId ?? 0,
    ...(row.kind === 'customer' && { default_tickettype_id: row.defaultTicketTypeId ?? 0 }),
    sync_attachments: row.syncAttachments,
    share_agents: row.shareAgents,
    mapping_version: row.mappingVersion,
    mappings: one.mappings.map(mappingOut),
  }
}

/** Until when the secret before the last rotation is still good; null where it is not. */
const oldSecretUntil = ({ issuedOldUntil }: Connection['row']): string | null =>
  issuedOldUntil !== null && issuedOldUntil > seams.now() ? isoUtc(issuedOldUntil) : null

const mappingOut = (one: Connection['mappings'][number]): z.infer<typeof MappingOut> => ({
  kind: one.kind,
  remote_id: one.remoteId,
  remote_name: one.remoteName,
  local_id: one.localId,
  local_name: one.localName,
})
export const mappingsOut = ({ row, mappings }: Connection) => ({
  version: row.mappingVersion,
  mappings: mappings.map(mappingOut),
})

export const logOut = (line: LogLine): z.infer<typeof LogOut> => ({
  id: nameOf(line),
  ticket_id: line.ticketId,
  action_id: line.actionId,
  direction: line.direction,
  outcome: line.outcome,
  summary: line.summary,
  state: line.state,
  remote_id: line.remoteId,
  remote_ticket_id: line.remoteTicketId,
  reason: line.reason,
  error: line.error,
  fix: line.fix,
  attempts: line.attempts,
  next_attempt_at: isoUtc(line.nextAt),
  status: line.status,
  ms: line.ms,
  at: isoUtc(line.at),
})
