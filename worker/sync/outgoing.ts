import { sql, type SQL } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '../platform/database'
import { limits } from '../platform/limits'
import { once } from '../platform/once'
import { RegisterValue, type Register } from './message'

const Row = z.object({
  name: z.string(),
  label: z.string(),
  clock: z.number(),
  writer: z.string(),
  value: z.string(),
})

/**
 * The registers of a ticket as they travel: stamp and the value in this desk's words, label beside (protocol.md §3). One that this
 * desk could not make a value of is not passed on. Put at the end of a batch it sees what the batch wrote.
 */
export const outgoingQuery = once(({ orm, t }: Db, ticketId: number | SQL<number>) =>
  orm.all(sql`
    select r.name as name, r.clock as clock, r.writer as writer,
      case r.name when 'status' then 'Status' when 'priority' then 'Priority' when 'category' then 'Category' when 'summary' then 'Summary'
        when 'startdate' then 'Start date' when 'targetdate' then 'Target date' else coalesce(f.label, r.name) end as label,
      case r.name
        when 'status' then (select json_object('id', s.id, 'name', s.name) from status s where s.t = k.t and s.id = k.status_id)
        when 'priority' then (select json_object('id', p.id, 'name', p.name) from priority p where p.t = k.t and p.id = k.priority_id)
        when 'category' then coalesce((select json_object('id', c.id, 'name', c.name, 'path', c.path) from category c where c.t = k.t and c.id = k.category_id), 'null')
        when 'summary' then json_quote(k.summary)
        when 'startdate' then json_quote(k.start_date)
        when 'targetdate' then json_quote(k.target_date)
        else coalesce(case f.type
          when 'choice' then (select json_object('id', o.id, 'name', o.name) from field_option o where o.t = k.t and o.field_id = f.id and o.id = v.value)
          when 'choices' then (select json_group_array(json_object('id', o.id, 'name', o.name)) from json_each(v.value) e join field_option o on o.t = k.t and o.field_id = f.id and o.id = e.value)
          else v.value end, 'null')
      end as value
    from register r join ticket k on k.t = r.t and k.id = r.ticket_id
      left join field f on f.t = r.t and r.name like 'field:%' and f.id = cast(substr(r.name, 7) as integer)
      left join field_value v on v.t = r.t and v.ticket_id = r.ticket_id and v.field_id = f.id
    where r.t = ${t} and r.ticket_id = ${ticketId} and r.applied = 1 and r.clock > 0
    order by r.name limit ${limits.registers}`),
)

/** The rows of `outgoingQuery` as registers of a message. */
export const outgoingRegisters = (rows: unknown): Register[] =>
  z
    .array(Row)
    .parse(rows)
    .map(({ value, ...register }) => ({
      ...register,
      value: RegisterValue.parse(JSON.parse(value)),
    }))
