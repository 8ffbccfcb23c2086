import { Hono } from 'hono'
import { z } from 'zod'
import type { Partner } from '../auth/principal'
import { found } from '../platform/database'
import { Problem } from '../platform/problem'
import { forgetLost, linksOf, readLost } from '../sync/afterRestore'
import { authenticate } from '../sync/authenticate'
import { ownCatalogue, type StoredCatalogue } from '../sync/catalogue'
import { checkConnection } from '../sync/check'
import { listConnections, readConnection } from '../sync/connections'
import { endConnection, rotateSecret } from '../sync/endConnection'
import { fetchedLists, publishMappings, storedLists } from '../sync/inboundSettings'
import { linkState } from '../sync/linkState'
import { nameOf, readLog, replay, statesOf, type MessageId } from '../sync/log'
import { importAgents, sharedAgents } from '../sync/partnerAgents'
import type { World } from '../sync/partnerFetch'
import { saveConnections } from '../sync/saveConnections'
import { armCourier, haltCourier, wakeCourier } from '../sync/wake'
import { staffOf } from './caller'
import {
  AgentOut,
  CheckOut,
  checkOut,
  ConnectionIn,
  ConnectionOut,
  connectionOut,
  ImportOut,
  LinkOut,
  LinksOut,
  LogOut,
  logOut,
  LogQuery,
  MappingsIn,
  MappingsOut,
  mappingsOut,
  OnlyThereOut,
  onlyThereOut,
  ReplayIn,
  ReplayOut,
  RotateIn,
  SchemaOut,
  SelfOut,
  StoredSchemaOut,
} from './connectionWire'
import { answers, bodies, body, may, query, refuses, type At, type Door } from './declare'
import {
  created,
  createdOf,
  Enveloped,
  envelope,
  isoUtc,
  pageOf,
  Paging,
  pathId,
  QueryBool,
  Returnall,
} from './wire'

/** So many uids are answered at once; a long link takes several pages. */
const UIDS_A_PAGE = 1_000
const HOUR_MS = 3_600_000

