import { hc } from 'hono/client'
import type { Api } from '../../worker/api/api'
import type { signup as signupRoutes } from '../../worker/api/signup'
import type { authRoutes } from '../../worker/auth/routes'
import { call } from './failure'

const base = (slug: string): string => `/${encodeURIComponent(slug)}`

/** The one door to a desk's API, typed by its routes. */
export const api = (slug: string) => hc<Api>(`${base(slug)}/api`, { fetch: call })

/** The door beside it, for signing in and out. */
export const auth = (slug: string) => hc<typeof authRoutes>(`${base(slug)}/auth`, { fetch: call })

/** The door of the host itself, where there is no desk yet. */
export const signup = hc<typeof signupRoutes>('/api/signup', { fetch: call })

export const uploadUrl = (slug: string, filename: string): string =>
  `${base(slug)}/api/attachment/upload?filename=${encodeURIComponent(filename)}`

/** Where a repeat of a creating call is recognised, after a lost answer or a second press. */
export const under = (key: string) => ({ headers: { 'Idempotency-Key': key } })
