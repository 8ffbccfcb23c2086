import { and, eq, isNull, sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import { z } from 'zod'
import { action, idem, link, outbox, supplier } from '../../db/schema'
import {
  claimFiles,
  filesNamed,
  filesWanted,
  isFileGone,
  picturesQuery,
  type Attachment,
} from '../desk/attachments'
import { planStatements, type Signature } from '../desk/commit'
import { decide, type Plan } from '../desk/decide'
import { cleanHtml } from '../desk/html'
import type { Author, Draft } from '../desk/draft'
import { situationOf, situationQueries, type Situation } from '../desk/situation'
import { ticketNamesQuery, type TicketNames } from '../desk/names'
import { renderTemplate } from '../desk/template'
import { detailsQuery } from '../desk/tickets'
import { entryOfPlan, type Entry } from '../desk/timeline'
import { insertMail, mailOf } from '../mail/outbox'
import { idOf, nextId } from '../platform/counter'
import { isCutOff, isKeyCollision, runBatch, when, type Db } from '../platform/database'
import type { Instance } from '../platform/directory'
import { fault } from '../platform/fault'
import { limits } from '../platform/limits'
import { once } from '../platform/once'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { deliveryOf, type Delivery } from './deliveries'
import type { ConnectionRow } from './connections'
import {
  connectionsOfQuery,
  linksQuery,
  registersQuery,
  supplierConnectionQuery,
  waitingQuery,
  type LinkRow,
} from './links'
import { linkDiffers } from './mayDiffer'
import { viaOf, type Position } from './message'
import { outgoingQuery, outgoingRegisters } from './outgoing'
import { filesOut, frozen, type FileOut } from './outgoingFiles'
import { reach, type Reach } from './reach'
import { ALWAYS, fieldRegistersQuery, markEdited, stampHere } from './registers'
import { wireOf, type Wire } from './wire'

/** A draft with who saves it, where, and the key under which a repeat is known (R1). */
export interface Save {
  /** The action's uid, the same at every try: after an answer of the database was lost it tells whether the action is there. */
  uid: string
  author: Author
  draft: Draft
  key?: { key: string; hash: string }
  instance: Instance
  /** The instance's address as people write it, for links back. */
  base: string
  mailDomain: string
}

/** A message as it was just born, with all that its first try needs: nothing has to be read again. */
export interface Parcel {
  connectionId: number
  to: ConnectionRow
  ticketId: number
  actionId: number
  uid: string
  linkUid: string
  kind: 'create' | 'action'
  files: FileOut[]
  /** An older message of the link is still open, so this one waits for its turn. */
  waits: boolean
  prev: Position
  message: Wire
}

export type Recorded =
  | { repeat: true; ticketId: number; actionId: number }
  | {
      repeat: false
      ticketId: number
      actionId: number
      entry: Entry
      deliveries: Delivery[]
      parcels: Parcel[]
      mailed: boolean
    }

/** A row is born claimed: whoever saves it tries first, and everybody else looks again after this. */
const CLAIM_MS = 40_000
const MOST_TRIES = 5
const MOST_WHEN_CUT_OFF = 3

/** Before a database that went away is asked again: longer each time, and not for all alike (F33). */
const moment = (tries: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 20 * 2 ** tries * (0.5 + seams.random())))

/** The statements whose rows `record` decides by. */
const recordQueries = (db: Db, { author, draft, key }: Save) => {
  const { orm, t } = db
  const { supplierId = 0 } = draft
  const escalates = supplierId > 0
  return [
    when(key !== undefined, () =>
      orm
        .select()
        .from(idem)
        .where(and(eq(idem.t, t), eq(idem.actor, author.actor), eq(idem.key, key?.key ?? ''))),
    ),
    linksQuery(db, draft.ticketId),
    connectionsOfQuery(db, draft.ticketId),
    registersQuery(db, draft.ticketId),
    waitingQuery(db, draft.ticketId),
    when(escalates, () => supplierConnectionQuery(db, supplierId)),
    when(escalates, () =>
      orm
        .select({ name: supplier.name })
        .from(supplier)
        .where(and(eq(supplier.t, t), eq(supplier.id, supplierId), isNull(supplier.deletedAt))),
    ),
    when(escalates, () => detailsQuery(db, draft.ticketId)),
    when(escalates, () => fieldRegistersQuery(db, draft.ticketId)),
    ticketNamesQuery(db, draft.ticketId),
    filesWanted(db, draft.files),
    when(escalates, () => picturesQuery(db, draft.ticketId)),
    ...situationQueries(db, author, draft),
  ] as const
}

