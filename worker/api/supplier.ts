import { Hono } from 'hono'
import { z } from 'zod'
import {
  deleteSupplier,
  listSuppliers,
  readSupplier,
  saveSuppliers,
  type SupplierRow,
} from '../desk/suppliers'
import { actor, isAdmin } from './caller'
import { answers, bodies, may, query, refuses, type At, type Door } from './declare'
import { activityOf, ListQuery, orderOf } from './filters'
import { ConnectionView, connectionView } from './profileConnection'
import { saveOnce } from './idempotency'
import {
  Bool,
  created,
  createdOf,
  Email,
  envelope,
  Enveloped,
  given,
  Id,
  isoUtc,
  Name,
  opt,
  pageOf,
  pathId,
  Returnall,
  Text,
} from './wire'

const SupplierQuery = z.object(ListQuery)

const SupplierIn = z
  .object({
    id: opt(Id),
    name: opt(Name()),
    contact_name: opt(Text(200)),
    email_address: opt(Email),
    phone_number: opt(Text(50)),
    website: opt(Text(500)),
    address: opt(Text(1000)),
    notes: opt(Text(20_000)),
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
      contactName: wire.contact_name,
      email: wire.email_address === '' ? null : wire.email_address,
      phone: wire.phone_number,
      website: wire.website,
      address: wire.address,
      notes: wire.notes,
      inactive: wire.inactive,
    }),
  )

const SupplierOut = z
  .object({
    id: z.int(),
    name: z.string(),
    contact_name: z.string(),
    email_address: z.string(),
    support_email_address: z.string(),
    phone_number: z.string(),
    website: z.string(),
    address: z.string(),
    notes: z.string(),
    inactive: z.boolean(),
    toplevel_id: z.int(),
    emailtemplate_id: z.int(),
    datecreated: z.string(),
    ...ConnectionView,
  })
  .meta({ id: 'Supplier' })

const supplierOut = (row: SupplierRow, c: At): z.infer<typeof SupplierOut> => ({
  id: row.id,
  name: row.name,
  contact_name: row.contactName ?? '',
  email_address: row.email ?? '',
  support_email_address: row.email ?? '',
  phone_number: row.phone ?? '',
  website: row.website ?? '',
  address: row.address ?? '',
  notes: row.notes ?? '',
  inactive: row.inactive,
  toplevel_id: 0,
  emailtemplate_id: 0,
  datecreated: isoUtc(row.createdAt),
  ...connectionView(row, isAdmin(c.var.who)),
})

/** Suppliers: the organisations tickets can be sent to. All of it is refused while the suppliers module is off (G16). */
export const supplier = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists suppliers'),
    query(SupplierQuery),
    answers(200, Enveloped('suppliers', SupplierOut)),
    async (c) => {
      const asked = c.req.valid('query')
      const page = pageOf(asked)
      const filter = {
        ...given({ search: asked.search }),
        ...activityOf(asked),
        order: orderOf(asked, 'name'),
      }
      const { rows, total } = await listSuppliers(c.var.db, filter, page)
      return c.json(
        envelope(
          'suppliers',
          rows.map((row) => supplierOut(row, c)),
          total,
          page,
        ),
      )
    },
  )
  .get('/:id', may(['agent'], 'Shows a supplier'), answers(200, SupplierOut), async (c) =>
    c.json(supplierOut(await readSupplier(c.var.db, pathId(c)), c)),
  )
  .on(
    ['POST', 'PUT'],
    '/',
    may(['admin'], 'Makes or changes suppliers'),
    query(Returnall),
    bodies(SupplierIn),
    answers(201, createdOf(SupplierOut)),
    refuses('IDEMPOTENCY_MISMATCH'),
    async (c) => {
      const drafts = c.req.valid('json')
      const saved = await saveOnce(
        c,
        'supplier',
        drafts,
        () => saveSuppliers(c.var.db, drafts, actor(c)),
        (id) => readSupplier(c.var.db, id),
      )
      return created(
        c,
        saved.map((row) => supplierOut(row, c)),
        c.req.valid('query').returnall,
      )
    },
  )
  .delete('/:id', may(['admin'], 'Deletes a supplier'), answers(200, SupplierOut), async (c) =>
    c.json(supplierOut(await deleteSupplier(c.var.db, pathId(c), actor(c)), c)),
  )
