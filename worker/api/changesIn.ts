import { z } from 'zod'
import { limits } from '../platform/limits'
import type { Changes } from '../desk/draft'
import { given, Id, List, opt, OptionalAgentId, OptionalDay, OptionalId, Text } from './wire'

/** A value for an own field. */
export const CustomFieldIn = z.object({ id: opt(Id), name: opt(Text(200)), value: z.unknown() })

/** What a ticket can be changed to, by Halo's names; the same spelt `new_...` on an action. */
export const TicketChanges = {
  status_id: opt(Id),
  priority_id: opt(Id),
  category_1: opt(Text(500)),
  category1: opt(Text(500)),
  categoryid_1: OptionalId,
  agent_id: OptionalAgentId,
  team_id: OptionalId,
  team: opt(Text(200)),
  startdate: OptionalDay,
  targetdate: OptionalDay,
  customfields: opt(List(CustomFieldIn, limits.customFields)),
}

type Wire = z.output<z.ZodObject<typeof TicketChanges>>

export function changesOf(wire: Wire): Changes {
  return given({
    statusId: wire.status_id,
    priorityId: wire.priority_id,
    categoryId: wire.categoryid_1,
    categoryPath: wire.category_1 ?? wire.category1,
    agentId: wire.agent_id,
    teamId: wire.team_id,
    teamName: wire.team,
    startDate: wire.startdate,
    targetDate: wire.targetdate,
    fields: wire.customfields?.map(({ id, name, value }) => ({
      value,
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
    })),
  })
}
