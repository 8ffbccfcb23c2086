import { Hono } from 'hono'
import { z } from 'zod'
import { listEmailTemplates, readEmailTemplate, type EmailTemplate } from '../desk/emailTemplates'
import { plainText } from '../desk/html'
import { answers, may, type Door } from './declare'
import { pathId } from './wire'

const EmailTemplateOut = z
  .object({
    id: z.int(),
    name: z.string(),
    description: z.string(),
    subject: z.string(),
    body_text: z.string(),
    body_html: z.string(),
  })
  .meta({ id: 'EmailTemplate' })

const emailTemplateOut = (row: EmailTemplate): z.infer<typeof EmailTemplateOut> => ({
  id: row.id,
  name: row.name,
  description: row.description ?? '',
  subject: row.subject,
  body_text: plainText(row.bodyHtml),
  body_html: row.bodyHtml,
})

/** Email templates. Number 35 is "Supplier Ticket" (G77). */
export const emailtemplate = new Hono<Door>()
  .get(
    '/',
    may(['agent'], 'Lists email templates'),
    answers(200, z.array(EmailTemplateOut)),
    async (c) => c.json((await listEmailTemplates(c.var.db)).map(emailTemplateOut)),
  )
  .get(
    '/:id',
    may(['agent'], 'Shows an email template'),
    answers(200, EmailTemplateOut),
    async (c) => c.json(emailTemplateOut(await readEmailTemplate(c.var.db, pathId(c)))),
  )
