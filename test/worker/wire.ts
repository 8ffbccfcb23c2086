import type { z } from 'zod'
import type { AgentOut } from '../../worker/api/agent'
import type { ActionOut } from '../../worker/api/actionWire'
import type { TicketOut } from '../../worker/api/ticketWire'

/** Answers of the API, by the schemas that the routes declare. */
export namespace Wire {
  export type Ticket = z.infer<typeof TicketOut>
  export type Action = z.infer<typeof ActionOut>
  export type Agent = z.infer<typeof AgentOut>
}
