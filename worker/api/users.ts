import { Hono } from 'hono'
import { z } from 'zod'
import { deletePerson, listPeople, readPerson, savePeople, type PersonRow } from '../desk/people'
import { Problem } from '../platform/problem'
import { actor, isAdmin, userOf } from './caller'
import { answers, bodies, may, query, refuses, type Door } from './declare'
import { activityOf, AdvancedSearch, ListQuery, orderOf } from './filters'
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
  OptionalId,
  opt,
  pageOf,
  pathId,
  QueryBool,
  Returnall,
  Text,
} from './wire'

const UsersQuery = z.object({
  ...ListQuery,
  client_id: Id.optional(),
  site_id: Id.optional(),
  exclude_general: QueryBool.optional(),
  advanced_search: AdvancedSearch.optional(),
})

const UserIn = z
  .object({
    id: opt(Id),
    name: opt(Name()),
    firstname: opt(Text(100)),
    surname: opt(Text(100)),
    emailaddress: opt(Email),
    client_id: opt(Id),
    site_id: OptionalId,
    phonenumber: opt(Text(50)),
    mobilenumber: opt(Text(50)),
    notes: opt(Text(20_000)),
    inactive: opt(Bool),
    password: opt(Text(1024)),
  })
  .transform((wire) => {
    const parts = [wire.firstname, wire.surname].map((part) => part?.trim()).filter(Boolean)
    return given({
      id: wire.id,
      name: wire.name ?? (parts.length > 0 ? parts.join(' ') : undefined),
      email: wire.emailaddress === '' ? null : wire.emailaddress,
      customerId: wire.client_id,
      siteId: wire.site_id,
      phone: wire.phonenumber,
      mobile: wire.mobilenumber,
      notes: wire.notes,
      inactive: wire.inactive,
      password: wire.password,
    })
  })
  .refine(({ id, name }) => id !== undefined || name !== undefined, {
    path: ['name'],
    message: 'is missing',
  })
  .refine(
    (user) =>
      user.id !== undefined || user.customerId !== undefined || typeof user.siteId === 'number',
    {
      path: ['client_id'],
      message: 'name the client_id or the site_id',
    },
  )

/** What a person may read of themselves. */
const Me = z.object({
  id: z.int(),
  name: z.string(),
  firstname: z.string(),
  surname: z.string(),
  initials: z.string(),
  emailaddress: z.string(),
  client_id: z.int(),
  client_name: z.string(),
  site_id: z.int(),
  site_id_int: z.int(),
  site_name: z.string(),
  phonenumber: z.string(),
  mobilenumber: z.string(),
  use: z.literal('user'),
})
const UserOut = Me.extend({
  notes: z.string(),
  inactive: z.boolean(),
  is_general: z.boolean(),
  can_sign_in: z.boolean(),
  from_partner: z.boolean(),
  linked_agent_id: z.literal(0),
  datecreated: z.string(),
}).meta({ id: 'User' })

const meOut = (row: PersonRow): z.infer<typeof Me> => ({
  id: row.id,
  name: row.name,
  firstname: row.name.split(' ').slice(0, -1).join(' ') || row.name,
  surname: row.name.includes(' ') ? (row.name.split(' ').at(-1) ?? '') : '',
  initials: initialsOf(row.name),
  emailaddress: row.email ?? '',
  client_id: row.customerId,
  client_name: row.customerName,
  site_id: row.siteId ?? 0,
  site_id_int: row.siteId ?? 0,
  site_name: row.siteName ?? '',
  phonenumber: row.phone ?? '',
  mobilenumber: row.mobile ?? '',
  use: 'user',
})

const userOut = (row: PersonRow): z.infer<typeof UserOut> => ({
  ...meOut(row),
  notes: row.notes ?? '',
  inactive: row.inactive,
  is_general: row.isGeneral,
  can_sign_in: Boolean(row.canSignIn),
  from_partner: row.source === 'partner',
  linked_agent_id: 0,
  datecreated: isoUtc(row.createdAt),
})

/** The first letters of the first and the last name. */
export const initialsOf = (name: string): string => {
  const words = name.split(/\s+/).filter(Boolean)
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words
  return ends.map(firstLetter).join('').toUpperCase()
}
const firstLetter = (word = ''): string => String.fromCodePoint(word.codePointAt(0) ?? 0x20)

/** End users: the people who raise tickets. Only an admin sets the password of one. */
export const users = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists end users'),
    query(UsersQuery),
    answers(200, Enveloped('users', UserOut)),
    async (c) => {
      const asked = c.req.valid('query')
      const page = pageOf(asked)
      const filter = given({
        search: asked.search,
        customerId: asked.client_id,
        siteId: asked.site_id,
        withoutGeneral: asked.exclude_general,
        conditions: asked.advanced_search,
      })
      const { rows, total } = await listPeople(
        c.var.db,
        { ...filter, ...activityOf(asked), order: orderOf(asked, 'id') },
        page,
      )
      return c.json(envelope('users', rows.map(userOut), total, page))
    },
  )
  .get('/me', may(['user'], 'Shows the signed-in end user'), answers(200, Me), async (c) =>
    c.json(meOut(await readPerson(c.var.db, userOf(c).personId))),
  )
  .get('/:id', may(['agent'], 'Shows an end user'), answers(200, UserOut), async (c) =>
    c.json(userOut(await readPerson(c.var.db, pathId(c)))),
  )
  .on(
    ['POST', 'PUT'],
    '/',
    may(['agent'], 'Makes or changes end users'),
    query(Returnall),
    bodies(UserIn),
    answers(201, createdOf(UserOut)),
    refuses('IDEMPOTENCY_MISMATCH'),
    async (c) => {
      const drafts = c.req.valid('json')
      if (drafts.some(({ password }) => password !== undefined) && !isAdmin(c.var.who)) {
        throw new Problem('FORBIDDEN', { message: 'Only an admin sets the password of a user' })
      }
      const saved = await saveOnce(
        c,
        'person',
        drafts,
        () => savePeople(c.var.db, drafts, actor(c)),
        (id) => readPerson(c.var.db, id),
      )
      return created(c, saved.map(userOut), c.req.valid('query').returnall)
    },
  )
  .delete('/:id', may(['admin'], 'Deletes an end user'), answers(200, UserOut), async (c) =>
    c.json(userOut(await deletePerson(c.var.db, pathId(c), actor(c)))),
  )
