import { timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { z } from 'zod'
import {
  API_AGENT,
  demoSeeds,
  type DemoPerson,
  type DemoSeed,
  type DemoSlug,
} from '../../db/seed/demo'
import { FIRST_AGENT } from '../../db/seed/defaults'
import { newCredentials } from '../auth/clients'
import { hashPassword } from '../auth/password'
import { newInstance, slugTaken } from '../desk/newInstance'
import { readJson } from '../platform/body'
import { sha256 } from '../platform/keys'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { parse, type Door } from './declare'
import { linkDemo, type Call } from './demoLink'

const DemoBody = z.object({
  only: z.enum(['acme', 'skyline']).optional(),
  unlinked: z.boolean().optional(),
})

/** What `demo.json` holds (design.md §11). */
export interface Demo {
  base: string
  instances: Partial<Record<DemoSlug, DemoInstance>>
}
export interface DemoInstance {
  url: string
  tenant_id: string
  admin: SignIn
  agent: SignIn
  user: SignIn
  api: { client_id: string; client_secret: string }
}
interface SignIn {
  email: string
  password: string
}

/** The local door that makes the demo pair. It does not exist in production, nor where desks have host names (T43). */
export const demoRoutes = new Hono<Door>().post('/api/demo', async (c) => {
  if (!(await mayMakeDemo(c.env, c.req.header('authorization')))) throw new Problem('NOT_FOUND')
  const wanted = parse(DemoBody, (await readJson(c.req.raw)) ?? {})
  const exports: { default: { fetch: Call } } = c.executionCtx.exports
  return c.json(
    await makeDemo(
      c.env,
      new URL(c.req.url).origin,
      (request) => exports.default.fetch(request),
      wanted,
    ),
    201,
  )
})

async function mayMakeDemo(env: Env, authorization: string | undefined): Promise<boolean> {
  const { DEMO_KEY, BASE_DOMAIN, ENVIRONMENT } = env
  if (!DEMO_KEY || BASE_DOMAIN || ENVIRONMENT === 'production') return false
  const [given, right] = await Promise.all([
    sha256(authorization ?? ''),
    sha256(`Bearer ${DEMO_KEY}`),
  ])
  return timingSafeEqual(Buffer.from(given), Buffer.from(right))
}

/**
 * Makes the demo's desks with people and API applications, and links them over the API. `only` makes one desk, `unlinked` leaves the
 * linking to whoever asked. Throws CONFLICT when one of them exists.
 */
export async function makeDemo(
  env: Env,
  base: string,
  call: Call,
  { only, unlinked }: z.infer<typeof DemoBody>,
): Promise<Demo> {
  const seeds = demoSeeds().filter(({ slug }) => only === undefined || slug === only)
  for (const { slug } of seeds) {
    if (await slugTaken(env, slug))
      throw new Problem('CONFLICT', {
        message: 'The demo exists already',
        fix: 'Start with an empty data folder.',
      })
  }
  const instances: Demo['instances'] = {}
  for (const seed of seeds) instances[seed.slug] = await makeDesk(env, base, seed)
  const { acme, skyline } = instances
  if (acme && skyline && !unlinked) await linkDemo(call, deskOf(acme), deskOf(skyline))
  return { base, instances }
}

async function makeDesk(
  env: Env,
  base: string,
  { slug, name, desk, ...people }: DemoSeed,
): Promise<DemoInstance> {
  const [admin, agent, user] = [
    await withPassword(people.admin),
    await withPassword(people.agent),
    await withPassword(people.user),
  ]
  const { clientId, secret, hash } = await newCredentials()
  const { tenantId } = await newInstance(env, {
    slug,
    name,
    accounts: [
      { agentId: FIRST_AGENT, ...people.admin, password: admin.hash },
      { agentId: FIRST_AGENT + 1, ...people.agent, password: agent.hash },
    ],
    desk: {
      ...desk,
      person: desk.person.map((person) =>
        person.email === user.email ? { ...person, password: user.hash } : person,
      ),
      apiApp: [{ id: 1, clientId, name: 'Demo', secretHash: hash, agentId: API_AGENT }],
    },
  })
  const shown = ({ email, password }: SignIn) => ({ email, password })
  return {
    url: `${base}/${slug}`,
    tenant_id: tenantId,
    admin: shown(admin),
    agent: shown(agent),
    user: shown(user),
    api: { client_id: clientId, client_secret: secret },
  }
}

async function withPassword({ email }: DemoPerson) {
  const password = seams.secret().slice(0, 16)
  return { email, password, hash: await hashPassword(password) }
}

const deskOf = ({ url, api }: DemoInstance) => ({
  url,
  clientId: api.client_id,
  secret: api.client_secret,
})
