import { Hono } from 'hono'
import { z } from 'zod'
import type { Partner } from '../auth/principal'
import { authenticate } from '../sync/authenticate'
import { Catalogue, ownCatalogue } from '../sync/catalogue'
import {
  healthOf,
  listConnections,
  MASK,
  readConnection,
  type Connection,
} from '../sync/connections'
import { partnerLists, publishMappings } from '../sync/inboundSettings'
import { linkState } from '../sync/linkState'
import { nameOf, readLog, replay, statesOf, type LogLine, type MessageId } from '../sync/log'
import { importAgents, sharedAgents } from '../sync/partnerAgents'
import type { World } from '../sync/partnerFetch'
import {
  endConnection,
  rotateSecret,
  saveConnections,
  type ConnectionDraft,
} from '../sync/saveConnections'
import { wakeCourier } from '../sync/wake'
import { found } from '../platform/database'
import { Problem } from '../platform/problem'
import { staffOf } from './caller'
import { answers, bodies, body, may, query, type At, type Door } from './declare'
import {
  Bool,
  created,
  Enveloped,
  envelope,
  Id,
  isoUtc,
  opt,
  OptionalId,
  pageOf,
  Paging,
  pathId,
  QueryBool,
  Returnall,
  Text,
} from './wire'

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
const MappingsIn = z
  .union([z.array(MappingIn).max(2_000), z.object({ mappings: z.array(MappingIn).max(2_000) })])
  .transform((given) =>
    Array.isArray(given)
      ? { mappings: given, path: '' }
      : { mappings: given.mappings, path: 'mappings' },
  )
const MappingsOut = z.object({ version: z.int(), mappings: z.array(MappingOut) })

const ConnectionIn = z
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
    mappings: opt(z.array(MappingIn).max(2_000)),
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

const ConnectionOut = z
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
    verified_at: z.string().nullable(),
    state: z.enum(['setup', 'live', 'paused', 'broken', 'ended']),
    health: z.string(),
    fix: z.string().nullable(),
    waiting: z.int(),
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

const SchemaOut = Catalogue.extend({ etag: z.string() })
const StoredSchemaOut = SchemaOut.extend({ fetched_at: z.string() })
const SelfOut = z.object({
  tenant_id: z.string(),
  name: z.string(),
  kind: z.enum(['customer', 'supplier']),
  allow_access: z.boolean(),
  verified: z.boolean(),
})
const AgentOut = z.object({ name: z.string(), email: z.string() })
const ImportOut = z.object({
  matched: z.array(AgentOut),
  created: z.array(AgentOut),
  conflicts: z.array(AgentOut.extend({ why: z.string() })),
})