/** What `record` reads, as the rows come: the Worker hands them to the object, which then need not read them again. */
export type RecordRows = BatchResponse<ReturnType<typeof recordQueries>>

export const readRecord = (db: Db, save: Save): Promise<RecordRows> =>
  db.orm.batch(recordQueries(db, save))

/** Whether saving this concerns a partner, so that it must happen in the ticket's object, in order. */
export const concernsPartner = ([, links]: RecordRows, { draft }: Save): boolean =>
  links.some(({ state }) => state !== 'ended') || draft.supplierId !== undefined

/**
 * Saves an action with what follows from it: values, registers, messages to partners, mail, in one batch behind the fence (protocol.md
 * §5 `record`). `seen` are rows read a moment ago; when somebody was faster the fence says so and all is read again, at most five times.
 * `beforeMail` sets a timer before a mail is written (R8); a ticket's object has one of its own. Where the database went away under the
 * write, the uid says whether it was done.
 * Throws what `decide` refuses, CHOOSE_PARTNER, ALREADY_ESCALATED, ANCESTOR, SUPPLIER_REF_SET.
 */
export async function record(
  db: Db,
  save: Save,
  seen: RecordRows,
  beforeMail?: () => Promise<void>,
): Promise<Recorded> {
  let rows = seen
  for (let tries = 1; ; tries++) {
    const known = rows[0][0]
    if (known) {
      if (known.requestHash !== save.key?.hash) throw new Problem('IDEMPOTENCY_MISMATCH')
      return { repeat: true, ticketId: known.ticketId, actionId: known.actionId }
    }
    try {
      const planned = plan(save, rows)
      if (planned.mail) await beforeMail?.()
      return await write(db, save, planned)
    } catch (error) {
      const mayBeDone = isCutOff(error)
      const mayPass = mayBeDone || isKeyCollision(error) || isFileGone(error)
      if (!mayPass || tries >= (mayBeDone ? MOST_WHEN_CUT_OFF : MOST_TRIES)) throw error
      if (mayBeDone) await moment(tries)
      const done = mayBeDone ? await savedAs(db, save) : null
      if (done) return done
      rows = await readRecord(db, save)
    }
  }
}

/** The action of this very save, where it stands already. */
export async function savedAs(
  { orm, t }: Db,
  { uid }: Save,
): Promise<Extract<Recorded, { repeat: true }> | null> {
  const [row] = await orm
    .select({ ticketId: action.ticketId, actionId: sql<number>`${action.id}`.as('action_id') })
    .from(action)
    .where(and(eq(action.t, t), eq(action.uid, uid)))
  return row ? { repeat: true, ...row } : null
}

interface RecordPlan {
  s: Situation
  local: Plan
  links: LinkRow[]
  connections: ConnectionRow[]
  waiting: Map<number, number>
  reached: Reach[]
  escalation: Escalation | null
  registers: { stamp: string[]; edit: string[] }
  files: ReturnType<typeof filesNamed>
  mail: ReturnType<typeof mailOf> | null
  by: Signature
}

interface Escalation {
  to: ConnectionRow
  connectionId: number
  partnerTenant: string
  partnerName: string
  via: string[]
  noteHtml: string
  /** Those of the ticket's details that stand in this text. */
  pictures: Attachment[]
  ticket: { id: number; summary: string; typeId: number; typeName: string }
}

function plan(save: Save, rows: RecordRows): RecordPlan {
  const [
    ,
    links,
    connections,
    registers,
    waiting,
    [supplierConnection],
    [supplierRow],
    [details],
    fieldRegisters,
    [names],
    fileRows,
    pictures,
    ...rest
  ] = rows
  const { draft, author } = save
  const s = situationOf(rest)
  const local = decide(s, draft, author)
  const by: Signature = {
    uid: save.uid,
    kind: author.kind,
    id: author.kind === 'user' ? author.personId : author.agentId,
    name: local.authorName,
    at: seams.now(),
  }
  const escalation = planEscalation(s, local, save, {
    links,
    supplierConnection,
    supplierName: supplierRow?.name,
    detailsHtml: details?.noteHtml ?? '',
    names,
    pictures,
  })
  const reached = escalation || draft.plainEdit ? [] : reachOf(s, local, draft, author, links)
  const linked = links.some(({ state }) => state !== 'ended')
  const changed = draft.plainEdit ? [] : local.touched
  const edited = registers.filter((one) => one.edited).map(({ name }) => name)
  const first =
    escalation && !linked
      ? [...ALWAYS, ...fieldRegisters.map(({ fieldId }) => `field:${fieldId}`)]
      : []
  return {
    s,
    local,
    links,
    connections: supplierConnection ? [...connections, supplierConnection] : connections,
    waiting: new Map(waiting.map(({ linkId, n }) => [linkId ?? 0, n])),
    reached,
    escalation,
    registers: {
      stamp:
        linked || escalation
          ? [...new Set([...first, ...changed, ...(draft.plainEdit ? [] : edited)])]
          : [],
      edit: linked && draft.plainEdit ? local.touched : [],
    },
    files: filesNamed(fileRows, draft.files, author.actor, draft.ticketId),
    mail:
      local.mail && s.ticket
        ? mailOf({
            ...local.mail,
            plan: local,
            ticket: s.ticket,
            status: s.statuses,
            ...(names && { names }),
            by,
            instance: save.instance,
            base: save.base,
            domain: save.mailDomain,
          })
        : null,
    by,
  }
}

