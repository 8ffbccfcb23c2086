import { and, eq, isNotNull, lte, sql } from 'drizzle-orm'
import {
  action,
  actionBody,
  actionType,
  agent,
  connection,
  link,
  outbox,
  ticket,
  ticketType,
} from '../../db/schema'
import { runBatch, type Db } from '../platform/database'
import { fault } from '../platform/fault'
import { seams } from '../platform/seams'
import { classify, type Verdict } from './classify'
import { inDoubt, mayHaveTaken, plainBody } from './haloDialect'
import { partnerFetch, targetOf } from './partnerFetch'
import { viaOf } from './message'
import { mergeAnswer } from './mergeAnswer'
import { outgoingQuery, outgoingRegisters } from './outgoing'
import { filesOut, type FileOut } from './outgoingFiles'
import { checkPosition } from './position'
import { settleDoubt } from './readBack'
import { fixOf } from './reasons'
import { outcomeOf, type Outcome } from './settle'
import { CLAIM_MS, stageFiles, type Sender } from './stageFiles'
import { measured, type Claimed, type Tried } from './tried'
import { naming, wireOf } from './wire'
import { withoutToken } from './withToken'
import { settleStatements } from './writeOutcome'

const LOST: Verdict = { kind: 'retry', words: 'Somebody else sends it', retryAfterMs: null }

/** What became of a message; `follows` where files of it are still to be sent. */
export type Delivered = Outcome & { follows: boolean }

/**
 * Stages the files of a message, sends it and writes down what became of it, in one batch (protocol.md §5 `deliver`). A file that
 * follows its message is staged, and that is all.
 */
export async function deliver(from: Sender, row: Claimed): Promise<Delivered> {
  const { world, db, keeper, to } = from
  const staged = await stageFiles(from, row)
  // The claim is somebody else's now, who writes what becomes of it.
  if (!staged) return { ...outcomeOf(LOST, row, seams.now(), 1), follows: false }
  const { verdict, answered, doubt } = staged.verdict
    ? { ...staged, verdict: staged.verdict, doubt: false }
    : await send(from, { ...row, message: naming(row.message, staged.files) })
  FAULTS && (await fault('P9'))
  const claimed = { ...row, files: afterwards(staged.files, verdict) }
  // Before the message is done with: once it is, nobody asks for this answer again, and the desks would differ unsaid.
  if (verdict.kind === 'synced')
    await mergeAnswer(db, {
      ticketId: claimed.ticketId,
      connectionId: to.id,
      sent: claimed.message.registers,
      taken: verdict.taken,
    })
  const plain = outcomeOf(verdict, claimed, seams.now(), seams.random())
  const outcome = doubt ? inDoubt(plain, seams.now()) : plain
  const follows =
    outcome.state === 'synced' && claimed.files.some(({ state }) => state === 'follows')
  const healthy =
    outcome.state === 'synced' &&
    (to.lastError !== null || (to.lastOkAt ?? 0) < seams.now() - 60_000 || to.holdUntil !== null)
  await runBatch(db, [
    ...settleStatements(db, claimed, outcome, {
      ...answered,
      sentClock: Math.max(0, ...claimed.message.registers.map(({ clock }) => clock)),
    }),
    ...(healthy
      ? [
          db.orm
            .update(connection)
            .set({ lastOkAt: seams.now(), lastError: null, holdUntil: null })
            .where(and(eq(connection.t, db.t), eq(connection.id, to.id))),
        ]
      : []),
  ])
  FAULTS && (await fault('P10'))
  const have =
    verdict.kind === 'synced'
      ? verdict.taken.baton.have
      : verdict.kind === 'gap' || verdict.kind === 'failed'
        ? verdict.have
        : null
  if (have) await checkPosition(world, db, keeper, to, claimed, have)
  return { ...outcome, follows }
}

/** Files that the partner turns out not to have are staged again by the next try. */
const afterwards = (files: FileOut[], verdict: Verdict): FileOut[] =>
  verdict.kind === 'unknown_staged'
    ? files.map((file) =>
        file.state === 'staged' && verdict.uids.includes(file.uid)
          ? { ...file, state: 'open' }
          : file,
      )
    : files

