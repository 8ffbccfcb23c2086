import { Hono } from 'hono'
import { z } from 'zod'
import {
  listTicketTypes,
  listTypesForUser,
  openTicketsOfTypes,
  readTicketType,
  type TicketTypeRow,
  type TypeField,
} from '../desk/ticketTypes'
import { answers, may, query, type Door } from './declare'
import { FieldOut, fieldOut } from './fieldinfo'
import { pathId, QueryBool } from './wire'

const TypeQuery = z.object({ showinactive: QueryBool.optional(), showcounts: QueryBool.optional() })

/** 0 not shown, 1 shown, 2 mandatory. */
const TypeFieldOut = z.object({
  id: z.int(),
  rtid: z.int(),
  fieldid: z.int(),
  seq: z.int(),
  groupid: z.literal(0),
  technew: z.int(),
  techdetail: z.int(),
  endusernew: z.int(),
  enduserdetail: z.int(),
  fieldinfo: FieldOut,
})

/** What an end user needs to choose a type and fill its form. */
const ForUser = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string(),
  sequence: z.int(),
  use: z.literal('tickets'),
  enduserscanselect: z.boolean(),
  allowattachments: z.literal(true),
})
const TypeOut = ForUser.extend({
  guid: z.string(),
  group_id: z.literal(0),
  group_name: z.literal(''),
  visible: z.boolean(),
  active: z.boolean(),
  agentscanselect: z.literal(true),
  anonymouscanselect: z.literal(false),
  itilrequesttype: z.int(),
  workflow_id: z.int(),
  workflow_name: z.string(),
  initial_status: z.int(),
  default_sla: z.int(),
  default_priority: z.int(),
  default_team: z.string(),
  default_team_id: z.int(),
  default_agent: z.literal(1),
  default_agent_name: z.literal('Unassigned'),
  statusafteruserupdate: z.literal(0),
  statusaftersupplierupdate: z.literal(0),
  reopenedstatus: z.literal(0),
  colour: z.literal(''),
  ticket_count: z.int().optional(),
}).meta({ id: 'TicketType' })
const withFields = { fields: z.array(TypeFieldOut) }
const DetailForUser = ForUser.extend(withFields)
const DetailOut = TypeOut.extend(withFields).meta({ id: 'TicketTypeDetail' })

const forUser = (row: TicketTypeRow): z.infer<typeof ForUser> => ({
  id: row.id,
  name: row.name,
  description: row.description ?? '',
  sequence: row.sequence,
  use: 'tickets',
  enduserscanselect: row.endUsersCanSelect,
  allowattachments: true,
})

const typeOut = (row: TicketTypeRow): z.infer<typeof TypeOut> => ({
  ...forUser(row),
  guid: row.uid,
  group_id: 0,
  group_name: '',
  visible: !row.inactive,
  active: !row.inactive,
  agentscanselect: true,
  anonymouscanselect: false,
  itilrequesttype: row.itilType,
  workflow_id: row.workflowId,
  workflow_name: row.workflowName,
  initial_status: row.initialStatusId,
  default_sla: row.slaId,
  default_priority: row.defaultPriorityId,
  default_team: row.defaultTeamName ?? '',
  default_team_id: row.defaultTeamId ?? 0,
  default_agent: 1,
  default_agent_name: 'Unassigned',
  statusafteruserupdate: 0,
  statusaftersupplierupdate: 0,
  reopenedstatus: 0,
  colour: '',
})

const typeFieldOut = (typeId: number, row: TypeField): z.infer<typeof TypeFieldOut> => ({
  id: row.id,
  rtid: typeId,
  fieldid: row.id,
  seq: row.order,
  groupid: 0,
  technew: row.agentNew,
  techdetail: row.agentDetail,
  endusernew: row.userNew,
  enduserdetail: row.userDetail,
  fieldinfo: fieldOut(row, true),
})

/** Ticket types; an end user sees those they can choose, with the fields of the portal's form. */
export const tickettype = new Hono<Door>()
  .get(
    '/',
    may(['agent', 'user'], 'Lists ticket types'),
    query(TypeQuery),
    answers(200, z.array(z.union([TypeOut, ForUser]))),
    async (c) => {
      if (c.var.who.kind === 'user') return c.json((await listTypesForUser(c.var.db)).map(forUser))
      const { showinactive, showcounts } = c.req.valid('query')
      const rows = await listTicketTypes(c.var.db, showinactive ?? false)
      if (!showcounts) return c.json(rows.map(typeOut))
      const counts = await openTicketsOfTypes(c.var.db)
      return c.json(rows.map((row) => ({ ...typeOut(row), ticket_count: counts.get(row.id) ?? 0 })))
    },
  )
  .get(
    '/:id',
    may(['agent', 'user'], 'Shows a ticket type with its fields'),
    answers(200, z.union([DetailOut, DetailForUser])),
    async (c) => {
      const byUser = c.var.who.kind === 'user'
      const row = await readTicketType(c.var.db, pathId(c), byUser)
      return c.json({
        ...(byUser ? forUser(row) : typeOut(row)),
        fields: row.fields.map((one) => typeFieldOut(row.id, one)),
      })
    },
  )
