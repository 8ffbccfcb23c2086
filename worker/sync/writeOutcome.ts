import { and, eq, sql } from 'drizzle-orm'
import { attempt, connection, link, outbox, ticket } from '../../db/schema'
import type { Db } from '../platform/database'
import { limits } from '../platform/limits'
import { once } from '../platform/once'
import { seams } from '../platform/seams'
import { worstOf } from './deliveries'
import { stillDiffers } from './mayDiffer'
import type { Outcome } from './settle'
import type { WithFiles } from './stageFiles'

/**
 * What of an outcome a message keeps, and the claim under which it may be written. One that was ended under way, with its connection or
 * its ticket, stays so, unless the partner took it: then that is what became of it (F28, F30).
 */
const settleMessage = once(
  (
    { orm, t }: Db,
    row: {
      ticketId: number
      actionId: number
      connectionId: number
      uid: string
      attempts: number
    },
    set: Partial<typeof outbox.$inferInsert>,
  ) =>
    orm
      .update(outbox)
      .set(set)
      .where(
        and(
          eq(outbox.t, t),
          eq(outbox.ticketId, row.ticketId),
          eq(outbox.actionId, row.actionId),
          eq(outbox.connectionId, row.connectionId),
          eq(outbox.uid, row.uid),
          eq(outbox.attempts, row.attempts),
          sql`(${outbox.nextAt} is not null or ${set.state ?? ''} = 'synced')`,
        ),
      ),
)

/** A link that was ended under way stays so (F28, F30). */
const settleLink = once(
  (
    { orm, t }: Db,
    row: { uid: string; ticketId: number; connectionId: number },
    set: Omit<Partial<typeof link.$inferInsert>, 'state'>,
    state: Outcome['linkState'],
    { taken, sentClock }: { taken: boolean; sentClock: number },
  ) =>
    orm
      .update(link)
      .set({
        ...set,
        ...(taken && { mayDiffer: stillDiffers(t, row, sentClock) }),
        ...(state !== null && {
          state: sql`case when ${link.state} in ('ended', 'gone') then ${link.state} else ${state} end`,
        }),
      })
      .where(and(eq(link.t, t), eq(link.uid, row.uid))),
)

const settleTicket = once(
  (
    { orm, t }: Db,
    ticketId: number,
    { clock, troubled, supplierRef }: { clock: number; troubled: boolean; supplierRef?: string },
  ) =>
    orm
      .update(ticket)
      .set({
        clock: sql`max(${ticket.clock}, min(${clock}, ${ticket.clock} + ${limits.clockAhead}))`,
        syncProblem: troubled
          ? worstOf(t, ticketId)
          : sql`case when ${ticket.syncProblem} is null then null else ${worstOf(t, ticketId)} end`,
        ...(supplierRef !== undefined && { supplierRef }),
      })
      .where(and(eq(ticket.t, t), eq(ticket.id, ticketId))),
)

/** The statements that write an outcome, each bound to the claim. One row and one link where all went well. */
export function settleStatements(
  db: Db,
  row: WithFiles,
  outcome: Outcome,
  answered: { status: number; ms: number; sentClock: number },
) {
  const { orm, t } = db
  const now = seams.now()
  const { ticketId, actionId, connectionId, uid, attempts } = row
  const { state, nextAt, failures, reason, error, fix, remoteId, remoteTicketId, parts } = outcome
  const synced = state === 'synced'
  const troubled =
    state === 'failed' || state === 'dead' || state === 'unknown' || state === 'parked'
  const refused = synced && row.files.some((file) => file.state === 'refused')
  return [
    ...(synced ? sendLater(db, row) : []),
    settleMessage(
      db,
      { ticketId, actionId, connectionId, uid, attempts },
      {
        state,
        nextAt,
        failures,
        reason,
        error,
        fix,
        parts,
        ...(row.files.length > 0 && { files: JSON.stringify(row.files) }),
        ...(synced && { remoteId, remoteTicketId }),
        lastStatus: answered.status,
        lastMs: answered.ms,
      },
    ),
    // Without a file the values of both desks are the same.
    ...(row.kind !== 'file' &&
    (outcome.linkState || synced || troubled || outcome.state === 'skipped')
      ? [
          settleLink(
            db,
            { uid: row.linkUid, ticketId, connectionId },
            {
              ...(outcome.position && { outN: outcome.position.n, outUid: outcome.position.uid }),
              ...(row.kind === 'create' &&
                synced && { remoteTicketUid: outcome.remoteTicketUid, remoteTicketId }),
              ...(outcome.remoteUrl && { remoteUrl: outcome.remoteUrl }),
              ...((troubled || outcome.state === 'skipped') && { mayDiffer: true }),
            },
            outcome.linkState,
            { taken: synced, sentClock: answered.sentClock },
          ),
        ]
      : []),
    ...(synced || troubled
      ? [
          settleTicket(db, ticketId, {
            clock: outcome.clock,
            troubled: troubled || refused,
            ...(synced &&
              row.kind === 'create' &&
              remoteTicketId !== null && { supplierRef: String(remoteTicketId) }),
          }),
        ]
      : []),
    ...(synced && row.kind === 'create'
      ? // What waited for the escalation may go now.
        [
          orm
            .update(outbox)
            .set({ nextAt: now })
            .where(
              and(
                eq(outbox.t, t),
                eq(outbox.ticketId, row.ticketId),
                eq(outbox.connectionId, row.connectionId),
                eq(outbox.state, 'pending'),
              ),
            ),
        ]
      : []),
    ...(synced
      ? []
      : [
          orm
            .insert(attempt)
            .values({
              t,
              ticketId: row.ticketId,
              actionId: row.actionId,
              connectionId: row.connectionId,
              at: now,
              status: answered.status,
              ms: answered.ms,
              error,
            })
            .onConflictDoNothing(),
        ]),
    ...(outcome.broken
      ? [
          orm
            .update(connection)
            .set({
              state: 'broken',
              stateReason: outcome.broken,
              lastError: outcome.broken,
              lastErrorAt: now,
            })
            .where(
              and(
                eq(connection.t, t),
                eq(connection.id, row.connectionId),
                eq(connection.state, 'live'),
              ),
            ),
        ]
      : []),
    ...(outcome.hold || (error !== null && failures > row.failures)
      ? // An admin reads there why nothing arrives, a new address too (F17).
        [
          orm
            .update(connection)
            .set({
              ...(outcome.hold && { holdUntil: outcome.hold.until }),
              lastError: error,
              lastErrorAt: now,
            })
            .where(and(eq(connection.t, t), eq(connection.id, row.connectionId))),
        ]
      : []),
  ]
}

/**
 * The statements for the files that a message went without: each gets a row of its own, which has no position and holds nothing up. One
 * that was refused waits there for a person.
 */
const sendLater = ({ orm, t }: Db, row: WithFiles) =>
  row.kind === 'file'
    ? []
    : row.files.flatMap((file) => {
        const follows = file.state === 'follows'
        if (!follows && file.state !== 'refused') return []
        const now = seams.now()
        return [
          orm
            .insert(outbox)
            .values({
              t,
              ticketId: row.ticketId,
              actionId: row.actionId,
              connectionId: row.connectionId,
              uid: file.uid,
              linkId: sql`(select ${link.id} from ${link} where ${link.t} = ${t} and ${link.uid} = ${row.linkUid})`,
              kind: 'file',
              state: follows ? 'pending' : 'failed',
              nextAt: follows ? now : null,
              error: file.why,
              files: JSON.stringify([{ ...file, state: 'open', failures: 0 }]),
              at: now,
            })
            .onConflictDoNothing(),
        ]
      })
