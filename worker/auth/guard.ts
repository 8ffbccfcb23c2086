import { type Guard } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import type { Principal } from './principal'

const stillThere = (row: Record<string, unknown> | undefined) => {
  if (!row) throw new Problem('UNAUTHORIZED')
  if (row['state'] !== 'active') throw new Problem('SUSPENDED')
}

/** The query that says whether what a token claims is still so: revoked, disabled, rotated and suspended act at once (Q11). */
export function guardOf(who: Principal): Guard | undefined {
  switch (who.kind) {
    case 'nobody':
      return undefined
    case 'agent':
      return {
        sql: `select i.state as state from session s join account a on a.id = s.account_id join membership m on m.account_id = a.id
          join agent g on g.t = m.t and g.id = m.agent_id join instance i on i.no = m.t
          where s.hash = ? and s.expires_at > ? and a.disabled = 0 and m.t = ? and g.id = ? and g.role = ? and g.disabled = 0`,
        params: [who.session, seams.now(), who.t, who.agentId, who.role],
        judge: stillThere,
      }
    case 'user':
      return {
        sql: `select i.state as state from session s join person p on p.t = s.t and p.id = s.person_id join instance i on i.no = s.t
          where s.hash = ? and s.expires_at > ? and s.t = ? and p.id = ? and p.customer_id = ? and p.inactive = 0 and p.deleted_at is null`,
        params: [who.session, seams.now(), who.t, who.personId, who.customerId],
        judge: stillThere,
      }
    case 'app':
      return {
        sql: `select i.state as state from api_app p join agent g on g.t = p.t and g.id = p.agent_id join instance i on i.no = p.t
          where p.t = ? and p.id = ? and p.ver = ? and p.disabled = 0 and g.id = ? and g.role = ? and g.disabled = 0`,
        params: [who.t, who.appId, who.ver, who.agentId, who.role],
        judge: stillThere,
      }
    case 'connection':
      return {
        sql: `select i.state as state, c.allow_access as allowed from connection c join instance i on i.no = c.t
          where c.t = ? and c.id = ? and c.state <> 'ended' and (c.issued_ver = ? or (c.issued_ver = ? and c.issued_old_until > ?))`,
        params: [who.t, who.connectionId, who.ver, who.ver + 1, seams.now()],
        judge: (row) => {
          stillThere(row)
          if (!row?.['allowed']) throw new Problem('ACCESS_OFF')
        },
      }
  }
}