/** One try, with one fresh token when the partner does not accept the first. */
async function send({ world, keeper, to, pace }: Sender, claimed: Claimed): Promise<Tried> {
  const target = targetOf(to)
  const none = { status: 0, ms: 0 }
  const halo = to.dialect === 'halo'
  const doubt = claimed.doubt !== undefined
  if (!target)
    return {
      verdict: { kind: 'unauthorized', words: 'The partner’s addresses are missing' },
      answered: none,
      doubt,
    }
  const sent = { uid: claimed.uid, linkUid: claimed.linkUid, ticketId: claimed.message.ticketId }
  for (let refused: string | undefined; ;) {
    const token = await keeper.token(world, to, refused)
    if (token.kind === 'refused')
      return {
        verdict: { kind: 'unauthorized', words: token.words },
        answered: { ...none, status: token.status },
        doubt,
      }
    if (token.kind === 'later') {
      return { doubt, verdict: withoutToken(token.answer, sent), answered: measured(token.answer) }
    }
    FAULTS && (await fault('P5'))
    const seen = doubt
      ? await settleDoubt(
          { world, target, token: token.token, pace },
          claimed,
          refused !== undefined,
        )
      : null
    if (seen === 'fresh') {
      refused = token.token
      continue
    }
    if (seen) return seen
    await pace() // at the last moment: what comes before takes its time, and then all would go at once
    const answer = await partnerFetch(world, target, {
      door: 'api',
      path: claimed.message.path,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(halo ? plainBody(claimed) : claimed.message.body),
      token: token.token,
    })
    const verdict = classify(answer, sent, to.dialect ?? 'baton')
    if (verdict.kind !== 'unauthorized' || refused !== undefined)
      return { verdict, answered: measured(answer), doubt: halo && mayHaveTaken(answer) }
    refused = token.token
  }
}

/**
 * Claims an open row that is due and builds its message as of now; null when somebody else has it, it is done, or it may not leave any
 * more. The claim is the number of attempts: who raised it, and nobody else, may write the result (R4).
 */
export async function claim(
  db: Db,
  row: {
    ticketId: number
    actionId: number
    connectionId: number
    uid: string
    attempts: number
    reason: string | null
    lastStatus: number | null
  },
  base: string | null,
): Promise<Omit<Claimed, 'othersPass'> | null> {
  const { orm, t } = db
  const now = seams.now()
  const key = and(
    eq(outbox.t, t),
    eq(outbox.ticketId, row.ticketId),
    eq(outbox.actionId, row.actionId),
    eq(outbox.connectionId, row.connectionId),
    eq(outbox.uid, row.uid),
  )
  const [claimedRows, contents, registers] = await orm.batch([
    orm
      .update(outbox)
      .set({ attempts: row.attempts + 1, nextAt: now + CLAIM_MS, lastStatus: null })
      .where(
        and(
          key,
          eq(outbox.attempts, row.attempts),
          isNotNull(outbox.nextAt),
          lte(outbox.nextAt, now),
        ),
      )
      .returning({
        attempts: outbox.attempts,
        failures: outbox.failures,
        kind: outbox.kind,
        body: outbox.body,
        files: outbox.files,
      }),
    contentQuery(db, row),
    outgoingQuery(db, row.ticketId),
  ])
  const [taken] = claimedRows
  const [content] = contents
  if (!taken || !content) return null
  if (content.profile === 'customer' && content.customerOfTicket !== content.customerId) {
    // The ticket went to another customer while this waited: it is not the old one's any more (F30).
    await orm
      .update(outbox)
      .set({
        state: 'skipped',
        nextAt: null,
        reason: 'other_customer',
        fix: fixOf('other_customer'),
      })
      .where(and(key, eq(outbox.attempts, taken.attempts)))
    return null
  }
  const stored = filesOut(taken.files)
  // One that was refused and is tried again is tried whole.
  const files: FileOut[] =
    taken.kind === 'file' ? stored.map((file) => ({ ...file, state: 'open' })) : stored
  const message = wireOf({
    kind: taken.kind === 'create' ? 'create' : 'action', // of a file that follows, none is sent
    uid: row.uid,
    linkUid: content.linkUid,
    ticketUid: content.ticketUid,
    remoteTicketId: content.remoteTicketId,
    prev: { n: content.outN, uid: content.outUid },
    clock: content.ticketClock,
    at: content.at,
    via: viaOf(content.ancestors),
    author: authorOf(content),
    url: base && `${base}/tickets/${row.ticketId}`,
    registers: outgoingRegisters(registers),
    outcome: {
      id: content.typeId,
      name: content.typeName,
      sendsEmail: content.sendEmail && taken.kind === 'action',
    },
    noteHtml: taken.body ?? content.noteHtml ?? '',
    files,
    ...(taken.kind === 'create' && {
      ticket: {
        id: row.ticketId,
        summary: content.summary,
        typeId: content.ticketTypeId,
        typeName: content.ticketTypeName,
      },
    }),
  })
  return {
    ...row,
    attempts: taken.attempts,
    failures: taken.failures,
    kind: taken.kind,
    linkUid: content.linkUid,
    profile: content.profile,
    prev: { n: content.outN, uid: content.outUid },
    files,
    message,
    ...(content.dialect === 'halo' &&
      row.attempts > 0 &&
      (row.lastStatus === null || row.reason === 'unclear') && {
        doubt: { savedAt: content.at, settled: row.lastStatus !== null },
      }),
  }
}

