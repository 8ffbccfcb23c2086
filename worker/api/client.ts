import { Hono } from 'hono'
import { z } from 'zod'
import {
  deleteCustomer,
  listCustomers,
  readCustomer,
  saveCustomers,
  type CustomerRow,
} from '../desk/customers'
import { actor, isAdmin } from './caller'
import { answers, bodies, may, query, refuses, type At, type Door } from './declare'
import { activityOf, AdvancedSearch, ListQuery, orderOf } from './filters'
import { ConnectionView, connectionView } from './profileConnection'
import { saveOnce } from './idempotency'
import {
  Bool,
  created,
  createdOf,
  envelope,
  Enveloped,
  given,
  Id,
  isoUtc,
  Name,
  opt,
  pageOf,
  pathId,
  QueryBool,
  Returnall,
  Text,
} from './wire'

const ClientQuery = z.object({
  ...ListQuery,
  search_name_only: QueryBool.optional(),
  advanced_search: AdvancedSearch.optional(),
})

const ClientIn = z
  .object({
    id: opt(Id),
    name: opt(Name()),
    website: opt(Text(500)),
    main_phonenumber: opt(Text(50)),
    notes: opt(Text(20_000)),
    colour: opt(Text(30)),
    inactive: opt(Bool),
  })
  .refine(({ id, name }) => id !== undefined || name !== undefined, {
    path: ['name'],
    message: 'is missing',
  })
  .transform((wire) =>
    given({
      id: wire.id,
      name: wire.name,
      website: wire.website,
      phone: wire.main_phonenumber,
      notes: wire.notes,
      colour: wire.colour,
      inactive: wire.inactive,
    }),
  )

const ClientOut = z
  .object({
    id: z.int(),
    name: z.string(),
    inactive: z.boolean(),
    toplevel_id: z.int(),
    toplevel_name: z.string(),
    main_site_id: z.int().nullable(),
    main_site_name: z.string().nullable(),
    main_phonenumber: z.string(),
    website: z.string(),
    notes: z.string(),
    colour: z.string(),
    datecreated: z.string(),
    use: z.literal('client'),
    ...ConnectionView,
  })
  .meta({ id: 'Client' })

const clientOut = (row: CustomerRow, c: At): z.infer<typeof ClientOut> => ({
  id: row.id,
  name: row.name,
  inactive: row.inactive,
  toplevel_id: 0,
  toplevel_name: '',
  main_site_id: row.mainSiteId,
  main_site_name: row.mainSiteName,
  main_phonenumber: row.phone ?? '',
  website: row.website ?? '',
  notes: row.notes ?? '',
  colour: row.colour ?? '',
  datecreated: isoUtc(row.createdAt),
  use: 'client',
  ...connectionView(row, isAdmin(c.var.who)),
})

/** Customers: the organisations this desk serves (Halo calls them clients). */
export const client = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists customers'),
    query(ClientQuery),
    answers(200, Enveloped('clients', ClientOut)),
    async (c) => {
      const asked = c.req.valid('query')
      const page = pageOf(asked)
      const filter = given({
        search: asked.search,
        nameOnly: asked.search_name_only,
        conditions: asked.advanced_search,
      })
      const { rows, total } = await listCustomers(
        c.var.db,
        { ...filter, ...activityOf(asked), order: orderOf(asked, 'name') },
        page,
      )
      return c.json(
        envelope(
          'clients',
          rows.map((row) => clientOut(row, c)),
          total,
          page,
        ),
      )
    },
  )
  .get('/:id', may(['agent'], 'Shows a customer'), answers(200, ClientOut), async (c) =>
    c.json(clientOut(await readCustomer(c.var.db, pathId(c)), c)),
  )
  .on(
    ['POST', 'PUT'],
    '/',
    may(['agent'], 'Makes or changes customers'),
    query(Returnall),
    bodies(ClientIn),
    answers(201, createdOf(ClientOut)),
    refuses('IDEMPOTENCY_MISMATCH'),
    async (c) => {
      const drafts = c.req.valid('json')
      const saved = await saveOnce(
        c,
        'customer',
        drafts,
        () => saveCustomers(c.var.db, drafts, actor(c)),
        (id) => readCustomer(c.var.db, id),
      )
      return created(
        c,
        saved.map((row) => clientOut(row, c)),
        c.req.valid('query').returnall,
      )
    },
  )
  .delete(
    '/:id',
    may(['admin'], 'Deletes a customer with its sites and users'),
    answers(200, ClientOut),
    async (c) => c.json(clientOut(await deleteCustomer(c.var.db, pathId(c), actor(c)), c)),
  )
