import { and, asc, eq } from 'drizzle-orm'
import { emailTemplate } from '../../db/schema'
import { found, type Db } from '../platform/database'

export type EmailTemplate = typeof emailTemplate.$inferSelect

export const listEmailTemplates = ({ orm, t }: Db): Promise<EmailTemplate[]> =>
  orm.select().from(emailTemplate).where(eq(emailTemplate.t, t)).orderBy(asc(emailTemplate.id))

/** One email template. Throws NOT_FOUND. */
export async function readEmailTemplate({ orm, t }: Db, id: number): Promise<EmailTemplate> {
  const [row] = await orm
    .select()
    .from(emailTemplate)
    .where(and(eq(emailTemplate.t, t), eq(emailTemplate.id, id)))
  return found(row)
}
