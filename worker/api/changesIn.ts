import { z } from 'zod'
import type { Changes } from '../desk/draft'
import { DayIn, given, Id, opt, OptionalAgentId, OptionalId, Text } from './wire'

/** A value for an own field. */
export const CustomFieldIn = z.object({ id: opt(Id), name: opt(Text(200)), value: z.unknown() })

/** None is 0 or -1 on the wire, null inside. */
const orNone = (id: number | undefined): number | null | undefined =>
  id === undefined ? undefined : id > 0 ? id : null

/** What a ticket can be changed to, by Halo's names; the same spelt `new_...` on an action. */
export const TicketChanges = {
  status_id: opt(Id),
  priority_id: opt(Id),
  category_1: opt(Text(500)),
  category1: opt(Text(500)),
  categoryid_1: opt(OptionalId),
  agent_id: opt(OptionalAgentId),
  team_id: opt(OptionalId),
  team: opt(Text(200)),
  startdate: opt(DayIn),
  targetdate: opt(DayIn),
  customfields: opt(z.array(CustomFieldIn).max(50, 'at most 50 fields at once')),
}

type Wire = z.output<z.ZodObject<typeof TicketChanges>>

export function changesOf(wire: Wire): Changes {
  return given({
    statusId: wire.status_id,
    priorityId: wire.priority_id,
    categoryId: orNone(wire.categoryid_1),
    categoryPath: wire.category_1 ?? wire.category1,
    agentId: orNone(wire.agent_id ?? undefined) ?? (wire.agent_id === null ? null : undefined),
    teamId: orNone(wire.team_id),
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