/** Where the action goes on the links that stand; several partners and none named is for the person to choose (R11). */
function reachOf(
  s: Situation,
  local: Plan,
  draft: Draft,
  author: Author,
  links: LinkRow[],
): Reach[] {
  const sendTo = draft.sendTo ?? (local.type.sendToConnected ? 'yes' : 'none')
  const { to, choose } = reach(
    {
      sendTo:
        draft.connectionIds && sendTo === 'none' && draft.sendTo === undefined ? 'yes' : sendTo,
      hidden: local.hidden,
      cameFrom: null,
      connectionIds: draft.connectionIds,
      automatic: author.kind === 'user',
      customerId: local.set.customerId ?? s.ticket?.customerId ?? 0,
    },
    links.map((link) => ({ ...link, verified: link.verifiedAt !== null })),
  )
  if (choose) {
    const partners = links
      .filter(({ state }) => state !== 'ended')
      .map(({ connectionId, partnerName }) => `${connectionId} (${partnerName ?? ''})`)
    throw new Problem('CHOOSE_PARTNER', {
      fields: { connection_ids: `Name the partners that should get this: ${partners.join(', ')}` },
    })
  }
  // A supplier was chosen with an action that cannot send a ticket there: that nothing happened must be said (G71).
  const isThere = links.some(
    ({ supplierId, state }) => supplierId === draft.supplierId && state !== 'ended',
  )
  return draft.supplierId === undefined || isThere
    ? to
    : [
        ...to.filter(({ link }) => link !== null),
        { link: null, send: false, why: 'not_configured' },
      ]
}

