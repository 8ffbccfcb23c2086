import { and, desc, eq, isNotNull, sql, type SQL } from 'drizzle-orm'
import { instance, mailOut, mailRef, ticket } from '../../db/schema'
import type { Db } from '../platform/database'
import type { Handed } from '../platform/mailer'
import { senderAddress } from '../platform/mailer'
import { seams } from '../platform/seams'
import { oneLine, renderTemplate, type Template } from '../desk/template'

type MailOut = typeof mailOut.$inferSelect
/** A mail that waits, read together with what its headers need. */
export type DueMail = Awaited<ReturnType<typeof claimMail>>[number]

/** All that a mail of an action says, from the rows that the action is decided by. */
export interface MailCause {
  template: Template
  to: { name: string; email: string }
  plan: {
    ticketId: number
    actionId: number
    noteHtml: string
    authorName?: string
    set: { summary?: string; statusId?: number; priorityId?: number }
  }
  ticket: { summary: string; statusId: number; priorityId: number }
  status: readonly { id: number; name: string; portalName: string | null }[]
  /** Their names, where the caller has them. */
  names?: { type?: string; priority?: string; customer?: string; detailsHtml?: string }
  by: { name: string; at: number }
  instance: { slug: string; name: string }
  base: string
  domain: string
}

/** The row of the mail that an action causes, to the ticket's end user, from this desk's own address (G93, G114). Throws VALIDATION. */
export function mailOf({
  template,
  to,
  plan,
  ticket: now,
  status,
  names = {},
  by,
  instance: desk,
  base,
  domain,
}: MailCause) {
  const state = status.find(({ id }) => id === (plan.set.statusId ?? now.statusId))
  const { subject, html } = renderTemplate(template, {
    ticket: {
      id: plan.ticketId,
      summary: plan.set.summary ?? now.summary,
      details: names.detailsHtml ?? '',
      type: names.type ?? '',
      status: state?.portalName ?? state?.name ?? '',
      priority: names.priority ?? '',
    },
    user: { name: to.name, email: to.email },
    agent: { name: by.name },
    instance: { name: desk.name },
    customer: names.customer ?? '',
    note: plan.noteHtml,
    link: `${base}/portal/tickets/${plan.ticketId}`,
  })
  return {
    ticketId: plan.ticketId,
    actionId: plan.actionId,
    uid: seams.uid(),
    fromName: oneLine(desk.name),
    fromAddress: senderAddress(desk.slug, domain),
    toName: oneLine(to.name),
    toAddress: to.email,
    subject: withTag(subject, plan.ticketId),
    html: withoutPictures(html),
    state: 'pending' as const,
    nextAt: by.at,
    at: by.at,
  }
}

/**
 * The statement that puts a mail into the batch of the action that causes it: it leaves if and only if the action was saved. The desk's
 * object is armed before the batch and woken after it. `at` names the ticket where its number is drawn in the same batch.
 */
export const insertMail = (
  { orm, t }: Db,
  row: ReturnType<typeof mailOf>,
  at?: { ticketId: SQL<number> },
) =>
  orm.insert(mailOut).values({
    ...row,
    t,
    ...(at && {
      ticketId: at.ticketId,
      subject: sql`replace(${row.subject}, ${tagOf(row.ticketId)}, printf('[ID:%07d]', ${at.ticketId}))`,
    }),
  })

/** How a subject names its ticket; a reply is matched by it (design.md §9). */
export const tagOf = (ticketId: number): string => `[ID:${String(ticketId).padStart(7, '0')}]`

function withTag(subject: string, ticketId: number): string {
  const tag = tagOf(ticketId)
  // Any other tag in a summary would file the user's reply under a foreign ticket.
  return `${subject.replaceAll(/\[ID:(\d+)\]/gi, '(ID $1)').trim()} ${tag}`.trim()
}

/** The pictures of a note are behind a sign-in, so a mail shows their names. */
const withoutPictures = (html: string): string =>
  html.replace(
    /<img src="(?:cid:|\/)[^"]*"(?: alt="([^"]*)")?[^<>]*>/g,
    (_, alt: string | undefined) => `[${alt || 'picture'}]`,
  )

