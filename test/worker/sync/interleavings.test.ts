import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { and, eq } from 'drizzle-orm'
import { register } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { nowAgain, pair, type TestDesk } from '../pair'
import { passes } from './line'
import { messenger } from './partner'
import { act, escalated, ticketAt, timeline, type Pairing } from './story'

/** Every order in which things can happen on two desks, or arrive from one: the end is the same (Q5). */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterAll(nowAgain)
afterEach(() => {
  seams.beforeQuery = undefined
})

/** All orders of some things. */
function orders<T>(things: T[]): T[][] {
  if (things.length <= 1) return [things]
  return things.flatMap((first, i) =>
    orders(things.toSpliced(i, 1)).map((others) => [first, ...others]),
  )
}

async function stamps(desk: TestDesk, ticketId: number) {
  const rows = await desk.db.orm
    .select()
    .from(register)
    .where(and(eq(register.t, desk.t), eq(register.ticketId, ticketId)))
  return Object.fromEntries(
    rows
      .filter(({ name, clock }) => !name.startsWith('field:') && clock > 0)
      .map(({ name, clock, writer }) => [name, `${clock} ${writer}`]),
  )
}

/** What both desks show in the end; throws where they are not equal. */
async function theEnd(at: Pairing) {
  expect(await stamps(acme, at.ours)).toEqual(await stamps(skyline, at.twin))
  const [ours, theirs] = [await ticketAt(acme, at.ours), await ticketAt(skyline, at.twin)]
  expect(ours.hasbeenclosed).toBe(theirs.hasbeenclosed)
  expect(ours.links.concat(theirs.links).map((one) => one.may_differ)).toEqual([false, false])
  const [, writer] = (await stamps(acme, at.ours))['status']?.split(' ') ?? []
  return { isClosed: ours.hasbeenclosed, writer, statuses: [ours.status_name, theirs.status_name] }
}

/** How often Acme's ticket went from open to closed. */
async function closingsOf(ticketId: number): Promise<number> {
  const statuses = (await timeline(acme, ticketId)).flatMap(({ changes }) =>
    changes.filter(({ name }) => name === 'Status').map(({ to }) => to),
  )
  return statuses.filter((one, i) => one === 'Closed' && statuses[i - 1] !== 'Closed').length
}

const steps = {
  'Acme closes': (at: Pairing) => act(acme, at.ours, 'Resolve', 'closed at Acme'),
  // The button is there on a closed ticket only; on an open one it is a status chosen with a note.
  'Acme reopens': async (at: Pairing) =>
    (await ticketAt(acme, at.ours)).hasbeenclosed
      ? act(acme, at.ours, 'Reopen', 'reopened at Acme', { send_to: 'supplier' })
      : act(acme, at.ours, 'Private note', 'reopened at Acme', {
          new_status: acme.status('In progress'),
        }),
  'Skyline closes': (at: Pairing) =>
    act(skyline, at.twin, 'Resolve third party ticket', 'closed at Skyline'),
  'Skyline reopens': (at: Pairing) =>
    act(skyline, at.twin, 'Note', 'reopened at Skyline', {
      new_status: skyline.status('In progress'),
    }),
}
type Step = keyof typeof steps
const all = Object.keys(steps) as Step[]

describe('F23 both desks close and reopen, and nothing gets through until all is done', () => {
  test.each(orders(all).map((order) => [order.join(', '), order] as const))(
    'F23 Q5 Q16 %s',
    async (_, order) => {
      const at = await escalated(acme)
      seams.beforeQuery = (texts) => {
        if (texts.some((one) => one.includes('from "inbox"')))
          throw new Error('D1_ERROR: Network connection lost.')
      }
      for (const step of order) await steps[step](at)
      seams.beforeQuery = undefined
      await passes(180_000)
      const end = await theEnd(at)
      // The newest change of a person stands, and not an effect of a message that came late.
      const writer = end.writer === acme.tenantId ? 'Acme' : 'Skyline'
      const last = order.findLast((step) => step.startsWith(writer))
      expect([writer, end.isClosed]).toEqual([writer, last === `${writer} closes`])
      // Its user is told of each closing that took effect there, once, and of no other.
      const told = (await acme.mail()).filter(({ ticketId }) => ticketId === at.ours)
      const closings = await closingsOf(at.ours)
      expect(told.length).toBeLessThanOrEqual(closings)
      if (end.isClosed) expect(told.length).toBeGreaterThan(0)
      // What is said afterwards flips nothing.
      await act(acme, at.ours, 'Private note', 'after')
      await act(skyline, at.twin, 'Note', 'after')
      expect(await theEnd(at)).toEqual(end)
    },
  )
})

describe('F21 values of four messages that arrive in any order', () => {
  const value = (name: string, clock: number, writer: string, is: unknown) => ({
    name,
    label: '',
    clock,
    writer,
    value: is,
  })

  test('F21 Q5 I5 R2 in all 24 orders, each twice: the same stamps and the same values', async () => {
    const [a, b] = [acme.tenantId, skyline.tenantId]
    const four = [
      [value('summary', 70, a, 'One'), value('targetdate', 61, a, '2026-08-09')],
      [
        value('summary', 70, b, 'Two'),
        value('priority', 62, a, { id: acme.priority('Low'), name: 'Low' }),
      ],
      [value('summary', 69, a, 'Three'), value('targetdate', 63, b, null)],
      [value('priority', 64, b, { id: acme.priority('Critical'), name: 'Critical' })],
    ]
    const ends = new Set<string>()
    for (const order of orders([0, 1, 2, 3])) {
      const at = await escalated(acme)
      const partner = await messenger(skyline, at.twin, acme)
      const body = await partner.message('Registers')
      await partner.send(body)
      for (const i of [...order, ...order.toReversed()]) {
        const { status } = await partner.send({
          ...body,
          baton: { ...body.baton, registers: four[i] },
        })
        expect(status).toBe(200)
      }
      const { summary, priority, targetdate } = await ticketAt(skyline, at.twin)
      const { summary: s, priority: p, targetdate: d } = await stamps(skyline, at.twin)
      ends.add(JSON.stringify({ summary, priority: priority.name, targetdate, s, p, d }))
    }
    expect([...ends]).toHaveLength(1)
    expect([...ends][0]).toContain(`70 ${b > a ? b : a}`)
  }, 120_000)
})
