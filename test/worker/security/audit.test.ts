import { asc, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../../../db/schema'
import { app } from '../../../worker/app'
import { operationsOf } from '../../../worker/api/openapi'
import { pair, type TestDesk } from '../pair'
import { fresh, logged } from '../sync/story'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  await acme.boss.get('agent/me') // signing in leaves a row too
})

const rows = () =>
  acme.db.orm.select().from(audit).where(eq(audit.t, acme.t)).orderBy(asc(audit.at), asc(audit.uid))

/** What is to be changed, made where it must stand before; gives the call. */
const changes: Record<string, () => Promise<[method: string, path: string, body?: unknown]>> = {
  'makes a customer': async () => ['POST', 'client', { name: fresh() }],
  'makes several users': async () => [
    'POST',
    'users',
    [1, 2].map(() => ({ name: fresh(), client_id: 1 })),
  ],
  'deletes a customer': async () => [
    'DELETE',
    `client/${(await acme.boss.post('client', { name: fresh() })).id}`,
  ],
  'deletes a user': async () => [
    'DELETE',
    `users/${(await acme.boss.post('users', { name: fresh(), client_id: 1 })).id}`,
  ],
  'makes a site': async () => ['POST', 'site', { name: fresh(), client_id: 1 }],
  'deletes a site': async () => [
    'DELETE',
    `site/${(await acme.boss.post('site', { name: fresh(), client_id: 1 })).id}`,
  ],
  'makes a supplier': async () => ['POST', 'supplier', { name: fresh() }],
  'deletes a supplier': async () => [
    'DELETE',
    `supplier/${(await acme.boss.post('supplier', { name: fresh() })).id}`,
  ],
  'makes a field': async () => ['POST', 'fieldinfo', { name: 'CFaudit', type: 0 }],
  'switches a module': async () => ['POST', 'module', { name: 'suppliers', enabled: true }],
  'makes a connection': async () => [
    'POST',
    'connection',
    { supplier_id: (await acme.boss.post('supplier', { name: fresh() })).id },
  ],
  'changes a connection': async () => [
    'POST',
    'connection',
    { id: acme.connectionId, share_agents: false },
  ],
  'rotates a secret': async () => {
    const { id: supplierId } = await acme.boss.post('supplier', { name: fresh() })
    const { id } = await acme.boss.post('connection', {
      supplier_id: supplierId,
      allow_access: true,
    })
    return ['POST', `connection/${id}/rotate`, {}]
  },
  'ends a connection': async () => {
    const { id: supplierId } = await acme.boss.post('supplier', { name: fresh() })
    const { id } = await acme.boss.post('connection', { supplier_id: supplierId })
    return ['DELETE', `connection/${id}`]
  },
  'authenticates a connection': async () => [
    'POST',
    `connection/${acme.connectionId}/authenticate`,
    {},
  ],
  'sends messages again': async () => [
    'POST',
    `connection/${acme.connectionId}/replay`,
    { all: true },
  ],
  'makes an agent': async () => [
    'POST',
    'agent',
    { name: 'New agent', email: `${crypto.randomUUID()}@acme.example` },
  ],
  'invites an agent once more': async () => {
    const email = `${crypto.randomUUID()}@acme.example`
    const { id } = await acme.boss.post('agent', { name: 'New agent', email })
    return ['POST', `agent/${id}/invitation`, {}]
  },
  'publishes mappings': async () => {
    const path = `connection/${acme.connectionId}/mappings`
    const { mappings } = await acme.boss.get<{ mappings: object[] }>(path)
    return ['PUT', path, { mappings: mappings.slice(1) }]
  },
  'clears the list of what only the partner has': async () => [
    'DELETE',
    `connection/${acme.connectionId}/onlythere`,
  ],
  'deletes a ticket': async () => ['DELETE', `tickets/${(await logged(acme)).id}`],
}

const called: string[] = []
/** Fetching the partner's lists anew changes no setting. */
const NO_SETTING = 'POST /:slug/api/connection/:id/schema'

describe('T36: exactly one row tells who', () => {
  test.each(Object.entries(changes))('%s', async (_, prepare) => {
    const [method, path, body] = await prepare()
    const before = new Set((await rows()).map(({ uid }) => uid))
    called.push(`${method} ${path}`)
    const reply = await acme.boss.ask(method, path, body)
    expect(reply.status, reply.text.slice(0, 200)).toBeLessThan(300)
    const made = (await rows()).filter(({ uid }) => !before.has(uid))
    expect(made).toMatchObject([{ actor: 'agent:2' }])
    for (const secret of reply.text.match(/"client_secret":"[0-9a-f]{64}"/g) ?? [])
      expect(JSON.stringify(made)).not.toContain(secret.slice(17, -1))
  })

  test('a change that is refused leaves none', async () => {
    const before = (await rows()).length
    for (const [path, body] of [
      ['client', { id: 987_654, name: 'x' }],
      ['connection', { id: acme.connectionId, default_status_id: 987_654 }],
      ['module', { name: 'none', enabled: true }],
    ] as const)
      expect((await acme.boss.ask('POST', path, body)).status).toBeGreaterThanOrEqual(400)
    expect((await rows()).length).toBe(before)
  })

  test('imports agents, on the profile of a customer', async () => {
    const atSkyline = () =>
      skyline.db.orm.select().from(audit).where(eq(audit.t, skyline.t)).orderBy(asc(audit.at))
    await skyline.boss.get('agent/me')
    await acme.boss.post('connection', { id: acme.connectionId, share_agents: true })
    await acme.boss.post(`connection/${acme.connectionId}/authenticate`, {})
    const before = (await atSkyline()).length
    const path = `connection/${skyline.connectionId}/import-agents`
    called.push(`POST ${path}`)
    await skyline.boss.post(path, {})
    expect((await atSkyline()).slice(before)).toMatchObject([
      { actor: 'agent:2', what: 'imported agents' },
    ])
  })

  test('every route that only an admin may call, and that changes something, is among these', () => {
    const missed = operationsOf(app.routes)
      .filter(
        ({ method, path, who }) =>
          path.startsWith('/:slug/api/') && method !== 'GET' && who?.join() === 'admin',
      )
      .filter(({ method, path }) => {
        const form = path.replace('/:slug/api/', '').replace(/:\w+(\{[^}]*\})?/g, '\\d+')
        const same = method === 'PUT' || method === 'POST' ? '(PUT|POST)' : method
        return !called.some((one) => new RegExp(`^${same} ${form}$`).test(one))
      })
      .map(({ method, path }) => `${method} ${path}`)
      .filter((one) => one !== NO_SETTING)
    expect(missed).toEqual([])
  })

  test('no code changes or deletes a row', () => {
    const sources = import.meta.glob('../../../worker/**/*.ts', {
      query: '?raw',
      import: 'default',
      eager: true,
    })
    const touching = Object.entries(sources)
      .filter(([, text]) =>
        /\b(update|delete)\(audit\)|\b(update|delete from|replace into)\s+["`]?audit\b/i.test(text),
      )
      .map(([path]) => path)
    expect(touching).toEqual([])
    expect(Object.keys(sources).length).toBeGreaterThan(100)
  })
})