const contentQuery = (
  { orm, t }: Db,
  row: { ticketId: number; actionId: number; connectionId: number; uid: string },
) =>
  orm
    .select({
      at: action.at,
      typeId: action.typeId,
      typeName: sql<string>`${action.typeName}`.as('type_name'),
      authorKind: action.authorKind,
      authorId: action.authorId,
      authorName: action.authorName,
      actorConnection: sql<number | null>`${action.connectionId}`.as('actor_connection'),
      agentUid: sql<string | null>`${agent.uid}`.as('agent_uid'),
      agentEmail: sql<string | null>`${agent.email}`.as('agent_email'),
      noteHtml: actionBody.noteHtml,
      sendEmail: actionType.sendEmail,
      ticketUid: sql<string>`${ticket.uid}`.as('ticket_uid'),
      ticketClock: sql<number>`${ticket.clock}`.as('ticket_clock'),
      summary: ticket.summary,
      ticketTypeId: sql<number>`${ticketType.id}`.as('ticket_type_id'),
      ticketTypeName: sql<string>`${ticketType.name}`.as('ticket_type_name'),
      linkUid: sql<string>`${link.uid}`.as('link_uid'),
      remoteTicketId: link.remoteTicketId,
      outN: link.outN,
      outUid: link.outUid,
      profile: connection.kind,
      customerId: sql<number | null>`${connection.customerId}`.as('connection_customer'),
      customerOfTicket: sql<number>`${ticket.customerId}`.as('ticket_customer'),
      dialect: connection.dialect,
      ancestors: sql<string>`(select json_group_array(distinct e.value) from (
        select j.value from ${link} up, json_each(up.via) j join ${connection} c on c.t = up.t and c.id = up.connection_id and c.kind = 'customer' where up.t = ${t} and up.ticket_id = ${row.ticketId} and up.state <> 'ended'
        union all select i.tenant_id from instance i where i.no = ${t}) e)`.as('ancestors'),
    })
    .from(outbox)
    .innerJoin(
      action,
      and(
        eq(action.t, outbox.t),
        eq(action.ticketId, outbox.ticketId),
        eq(action.id, outbox.actionId),
      ),
    )
    .innerJoin(actionType, and(eq(actionType.t, outbox.t), eq(actionType.id, action.typeId)))
    .innerJoin(ticket, and(eq(ticket.t, outbox.t), eq(ticket.id, outbox.ticketId)))
    .innerJoin(ticketType, and(eq(ticketType.t, outbox.t), eq(ticketType.id, ticket.typeId)))
    .innerJoin(link, and(eq(link.t, outbox.t), eq(link.id, outbox.linkId)))
    .innerJoin(connection, and(eq(connection.t, outbox.t), eq(connection.id, outbox.connectionId)))
    .leftJoin(
      actionBody,
      and(
        eq(actionBody.t, outbox.t),
        eq(actionBody.ticketId, outbox.ticketId),
        eq(actionBody.actionId, outbox.actionId),
      ),
    )
    .leftJoin(
      agent,
      and(
        eq(agent.t, outbox.t),
        eq(agent.id, action.authorId),
        sql`${action.authorKind} in ('agent', 'app')`,
      ),
    )
    .where(
      and(
        eq(outbox.t, t),
        eq(outbox.ticketId, row.ticketId),
        eq(outbox.actionId, row.actionId),
        eq(outbox.connectionId, row.connectionId),
        eq(outbox.uid, row.uid),
      ),
    )

/** As `record` writes it on the first try: what is hashed there must not change between two tries. */
function authorOf(content: {
  authorKind: string
  authorId: number | null
  authorName: string
  agentUid: string | null
  agentEmail: string | null
  profile: string
  actorConnection: number | null
}) {
  const name = content.authorName
  if (content.authorKind === 'user')
    return { kind: 'user' as const, uid: `user:${content.authorId}`, name }
  if (content.authorKind === 'partner')
    return { kind: 'agent' as const, uid: `partner:${content.actorConnection}`, name }
  return {
    kind: 'agent' as const,
    uid: content.agentUid ?? '',
    name,
    ...(content.profile === 'supplier' &&
      content.agentEmail !== null && { email: content.agentEmail }),
  }
}
