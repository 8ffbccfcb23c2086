import { env, evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { outbox } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { courierObject, deskObject, ticketObject } from '../../../worker/sync/objects'
import { pair, settle, type TestDesk } from '../pair'
import { act, again, escalated, timeline } from './story'

/** Timers end where nothing is open. Each look may find another object: it is put out of memory between two of them. */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

const MOST_LOOKS = 10
type Timed = Parameters<typeof runDurableObjectAlarm>[0]

/** How often an object looks until it lets its timer end. */
async function looks(object: Timed): Promise<number> {
  for (let count = 0; count < MOST_LOOKS; count++) {
    if (!(await runDurableObjectAlarm(object))) return count
    await evictDurableObject(object)
  }
  return MOST_LOOKS
}

describe('R8 where nothing is open any more', () => {
  test('the timer of a ticket ends after it has looked twice', async () => {
    const at = await escalated(acme)
    expect(await looks(ticketObject(env, acme.t, at.ours))).toBe(2)
  })

  test('the timer of a connection ends', async () => {
    await escalated(acme)
    expect(await looks(courierObject(env, acme.t, acme.connectionId))).toBeLessThan(3)
  })

  test('the timer of a desk\u2019s mail ends', async () => {
    const at = await escalated(acme)
    await act(acme, at.ours, 'Email user', 'Hello.')
    expect(await looks(deskObject(env, acme.t))).toBeLessThan(4)
    expect((await acme.mail()).every(({ state }) => state === 'sent')).toBe(true)
  })
})

test('R8 what was still being written at the first look is found by the second', async () => {
  const at = await escalated(acme)
  const sent = await act(acme, at.ours, 'Private note', 'Late to the database')
  await runDurableObjectAlarm(ticketObject(env, acme.t, at.ours))
  const { orm, t } = acme.db
  await orm
    .update(outbox)
    .set({ state: 'pending', nextAt: seams.now() })
    .where(and(eq(outbox.t, t), eq(outbox.uid, sent.guid)))
  expect(await looks(ticketObject(env, acme.t, at.ours))).toBeGreaterThan(0)
  await settle()
  expect((await again(acme, sent)).sync?.state).toBe('synced')
  expect((await timeline(skyline, at.twin)).map(({ note }) => note)).toContain(
    'Late to the database',
  )
})
