import { env, runInDurableObject } from 'cloudflare:test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { courierObject, witnessObject } from '../../../worker/sync/objects'
import { later, nowAgain, pair, settle, type TestDesk } from '../pair'
import { faraway, passes, type Line } from './line'
import { act, escalated, timeline } from './story'

/** What a restart must not do: each of these was found, or could be found, by killing a deployment (test/chaos). */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

describe('a witness that dies between its two writes', () => {
  const dies = async (when: 'insert' | 'update') => {
    await env.DB.prepare(
      `create trigger dies before ${when} on shard_meta begin select raise(abort, 'killed'); end`,
    ).run()
    await runInDurableObject(witnessObject(env), (witness) =>
      expect(witness.restored()).rejects.toThrow('killed'),
    )
    await env.DB.prepare('drop trigger dies').run()
  }

  test('R16 on its very first beat: the database is not taken for a copy', async () => {
    await env.DB.prepare('delete from shard_meta').run()
    await runInDurableObject(witnessObject(env), (_, { storage }) => storage.deleteAll())
    await dies('insert')
    expect(await witnessObject(env).restored()).toBe(false)
  })

  test('R16 on any later beat: the database is not taken for a restored one', async () => {
    expect(await witnessObject(env).restored()).toBe(false)
    await dies('insert')
    expect(await witnessObject(env).restored()).toBe(false)
  })
})

describe('a partner that was killed and is back', () => {
  let line: Line
  beforeAll(async () => {
    line = await faraway(acme, skyline)
  })
  afterAll(() => {
    line.hangUp()
    nowAgain()
  })

  test('Q9 F12 whoever wakes the courier before the minute is over does not put off the probe', async () => {
    const at = await escalated(acme)
    line.down = true
    await act(acme, at.ours, 'Private note', 'Are you back?')
    line.heal()
    later(20_000)
    await courierObject(env, acme.t, acme.connectionId).wake()
    await passes(45_000)
    expect((await timeline(skyline, at.twin)).map(({ note }) => note)).toContain('Are you back?')
    await settle()
  })
})
