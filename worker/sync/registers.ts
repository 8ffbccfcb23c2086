import { and, eq, sql, type SQL } from 'drizzle-orm'
import { fieldValue, register } from '../../db/schema'
import { clockNow } from '../desk/commit'
import type { Db } from '../platform/database'
import { once } from '../platform/once'
import type { Merged } from './translate'

/** The registers that every linked ticket has, whatever its fields (protocol.md §7). */
export const ALWAYS = [
  'status',
  'priority',
  'category',
  'summary',
  'startdate',
  'targetdate',
] as const

const stamp = once(({ orm, t }: Db, ticketId: number, name: string, tenantId: string) => {
  const fresh = {
    clock: clockNow(t, ticketId),
    writer: tenantId,
    value: null,
    connectionId: null,
    applied: true,
    edited: false,
  }
  return orm
    .insert(register)
    .values({ t, ticketId, name, ...fresh })
    .onConflictDoUpdate({ target: [register.t, register.ticketId, register.name], set: fresh })
})

/** Stamps registers as changed here, in this batch: they take the ticket's new clock and travel with this and every later message. */
export const stampHere = (db: Db, ticketId: number, names: string[], tenantId: string) =>
  names.map((name) => stamp(db, ticketId, name, tenantId))

/** Remembers that a register was changed by hand: it gets its stamp when an action carries it (G46). */
export const markEdited = ({ orm, t }: Db, ticketId: number, names: string[], tenantId: string) =>
  names.map((name) =>
    orm
      .insert(register)
      .values({ t, ticketId, name, clock: 0, writer: tenantId, applied: true, edited: true })
      .onConflictDoUpdate({
        target: [register.t, register.ticketId, register.name],
        set: { edited: true },
      }),
  )

/** A received register as it is stored: `applied` where a value of this desk was made of it. */
export const receivedRow = ({ name, clock, writer, value, effect }: Merged) => ({
  name,
  clock,
  writer,
  value,
  applied: effect !== null,
})

/** Stores a received register with the stamp it came with. A newer stamp clears what was edited by hand. */
export const storeReceived = once(
  (
    { orm, t }: Db,
    ticketId: number | SQL<number>,
    connectionId: number,
    one: ReturnType<typeof receivedRow>,
  ) => {
    const row = {
      clock: one.clock,
      writer: one.writer,
      value: one.value,
      connectionId,
      applied: one.applied,
      edited: false,
    }
    return orm
      .insert(register)
      .values({ t, ticketId, name: one.name, ...row })
      .onConflictDoUpdate({
        target: [register.t, register.ticketId, register.name],
        set: row,
        // Whoever was faster with a newer stamp keeps it: the condition stands in the statement, not before it.
        setWhere: sql`excluded.clock > ${register.clock} or (excluded.clock = ${register.clock} and (lower(excluded.writer) > lower(${register.writer}) or ${register.applied} = 0))`,
      })
  },
)

/** Keeps a register's own value but gives it the message's stamp: an effect of the received action (protocol.md §7). */
export const stampReceived = once(
  ({ orm, t }: Db, ticketId: number, name: string, stamp: { clock: number; writer: string }) => {
    const row = {
      clock: stamp.clock,
      writer: stamp.writer,
      value: null,
      connectionId: null,
      applied: true,
      edited: false,
    }
    return orm
      .insert(register)
      .values({ t, ticketId, name, ...row })
      .onConflictDoUpdate({ target: [register.t, register.ticketId, register.name], set: row })
  },
)

/** The own fields that a ticket has values of: each becomes a register with the first message. */
export const fieldRegistersQuery = once(({ orm, t }: Db, ticketId: number) =>
  orm
    .select({ fieldId: fieldValue.fieldId })
    .from(fieldValue)
    .where(and(eq(fieldValue.t, t), eq(fieldValue.ticketId, ticketId))),
)
