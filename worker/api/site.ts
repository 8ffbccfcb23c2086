import { Hono } from 'hono'
import { z } from 'zod'
import { deleteSite, listSites, readSite, saveSites, type SiteRow } from '../desk/sites'
import { actor } from './caller'
import { answers, bodies, may, query, refuses, type Door } from './declare'
import { activityOf, ListQuery, orderOf } from './filters'
import { saveOnce } from './idempotency'
import {
  Bool,
  created,
  createdOf,
  envelope,
  Enveloped,
  given,
  Id,
  Name,
  opt,
  pageOf,
  pathId,
  Returnall,
  Text,
} from './wire'

const SiteQuery = z.object({ ...ListQuery, client_id: Id.optional() })

const SiteIn = z
  .object({
    id: opt(Id),
    name: opt(Name()),
    client_id: opt(Id),
    phonenumber: opt(Text(50)),
    notes: opt(Text(20_000)),
    inactive: opt(Bool),
  })
  .refine(({ id, name }) => id !== undefined || name !== undefined, {
    path: ['name'],
    message: 'is missing',
  })
  .refine(({ id, client_id }) => id !== undefined || client_id !== undefined, {
    path: ['client_id'],
    message: 'is missing',
  })
  .transform((wire) =>
    given({
      id: wire.id,
      name: wire.name,
      customerId: wire.client_id,
      phone: wire.phonenumber,
      notes: wire.notes,
      inactive: wire.inactive,
    }),
  )

const SiteOut = z
  .object({
    id: z.int(),
    name: z.string(),
    client_id: z.int(),
    client_name: z.string(),
    clientsite_name: z.string(),
    phonenumber: z.string(),
    notes: z.string(),
    is_main: z.boolean(),
    inactive: z.boolean(),
    use: z.literal('site'),
  })
  .meta({ id: 'Site' })

const siteOut = (row: SiteRow): z.infer<typeof SiteOut> => ({
  id: row.id,
  name: row.name,
  client_id: row.customerId,
  client_name: row.customerName,
  clientsite_name: `${row.customerName}/${row.name}`,
  phonenumber: row.phone ?? '',
  notes: row.notes ?? '',
  is_main: row.isMain,
  inactive: row.inactive,
  use: 'site',
})

/** Sites of customers. Every customer has one called "Main". */
export const site = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists sites'),
    query(SiteQuery),
    answers(200, Enveloped('sites', SiteOut)),
    async (c) => {
      const asked = c.req.valid('query')
      const page = pageOf(asked)
      const filter = given({ search: asked.search, customerId: asked.client_id })
      const { rows, total } = await listSites(
        c.var.db,
        { ...filter, ...activityOf(asked), order: orderOf(asked, 'id') },
        page,
      )
      return c.json(envelope('sites', rows.map(siteOut), total, page))
    },
  )
  .get('/:id', may(['agent'], 'Shows a site'), answers(200, SiteOut), async (c) =>
    c.json(siteOut(await readSite(c.var.db, pathId(c)))),
  )
  .on(
    ['POST', 'PUT'],
    '/',
    may(['agent'], 'Makes or changes sites'),
    query(Returnall),
    bodies(SiteIn),
    answers(201, createdOf(SiteOut)),
    refuses('IDEMPOTENCY_MISMATCH'),
    async (c) => {
      const drafts = c.req.valid('json')
      const saved = await saveOnce(
        c,
        'site',
        drafts,
        () => saveSites(c.var.db, drafts, actor(c)),
        (id) => readSite(c.var.db, id),
      )
      return created(c, saved.map(siteOut), c.req.valid('query').returnall)
    },
  )
  .delete('/:id', may(['admin'], 'Deletes a site'), answers(200, SiteOut), async (c) =>
    c.json(siteOut(await deleteSite(c.var.db, pathId(c), actor(c)))),
  )
