import { getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import type { At, Door } from '../api/declare'
import { baseOf, slugOfHost } from '../platform/address'
import { openDb } from '../platform/database'
import { findInstance } from '../platform/directory'
import { Problem } from '../platform/problem'
import { refuseFlood, refuseFloodOfAddress } from './flood'
import { guardOf } from './guard'
import type { Principal } from './principal'
import { readBearer, readSession, SESSION_LIFE_S } from './token'

/** Over https the `__Host-` prefix keeps other hosts and paths from setting the cookie (T24); a loopback address has no https. */
export const sessionCookie = (url: string): string =>
  new URL(url).protocol === 'https:' ? '__Host-baton_session' : 'baton_session'

/** Sets the cookie of a session that has just begun. */
export function setSession(c: At, cookie: string): void {
  const name = sessionCookie(c.req.url)
  setCookie(c, name, cookie, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: name.startsWith('__Host-'),
    maxAge: SESSION_LIFE_S,
  })
}

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * Finds the instance (slug in the path, host name, token, `tenant`), who is asking, and opens the tenant's data behind the guard.
 * Throws NOT_FOUND for an unknown instance, UNAUTHORIZED for a bad token, BAD_ORIGIN for another site's request, TOO_MANY.
 */
export const identify = createMiddleware<Door>(async (c, next) => {
  const token = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  const bearer = token ? await readBearer(c.env, token) : undefined
  const cookie = token ? undefined : getCookie(c, sessionCookie(c.req.url))
  if (!token && !cookie) refuseFloodOfAddress(c.env, c.req.raw) // before anything is looked up for them
  const wanted =
    c.req.param('slug') ?? slugOfHost(c.env, c.req.url) ?? bearer?.tenantId ?? c.req.query('tenant')
  const instance = wanted ? await findInstance(c.env, wanted) : null
  if (!instance)
    throw new Problem('NOT_FOUND', {
      message: 'There is no instance of that name',
      fix: 'Check the address of the desk.',
    })
  // A token is good for the instance that issued it and for no other, whatever the address says (T21).
  if (bearer && bearer.tenantId !== instance.tenantId) throw new Problem('UNAUTHORIZED')
  if (!bearer && UNSAFE.has(c.req.method)) refuseOtherSites(c.req.raw, cookie !== undefined)
  const who =
    bearer?.who ??
    (cookie ? await sessionOrNobody(c.env, cookie, instance.t) : { kind: 'nobody' as const })
  if (who.kind !== 'nobody') refuseFlood(c.env, c.req.raw, instance.t, who)
  else if (cookie) refuseFloodOfAddress(c.env, c.req.raw)
  c.set('instance', instance)
  c.set('who', who)
  c.set('base', baseOf(c.env, c.req.url, instance.slug))
  c.set('db', openDb(c.env, instance.t, guardOf(who)))
  await next()
  if (c.res.ok) await c.var.db.settle()
})

/** A browser names where a request comes from; one that carries a session and does not say so is refused (T25). */
export function refuseOtherSites(request: Request, hasSession: boolean): void {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  if (origin === null && site === null && !hasSession) return // a program without a session
  if (origin !== null ? origin === new URL(request.url).origin : site === 'same-origin') return
  throw new Problem('BAD_ORIGIN')
}

async function sessionOrNobody(env: Env, cookie: string, t: number): Promise<Principal> {
  try {
    return await readSession(env, cookie, t)
  } catch (error) {
    if (error instanceof Problem) return { kind: 'nobody' } // an old cookie must not keep anybody from the sign-in page
    throw error
  }
}
