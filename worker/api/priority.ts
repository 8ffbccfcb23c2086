import { Hono } from 'hono'
import { z } from 'zod'
import { listPriorities, readPriority, type Priority } from '../desk/classification'
import { answers, may, query, type Door } from './declare'
import { Id } from './wire'

/** `id` is a GUID as on Halo; what a ticket takes is `priorityid`. */
export const PriorityOut = z
  .object({
    id: z.string(),
    priorityid: z.int(),
    slaid: z.int(),
    name: z.string(),
    responsetime: z.int(),
    responseunits: z.literal('H'),
    fixtime: z.int(),
    fixunits: z.literal('H'),
    colour: z.string(),
    ishidden: z.boolean(),
    sequence: z.int(),
  })
  .meta({ id: 'Priority' })

export const priorityOut = (row: Priority): z.infer<typeof PriorityOut> => ({
  id: row.uid,
  priorityid: row.id,
  slaid: row.slaId,
  name: row.name,
  responsetime: row.responseHours ?? 0,
  responseunits: 'H',
  fixtime: row.fixHours ?? 0,
  fixunits: 'H',
  colour: row.colour ?? '',
  ishidden: row.inactive,
  sequence: row.sequence,
})

/** Priorities, each under an SLA. */
export const priority = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists priorities'),
    query(z.object({ slaid: Id.optional() })),
    answers(200, z.array(PriorityOut)),
    async (c) =>
      c.json((await listPriorities(c.var.db, c.req.valid('query').slaid)).map(priorityOut)),
  )
  .get(
    '/:id',
    may(['agent'], 'Shows a priority, by its GUID or its number'),
    answers(200, PriorityOut),
    async (c) => c.json(priorityOut(await readPriority(c.var.db, c.req.param('id')))),
  )
