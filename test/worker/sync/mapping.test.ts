import { and, eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { outbox, register, ticketTypeField } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { nowAgain, pair, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import { passes } from './line'
import {
  act,
  again,
  escalated,
  map,
  newest,
  setAction,
  ticketAt,
  timeline,
  tried,
  type Pairing,
} from './story'

/** What a change on one desk becomes on the other, through the mappings of the desk that receives it. */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterAll(nowAgain)
afterEach(() => {
  seams.beforeQuery = undefined
})

const fromAcme = (at: Pairing, more: object) => act(acme, at.ours, 'Private note', 'Changed', more)
const fromSkyline = (at: Pairing, more: object) => act(skyline, at.twin, 'Note', 'Changed', more)
const part = (action: Wire.Action, name: string) =>
  action.sync?.parts.find((one) => one.part === name)

/** The stamps of a ticket's registers, own fields apart: each desk numbers those by itself. */
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

async function expectEqual(at: Pairing): Promise<void> {
  expect(await stamps(acme, at.ours)).toEqual(await stamps(skyline, at.twin))
}

describe('statuses (G37 to G40)', () => {
  test('G38 a mapped status changes the one here, both ways', async () => {
    const at = await escalated(acme)
    const sent = await fromAcme(at, { new_status: acme.status('On hold') })
    expect((await ticketAt(skyline, at.twin)).status_name).toBe('On hold')
    expect(part(sent, 'Status')).toMatchObject({ result: 'done' })
    await fromSkyline(at, { new_status: skyline.status('In progress') })
    expect((await ticketAt(acme, at.ours)).status_name).toBe('In progress')
    await expectEqual(at)
  })

  test('G39 the two need not share a name: their Resolved is our Closed', async () => {
    const at = await escalated(acme)
    await fromSkyline(at, { new_status: skyline.status('Resolved') })
    expect((await ticketAt(acme, at.ours)).status_name).toBe('Closed')
    expect((await ticketAt(skyline, at.twin)).status_name).toBe('Resolved')
    await act(acme, at.ours, 'Private note', 'Nothing changed')
    expect((await ticketAt(skyline, at.twin)).status_name).toBe('Resolved')
  })

  test('G40 F24 an unmapped one leaves ours as it was and says so to both; mapped later, it is used at once', async () => {
    const at = await escalated(acme)
    await map(skyline, 'status', acme.status('On hold'), null)
    const before = (await ticketAt(skyline, at.twin)).status_name
    const sent = await fromAcme(at, { new_status: acme.status('On hold') })
    expect(sent.sync?.state).toBe('synced')
    expect(part(sent, 'Status')).toMatchObject({
      result: 'unchanged',
      reason: '“On hold” is not mapped',
      fix: expect.stringMatching(/Inbound settings, and map this status/),
    })
    expect((await ticketAt(skyline, at.twin)).status_name).toBe(before)
    await map(skyline, 'status', acme.status('On hold'), skyline.status('On hold'))
    expect((await ticketAt(skyline, at.twin)).status_name).toBe('On hold')
    await expectEqual(at)
  })

  test('G37 each desk sets its own: a mapping changed here changes nothing there', async () => {
    const at = await escalated(acme)
    await map(acme, 'status', skyline.status('On hold'), acme.status('Waiting on user'))
    await fromSkyline(at, { new_status: skyline.status('On hold') })
    expect((await ticketAt(acme, at.ours)).status_name).toBe('Waiting on user')
    await fromAcme(at, { new_status: acme.status('On hold') })
    expect((await ticketAt(skyline, at.twin)).status_name).toBe('On hold')
    await map(acme, 'status', skyline.status('On hold'), acme.status('On hold'))
  })

  test('design §6 a mapped status wins over the status that the action sets; unmapped, the action’s own counts', async () => {
    const at = await escalated(acme)
    await map(acme, 'outcome', skyline.outcome('Note'), acme.outcome('Public note'))
    await setAction(acme, 'Public note', { statusAfterId: acme.status('Waiting on user') })
    await fromSkyline(at, { new_status: skyline.status('On hold') })
    expect((await ticketAt(acme, at.ours)).status_name).toBe('On hold')
    await map(acme, 'status', skyline.status('In progress'), null)
    await fromSkyline(at, { new_status: skyline.status('In progress') })
    expect((await ticketAt(acme, at.ours)).status_name).toBe('Waiting on user')
    await expectEqual(at)
    await map(acme, 'status', skyline.status('In progress'), acme.status('In progress'))
    await setAction(acme, 'Public note', { statusAfterId: null })
    await map(acme, 'outcome', skyline.outcome('Note'), acme.outcome('Internal update'))
  })
})

describe('categories and priorities (G43, G48)', () => {
  test('G43 a mapped category, both ways; an unmapped one leaves ours and says so', async () => {
    const at = await escalated(acme)
    await fromAcme(at, { category_1: 'Hardware>Laptop' })
    expect((await ticketAt(skyline, at.twin)).category_1).toBe('Hardware>Laptop')
    await fromSkyline(at, { category_1: 'Network>VPN' })
    expect((await ticketAt(acme, at.ours)).category_1).toBe('Network>VPN')
    await map(acme, 'category', skyline.category('Software>Email'), null)
    const sent = await fromSkyline(at, { category_1: 'Software>Email' })
    expect(part(sent, 'Category')).toMatchObject({
      result: 'unchanged',
      reason: '“Software>Email” is not mapped',
    })
    expect((await ticketAt(acme, at.ours)).category_1).toBe('Network>VPN')
    await map(acme, 'category', skyline.category('Software>Email'), acme.category('Software>Email'))
  })

  test('a mapped priority, both ways; an unmapped one leaves ours', async () => {
    const at = await escalated(acme)
    await fromAcme(at, { new_priority: acme.priority('Critical') })
    expect((await ticketAt(skyline, at.twin)).priority.name).toBe('Critical')
    await fromSkyline(at, { new_priority: skyline.priority('Low') })
    expect((await ticketAt(acme, at.ours)).priority.name).toBe('Low')
    await map(skyline, 'priority', acme.priority('High'), null)
    const sent = await fromAcme(at, { new_priority: acme.priority('High') })
    expect(part(sent, 'Priority')).toMatchObject({ result: 'unchanged' })
    expect((await ticketAt(skyline, at.twin)).priority.name).toBe('Low')
    await map(skyline, 'priority', acme.priority('High'), skyline.priority('High'))
  })

  test('a category that is cleared is cleared there', async () => {
    const at = await escalated(acme)
    await fromAcme(at, { category_1: 'Hardware' })
    await fromAcme(at, { category_1: '' })
    expect((await ticketAt(skyline, at.twin)).category_1).toBe('')
  })
})

describe('summary and dates (G48, G49, z01)', () => {
  test('G49 a renamed ticket is renamed there where the summary is mapped, and not where it is not', async () => {
    const at = await escalated(acme)
    const rename = (summary: string) => acme.agent.post('tickets', [{ id: at.ours, summary }])
    await rename('Mapped words')
    await fromAcme(at, {})
    expect((await ticketAt(skyline, at.twin)).summary).toBe('Mapped words')
    await map(skyline, 'field', 'summary', null)
    await rename('Our own words')
    await fromAcme(at, {})
    expect((await ticketAt(skyline, at.twin)).summary).toBe('Mapped words')
    await map(skyline, 'field', 'summary', skyline.field('symptom'))
    await fromAcme(at, {})
    expect((await ticketAt(skyline, at.twin)).summary).toBe('Our own words')
  })

  test('G48 z01 start and target date keep their day over three round trips', async () => {
    const at = await escalated(acme)
    await fromAcme(at, { startdate: '2026-08-09', targetdate: '2026-12-31' })
    for (let round = 0; round < 3; round++) {
      await fromSkyline(at, {})
      await fromAcme(at, {})
    }
    for (const one of [await ticketAt(acme, at.ours), await ticketAt(skyline, at.twin)]) {
      expect(one.startdate).toMatch(/^2026-08-09/)
      expect(one.targetdate).toMatch(/^2026-12-31/)
    }
    await fromSkyline(at, { startdate: '' })
    expect((await ticketAt(acme, at.ours)).startdate).toBeNull()
  })
})

describe('own fields (G44 to G47, G52, G90)', () => {
  const kinds: [
    type: string,
    halo: object,
    value: unknown,
    shown: string,
    then: unknown,
    thenShown: string,
  ][] = [
    ['text', { type: 0 }, 'PC-1', 'PC-1', 'PC-2', 'PC-2'],
    ['longtext', { type: 10 }, 'One\nTwo', 'One\nTwo', 'Three', 'Three'],
    ['number', { type: 0, inputtype: 4 }, 42, '42', '4.5', '4.5'],
    ['date', { type: 4 }, '2026-08-09', '2026-08-09', '2026-08-10', '2026-08-10'],
    ['checkbox', { type: 6 }, true, 'Yes', false, 'No'],
    ['choice', { type: 2, new_values: 'Red,Green' }, 'Green', 'Green', 'Red', 'Red'],
    ['choices', { type: 3, new_values: 'A,B,C' }, ['A', 'C'], 'A, C', ['B'], 'B'],
  ]
  const ids: Record<string, { ours: number; theirs: number }> = {}

  async function makeField(desk: TestDesk, name: string, halo: object): Promise<number> {
    const { id } = await desk.admin.post('fieldinfo', { name, label: name, ...halo })
    await desk.db.orm.insert(ticketTypeField).values({
      t: desk.t,
      ticketTypeId: desk.ticketType('Incident'),
      fieldId: id,
      sequence: 50,
      agentNew: 1,
      agentDetail: 1,
      userNew: 0,
      userDetail: 0,
    })
    return id
  }

  beforeAll(async () => {
    // One field more on one side, so that the two desks number theirs differently.
    await makeField(skyline, 'CFfirst', { type: 0 })
    for (const [type, halo] of kinds) {
      const one = {
        ours: await makeField(acme, `CF${type}`, halo),
        theirs: await makeField(skyline, `CF${type}`, halo),
      }
      ids[type] = one
      await map(skyline, 'field', one.ours, one.theirs)
      await map(acme, 'field', one.theirs, one.ours)
    }
  })

  const shownAt = async (desk: TestDesk, ticketId: number, fieldId: number) =>
    (await ticketAt(desk, ticketId)).customfields.find(({ id }) => id === fieldId)?.display

  test.each(kinds)(
    'G44 G90 a field of type %s travels with an action, there and back',
    async (type, _, value, shown, then, thenShown) => {
      const { ours = 0, theirs = 0 } = ids[type] ?? {}
      const at = await escalated(acme)
      await fromAcme(at, { customfields: [{ id: ours, value }] })
      expect(await shownAt(acme, at.ours, ours)).toBe(shown)
      expect(await shownAt(skyline, at.twin, theirs)).toBe(shown)
      await fromSkyline(at, { customfields: [{ id: theirs, value: then }] })
      expect(await shownAt(acme, at.ours, ours)).toBe(thenShown)
    },
  )

  test('G44 values that stand when the ticket is sent come with it', async () => {
    const { ours = 0, theirs = 0 } = ids['text'] ?? {}
    const at = await escalated(acme, { customfields: [{ name: 'CFasset', value: 'LT-7' }] })
    expect(await shownAt(skyline, at.twin, skyline.field('CFasset'))).toBe('LT-7')
    expect(await shownAt(acme, at.ours, ours)).toBe(await shownAt(skyline, at.twin, theirs))
  })

  test('G52 an unmapped field changes nothing there; the note comes all the same', async () => {
    const at = await escalated(acme)
    await map(skyline, 'field', acme.field('CFasset'), null)
    const sent = await fromAcme(at, { customfields: [{ name: 'CFasset', value: 'LT-8' }] })
    expect(sent.sync?.state).toBe('synced')
    expect((await newest(skyline, at.twin)).note).toBe('Changed')
    expect(await shownAt(skyline, at.twin, skyline.field('CFasset'))).toBe('')
    await map(skyline, 'field', acme.field('CFasset'), skyline.field('CFasset'))
    await fromAcme(at, {})
    expect(await shownAt(skyline, at.twin, skyline.field('CFasset'))).toBe('LT-8')
  })

  test('f01 a choice that is not there: the action is taken, the field is left, both desks can read why, other fields count', async () => {
    const at = await escalated(acme)
    const choice = ids['choice'] ?? { ours: 0, theirs: 0 }
    await map(skyline, 'field', acme.field('CFimpact'), choice.theirs)
    await map(skyline, 'field', choice.ours, null)
    const sent = await fromAcme(at, {
      customfields: [
        { name: 'CFimpact', value: 'High' },
        { name: 'CFasset', value: 'LT-9' },
      ],
    })
    expect(sent.sync?.state).toBe('synced')
    expect(part(sent, 'CFchoice')).toMatchObject({
      result: 'dropped',
      reason: 'there is no choice “High”',
      fix: expect.stringMatching(/Field mappings/),
    })
    expect(await shownAt(skyline, at.twin, choice.theirs)).toBe('')
    expect(await shownAt(skyline, at.twin, skyline.field('CFasset'))).toBe('LT-9')
    await map(skyline, 'field', acme.field('CFimpact'), skyline.field('CFimpact'))
    await map(skyline, 'field', choice.ours, choice.theirs)
  })

  test('f04 a field that the twin’s type does not have: note and status are taken, the field alone is not, with the reason', async () => {
    const at = await escalated(acme)
    const { ours = 0, theirs = 0 } = ids['text'] ?? {}
    const { orm, t } = skyline.db
    const onType = and(eq(ticketTypeField.t, t), eq(ticketTypeField.fieldId, theirs))
    const rows = await orm.select().from(ticketTypeField).where(onType)
    await orm.delete(ticketTypeField).where(onType)
    const sent = await acme.agent.post<Wire.Action>('actions', [
      {
        ticket_id: at.ours,
        outcome: 'Resolve',
        note: 'f04',
        customfields: [{ id: ours, value: 'Replaced' }],
      },
    ])
    await orm.insert(ticketTypeField).values(rows)
    expect(sent.sync?.state).toBe('synced')
    expect(await ticketAt(skyline, at.twin)).toMatchObject({ hasbeenclosed: true })
    expect((await newest(skyline, at.twin)).note).toBe('f04')
    expect(part(await again(acme, sent), 'CFtext')).toMatchObject({
      result: 'dropped',
      reason: expect.stringMatching(/type does not have the field/),
    })
  })

  test('G45 G47 an action’s field and a field of another type cannot be mapped', async () => {
    const { ours = 0 } = ids['text'] ?? {}
    await expect(map(skyline, 'field', ours, skyline.field('note'))).rejects.toThrow(
      /only fields of the ticket can be mapped/,
    )
    await expect(map(skyline, 'field', ours, ids['date']?.theirs ?? 0)).rejects.toThrow(
      /only fields of the same type can be mapped/,
    )
  })
})

describe('a plain edit (G46)', () => {
  test('G46 editing by hand sends nothing and changes nothing there; the next action carries it, once', async () => {
    const at = await escalated(acme)
    const before = await ticketAt(skyline, at.twin)
    const messages = async () =>
      (
        await acme.db.orm
          .select({ uid: outbox.uid })
          .from(outbox)
          .where(and(eq(outbox.t, acme.t), eq(outbox.ticketId, at.ours)))
      ).length
    const sent = await messages()
    await acme.agent.post('tickets', [
      {
        id: at.ours,
        summary: 'By hand',
        priority_id: acme.priority('Critical'),
        status_id: acme.status('On hold'),
        customfields: [{ name: 'CFasset', value: 'LT-10' }],
      },
    ])
    await passes(120_000)
    expect(await messages()).toBe(sent)
    expect(await ticketAt(skyline, at.twin)).toEqual(before)
    await act(acme, at.ours, 'Private note', 'Now')
    const after = await ticketAt(skyline, at.twin)
    expect(after).toMatchObject({
      summary: 'By hand',
      status_name: 'On hold',
      priority: { name: 'Critical' },
    })
    expect(after.customfields.find(({ name }) => name === 'CFasset')?.display).toBe('LT-10')
    await expectEqual(at)
  })

  test('G46 not even where the type of such entries is set to send', async () => {
    const at = await escalated(acme)
    await setAction(acme, 'Changed', { sendToConnected: true })
    await acme.agent.post('tickets', [{ id: at.ours, summary: 'By hand again' }])
    await setAction(acme, 'Changed', { sendToConnected: false })
    expect((await newest(acme, at.ours)).deliveries).toEqual([])
    expect((await ticketAt(skyline, at.twin)).summary).not.toBe('By hand again')
  })

  test('G46 R5 what was edited by hand and then changed by the partner is the partner’s: the newer stamp wins', async () => {
    const at = await escalated(acme)
    await acme.agent.post('tickets', [{ id: at.ours, priority_id: acme.priority('Critical') }])
    await fromSkyline(at, { new_priority: skyline.priority('Low') })
    expect((await ticketAt(acme, at.ours)).priority.name).toBe('Low')
    await act(acme, at.ours, 'Private note', 'x')
    expect((await ticketAt(skyline, at.twin)).priority.name).toBe('Low')
    await expectEqual(at)
  })
})

describe('both at the same moment (Q5, F23)', () => {
  const inbox = /from "inbox"/
  /** Both save while nothing gets through; then the line heals. */
  async function atOnce(at: Pairing, ours: object, theirs: object): Promise<void> {
    seams.beforeQuery = (sql) => {
      if (sql.some((one) => inbox.test(one))) throw new Error('D1_ERROR: Network connection lost.')
    }
    await acme.agent.post('actions', [{ ticket_id: at.ours, note: 'ours', ...ours }])
    await skyline.agent.post('actions', [{ ticket_id: at.twin, note: 'theirs', ...theirs }])
    seams.beforeQuery = undefined
    await passes(120_000)
  }
  const close = { outcome: 'Resolve' }
  const closeThere = { outcome: 'Resolve third party ticket' }

  const cases: [name: string, ours: object, theirs: object][] = [
    ['both close', close, closeThere],
    ['one closes, the other holds', close, { outcome: 'Note', new_status: 28 }],
    ['one holds, the other closes', { outcome: 'Private note', new_status: 28 }, closeThere],
    [
      'both choose a category',
      { outcome: 'Private note', category_1: 'Hardware' },
      { outcome: 'Note', category_1: 'Network' },
    ],
    [
      'both choose a priority',
      { outcome: 'Private note', new_priority: 1 },
      { outcome: 'Note', new_priority: 4 },
    ],
  ]
  test.each(cases)(
    'Q5 F23 %s: the same end on both desks, and nothing flips after the next action',
    async (_, ours, theirs) => {
      const at = await escalated(acme)
      await atOnce(at, ours, theirs)
      const look = async () => {
        await expectEqual(at)
        const [a, b] = [await ticketAt(acme, at.ours), await ticketAt(skyline, at.twin)]
        expect(a.category_1).toBe(b.category_1)
        expect(a.priority.name).toBe(b.priority.name)
        expect(a.summary).toBe(b.summary)
        expect(a.hasbeenclosed).toBe(b.hasbeenclosed)
        return [a.status_name, b.status_name, a.category_1, a.priority.name, a.summary]
      }
      const then = await look()
      for (const desk of [acme, skyline]) {
        const texts = (await timeline(desk, desk === acme ? at.ours : at.twin)).map(
          ({ note }) => note,
        )
        expect(texts.filter((one) => one === 'ours')).toHaveLength(1)
        expect(texts.filter((one) => one === 'theirs')).toHaveLength(1)
      }
      await act(acme, at.ours, 'Private note', 'after')
      await act(skyline, at.twin, 'Note', 'after')
      expect(await look()).toEqual(then)
    },
  )

  test('Q5 G49 both rename the ticket by hand, and then both act: one of the names stands on both', async () => {
    const at = await escalated(acme)
    await acme.agent.post('tickets', [{ id: at.ours, summary: 'Ours' }])
    await skyline.agent.post('tickets', [{ id: at.twin, summary: 'Theirs' }])
    await atOnce(at, { outcome: 'Private note' }, { outcome: 'Note' })
    await expectEqual(at)
    const { summary } = await ticketAt(acme, at.ours)
    expect(['Ours', 'Theirs']).toContain(summary)
    expect((await ticketAt(skyline, at.twin)).summary).toBe(summary)
  })

  test('F23 G99 both close at once: the user gets one confirmation', async () => {
    const at = await escalated(acme)
    await atOnce(at, close, closeThere)
    expect((await acme.mail()).filter(({ ticketId }) => ticketId === at.ours)).toHaveLength(1)
  })

  test('k01 the end user replies to a resolved ticket: it is open again on both desks and says so; the link lives, a later note reaches the partner, and one mail told of the closing', async () => {
    const at = await escalated(acme)
    await act(skyline, at.twin, 'Resolve third party ticket', 'k01')
    expect((await ticketAt(acme, at.ours)).hasbeenclosed).toBe(true)
    await acme.user.post('actions', [
      { ticket_id: at.ours, outcome: 'User update', note: 'still broken k01' },
    ])
    await passes(120_000)
    for (const one of [await ticketAt(acme, at.ours), await ticketAt(skyline, at.twin)]) {
      expect(one).toMatchObject({ status_name: 'In progress', hasbeenclosed: false })
      expect(one.links).toMatchObject([{ state: 'live' }])
    }
    // The way back of the workflow's step was taken: the ticket can be sent on and resolved as before.
    expect((await ticketAt(acme, at.ours)).workflow_step).toBe(1)
    for (const [desk, id] of [
      [acme, at.ours],
      [skyline, at.twin],
    ] as const) {
      const reply = (await timeline(desk, id)).find(({ note }) => note === 'still broken k01')
      expect(reply?.note_html).toBeDefined()
      expect(JSON.stringify(reply)).toContain('In progress')
    }
    const note = await act(acme, at.ours, 'Private note', 'reopened k01')
    expect(note.sync?.state).toBe('synced')
    const mails = (await acme.mail()).filter(({ ticketId }) => ticketId === at.ours)
    expect(mails.length).toBeLessThanOrEqual(2)
  })

  test('k01 reopened on either side, the other reopens; the link is never dropped by closing', async () => {
    const at = await escalated(acme)
    await skyline.agent.post('actions', [{ ticket_id: at.twin, ...closeThere, note: 'k01' }])
    expect((await ticketAt(acme, at.ours)).hasbeenclosed).toBe(true)
    await acme.agent.post('actions', [
      { ticket_id: at.ours, outcome: 'Reopen', note: 'still broken k01', send_to: 'supplier' },
    ])
    for (const one of [await ticketAt(acme, at.ours), await ticketAt(skyline, at.twin)]) {
      expect(one).toMatchObject({ status_name: 'In progress', hasbeenclosed: false })
      expect(one.links).toMatchObject([{ state: 'live' }])
    }
    const note = await act(acme, at.ours, 'Private note', 'reopened k01')
    expect(note.sync?.state).toBe('synced')
  })
})

describe('a refused message changes nothing (protocol.md §7)', () => {
  test('a refused Resolve does not close the ticket by the back door; the ticket says that the desks may differ, and the next taken message heals', async () => {
    const at = await escalated(acme)
    await setAction(acme, 'Resolve', { inactive: true })
    const sent = await act(skyline, at.twin, 'Resolve third party ticket', 'Done')
    expect(sent.sync?.state).toBe('failed')
    expect(await ticketAt(acme, at.ours)).toMatchObject({
      hasbeenclosed: false,
      status_name: 'With supplier',
    })
    expect((await ticketAt(skyline, at.twin)).links).toMatchObject([{ may_differ: true }])
    await setAction(acme, 'Resolve', { inactive: false })
    await act(skyline, at.twin, 'Note', 'By the way')
    expect((await ticketAt(acme, at.ours)).status_name).toBe('Closed')
    await expectEqual(at)
  })

  test('a status of that number that is not here is refused before saving', async () => {
    const at = await escalated(acme)
    const refused = await tried(acme.agent, 'actions', {
      ticket_id: at.ours,
      outcome: 'Private note',
      note: 'x',
      new_status: 4711,
    })
    expect(refused.status).toBe(400)
  })
})
