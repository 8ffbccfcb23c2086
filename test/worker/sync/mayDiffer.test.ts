import { afterAll, beforeAll, expect, test } from 'vitest'
import { nowAgain, pair, type TestDesk } from '../pair'
import { answering, faraway, passes, type Line } from './line'
import { act, again, escalated, ticketAt, type Pairing } from './story'

/** I12: what the ticket says of values that may differ, while the line is bad. */

let acme: TestDesk
let skyline: TestDesk
let line: Line
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  line = await faraway(acme, skyline)
})
afterAll(() => {
  line.hangUp()
  nowAgain()
})

const differs = async (at: Pairing) => (await ticketAt(acme, at.ours)).links[0]?.may_differ
const note = (at: Pairing, text: string) => act(acme, at.ours, 'Private note', text)

test('I12 a value that changes beside a message on its way stays untold when that message is taken; the next one brings it', async () => {
  const at = await escalated(acme)
  line.faults = [
    async (pass) => {
      // Skyline has not answered yet, and this one is not sent.
      await act(acme, at.ours, 'Internal note', 'Beside', {
        new_priority: acme.priority('Critical'),
      })
      return pass()
    },
  ]
  const sent = await note(at, 'On its way')
  await passes(60_000)
  expect((await again(acme, sent)).sync?.state).toBe('synced')
  expect((await ticketAt(skyline, at.twin)).priority.name).not.toBe('Critical')
  expect(await differs(at)).toBe(true)
  await note(at, 'Next')
  expect((await ticketAt(skyline, at.twin)).priority.name).toBe('Critical')
  expect(await differs(at)).toBe(false)
})

test('I12 a message that is parked says so too, until another one is taken', async () => {
  const [at, other] = [await escalated(acme), await escalated(acme)]
  line.always = (pass, text) =>
    text.includes('poison I12') ? answering(500, { error: 'INTERNAL' })(pass, text) : pass()
  const bad = await note(at, 'poison I12')
  for (let round = 0; round < 12; round++) {
    await note(other, `beside ${round}`)
    await passes(600_000)
    if ((await again(acme, bad)).sync?.state === 'parked') break
  }
  expect((await again(acme, bad)).sync?.state).toBe('parked')
  expect(await differs(at)).toBe(true)
  expect(await differs(other)).toBe(false)
  line.heal()
  const past = await note(at, 'past it')
  await passes(120_000)
  expect((await again(acme, past)).sync?.state).toBe('synced')
  expect(await differs(at)).toBe(false)
})
