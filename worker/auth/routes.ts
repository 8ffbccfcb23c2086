import { Hono } from 'hono'
import { deleteCookie } from 'hono/cookie'
import { z } from 'zod'
import { answers, body, may, refuses, type At, type Door } from '../api/declare'
import { demoRoutes } from '../api/demo'
import { signup } from '../api/signup'
import { EmailNeeded } from '../api/wire'
import { baseOf, slugOfHost } from '../platform/address'
import { openDb } from '../platform/database'
import { findInstance } from '../platform/directory'
import { Problem, problemIn } from '../platform/problem'
import { refuseFloodOfAddress } from './flood'
import { sessionCookie, setSession } from './identify'
import { askForLink, openLink } from './signInLink'
import { answerToken } from './grant'
import type { Principal } from './principal'
import { SCOPES } from './scopes'
import { changePassword, signIn, signOut, whoIs, type Browser, type SignedIn } from './sessions'

const SignInBody = z.object({
  email: z.string().min(1).max(320),
  password: z.string().min(1).max(1024),
})
const PasswordBody = z
  .object({ password: z.string().min(1).max(1024), new_password: z.string().min(1).max(1024) })
  .transform(({ password, new_password }) => ({ password, newPassword: new_password }))
const LinkBody = z.object({ email: EmailNeeded })
const OpenLinkBody = z.object({
  token: z.string().min(1).max(200),
  password: z.string().min(1).max(1024).optional(),
})
const Me = z.object({
  kind: z.enum(['agent', 'user']),
  id: z.int(),
  name: z.string(),
  email: z.string(),
  role: z.enum(['agent', 'admin']).optional(),
  customer_name: z.string().optional(),
  instance: z.object({ name: z.string(), slug: z.string() }),
})

/** Nobody being signed in is an answer and no error: a page asks before it shows its sign-in form. */
const Nobody = z.object({ kind: z.literal('nobody') })
const nobody: z.infer<typeof Nobody> = { kind: 'nobody' }

/** Signing in, seeing who one is, signing out, changing one's password. */
export const authRoutes = new Hono<Door>()
  .post(
    '/session',
    may(['anyone'], 'Signs in'),
    body(SignInBody),
    answers(200, Me),
    refuses('WRONG_PASSWORD'),
    async (c) => {
      const { instance, who: before } = c.var
      dropGuard(c) // a cookie from before must neither help nor hinder
      const { cookie, who } = await signIn(c.env, instance, c.req.raw, c.req.valid('json'), before)
      setSession(c, cookie)
      return c.json(meOut(who, c))
    },
  )
  .get(
    '/session',
    may(['anyone'], 'Says who is signed in, or that nobody is'),
    answers(200, z.union([Me, Nobody])),
    async (c) => {
      const { who } = c.var
      if (!('session' in who)) return c.json(nobody)
      try {
        return c.json(meOut(await whoIs(c.var.db, who), c))
      } catch (error) {
        if (problemIn(error)?.code !== 'UNAUTHORIZED') throw error
        forgetCookie(c) // a session that has ended is nobody's
        return c.json(nobody)
      }
    },
  )
  .delete('/session', may(['anyone'], 'Signs out'), answers(204), async (c) => {
    const { who } = c.var
    dropGuard(c)
    if ('session' in who) await signOut(c.env, who)
    forgetCookie(c)
    return c.body(null, 204)
  })
  .post(
    '/link',
    may(['anyone'], 'Mails a link that signs in, to an address that is known here'),
    body(LinkBody),
    answers(202, LinkBody),
    async (c) => {
      const { email } = c.req.valid('json')
      const { instance, base } = c.var
      dropGuard(c)
      await askForLink(c.env, c.req.raw, { instance, base, email }, (work) =>
        c.executionCtx.waitUntil(work),
      )
      return c.json({ email }, 202)
    },
  )
  .post(
    '/link/open',
    may(['anyone'], 'Signs in by such a link, and sets a new password if one is given'),
    body(OpenLinkBody),
    answers(200, Me),
    refuses('LINK_USED'),
    async (c) => {
      const { instance, who: before } = c.var
      dropGuard(c)
      const { cookie, who } = await openLink(c.env, instance, c.req.valid('json'), before)
      setSession(c, cookie)
      return c.json(meOut(who, c))
    },
  )
  .post(
    '/password',
    may(['agent', 'user'], 'Changes the own password and ends all sessions'),
    body(PasswordBody),
    answers(204),
    refuses('WRONG_PASSWORD'),
    async (c) => {
      await changePassword(c.var.db, c.req.raw, browser(c.var.who), c.req.valid('json'))
      dropGuard(c) // the session is gone by now
      forgetCookie(c)
      return c.body(null, 204)
    },
  )

const instanceOf = (c: At) => {
  const named = c.req.param('slug') ?? slugOfHost(c.env, c.req.url)
  return named === undefined ? undefined : findInstance(c.env, named)
}

/** The addresses of the place that was called: an instance's, or the bare host's (halo-api.md §1). */
async function addressOf(c: At): Promise<string> {
  const instance = await instanceOf(c)
  if (instance === null) throw new Problem('NOT_FOUND')
  return `${instance ? baseOf(c.env, c.req.url, instance.slug) : new URL(c.req.url).origin}/auth`
}

async function token(c: At): Promise<Response> {
  refuseFloodOfAddress(c.env, c.req.raw)
  const instance = await instanceOf(c)
  if (instance === null)
    throw new Problem('NOT_FOUND', {
      message: 'There is no instance of that name',
      fix: 'Check the authorisation URL.',
    })
  return answerToken(c.env, c.req.raw, instance?.tenantId)
}

/** OpenID Connect Discovery 1.0 §3, as far as it concerns clients that fetch a token with their secret. */
async function discovery(c: At): Promise<Response> {
  const issuer = await addressOf(c)
  return c.json({
    issuer,
    token_endpoint: `${issuer}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    grant_types_supported: ['client_credentials', 'refresh_token'],
    response_types_supported: [],
    scopes_supported: SCOPES,
  })
}

/** What must work before it is known which instance is meant: the clients that keep only the host of a URL begin here. */
export const hostRoutes = new Hono<Door>()
  .route('/', demoRoutes)
  .route('/api/signup', signup)
  .post('/auth/token', token)
  .post('/:slug/auth/token', token)
  .get('/auth/.well-known/openid-configuration', discovery)
  .get('/:slug/auth/.well-known/openid-configuration', discovery)
  .get('/api/authinfo', async (c, next) => {
    const named =
      slugOfHost(c.env, c.req.url) ?? c.req.query('tenant') ?? c.req.header('authorization')
    if (named !== undefined) return next() // an instance's own authinfo
    return c.json({ auth_url: await addressOf(c) })
  })

function browser(who: Principal): Browser {
  if ('session' in who) return who
  throw new Problem('UNAUTHORIZED', {
    message: 'This is for people who are signed in',
    fix: 'Ask GET /api/agent/me who a token belongs to.',
  })
}

const dropGuard = (c: At): void => c.set('db', openDb(c.env, c.var.instance.t))

function forgetCookie(c: At): void {
  const name = sessionCookie(c.req.url)
  deleteCookie(c, name, { path: '/', secure: name.startsWith('__Host-') })
}

const meOut = (who: SignedIn, c: At): z.infer<typeof Me> => ({
  kind: who.kind,
  id: who.id,
  name: who.name,
  email: who.email,
  ...(who.kind === 'agent' ? { role: who.role } : { customer_name: who.customerName }),
  instance: { name: c.var.instance.name, slug: c.var.instance.slug },
})
