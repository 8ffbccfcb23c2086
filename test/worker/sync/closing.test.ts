import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { seams } from '../../../worker/platform/seams'
import { nowAgain, pair, settle, type TestDesk } from '../pair'
import { passes } from './line'
import { act, escalated, ticketAt, timeline, type Pairing } from './story'

/** Each message brings the status as it stands when it is sent, so an older one can close a ticket before the closing arrives. */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterAll(nowAgain)
afterEach(() => {
  seams.beforeQuery = undefined
})

/** What people do while no message gets through; then the line heals. */
async function whileNothingPasses(work: () => Promise<unknown>): Promise<void> {
  seams.beforeQuery = (sql) => {
    if (sql.some((one) => one.includes('from "inbox"')))
      throw new Error('D1_ERROR: Network connection lost.')
  }
  await work()
  seams.beforeQuery = undefined
  await passes(120_000)
  await settle()
}

const confirmations = async ({ ours }: Pairing) =>
  (await acme.mail()).filter(({ ticketId }) => ticketId === ours).map(({ subject }) => subject)

test('Q16 F23 a note that waited brings the closed status first: the user is told all the same when the closing arrives', async () => {
  const at = await escalated(acme)
  await whileNothingPasses(async () => {
    await act(skyline, at.twin, 'Note', 'Nearly done.')
    await act(skyline, at.twin, 'Resolve third party ticket', 'Done.')
  })
  const entries = (await timeline(acme, at.ours)).slice(-2)
  expect(entries.map(({ note, outcome }) => [note, outcome])).toEqual([
    ['Nearly done.', 'Internal update'],
    ['Done.', 'Resolve'],
  ])
  expect((await ticketAt(acme, at.ours)).hasbeenclosed).toBe(true)
  expect(await confirmations(at)).toHaveLength(1)
})

test('Q16 F23 both close at once, and a note brings the other closing first: the user is told once', async () => {
  const at = await escalated(acme)
  await whileNothingPasses(async () => {
    await act(acme, at.ours, 'Resolve', 'Done here.')
    await act(skyline, at.twin, 'Note', 'Nearly done.')
    await act(skyline, at.twin, 'Note', 'Wait.', { new_status: skyline.status('On hold') })
    await act(skyline, at.twin, 'Resolve third party ticket', 'Done there.')
  })
  expect((await timeline(acme, at.ours)).map(({ note }) => note)).toContain('Done there.')
  expect(await confirmations(at)).toHaveLength(1)
})
