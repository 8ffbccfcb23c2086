import { actorOf, isStaff, type EndUser, type Principal, type Staff } from '../auth/principal'
import { Problem } from '../platform/problem'
import type { At } from './declare'

/** Who asks, narrowed to what the route's `may` let in. A route that forgot to say so refuses here. */
export function staffOf(c: At): Staff {
  const { who } = c.var
  if (isStaff(who)) return who
  throw refused(who)
}

export function userOf(c: At): EndUser {
  const { who } = c.var
  if (who.kind === 'user') return who
  throw refused(who)
}

/** How the caller is written in the audit. */
export function actor(c: At): string {
  const { who } = c.var
  if (who.kind === 'nobody') throw refused(who)
  return actorOf(who)
}

export const isAdmin = (who: Principal): boolean => isStaff(who) && who.role === 'admin'

const refused = (who: Principal) =>
  new Problem(who.kind === 'nobody' ? 'UNAUTHORIZED' : 'FORBIDDEN')