/** The API Access tab of customers and suppliers, and what a partner's desk may ask of ours. */
export const connections = new Hono<Door>()
  .get(
    '/',
    may(['admin'], 'Lists connections'),
    query(z.object({ ended: QueryBool.optional() })),
    answers(200, z.array(ConnectionOut)),
    async (c) => {
      const { ended = false } = c.req.valid('query')
      return c.json(
        (await listConnections(c.var.db, { ended })).map((one) => connectionOut(c, one)),
      )
    },
  )
  .get(
    '/schema',
    may(['connection'], 'Lists of this desk that a partner maps'),
    answers(200, SchemaOut),
    answers(304),
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
    refuses('LINK_UNKNOWN'),
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
  .get(
    '/links',
    may(['connection'], 'Links of the calling partner, for comparing after a restore'),
    query(z.object(Paging)),
    answers(200, LinksOut),
    async (c) => {
      const { page_no: no = 1 } = c.req.valid('query')
      const page = { limit: UIDS_A_PAGE, offset: (no - 1) * UIDS_A_PAGE }
      const { links, count } = await linksOf(c.var.db, partnerOf(c).connectionId, page)
      return c.json({
        record_count: count,
        links: links.map(({ uid, ticketId, taken }) => ({
          link: uid,
          ticket_id: ticketId,
          url: `${c.var.base}/tickets/${ticketId}`,
          taken,
        })),
      })
    },
  )
  .on(
    ['POST', 'PUT'],
    '/',
    may(['admin'], 'Makes and changes connections'),
    query(Returnall),
    bodies(ConnectionIn),
    answers(201, createdOf(ConnectionOut)),
    async (c) => {
      const drafts = c.req.valid('json')
      for (const { id, state } of drafts)
        if (id !== undefined && state === 'live') await armCourier(c.env, c.var.db.t, id)
      const saved = await saveConnections(world(c), c.var.db, staffOf(c), drafts)
      const paused = drafts.flatMap(({ id, state }) => (state === 'paused' && id ? [id] : []))
      for (const id of paused) await haltCourier(c.env, c.var.db.t, id)
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
    const id = pathId(c)
    await armCourier(c.env, c.var.db.t, id)
    await endConnection(c.var.db, staffOf(c), id)
    await haltCourier(c.env, c.var.db.t, id)
    c.executionCtx.waitUntil(wakeCourier(c.env, c.var.db.t, id))
    return c.json(connectionOut(c, await readConnection(c.var.db, id)))
  })
  .post(
    '/:id/rotate',
    may(['admin'], 'Issues a new secret; the old one ends, at once or after an overlap'),
    body(RotateIn),
    answers(200, ConnectionOut),
    async (c) => {
      const overlapMs = (c.req.valid('json').overlap_hours ?? 0) * HOUR_MS
      const secret = await rotateSecret(c.var.db, staffOf(c), pathId(c), overlapMs)
      return c.json(connectionOut(c, await readConnection(c.var.db, pathId(c)), secret))
    },
  )
  .post(
    '/:id/authenticate',
    may(['admin'], 'Authenticates the connection'),
    answers(200, ConnectionOut),
    refuses('VALIDATION', 'PARTNER'),
    async (c) => {
      const id = pathId(c)
      await armCourier(c.env, c.var.db.t, id)
      const { partnerName, next } = await authenticate(world(c), c.var.db, c.var, staffOf(c), id)
      c.executionCtx.waitUntil(wakeCourier(c.env, c.var.db.t, id))
      const message = `Connected to ${partnerName}.${next === null ? '' : ` ${next}`}`
      return c.json({ ...connectionOut(c, await readConnection(c.var.db, id)), message })
    },
  )
  .get(
    '/:id/schema',
    may(['admin'], 'Lists of the partner as last fetched, to map from'),
    answers(200, StoredSchemaOut),
    async (c) => {
      return c.json(schemaOut(await storedLists(c.var.db, pathId(c))))
    },
  )
  .post(
    '/:id/schema',
    may(['admin'], 'Fetches the lists of the partner again'),
    answers(200, StoredSchemaOut),
    refuses('PARTNER'),
    async (c) => {
      return c.json(schemaOut(await fetchedLists(world(c), c.var.db, pathId(c))))
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
    refuses('PARTNER'),
    async (c) => {
      const { mappings, path } = c.req.valid('json')
      await publishMappings(world(c), c.var.db, staffOf(c), pathId(c), mappings, path)
      return c.json(mappingsOut(await readConnection(c.var.db, pathId(c))))
    },
  )
  .get(
    '/:id/check',
    may(['admin'], 'Finds what in a connection’s inbound settings will surprise'),
    answers(200, CheckOut),
    async (c) => c.json(checkOut(await checkConnection(c.var.db, pathId(c)))),
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
  .get(
    '/:id/onlythere',
    may(['admin'], 'What only the partner has, found after a restore'),
    answers(200, OnlyThereOut),
    async (c) => {
      const { row } = await readConnection(c.var.db, pathId(c))
      return c.json(onlyThereOut(await readLost(c.var.db, row.id)))
    },
  )
  .delete(
    '/:id/onlythere',
    may(['admin'], 'Clears the list of what only the partner has'),
    answers(200, OnlyThereOut),
    async (c) => {
      const { row } = await readConnection(c.var.db, pathId(c))
      await forgetLost(c.var.db, staffOf(c), row.id)
      return c.json(onlyThereOut([]))
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
    refuses('PARTNER'),
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
  { ids, all, check, reason }: z.infer<typeof ReplayIn>,
): Promise<z.infer<typeof ReplayOut>> {
  const { db } = c.var
  const who = staffOf(c)
  if (!ids && !all) throw Problem.field('ids', 'name the messages, or send all')
  if (!ids && who.role !== 'admin') throw new Problem('FORBIDDEN')
  const { row } = await readConnection(db, pathId(c))
  const named = ids?.map(messageOf)
  if (named?.some(({ connectionId }) => connectionId !== row.id)) throw new Problem('NOT_FOUND')
  await armCourier(c.env, db.t, row.id)
  const due = await replay(
    db,
    who,
    named
      ? { connectionId: row.id, ids: named, check: check ?? false }
      : { connectionId: row.id, reason },
  )
  if (due.length > 0) c.executionCtx.waitUntil(wakeCourier(c.env, db.t, row.id))
  const watched = named ?? due
  if (watched.length === 0) return { due: 0, messages: [] }
  let rows = await statesOf(db, row.id, watched)
  // A connection that is paused or broken sends nothing, so there is nothing to wait for.
  const looks = row.state === 'live' && due.length > 0 ? SETTLE_LOOKS : 0
  const isOpen = (one: (typeof rows)[number]) => one.state === 'pending' && one.error === null
  for (let look = 0; look < looks && rows.some(isOpen); look++) {
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

const schemaOut = ({ catalogue, etag, fetchedAt }: StoredCatalogue) => ({
  etag,
  fetched_at: isoUtc(fetchedAt),
  ...catalogue,
})

const world = (c: At): World => ({ env: c.env, exports: c.executionCtx.exports })

/** `may` has let only a partner in. */
function partnerOf(c: At): Partner {
  if (c.var.who.kind === 'connection') return c.var.who
  throw new Problem('FORBIDDEN')
}
