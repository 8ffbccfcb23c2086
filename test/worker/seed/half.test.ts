import { env } from 'cloudflare:test'
import { expect, test } from 'vitest'
import { makeDemo } from '../../../worker/api/demo'
import { call, ORIGIN } from '../pair'

test('one desk alone can be made, to be linked by hand to one of another deployment', async () => {
  const { base, instances } = await makeDemo(env, ORIGIN, call, { only: 'skyline' })
  expect(base).toBe(ORIGIN)
  expect(Object.keys(instances)).toEqual(['skyline'])
  expect(instances.skyline).toEqual({
    url: `${ORIGIN}/skyline`,
    tenant_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    admin: { email: 'admin@skyline.example', password: expect.stringMatching(/^\w{16}$/) },
    agent: { email: 'lena@skyline.example', password: expect.stringMatching(/^\w{16}$/) },
    user: { email: 'sam@skyline.example', password: expect.stringMatching(/^\w{16}$/) },
    api: { client_id: expect.any(String), client_secret: expect.any(String) },
  })
  expect(await env.DB.prepare('select count(*) as n from connection').first<number>('n')).toBe(0)
})

test('secrets and passwords are nowhere in the database as they are', async () => {
  const { instances } = await makeDemo(env, ORIGIN, call, { only: 'acme' })
  const { admin, user, api } = instances.acme ?? {
    admin: undefined,
    user: undefined,
    api: undefined,
  }
  const { results } = await env.DB.prepare(
    `select json_group_array(password) as x from account union all select json_group_array(password) from person
     union all select json_group_array(secret_hash) from api_app`,
  ).all<{ x: string }>()
  const stored = results.map(({ x }) => x).join()
  expect(stored).toContain('scrypt$')
  for (const secret of [admin?.password, user?.password, api?.client_secret]) {
    expect(secret?.length).toBeGreaterThan(15)
    expect(stored).not.toContain(secret)
  }
})
