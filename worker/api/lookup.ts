import { Hono } from 'hono'
import { z } from 'zod'
import { listLookups, type LookupRow } from '../desk/lookups'
import { answers, may, query, type Door } from './declare'
import { Id } from './wire'

const LookupOut = z
  .object({ lookupid: z.int(), id: z.int(), name: z.string(), sequence: z.int() })
  .meta({ id: 'Lookup' })

const lookupOut = (row: LookupRow): z.infer<typeof LookupOut> => ({
  lookupid: row.lookupId,
  id: row.id,
  name: row.name,
  sequence: row.sequence,
})

/** Lookup lists. A known client reads list 11 after its token, and takes an empty answer for a failed connection (halo-api.md §1). */
export const lookup = new Hono<Door>().get(
  '/',
  may(['agent'], 'Lists the entries of a lookup'),
  query(z.object({ lookupid: Id.optional() })),
  answers(200, z.array(LookupOut)),
  async (c) => c.json((await listLookups(c.var.db, c.req.valid('query').lookupid)).map(lookupOut)),
)
