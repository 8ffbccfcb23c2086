import { Hono } from 'hono'
import { z } from 'zod'
import { listSlas, readSla, type Sla } from '../desk/classification'
import { answers, may, type Door } from './declare'
import { PriorityOut, priorityOut } from './priority'
import { pathId } from './wire'

const SlaOut = z
  .object({
    id: z.int(),
    name: z.string(),
    hoursaretechslocaltime: z.literal(false),
    responsereset: z.literal(false),
    trackslafixbytime: z.literal(true),
    trackslaresponsetime: z.literal(true),
    workday_id: z.literal(1),
  })
  .meta({ id: 'Sla' })
const SlaDetailOut = SlaOut.extend({ priorities: z.array(PriorityOut) }).meta({ id: 'SlaDetail' })

const slaOut = (row: Sla): z.infer<typeof SlaOut> => ({
  id: row.id,
  name: row.name,
  hoursaretechslocaltime: false,
  responsereset: false,
  trackslafixbytime: true,
  trackslaresponsetime: true,
  workday_id: 1,
})

/** Service level agreements. */
export const sla = new Hono<Door>()
  .get('/', may(['agent'], 'Lists SLAs'), answers(200, z.array(SlaOut)), async (c) =>
    c.json((await listSlas(c.var.db)).map(slaOut)),
  )
  .get(
    '/:id',
    may(['agent'], 'Shows an SLA with its priorities'),
    answers(200, SlaDetailOut),
    async (c) => {
      const row = await readSla(c.var.db, pathId(c))
      return c.json({ ...slaOut(row), priorities: row.priorities.map(priorityOut) })
    },
  )
