import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { mapping, register, ticket, ticketTypeField } from '../../../db/schema'
import { pair, settle, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import {
  act,
  escalate,
  escalated,
  fresh,
  logged,
  map,
  mappingsOf,
  offWorkflow,
  remap,
  retry,
  setAction,
  setConnection,
  ticketAt,
  timeline,
} from './story'

/** Whatever a desk refuses: the sender keeps it and reads why and what cures it, nothing changes there, and Retry after the cure brings it once. */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

const registersOf = (desk: TestDesk, ticketId: number) =>
  desk.db.orm
    .select()
    .from(register)
    .where(and(eq(register.t, desk.t), eq(register.ticketId, ticketId)))
    .orderBy(register.name)
const copies = (entries: Wire.Action[], note: string) =>
  entries.filter((one) => one.note.includes(note)).length

interface Refusal {
  /** Makes the receiver refuse; what it returns cures it. */
  refuse: () => Promise<() => Promise<unknown>>
  outcome?: string
  state: string
  words: RegExp
  fix: RegExp
}

const ofActions: Record<string, Refusal> = {
  'the action is not on the workflow step': {
    refuse: () => offWorkflow(acme, 'Internal update'),
    state: 'failed',
    words: /You do not have access to this action at the moment/,
    fix: /or add “Internal update” to the workflow of the ticket/,
  },
  'the action is switched off': {
    refuse: async () => {
      await setAction(acme, 'Internal update', { inactive: true })
      return () => setAction(acme, 'Internal update', { inactive: false })
    },
    state: 'failed',
    words: /You do not have access to this action at the moment/,
    fix: /map “Note” to an action that the ticket’s workflow allows/,
  },
  'the action is not mapped, and there is no default': {
    refuse: async () => {
      const before = await mappingsOf(acme)
      await map(acme, 'outcome', skyline.outcome('Note'), null)
      await setConnection(acme, { default_outcome_id: 0 })
      return async () => {
        await setConnection(acme, { default_outcome_id: acme.outcome('Internal note') })
        await remap(acme, () => before)
      }
    },
    state: 'skipped',
    words: /“Note” is not mapped to an action in the receiving instance/,
    fix: /Action mappings, and map it, or set a default action/,
  },
  'F39 both actions send an email': {
    refuse: async () => {
      const email = skyline.outcome('Email user')
      const before = await mappingsOf(acme)
      await map(acme, 'outcome', email, acme.outcome('Internal update'))
      // Where it was mapped, it would have been refused: this is what a later change of an action makes of it.
      await acme.db.orm
        .update(mapping)
        .set({ localId: acme.outcome('Email user') })
        .where(
          and(
            eq(mapping.t, acme.t),
            eq(mapping.kind, 'outcome'),
            eq(mapping.remoteId, String(email)),
          ),
        )
      return () =>
        remap(acme, () => [
          ...before.filter((one) => one.remote_id !== String(email) || one.kind !== 'outcome'),
          {
            kind: 'outcome',
            remote_id: String(email),
            local_id: acme.outcome('Internal update'),
          },
        ])
    },
    outcome: 'Email user',
    state: 'failed',
    words: /both send an email/,
    fix: /Map the email action to an action that does not send an email/,
  },
}

describe('F25 an action that is refused', () => {
  test.each(Object.entries(ofActions))('F25 %s', async (_, refusal) => {
    const at = await escalated(acme)
    const cure = await refusal.refuse()
    const before = [
      await timeline(acme, at.ours),
      await registersOf(acme, at.ours),
      await ticketAt(acme, at.ours),
      (await acme.mail()).length,
    ]
    const note = fresh('Refused')
    const sent = await act(skyline, at.twin, refusal.outcome ?? 'Note', note, {
      send_to: 'customer',
      new_status: skyline.status('On hold'),
    })
    expect(sent).toMatchObject({ note, sync: { state: refusal.state, url: null } })
    expect(sent.sync?.error).toMatch(refusal.words)
    expect(sent.sync?.fix).toMatch(refusal.fix)
    await settle()
    expect([
      await timeline(acme, at.ours),
      await registersOf(acme, at.ours),
      await ticketAt(acme, at.ours),
      (await acme.mail()).length,
    ]).toEqual(before)
    expect((await ticketAt(skyline, at.twin)).links).toMatchObject([{ may_differ: true }])

    await cure()
    expect((await retry(skyline, sent)).sync).toMatchObject({ state: 'synced', error: null })
    expect(copies(await timeline(acme, at.ours), note)).toBe(1)
    expect((await ticketAt(skyline, at.twin)).links).toMatchObject([{ may_differ: false }])
  })
})

const ofCreates: Record<
  string,
  Omit<Refusal, 'state' | 'outcome'> & { checks?: (twin: Wire.Ticket) => void }
> = {
  'a field is required there, and nothing is mapped to it': {
    refuse: async () => {
      const { id } = await skyline.admin.post('fieldinfo', {
        name: fresh('CFcost'),
        label: 'Cost centre',
      })
      const onType = and(eq(ticketTypeField.t, skyline.t), eq(ticketTypeField.fieldId, id))
      await skyline.db.orm.insert(ticketTypeField).values({
        t: skyline.t,
        ticketTypeId: skyline.ticketType('Incident'),
        fieldId: id,
        sequence: 90,
        agentNew: 2,
        agentDetail: 1,
        userNew: 0,
        userDetail: 0,
      })
      return async () => {
        await map(skyline, 'field', acme.field('CFasset'), id)
        return async () => {
          await map(skyline, 'field', acme.field('CFasset'), skyline.field('CFasset'))
          await skyline.db.orm.delete(ticketTypeField).where(onType)
        }
      }
    },
    words: /Failed to log to Supplier's Instance - BadRequest - Cost centre must be filled/,
    fix: /map a field to it on the connection, Inbound settings, or let the ticket type “Incident” not require it/,
    checks: (twin) =>
      expect(twin.customfields.find(({ label }) => label === 'Cost centre')?.display).toBe('LT-1'),
  },
  'its type is not mapped, and there is no default type': {
    refuse: async () => {
      const before = await mappingsOf(skyline)
      await map(skyline, 'tickettype', acme.ticketType('Incident'), null)
      await setConnection(skyline, { default_tickettype_id: 0 })
      return async () => {
        await setConnection(skyline, { default_tickettype_id: skyline.ticketType('Incident') })
        await remap(skyline, () => before)
      }
    },
    words: /No ticket type is mapped and no default is set/,
    fix: /set a default ticket type/,
  },
}

describe('F25 a ticket that is refused', () => {
  test.each(Object.entries(ofCreates))('F25 %s', async (_, refusal) => {
    const { id, summary } = await logged(acme, {
      customfields: [{ name: 'CFasset', value: 'LT-1' }],
    })
    const twins = () =>
      skyline.db.orm
        .select({ id: ticket.id })
        .from(ticket)
        .where(and(eq(ticket.t, skyline.t), eq(ticket.summary, summary)))
    const cure = await refusal.refuse()
    const sent = await escalate(acme, id)
    expect(sent.sync).toMatchObject({ state: 'failed' })
    expect(sent.sync?.error).toMatch(refusal.words)
    expect(sent.sync?.fix).toMatch(refusal.fix)
    expect(await twins()).toEqual([])
    const undo = await cure()
    const again = await retry(acme, sent)
    expect(again.sync).toMatchObject({ state: 'synced', error: null })
    expect(await twins()).toHaveLength(1)
    refusal.checks?.(await ticketAt(skyline, again.sync?.remote_ticket_id ?? 0))
    if (typeof undo === 'function') await undo()
  })
})

test('F53 a refused message whose values changed meanwhile: Retry brings the note and the values of now, and nothing is a gap', async () => {
  const at = await escalated(acme)
  const back = await offWorkflow(acme, 'Internal update')
  const sent = await act(skyline, at.twin, 'Note', 'first', {
    new_priority: skyline.priority('Critical'),
  })
  expect(sent.sync?.state).toBe('failed')
  await back()
  const five = []
  for (const n of [1, 2, 3, 4, 5])
    five.push(
      await act(skyline, at.twin, 'Note', `then ${n}`, {
        new_priority: skyline.priority(n % 2 === 0 ? 'High' : 'Low'),
      }),
    )
  expect(five.map(({ sync }) => sync?.state)).toEqual(Array.from({ length: 5 }, () => 'synced'))
  expect((await retry(skyline, sent)).sync).toMatchObject({ state: 'synced', attempts: 2 })
  const notes = (await timeline(acme, at.ours)).map(({ note }) => note)
  expect(notes.slice(-6)).toEqual(['then 1', 'then 2', 'then 3', 'then 4', 'then 5', 'first'])
  expect((await ticketAt(acme, at.ours)).priority.name).toBe('Low')
})
