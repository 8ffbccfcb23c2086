import { env } from 'cloudflare:test'
import { afterEach, expect, test } from 'vitest'
import { oneTime } from '../../../db/schema'
import { issueOneTime } from '../../../worker/auth/oneTime'
import { openDb } from '../../../worker/platform/database'
import { seams } from '../../../worker/platform/seams'
import { sweep } from '../../../worker/sync/wake'

const { now } = seams
afterEach(() => {
  seams.now = now
})

test('a mailed link that nobody opened is forgotten in the night after it ended, and no other is', async () => {
  const db = openDb(env, 0)
  const ask = async (email: string) => {
    const given = { name: 'Birch', slug: 'birch', start: 'msp' as const, tenantId: seams.uid() }
    await (
      await issueOneTime(db, { kind: 'sign_up', t: null, email, data: given })
    ).statement
  }
  seams.now = () => Date.UTC(2026, 0, 1, 3, 0)
  await ask('old@birch.example')
  seams.now = () => Date.UTC(2026, 0, 2, 3, 10)
  await ask('new@birch.example')
  seams.now = () => Date.UTC(2026, 0, 2, 3, 17)
  await sweep(env)
  expect(await db.orm.select({ email: oneTime.email }).from(oneTime)).toEqual([
    { email: 'new@birch.example' },
  ])
})
