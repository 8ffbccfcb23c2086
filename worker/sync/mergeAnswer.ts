import { and, eq } from 'drizzle-orm'
import { actionType, register, ticket, ticketTypeField } from '../../db/schema'
import { planStatements } from '../desk/commit'
import type { Plan } from '../desk/decide'
import { isKeyCollision, runBatch, type Db } from '../platform/database'
import { limits } from '../platform/limits'
import { seams } from '../platform/seams'
import { otherLinksDiffer } from './mayDiffer'
import { RegisterValue, type Register, type Taken } from './message'
import { applyEffect } from './planReceived'
import { receivedRow, storeReceived } from './registers'
import { mergeRegisters, type Vocabulary } from './translate'
import { vocabularyOf, vocabularyQueries } from './vocabulary'

const MOST_TRIES = 5

/**
 * Takes over what the partner's answer says won (protocol.md §7). Usually it is what was sent, and nothing is read. A value that changes
 * here appends an entry of the desk itself, which is never sent.
 */
export async function mergeAnswer(
  db: Db,
  at: { ticketId: number; connectionId: number; sent: Register[]; taken: Taken },
): Promise<void> {
  const { registers } = at.taken.baton
  if (registers.some((one) => isNews(one, at.sent))) await mergeInto(db, { ...at, registers })
}

/**
 * Derives again what a connection's mapping had no value for until now, after a mapping was published. At most `MOST_TICKETS` tickets;
 * the others follow with their next message, which brings the same registers.
 */
export async function deriveUnapplied(db: Db, connectionId: number): Promise<void> {
  const { orm, t } = db
  const [waiting, fields] = await orm.batch([
    orm
      .select()
      .from(register)
      .where(
        and(
          eq(register.t, t),
          eq(register.connectionId, connectionId),
          eq(register.applied, false),
        ),
      ),
    vocabularyQueries(db, connectionId)[0],
  ])
  const byTicket = Map.groupBy(waiting, ({ ticketId }) => ticketId)
  for (const [ticketId, rows] of [...byTicket].slice(0, MOST_TICKETS)) {
    const registers = rows.flatMap((row): Register[] => {
      const name = remoteName(row.name, fields)
      const value = RegisterValue.parse(JSON.parse(row.value ?? 'null'))
      return name ? [{ name, label: '', clock: row.clock, writer: row.writer, value }] : []
    })
    await mergeInto(db, { ticketId, connectionId, registers })
  }
}

const MOST_TICKETS = 200

/** A field's register stands under our number; a message names theirs. */
function remoteName(name: string, mappings: Vocabulary['mappings']): string | null {
  if (!name.startsWith('field:')) return name
  const fieldId = Number(name.slice('field:'.length))
  const theirs = mappings.find(({ kind, localId }) => kind === 'field' && localId === fieldId)
  return theirs ? `field:${theirs.remoteId}` : null
}

/**
 * Merges registers into a ticket: those newer than what stands, in this desk's words. One whose clock is far ahead is left out: it would
 * win over every change for ever.
 */
export async function mergeInto(
  db: Db,
  {
    ticketId,
    connectionId,
    registers,
  }: { ticketId: number; connectionId: number; registers: Register[] },
): Promise<void> {
  const { orm, t } = db
  for (let tries = 1; ; tries++) {
    const [[at], standing, [type], typeFields, ...words] = await orm.batch([
      orm
        .select()
        .from(ticket)
        .where(and(eq(ticket.t, t), eq(ticket.id, ticketId))),
      orm
        .select()
        .from(register)
        .where(and(eq(register.t, t), eq(register.ticketId, ticketId))),
      orm
        .select()
        .from(actionType)
        .where(and(eq(actionType.t, t), eq(actionType.systemUse, 'changed'))),
      orm
        .select({ fieldId: ticketTypeField.fieldId })
        .from(ticketTypeField)
        .innerJoin(
          ticket,
          and(eq(ticket.t, ticketTypeField.t), eq(ticket.typeId, ticketTypeField.ticketTypeId)),
        )
        .where(and(eq(ticketTypeField.t, t), eq(ticket.id, ticketId))),
      ...vocabularyQueries(db, connectionId),
    ])
    if (!at || !type) return
    const near = registers.filter(({ clock }) => clock <= at.clock + limits.clockAhead)
    const merged = mergeRegisters(near, standing, vocabularyOf(words, typeFields))
    if (merged.length === 0) return
    const plan: Plan = {
      ticketId,
      actionId: at.lastAction + 1,
      type,
      noteHtml: '',
      hidden: true,
      authorName: '',
      set: {},
      values: [],
      touched: [],
      changes: [],
      mail: null,
    }
    for (const one of merged) if (one.effect) applyEffect(plan, one.effect, one)
    const changes = plan.changes.length > 0
    try {
      await runBatch(db, [
        ...(changes
          ? planStatements(db, plan, {
              uid: seams.uid(),
              kind: 'system',
              id: null,
              name: 'Baton',
              at: seams.now(),
            })
          : []),
        ...merged.map((one) => storeReceived(db, ticketId, connectionId, receivedRow(one))),
        ...(changes ? [otherLinksDiffer(db, ticketId, connectionId)] : []),
      ])
      return
    } catch (error) {
      if (!isKeyCollision(error) || tries >= MOST_TRIES) throw error
    }
  }
}

/** A register that we did not send with this very stamp. A field has another number there, so only its stamp can be compared. */
function isNews(one: Register, sent: Register[]): boolean {
  const isField = one.name.startsWith('field:')
  return !sent.some(
    (ours) =>
      ours.clock === one.clock &&
      ours.writer === one.writer &&
      (isField ? ours.name.startsWith('field:') : ours.name === one.name),
  )
}
