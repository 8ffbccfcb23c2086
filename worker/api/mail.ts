import { Hono } from 'hono'
import { z } from 'zod'
import { plainText } from '../desk/html'
import { listMail, type MailRow } from '../mail/outbox'
import { answers, may, query, type Door } from './declare'
import { envelope, Enveloped, Id, isoUtc, pageOf, Paging } from './wire'

const MailOut = z
  .object({
    id: z.string(),
    ticket_id: z.int(),
    action_id: z.int(),
    from: z.string(),
    from_name: z.string(),
    to: z.string(),
    to_name: z.string(),
    subject: z.string(),
    html: z.string(),
    text: z.string(),
    state: z.enum(['pending', 'sent', 'failed', 'dead']),
    attempts: z.int(),
    next_attempt_at: z.string().nullable(),
    message_id: z.string().nullable(),
    error: z.string().nullable(),
    at: z.string(),
  })
  .meta({ id: 'Mail' })

const mailRowOut = (mail: MailRow): z.infer<typeof MailOut> => ({
  id: mail.uid,
  ticket_id: mail.ticketId,
  action_id: mail.actionId,
  from: mail.fromAddress,
  from_name: mail.fromName,
  to: mail.toAddress,
  to_name: mail.toName,
  subject: mail.subject,
  html: mail.html,
  text: plainText(mail.html),
  state: mail.state,
  attempts: mail.attempts,
  next_attempt_at: isoUtc(mail.nextAt),
  message_id: mail.messageId,
  error: mail.error,
  at: isoUtc(mail.at),
})

/** What left this desk as mail, or has to; for its admins (design.md §11). */
export const mail = new Hono<Door>().get(
  '/',
  may(['admin'], 'Lists outgoing mail, newest first'),
  query(z.object({ ticket_id: Id.optional(), ...Paging })),
  answers(200, Enveloped('mails', MailOut)),
  async (c) => {
    const wanted = c.req.valid('query')
    const page = pageOf(wanted)
    const { rows, total } = await listMail(c.var.db, wanted.ticket_id, page)
    return c.json(envelope('mails', rows.map(mailRowOut), total, page))
  },
)
