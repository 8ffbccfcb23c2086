import { Problem } from '../platform/problem'
import { costs, rates, take, type Rate } from '../platform/rates'
import { actorOf, type Caller } from './principal'
import { placeOf } from './throttle'

/** A measurement of how fast the product can go switches it off. */
type Switch = Pick<Env, 'RATES'>

/**
 * Refuses whoever asks too much of a desk: each caller and each partner by itself, then all of a desk together, so that one that floods
 * harms only itself (T39, F50). Costs no trip to the database. Throws TOO_MANY with the seconds to wait.
 */
export function refuseFlood(env: Switch, request: Request, t: number, who: Caller): void {
  if (env.RATES === 'off') return
  const units = unitsOf(request)
  if (who.kind === 'connection')
    spend(`${t} ${actorOf(who)}`, units, rates.connection, 'This connection sends')
  else spend(`${t} ${actorOf(who)}`, units, rates.caller, 'You ask')
  spend(String(t), units, rates.tenant, 'All callers of this instance together ask')
}

/** The same for a door at which nobody is known yet. Where no address is known (on one's own machine) nothing is counted. */
export function refuseFloodOfAddress(env: Switch, request: Request): void {
  if (env.RATES === 'off') return
  const place = placeOf(request)
  if (place !== '') spend(`from ${place}`, unitsOf(request), rates.address, 'Your network asks')
}

function spend(key: string, units: number, rate: Rate, whoAsks: string): void {
  const waitS = take(key, units, rate)
  if (waitS === 0) return
  throw new Problem('TOO_MANY', {
    message: `${whoAsks} more than ${rate.perSecond} a second`,
    fix: `Wait ${waitS} ${waitS === 1 ? 'second' : 'seconds'}, then go on more slowly.`,
    retryAfterS: waitS,
  })
}

/** What a request costs, by its address alone: it must be cheap to refuse. */
function unitsOf({ method, url }: Request): number {
  const [, path = '', query = ''] = /^[^?]*?(\/(?:api|auth)\/[^?]*)(.*)$/.exec(url) ?? []
  if (path.startsWith('/api/signup')) return costs.signUp
  if (path.startsWith('/auth/') && method === 'POST') return costs.signIn
  if (path.startsWith('/api/attachment') && /\/attachment(\/|$)/.test(path)) return costs.file
  if (/[?&](search|advanced_search)=[^&]/.test(query)) return costs.search
  return method === 'GET' || method === 'HEAD' ? costs.read : costs.write
}