/** A claimed mail is nobody else's for so long; sending a handful takes less. */
const CLAIM_MS = 60_000
export const MOST_AT_ONCE = 12
const REF_LIMIT = 300

/** Takes the mails that are due, so that nobody else sends them meanwhile. A suspended instance sends none (F31). */
export function claimMail({ orm, t }: Db, now: number) {
  const due = sql`(select ${mailOut.ticketId}, ${mailOut.actionId}, ${mailOut.uid} from ${mailOut} where ${mailOut.t} = ${t} and ${mailOut.nextAt} <= ${now} order by ${mailOut.nextAt} limit ${MOST_AT_ONCE})`
  return orm
    .update(mailOut)
    .set({ attempts: sql`${mailOut.attempts} + 1`, nextAt: now + CLAIM_MS })
    .where(
      and(
        eq(mailOut.t, t),
        sql`(${mailOut.ticketId}, ${mailOut.actionId}, ${mailOut.uid}) in ${due}`,
        sql`exists (select 1 from ${instance} where ${instance.no} = ${t} and ${instance.state} = 'active')`,
      ),
    )
    .returning({
      ticketId: mailOut.ticketId,
      actionId: mailOut.actionId,
      uid: mailOut.uid,
      fromName: mailOut.fromName,
      fromAddress: mailOut.fromAddress,
      toAddress: mailOut.toAddress,
      subject: mailOut.subject,
      html: mailOut.html,
      attempts: mailOut.attempts,
      at: mailOut.at,
      ticketUid: sql<
        string | null
      >`(select k.uid from ${ticket} k where k.t = ${t} and k.id = mail_out.ticket_id)`.as(
        'ticket_uid',
      ),
    })
}

/** When the next mail of this desk is due; null when none waits. */
export const nextMailQuery = ({ orm, t }: Db) =>
  orm
    .select({ at: sql<number | null>`min(${mailOut.nextAt})`.as('next') })
    .from(mailOut)
    .where(and(eq(mailOut.t, t), isNotNull(mailOut.nextAt)))

/** What a try changes. Only who made the latest one may say so. */
export function settleMail(
  { orm, t }: Db,
  mail: Pick<MailOut, 'ticketId' | 'actionId' | 'uid' | 'attempts'>,
  handed: Handed,
  waitMs: number | null,
  now: number,
) {
  const set: Partial<MailOut> =
    handed.kind === 'sent'
      ? { state: 'sent', nextAt: null, messageId: handed.messageId, error: null }
      : handed.kind === 'refused' || waitMs === null
        ? {
            state: handed.kind === 'refused' ? 'failed' : 'dead',
            nextAt: null,
            error: handed.words,
          }
        : { nextAt: now + waitMs, error: handed.words }
  const mine = and(
    eq(mailOut.t, t),
    eq(mailOut.ticketId, mail.ticketId),
    eq(mailOut.actionId, mail.actionId),
    eq(mailOut.uid, mail.uid),
    eq(mailOut.attempts, mail.attempts),
  )
  return [
    orm.update(mailOut).set(set).where(mine),
    ...(handed.kind === 'sent' && handed.messageId
      ? [
          orm
            .insert(mailRef)
            .values({ t, messageId: handed.messageId.slice(0, REF_LIMIT), ticketId: mail.ticketId })
            .onConflictDoNothing(),
        ]
      : []),
  ]
}

export type MailRow = MailOut

/** The mails of this desk, or of one ticket, newest first. */
export async function listMail(
  { orm, t }: Db,
  ticketId: number | undefined,
  page: { limit: number; offset: number },
) {
  const wanted = and(
    eq(mailOut.t, t),
    ticketId === undefined ? undefined : eq(mailOut.ticketId, ticketId),
  )
  const [rows, [count]] = await orm.batch([
    orm
      .select()
      .from(mailOut)
      .where(wanted)
      .orderBy(desc(mailOut.at), desc(mailOut.uid))
      .limit(page.limit)
      .offset(page.offset),
    orm
      .select({ n: sql<number>`count(*)`.as('n') })
      .from(mailOut)
      .where(wanted),
  ])
  return { rows, total: count?.n ?? 0 }
}
