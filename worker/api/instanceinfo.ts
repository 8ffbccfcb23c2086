import { Hono } from 'hono'
import { z } from 'zod'
import { version } from '../../package.json'
import { answers, may, type Door } from './declare'

const InstanceInfo = z
  .object({
    tenant_id: z.string(),
    name: z.string(),
    app_name: z.string(),
    app_version: z.string(),
    auth_url: z.string(),
    agent_url: z.string(),
    portal_url: z.string(),
    baton: z.object({ v: z.literal(1) }),
  })
  .meta({ id: 'InstanceInfo' })

/** What anybody may know of an instance: the value wanted as tenant id above all (G28), and that it speaks to other desks. */
export const instanceinfo = new Hono<Door>().get(
  '/',
  may(['anyone'], 'Says which instance this is'),
  answers(200, InstanceInfo),
  (c) => {
    const { instance, base } = c.var
    return c.json({
      tenant_id: instance.tenantId,
      name: instance.name,
      app_name: 'Baton',
      app_version: version,
      auth_url: `${base}/auth`,
      agent_url: base,
      portal_url: `${base}/portal`,
      baton: { v: 1 as const },
    })
  },
)
