import { audit } from '../../db/schema'
import type { Db } from '../platform/database'
import { seams } from '../platform/seams'

/** The statement that notes who changed what; it stands in the batch of the change. Secrets do not belong in `detail`. */
export const audited = (
  { orm, t }: Pick<Db, 'orm' | 't'>,
  actor: string,
  what: string,
  detail?: Record<string, unknown>,
) =>
  orm.insert(audit).values({
    t,
    at: seams.now(),
    uid: seams.uid(),
    actor,
    what,
    detail: detail ? JSON.stringify(detail) : null,
  })
