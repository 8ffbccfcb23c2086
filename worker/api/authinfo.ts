import { Hono } from 'hono'
import { z } from 'zod'
import { answers, may, type Door } from './declare'

const AuthInfo = z.object({ auth_url: z.string(), tenant_id: z.string() }).meta({ id: 'AuthInfo' })

/** Where Halo's clients begin: the authorisation server, without `/token` (halo-api.md §1). */
export const authinfo = new Hono<Door>().get(
  '/',
  may(['anyone'], 'Says where to get a token'),
  answers(200, AuthInfo),
  (c) => c.json({ auth_url: `${c.var.base}/auth`, tenant_id: c.var.instance.tenantId }),
)