const LogQuery = z
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
const LogOut = z.object({
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
const ReplayIn = z.object({
  ids: opt(z.array(MessageName).min(1).max(100)),
  all: opt(Bool),
  reason: opt(Text(100)),
})
const ReplayOut = z.object({
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

const RegisterOut = z.object({ name: z.string(), clock: z.int(), writer: z.string() })
const PositionOut = z.object({ n: z.int(), uid: z.string().nullable() })
const LinkOut = z.object({
  link: z.string(),
  ticket: z.string(),
  state: z.enum(['creating', 'live', 'broken', 'ended', 'gone']),
  have: PositionOut,
  sent: PositionOut,
  clock: z.int(),
  registers: z.array(RegisterOut),
  record_count: z.int(),
  uids: z.array(z.string()).optional(),
})
/** So many uids are answered at once; a long link takes several pages. */
const UIDS_A_PAGE = 1_000

/** The API Access tab of customers and suppliers, and what a partner's desk may ask of ours. */
export const connections = new Hono<Door>()
  .get(
    '/',
    may(['admin'], 'Lists connections'),
    answers(200, z.array(ConnectionOut)),
    async (c) => {
      return c.json((await listConnections(c.var.db)).map((one) => connectionOut(c, one)))
    },
  )
  .get(
    '/schema',
    may(['connection'], 'Lists of this desk that a partner maps'),
    answers(200, SchemaOut),
    async (c) => {
      const { catalogue, etag } = await ownCatalogue(c.var.db)
      c.header('etag', `"${etag}"`)
      if (c.req.header('if-none-match')?.includes(`"${etag}"`)) return c.body(null, 304)
      return c.json({ etag, ...catalogue })
    },
  )
  .get(
    '/self',
    may(['connection'], 'Says who the calling partner is here'),
    answers(200, SelfOut),
    async (c) => {
      const { row, profileName } = await readConnection(c.var.db, partnerOf(c).connectionId)
      return c.json({
        tenant_id: c.var.instance.tenantId,
        name: profileName ?? '',
        kind: row.kind,
        allow_access: row.allowAccess,
        verified: row.verifiedAt !== null,
      })
    },
  )
  .get(
    '/agents',
    may(['connection'], 'Agents that the customer shares with its supplier'),
    answers(200, z.object({ agents: z.array(AgentOut) })),
    async (c) => {
      const agents = await sharedAgents(c.var.db, partnerOf(c).connectionId)
      return c.json({ agents: agents.map(({ name, email }) => ({ name, email })) })
    },
  )
  .get(
    '/link/:uid',
    may(['connection'], 'Where a link stands, for reconciling'),
    query(z.object({ ...Paging, uids: z.string().optional() })),
    answers(200, LinkOut),
    async (c) => {
      const { uids, page_no: no = 1 } = c.req.valid('query')
      const page = {
        uids: uids === '1' || uids === 'true',
        limit: UIDS_A_PAGE,
        offset: (no - 1) * UIDS_A_PAGE,
      }
      const state = await linkState(c.var.db, partnerOf(c).connectionId, c.req.param('uid'), page)
      const { link, ticket, state: standing, have, sent, clock, registers, count } = state
      return c.json({
        link,
        ticket,
        state: standing,
        have,
        sent,
        clock,
        registers,
        record_count: count,
        ...(state.uids && { uids: state.uids }),
      })
    },
  )
  .on(
    ['POST', 'PUT'],
    '/',
    may(['admin'], 'Makes and changes connections'),
    query(Returnall),
    bodies(ConnectionIn),
    answers(201, ConnectionOut),
    async (c) => {
      const saved = await saveConnections(world(c), c.var.db, staffOf(c), c.req.valid('json'))
      const all = await listConnections(c.var.db)
      for (const { id, resumed } of saved)
        if (resumed) c.executionCtx.waitUntil(wakeCourier(c.env, c.var.db.t, id))
      const shown = saved.map(({ id, secret }) =>
        connectionOut(c, found(all.find(({ row }) => row.id === id)), secret),
      )
      return created(c, shown, c.req.valid('query').returnall)
    },
  )
  .get('/:id', may(['admin'], 'Shows a connection'), answers(200, ConnectionOut), async (c) => {
    return c.json(connectionOut(c, await readConnection(c.var.db, pathId(c))))
  })
  .delete('/:id', may(['admin'], 'Ends a connection'), answers(200, ConnectionOut), async (c) => {
    await endConnection(c.var.db, staffOf(c), pathId(c))
    return c.json(connectionOut(c, await readConnection(c.var.db, pathId(c))))
  })
  .post(
    '/:id/rotate',
    may(['admin'], 'Issues a new secret; the old one ends'),
    answers(200, ConnectionOut),
    async (c) => {
      const secret = await rotateSecret(c.var.db, staffOf(c), pathId(c))
      return c.json(connectionOut(c, await readConnection(c.var.db, pathId(c)), secret))
    },
  )
  .post(
    '/:id/authenticate',
    may(['admin'], 'Authenticates the connection'),
    answers(200, ConnectionOut),
    async (c) => {
      const id = pathId(c)
      const { partnerName, next } = await authenticate(world(c), c.var.db, c.var, staffOf(c), id)
      c.executionCtx.waitUntil(wakeCourier(c.env, c.var.db.t, id))
      const message = `Connected to ${partnerName}.${next === null ? '' : ` ${next}`}`
      return c.json({ ...connectionOut(c, await readConnection(c.var.db, id)), message })
    },
  )
  .get(
    '/:id/schema',
    may(['admin'], 'Lists of the partner, to map from'),
    query(z.object({ refresh: QueryBool.optional() })),
    answers(200, StoredSchemaOut),
    async (c) => {
      const { catalogue, etag, fetchedAt } = await partnerLists(
        world(c),
        c.var.db,
        pathId(c),
        c.req.valid('query').refresh ?? false,
      )
      return c.json({ etag, fetched_at: isoUtc(fetchedAt), ...catalogue })
    },
  )
  .get(
    '/:id/mappings',
    may(['admin'], 'Shows the published mappings'),
    answers(200, MappingsOut),
    async (c) => {
      return c.json(mappingsOut(await readConnection(c.var.db, pathId(c))))
    },
  )
  .on(
    ['PUT', 'POST'],
    '/:id/mappings',
    may(['admin'], 'Publishes mappings'),
    body(MappingsIn),
    answers(200, MappingsOut),
    async (c) => {
      const { mappings, path } = c.req.valid('json')
      await publishMappings(world(c), c.var.db, staffOf(c), pathId(c), mappings, path)
      return c.json(mappingsOut(await readConnection(c.var.db, pathId(c))))
    },
  )
  .get(
    '/:id/log',
    may(['admin'], 'Messages of a connection, newest first'),
    query(LogQuery),
    answers(200, Enveloped('log', LogOut)),
    async (c) => {
      const { paging, ...filter } = c.req.valid('query')
      const page = pageOf(paging)
      const { row } = await readConnection(c.var.db, pathId(c))
      const { lines, count } = await readLog(c.var.db, {
        ...filter,
        connectionId: row.id,
        limit: page.limit,
        offset: page.offset,
      })
      return c.json(envelope('log', lines.map(logOut), count, page))
    },
  )
  .post(
    '/:id/replay',
    may(['agent'], 'Sends messages again'),
    body(ReplayIn),
    answers(200, ReplayOut),
    async (c) => {
      return c.json(await replayed(c, c.req.valid('json')))
    },
  )
  .post(
    '/:id/import-agents',
    may(['admin'], 'Makes users of the customer’s agents'),
    answers(200, ImportOut),
    async (c) => {
      const {
        matched,
        created: made,
        conflicts,
      } = await importAgents(world(c), c.var.db, staffOf(c), pathId(c))
      const agentOut = ({ name, email }: z.infer<typeof AgentOut>) => ({ name, email })
      return c.json({
        matched: matched.map(agentOut),
        created: made.map(agentOut),
        conflicts: conflicts.map((one) => ({ ...agentOut(one), why: one.why })),
      })
    },
  )

const SETTLE_LOOKS = 20
const BETWEEN_LOOKS_MS = 100

/** Makes messages due, wakes the courier, and looks for two seconds at most what became of them; the attempts go on regardless. */
async function replayed(
  c: At,
  { ids, all, reason }: z.infer<typeof ReplayIn>,
): Promise<z.infer<typeof ReplayOut>> {
  const { db } = c.var
  const who = staffOf(c)
  if (!ids && !all) throw Problem.field('ids', 'name the messages, or send all')
  if (!ids && who.role !== 'admin') throw new Problem('FORBIDDEN')
  const { row } = await readConnection(db, pathId(c))
  const named = ids?.map(messageOf)
  if (named?.some(({ connectionId }) => connectionId !== row.id)) throw new Problem('NOT_FOUND')
  const due = await replay(
    db,
    who,
    named ? { connectionId: row.id, ids: named } : { connectionId: row.id, reason },
  )
  if (due.length > 0) c.executionCtx.waitUntil(wakeCourier(c.env, db.t, row.id))
  const watched = named ?? due
  if (watched.length === 0) return { due: 0, messages: [] }
  let rows = await statesOf(db, row.id, watched)
  const isOpen = (one: (typeof rows)[number]) => one.state === 'pending' && one.error === null
  for (let look = 0; look < SETTLE_LOOKS && due.length > 0 && rows.some(isOpen); look++) {
    await scheduler.wait(BETWEEN_LOOKS_MS)
    rows = await statesOf(db, row.id, watched)
  }
  if (named && rows.length === 0) throw new Problem('NOT_FOUND')
  return {
    due: due.length,
    messages: rows.map((one) => ({
      id: nameOf(one),
      state: one.state,
      error: one.error,
      fix: one.fix,
      next_attempt_at: isoUtc(one.nextAt),
    })),
  }
}

function messageOf(name: string): MessageId {
  const [ticketId = 0, actionId = 0, connectionId = 0] = name.split('-').map(Number)
  return { ticketId, actionId, connectionId }
}

function connectionOut(
  { var: { base, instance } }: At,
  one: Connection,
  secret?: string,
): z.infer<typeof ConnectionOut> {
  const { row, profileName, waiting } = one
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
    verified_at: isoUtc(row.verifiedAt),
    state: row.state,
    health: words,
    fix,
    waiting,
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

const mappingOut = (one: Connection['mappings'][number]): z.infer<typeof MappingOut> => ({
  kind: one.kind,
  remote_id: one.remoteId,
  remote_name: one.remoteName,
  local_id: one.localId,
  local_name: one.localName,
})
const mappingsOut = ({ row, mappings }: Connection) => ({
  version: row.mappingVersion,
  mappings: mappings.map(mappingOut),
})

const logOut = (line: LogLine): z.infer<typeof LogOut> => ({
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

const world = (c: At): World => ({ env: c.env, exports: c.executionCtx.exports })

/** `may` has let only a partner in. */
function partnerOf(c: At): Partner {
  if (c.var.who.kind === 'connection') return c.var.who
  throw new Problem('FORBIDDEN')
}
