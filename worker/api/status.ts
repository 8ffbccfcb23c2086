import { Hono } from 'hono'
import { z } from 'zod'
import { readStatus, statusesQuery, type Status } from '../desk/classification'
import { answers, may, query, type At, type Door } from './declare'
import { pathId, QueryBool } from './wire'

const StatusQuery = z.object({
  showall: QueryBool.optional(),
  excludeclosed: QueryBool.optional(),
  excludepending: QueryBool.optional(),
})

/** Halo's meaning of the number is not known; this one is ours (halo-api.md §6). */
const TYPES = { open: 0, waiting: 1, resolved: 2, closed: 2 } as const

/** What an end user may know of a status: plain words for it. */
const ForUser = z.object({
  id: z.int(),
  name: z.string(),
  kind: z.enum(['open', 'waiting', 'resolved', 'closed']),
  colour: z.string(),
  type: z.int(),
})
const StatusOut = ForUser.extend({
  shortname: z.string(),
  portal_name: z.string(),
  sequence: z.int(),
  inactive: z.boolean(),
  slaaction: z.string(),
  showonquickchange: z.literal(true),
  use: z.literal('status'),
}).meta({ id: 'Status' })

const forUser = (row: Status): z.infer<typeof ForUser> => ({
  id: row.id,
  name: row.portalName ?? row.name,
  kind: row.kind,
  colour: row.colour ?? '',
  type: TYPES[row.kind],
})
const forAgent = (row: Status): z.infer<typeof StatusOut> => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  colour: row.colour ?? '',
  type: TYPES[row.kind],
  shortname: row.name,
  portal_name: row.portalName ?? row.name,
  sequence: row.sequence,
  inactive: row.inactive,
  slaaction: row.kind === 'waiting' ? 'H' : '',
  showonquickchange: true,
  use: 'status',
})
const statusOut = (row: Status, c: At) => (c.var.who.kind === 'user' ? forUser(row) : forAgent(row))

/** Statuses of tickets. */
export const status = new Hono<Door>()
  .get(
    '/',
    may(['agent', 'user'], 'Lists statuses'),
    query(StatusQuery),
    answers(200, z.array(z.union([StatusOut, ForUser]))),
    async (c) => {
      const { showall, excludeclosed, excludepending } = c.req.valid('query')
      const rows = await statusesQuery(c.var.db, showall ?? false)
      const wanted = rows.filter(
        ({ kind }) =>
          !(excludeclosed && TYPES[kind] === 2) && !(excludepending && kind === 'waiting'),
      )
      return c.json(wanted.map((row) => statusOut(row, c)))
    },
  )
  .get(
    '/:id',
    may(['agent', 'user'], 'Shows a status'),
    answers(200, z.union([StatusOut, ForUser])),
    async (c) => c.json(statusOut(await readStatus(c.var.db, pathId(c)), c)),
  )
