import { Hono } from 'hono'
import { api } from './api/api'
import type { Door } from './api/declare'
import { authRoutes, hostRoutes } from './auth/routes'
import { identify } from './auth/identify'
import { noticeRestore } from './sync/Witness'
import { cost } from './platform/cost'
import { log } from './platform/log'
import { Problem, problemIn, problemText } from './platform/problem'
import { seams } from './platform/seams'

/** Middleware in order, then the doors: once under an instance's slug, once at the bare host for clients that keep only the host. */
export const app = new Hono<Door>()

app.use(async (c, next) => {
  const before = cost.now()
  await next()
  if (c.req.path !== '/healthz')
    c.header('cache-control', c.res.headers.get('cache-control') ?? 'no-store')
  c.header('x-content-type-options', 'nosniff')
  if (c.env.COST === '1') c.header('x-cost', JSON.stringify(cost.since(before)))
})

app.onError((error, c) => {
  const problem = problemIn(error)
  if (problem) return refuse(problem)
  const id = seams.uid()
  log('error', { id, method: c.req.method, route: c.req.path, error })
  return refuse(new Problem('INTERNAL', { message: `Something broke on our side (${id})` }))
})
app.notFound(() => refuse(new Problem('NOT_FOUND')))

// Ready is who can read a desk: the database answers, and its tables are there.
app.get('/healthz', async (c) => {
  await c.env.DB.prepare('select 1 from instance limit 1').first()
  return c.json({ ok: true })
})
app.route('/', hostRoutes)
app.use('/api/*', identify)
app.use('/auth/*', identify)
app.use('/:slug/api/*', identify)
app.use('/:slug/auth/*', identify)
for (const path of ['/api/*', '/auth/*', '/:slug/api/*', '/:slug/auth/*'])
  app.use(path, noticeRestore)
app.route('/api', api)
app.route('/auth', authRoutes)
app.route('/:slug/api', api)
app.route('/:slug/auth', authRoutes)

function refuse(problem: Problem): Response {
  const headers = new Headers({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  if (problem.detail.retryAfterS !== undefined)
    headers.set('retry-after', String(problem.detail.retryAfterS))
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer')
  return new Response(problemText(problem), { status: problem.status, headers })
}
