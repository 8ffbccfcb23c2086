import { asc, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../../../db/schema'
import { pair, type TestDesk } from '../pair'
import { fresh, logged } from '../sync/story'

let acme: TestDesk
beforeAll(async () => {
  ;({ acme } = await pair())
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
  'deletes a ticket': async () => ['DELETE', `tickets/${(await logged(acme)).id}`],
}

describe('T36: exactly one row tells who', () => {
  test.each(Object.entries(changes))('%s', async (_, prepare) => {
    const [method, path, body] = await prepare()
    const before = new Set((await rows()).map(({ uid }) => uid))
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
})