/** An action that logs the ticket to a supplier: what must be so before it is saved (G71, G103, R11, R15), and what travels. */
function planEscalation(
  s: Situation,
  local: Plan,
  { draft, instance, base }: Save,
  known: {
    links: LinkRow[]
    supplierConnection: ConnectionRow | undefined
    supplierName: string | undefined
    detailsHtml: string
    names: TicketNames | undefined
    pictures: Attachment[]
  },
): Escalation | null {
  if (local.type.systemUse !== 'log_to_supplier') return null
  if (!s.suppliersOn) throw new Problem('MODULE_OFF')
  if (draft.supplierRef?.trim())
    throw new Problem('SUPPLIER_REF_SET', {
      fields: { supplier_ref: 'Must be left blank to send the ticket' },
    })
  if (!local.type.sendEmail || !s.form.some(({ builtin }) => builtin === 'supplier')) {
    throw new Problem('VALIDATION', {
      message:
        'This action cannot send a ticket: it needs \u201cSend an email\u201d set to yes and the field Supplier in its field list',
      fix: 'Change the action type under Configuration, or use Log to supplier.',
      fields: { outcome_id: 'not set up to send a ticket' },
    })
  }
  if (draft.supplierId === undefined)
    throw Problem.field('supplier_id', 'Choose the supplier to send this to')
  if (known.supplierName === undefined)
    throw Problem.field('supplier_id', 'there is no such supplier')
  const to = known.supplierConnection
  if (!to?.verifiedAt || !to.partnerTenantId) {
    throw new Problem('NOT_VERIFIED', {
      message: `The connection to ${known.supplierName} is not verified`,
      fields: { supplier_id: 'not connected yet' },
    })
  }
  if (known.links.some((link) => link.connectionId === to.id && link.state !== 'ended'))
    throw new Problem('ALREADY_ESCALATED')
  const ancestors = [
    ...new Set(
      known.links
        .filter(({ kind, state }) => kind === 'customer' && state !== 'ended')
        .flatMap(({ via, partnerTenant }) => [...viaOf(via), partnerTenant]),
    ),
  ]
  if (ancestors.includes(to.partnerTenantId)) throw new Problem('ANCESTOR')
  if (ancestors.length >= limits.viaHops)
    throw new Problem('ANCESTOR', { message: `A ticket can pass at most ${limits.viaHops} desks` })
  const { ticket } = s
  const { names } = known
  if (!ticket || !names || !s.template)
    throw Problem.field('emailtemplate_id', 'there is no such email template')
  const summary = local.set.summary ?? ticket.summary
  const rendered = renderTemplate(s.template, {
    ticket: {
      id: ticket.id,
      summary,
      details: known.detailsHtml,
      type: names.type,
      status: s.statuses.find(({ id }) => id === ticket.statusId)?.name ?? '',
      priority: s.priorities.find(({ id }) => id === local.set.priorityId)?.name ?? names.priority,
    },
    user: { name: s.person?.name ?? '' },
    agent: { name: local.authorName },
    instance: { name: instance.name },
    customer: names.customer,
    note: local.noteHtml,
    link: `${base}/tickets/${ticket.id}`,
  })
  local.set.supplierId = draft.supplierId
  const noteHtml = /\{\{-?\s*note\b/.test(s.template.bodyHtml)
    ? rendered.html
    : cleanHtml(`${local.noteHtml}${rendered.html}`)
  return {
    to,
    connectionId: to.id,
    partnerTenant: to.partnerTenantId,
    partnerName: known.supplierName,
    via: [...ancestors, instance.tenantId],
    noteHtml,
    pictures: known.pictures.filter(({ cid }) => noteHtml.includes(`"cid:${cid}"`)),
    ticket: { id: ticket.id, summary, typeId: ticket.typeId, typeName: names.type },
  }
}

const addMessage = once(({ orm, t }: Db, row: OutboxRow) =>
  orm.insert(outbox).values({ ...row, t }),
)
/** On the link that is made in the same batch. */
const addFirstMessage = once((db: Db, row: OutboxRow) =>
  db.orm.insert(outbox).values({ ...row, t: db.t, linkId: idOf(db, 'link') }),
)

async function write(db: Db, save: Save, plan: RecordPlan): Promise<Recorded> {
  const { orm, t } = db
  const { local, by, escalation } = plan
  const { ticketId, actionId } = local
  const tenantId = save.instance.tenantId
  const linkUid = escalation ? seams.uid() : null
  const rows = outboxRows(plan)
  const sends = rows.some(({ state }) => state === 'pending')
  const results = await runBatch(db, [
    ...planStatements(db, local, by),
    ...(save.key
      ? [
          orm.insert(idem).values({
            t,
            actor: save.author.actor,
            key: save.key.key,
            requestHash: save.key.hash,
            ticketId,
            actionId,
            at: by.at,
          }),
        ]
      : []),
    ...(escalation && linkUid
      ? [
          nextId(db, 'link'),
          orm.insert(link).values({
            t,
            id: idOf(db, 'link'),
            uid: linkUid,
            ticketId,
            connectionId: escalation.connectionId,
            partnerTenant: escalation.partnerTenant,
            state: 'creating',
            createdAt: by.at,
          }),
        ]
      : []),
    ...stampHere(db, ticketId, plan.registers.stamp, tenantId),
    ...markEdited(db, ticketId, plan.registers.edit, tenantId),
    ...rows.map((row) => (escalation ? addFirstMessage(db, row) : addMessage(db, row))),
    ...unsentLinks(plan, rows).map((connectionId) => linkDiffers(db, ticketId, connectionId)),
    ...(plan.mail ? [insertMail(db, plan.mail)] : []),
    ...claimFiles(db, plan.files, ticketId, actionId),
    ...(sends ? [outgoingQuery(db, ticketId)] : []),
  ])
  FAULTS && (await fault('P2'))
  const registers = sends ? outgoingRegisters(results.at(-1)) : []
  const clock = ClockRow.parse(results[0])[0].clock
  const parcels = rows.flatMap((row): Parcel[] => {
    const connection = plan.connections.find(({ id }) => id === row.connectionId)
    if (row.state !== 'pending' || !connection) return []
    const to = plan.links.find(({ linkId }) => linkId === row.linkId)
    const letter = {
      uid: by.uid,
      linkUid: to?.linkUid ?? linkUid ?? '',
      ticketUid: plan.s.ticket?.uid ?? '',
      remoteTicketId: to?.remoteTicketId ?? null,
      prev: { n: to?.outN ?? 0, uid: to?.outUid ?? null },
      clock,
      at: by.at,
      via: escalation?.via ?? [],
      author: authorOf(
        plan.s,
        save.author,
        escalation ? 'supplier' : (to?.kind ?? 'customer'),
        local.authorName,
      ),
      url: `${save.base}/tickets/${ticketId}`,
      registers,
      outcome: {
        id: local.type.id,
        name: local.type.name,
        sendsEmail: local.type.sendEmail && !escalation,
      },
      noteHtml: escalation?.noteHtml ?? local.noteHtml,
      files: filesOut(row.files ?? null),
      kind: row.kind,
      ...(escalation && { ticket: escalation.ticket }),
    }
    return [
      {
        to: connection,
        connectionId: row.connectionId,
        ticketId,
        actionId,
        uid: by.uid,
        linkUid: letter.linkUid,
        kind: row.kind,
        files: letter.files,
        waits: row.attempts === 0,
        prev: letter.prev,
        message: wireOf(letter),
      },
    ]
  })
  return {
    repeat: false,
    ticketId,
    actionId,
    entry: entryOfPlan(local, by),
    deliveries: rows.map((row) => bornDelivery(plan, row)),
    parcels,
    mailed: plan.mail !== null,
  }
}

/** What the update of the ticket gives back: its clock, which the message carries. */
const ClockRow = z.tuple([z.object({ clock: z.number() })])

type OutboxRow = Omit<typeof outbox.$inferInsert, 't' | 'linkId' | 'attempts' | 'kind'> & {
  kind: 'create' | 'action'
  linkId: number | null
  attempts: number
}

/** One row for each partner that gets the action, or for the reason why none does. */
function outboxRows({ local, by, escalation, reached, waiting, files }: RecordPlan): OutboxRow[] {
  const row = { ticketId: local.ticketId, actionId: local.actionId, uid: by.uid, at: by.at }
  if (escalation) {
    return [
      {
        ...row,
        connectionId: escalation.connectionId,
        linkId: null,
        kind: 'create',
        state: 'pending',
        attempts: 1,
        nextAt: by.at + CLAIM_MS,
        body: escalation.noteHtml,
        files: frozen([...files, ...escalation.pictures], escalation.to),
      },
    ]
  }
  return reached.map((to) => {
    const target = {
      connectionId: to.link?.connectionId ?? 0,
      linkId: to.link?.linkId ?? null,
      kind: 'action' as const,
    }
    if (!to.send)
      return { ...row, ...target, state: 'skipped' as const, attempts: 0, reason: to.why }
    const waits = to.link?.state === 'creating' || (waiting.get(to.link?.linkId ?? 0) ?? 0) > 0
    return {
      ...row,
      ...target,
      state: 'pending' as const,
      files: frozen(files, to.link),
      attempts: waits ? 0 : 1,
      nextAt: waits ? by.at : by.at + CLAIM_MS,
    }
  })
}

/** The connections of links that a value changes beside: it is not sent there, and no message on its way will bring it. */
function unsentLinks({ links, registers }: RecordPlan, rows: OutboxRow[]): number[] {
  if (registers.stamp.length === 0) return []
  const told = rows.flatMap((row) => (row.state === 'pending' ? [row.connectionId] : []))
  return links.flatMap(({ state, connectionId }) =>
    state === 'ended' || state === 'gone' || told.includes(connectionId) ? [] : [connectionId],
  )
}

/** The author as the partner sees them: an agent's address goes to a supplier only, an end user's goes nowhere (G115). */
function authorOf(s: Situation, author: Author, to: 'customer' | 'supplier', name: string) {
  if (author.kind === 'user') return { kind: 'user' as const, uid: `user:${author.personId}`, name }
  const agent = s.author && 'uid' in s.author ? s.author : null
  return {
    kind: 'agent' as const,
    uid: agent?.uid ?? author.actor,
    name,
    ...(to === 'supplier' && agent && { email: agent.email }),
  }
}

function bornDelivery(
  { links, connections, escalation, local }: RecordPlan,
  row: OutboxRow,
): Delivery {
  const to = links.find(({ linkId }) => linkId === row.linkId)
  return deliveryOf(local.ticketId, {
    actionId: local.actionId,
    connectionId: row.connectionId,
    kind: row.kind,
    state: row.state,
    attempts: row.attempts,
    nextAt: row.nextAt ?? null,
    reason: row.reason ?? null,
    error: null,
    fix: null,
    remoteId: null,
    remoteTicketId: to?.remoteTicketId ?? null,
    parts: null,
    uid: row.uid,
    files: row.files ?? null,
    at: row.at,
    resourceUrl: to?.resourceUrl ?? null,
    profile: to?.kind ?? null,
    connectionState: connections.find(({ id }) => id === row.connectionId)?.state ?? null,
    remoteUrl: to?.remoteUrl ?? null,
    partner: to?.partnerName ?? escalation?.partnerName ?? null,
  })
}
