import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { fieldOption, status } from '../../../db/schema'
import { classify } from '../../../worker/sync/classify'
import { pair, settle, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import {
  act,
  again,
  escalated,
  map,
  newest,
  retry,
  setAction,
  ticketAt,
  type Pairing,
} from './story'

/** What became of each part of a message: told to its sender, and to those who got it (protocol.md §3). */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

const fromAcme = (at: Pairing, more: object = {}) =>
  act(acme, at.ours, 'Private note', 'Changed', more)
type Part = NonNullable<Wire.Action['sync']>['parts'][number]
const partOf = (action: Wire.Action, name: string): Part | undefined =>
  action.sync?.parts.find(({ part }) => part === name)

/** The part as both desks tell of it: the same but for where the cure is. */
async function both(at: Pairing, sent: Wire.Action, name: string): Promise<[Part, Part]> {
  const there = await newest(skyline, at.twin)
  const [ours, theirs] = [partOf(await again(acme, sent), name), partOf(there, name)]
  if (!ours || !theirs) throw new Error(`${name} is told on one desk at most`)
  expect({ ...theirs, fix: null }).toEqual({ ...ours, fix: null })
  return [ours, theirs]
}

describe('on the action, at both desks', () => {
  test('what was taken says what it is there now, in the words of that desk', async () => {
    const at = await escalated(acme)
    await map(skyline, 'status', acme.status('On hold'), skyline.status('In progress'))
    const sent = await fromAcme(at, {
      new_status: acme.status('On hold'),
      new_priority: acme.priority('Critical'),
      category_1: 'Hardware>Laptop',
      customfields: [{ name: 'CFimpact', value: 'Low' }],
    })
    expect(sent.sync?.state).toBe('synced')
    for (const [name, value] of [
      ['Note', null],
      ['Status', 'In progress'],
      ['Priority', 'Critical'],
      ['Category', 'Hardware>Laptop'],
      ['Impact', 'Low'],
    ] as const)
      expect((await both(at, sent, name))[0]).toMatchObject({ result: 'done', value, reason: null })
  })

  test('G40 F24 a status that is not mapped is unchanged, and the cure is named from where it is read', async () => {
    const at = await escalated(acme)
    await map(skyline, 'status', acme.status('On hold'), null)
    const sent = await fromAcme(at, { new_status: acme.status('On hold') })
    const [ours, theirs] = await both(at, sent, 'Status')
    expect(ours).toMatchObject({ result: 'unchanged', reason: '“On hold” is not mapped' })
    expect(ours.fix).toMatch(/^In the receiving instance: open the connection/)
    expect(theirs.fix).toMatch(/^Open the connection/)
    expect(sent.sync?.fix_here).toBe(false)
    expect((await newest(skyline, at.twin)).sync).toMatchObject({
      direction: 'in',
      fix_here: true,
      connection_id: skyline.connectionId,
    })
  })

  test('c01 a status whose counterpart is gone: the note is taken, the status unchanged, the reason says so', async () => {
    const at = await escalated(acme)
    const live = skyline.status('In progress')
    await map(skyline, 'status', acme.status('On hold'), live)
    const setGone = (inactive: boolean) =>
      skyline.db.orm
        .update(status)
        .set({ inactive })
        .where(and(eq(status.t, skyline.t), eq(status.id, live)))
    await setGone(true)
    const before = (await ticketAt(skyline, at.twin)).status_name
    const sent = await fromAcme(at, { new_status: acme.status('On hold') })
    await setGone(false)
    expect(sent.sync?.state).toBe('synced')
    expect((await both(at, sent, 'Status'))[0]).toMatchObject({
      result: 'unchanged',
      reason: '“On hold” is mapped to a status that is no longer there',
    })
    expect((await ticketAt(skyline, at.twin)).status_name).toBe(before)
    // It is there again: the same value comes with the next message and counts.
    await fromAcme(at)
    expect((await ticketAt(skyline, at.twin)).status_name).toBe('In progress')
  })

  test('a status that the action there sets by itself is told as set, not as unchanged', async () => {
    const at = await escalated(acme)
    await map(skyline, 'status', acme.status('Resolved'), null)
    await map(
      skyline,
      'outcome',
      acme.outcome('Resolve'),
      skyline.outcome('Resolve third party ticket'),
    )
    const sent = await act(acme, at.ours, 'Resolve', 'Done', { send_to: 'supplier' })
    const [ours] = await both(at, sent, 'Status')
    expect(ours).toMatchObject({
      result: 'done',
      value: (await ticketAt(skyline, at.twin)).status_name,
    })
    expect(sent.sync?.parts.filter(({ part }) => part === 'Status')).toHaveLength(1)
    await map(skyline, 'status', acme.status('Resolved'), skyline.status('Resolved'))
  })

  test('f01 a choice goes by its name: one that looks like a number of ours is not taken for it, one that was removed neither', async () => {
    const at = await escalated(acme)
    const { orm, t } = acme.db
    const impact = and(eq(fieldOption.t, t), eq(fieldOption.fieldId, acme.field('CFimpact')))
    const [low] = await orm.select().from(fieldOption).where(impact)
    const theirs = and(
      eq(fieldOption.t, skyline.t),
      eq(fieldOption.fieldId, skyline.field('CFimpact')),
    )
    const [, second] = await skyline.db.orm.select().from(fieldOption).where(theirs)
    const rename = (name: string) =>
      orm
        .update(fieldOption)
        .set({ name })
        .where(and(impact, eq(fieldOption.id, low?.id ?? 0)))
    await rename(String(second?.id))
    const sent = await fromAcme(at, {
      customfields: [{ name: 'CFimpact', value: low?.id }],
    })
    await rename(low?.name ?? '')
    expect((await both(at, sent, 'Impact'))[0]).toMatchObject({
      result: 'dropped',
      reason: `there is no choice “${second?.id}”`,
    })
    const remove = (inactive: boolean) =>
      skyline.db.orm
        .update(fieldOption)
        .set({ inactive })
        .where(and(theirs, eq(fieldOption.id, second?.id ?? 0)))
    await remove(true)
    const gone = await fromAcme(at, { customfields: [{ name: 'CFimpact', value: second?.name }] })
    await remove(false)
    expect((await both(at, gone, 'Impact'))[0]).toMatchObject({ result: 'dropped' })
  })

  test('G52 a field that is not mapped is told by the message that changed it, and by no other', async () => {
    const at = await escalated(acme)
    await map(skyline, 'field', acme.field('CFasset'), null)
    const sent = await fromAcme(at, { customfields: [{ name: 'CFasset', value: 'LT-1' }] })
    const next = await fromAcme(at)
    await map(skyline, 'field', acme.field('CFasset'), skyline.field('CFasset'))
    expect((await both(at, next, 'Note'))[0]).toMatchObject({ result: 'done' })
    const name = sent.sync?.parts.find(({ result }) => result === 'dropped')?.part ?? ''
    expect(partOf(sent, name)).toMatchObject({ reason: 'this field is not mapped' })
    expect(partOf(next, name)).toBeUndefined()
  })

  test('an email that was sent there says so, and not to whom', async () => {
    const at = await escalated(acme)
    const sent = await act(skyline, at.twin, 'Indirect email to end user', 'Hello')
    await settle()
    expect(partOf(sent, 'Email')).toMatchObject({ result: 'done', value: 'sent to the user' })
    expect(JSON.stringify(await again(skyline, sent))).not.toContain(acme.demo.user.email)
  })

  test('T10 an end user reads nothing of it', async () => {
    const at = await escalated(acme)
    await act(skyline, at.twin, 'Indirect email to end user', 'Hello')
    const { text } = await acme.user.ask('GET', `actions?ticket_id=${at.ours}`)
    expect(text).toContain('Hello')
    expect(text).not.toMatch(/sent to the user|Skyline/)
  })

  test.each([[undefined], [null], ['all'], [[{ part: 1 }]], [[{ part: 'Note', result: 'eaten' }]]])(
    'a partner whose list of parts is %j has taken the message all the same',
    (parts) => {
      const uid = crypto.randomUUID()
      const baton = { uid, have: { n: 1, uid }, clock: 3, parts }
      expect(
        classify(
          { status: 201, json: { id: 3, ticket_id: 1001, baton }, retryAfterMs: null, ms: 1 },
          { uid, linkUid: uid, ticketId: 1001 },
          'baton',
        ),
      ).toMatchObject({ kind: 'synced', taken: { baton: { parts: [] } } })
    },
  )
})

describe('I12 the ticket says that the desks may differ', () => {
  const differs = async (desk: TestDesk, id: number) =>
    (await ticketAt(desk, id)).links.map((one) => one.may_differ)

  test('while a message is refused; the next one taken heals it, the refused one still waits', async () => {
    const at = await escalated(acme)
    expect(await differs(skyline, at.twin)).toEqual([false])
    await setAction(acme, 'Resolve', { inactive: true })
    const refused = await act(skyline, at.twin, 'Resolve third party ticket', 'Done')
    expect(refused.sync?.state).toBe('failed')
    expect(await differs(skyline, at.twin)).toEqual([true])
    await act(skyline, at.twin, 'Note', 'By the way')
    expect(await differs(skyline, at.twin)).toEqual([false])
    expect((await ticketAt(acme, at.ours)).status_name).toBe('Closed')
    await setAction(acme, 'Resolve', { inactive: false })
    expect((await retry(skyline, refused)).sync?.state).toBe('synced')
    expect(await differs(skyline, at.twin)).toEqual([false])
  })

  test('while one is not mapped there; Retry after it was mapped heals it', async () => {
    const at = await escalated(acme)
    await acme.admin.post('connection', { id: acme.connectionId, default_outcome_id: 0 })
    const skipped = await act(skyline, at.twin, 'Public note', 'Odd', { send_to: 'customer' })
    expect(skipped.sync?.state).toBe('skipped')
    expect(await differs(skyline, at.twin)).toEqual([true])
    await acme.admin.post('connection', {
      id: acme.connectionId,
      default_outcome_id: acme.outcome('Internal note'),
    })
    expect((await retry(skyline, skipped)).sync?.state).toBe('synced')
    expect(await differs(skyline, at.twin)).toEqual([false])
  })

  test('where a value was changed by an action that is not sent, until a message brings it', async () => {
    const at = await escalated(acme)
    await act(acme, at.ours, 'Internal note', 'Only here', {
      new_priority: acme.priority('Critical'),
    })
    expect(await differs(acme, at.ours)).toEqual([true])
    await act(acme, at.ours, 'Internal note', 'Nothing changed')
    expect(await differs(acme, at.ours)).toEqual([true])
    await fromAcme(at)
    expect(await differs(acme, at.ours)).toEqual([false])
    expect((await ticketAt(skyline, at.twin)).priority.name).toBe('Critical')
  })

  test('a note that is not sent and changes nothing leaves it alone', async () => {
    const at = await escalated(acme)
    await act(acme, at.ours, 'Internal note', 'Only here')
    expect(await differs(acme, at.ours)).toEqual([false])
  })
})
