import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connection, status } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { pair, type TestDesk } from '../pair'
import { faraway } from './line'
import { connectionOf } from './partner'
import {
  act,
  authenticate,
  escalated,
  map,
  mappingsOf,
  newest,
  offWorkflow,
  remap,
  setAction,
  setConnection,
  ticketAt,
} from './story'

/** What an admin is told of a connection's settings before anybody trips over them (design.md §7). */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  usual = [...(await check(acme)), ...(await check(skyline))].map(({ message }) => message)
})
const { fetch } = seams
afterEach(() => {
  seams.fetch = fetch
})

interface Finding {
  code: string
  kind: string | null
  message: string
  fix: string
}
const check = async (desk: TestDesk): Promise<Finding[]> =>
  (await desk.boss.get<{ findings: Finding[] }>(`connection/${desk.connectionId}/check`)).findings
const codes = async (desk: TestDesk) => (await check(desk)).map(({ code }) => code)
/** What the demo itself has to be found: actions that answer an email go on by themselves. */
let usual: string[] = []
const news = async (desk: TestDesk) =>
  (await check(desk)).filter(({ message }) => !usual.includes(message))
const only = async (desk: TestDesk, code: string): Promise<Finding> => {
  const found = (await news(desk)).filter((one) => one.code === code)
  expect(found).toHaveLength(1)
  return found[0] ?? { code, kind: null, message: '', fix: '' }
}

test('the demo pair has nothing to find but actions that go on by themselves', async () => {
  const found = [...(await check(acme)), ...(await check(skyline))]
  expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['sends_onward']))
})

test('c01 a renamed status is none of its business; one that is gone is named, messages are taken, and a mapping mends it', async () => {
  const { orm, t } = skyline.db
  const live = skyline.status('In progress')
  const change = (set: Partial<typeof status.$inferInsert>) =>
    orm
      .update(status)
      .set(set)
      .where(and(eq(status.t, t), eq(status.id, live)))
  const at = await escalated(acme)
  await map(skyline, 'status', acme.status('On hold'), live)
  const hold = (note: string) =>
    act(acme, at.ours, 'Private note', note, { new_status: acme.status('On hold') })

  await change({ name: 'Live' })
  expect(await news(skyline)).toEqual([])
  await hold('c01-1')
  expect((await ticketAt(skyline, at.twin)).status_name).toBe('Live')

  await act(skyline, at.twin, 'Note', 'Back', { new_status: skyline.status('New') })
  await change({ inactive: true })
  const finding = (await check(skyline)).find(({ message }) => message.includes('On hold'))
  expect(finding).toMatchObject({
    code: 'gone_here',
    kind: 'status',
    message: '“On hold” is mapped to a status that is no longer there, “Live”.',
  })
  const sent = await hold('c01-2')
  expect(sent.sync?.state).toBe('synced')
  expect((await newest(skyline, at.twin)).note).toBe('c01-2')
  expect((await ticketAt(skyline, at.twin)).status_name).toBe('New')
  await change({ inactive: false, name: 'In progress' })
})

test('l03 an action that is itself set to send is named, with the one that is mapped to it', async () => {
  await map(acme, 'outcome', skyline.outcome('Note'), acme.outcome('Internal update'))
  await setAction(acme, 'Internal update', { sendToConnected: true })
  const found = await only(acme, 'sends_onward')
  await setAction(acme, 'Internal update', { sendToConnected: false })
  expect(found.message).toMatch(/“Internal update”, which “Note” is mapped to/)
  expect(await news(acme)).toEqual([])
})

test('c04 an action that is on no step of a workflow is named', async () => {
  const back = await offWorkflow(acme, 'Internal update')
  const found = await only(acme, 'not_on_workflow')
  await back()
  expect(found).toMatchObject({ fix: expect.stringContaining('Add “Internal update”') })
})

test('F39 two actions that both send an email, mapped before one of them did, are named', async () => {
  const before = await mappingsOf(skyline)
  await map(skyline, 'outcome', acme.outcome('Email user'), skyline.outcome('Note'))
  await setAction(skyline, 'Note', { sendEmail: true })
  const found = await only(skyline, 'both_email')
  await setAction(skyline, 'Note', { sendEmail: false })
  await remap(skyline, () => before)
  expect(found.message).toMatch(/“Email user” and “Note”.* both send an email/)
})

test('defaults that are missing are named', async () => {
  await setConnection(skyline, { default_outcome_id: 0, default_tickettype_id: 0 })
  expect((await news(skyline)).map(({ code }) => code)).toEqual([
    'no_default_action',
    'no_default_tickettype',
  ])
  await setConnection(skyline, {
    default_outcome_id: skyline.outcome('Internal note'),
    default_tickettype_id: skyline.ticketType('Incident'),
  })
})

describe('f02 names that are equal but for blanks and case', () => {
  const field = (name: string, label: string) =>
    skyline.boss.ask<{ id: number; warning?: string; message?: string }>('POST', 'fieldinfo', {
      name,
      label,
      type: 0,
    })

  test('making a second one warns and names both numbers; the same short name is refused', async () => {
    const first = await field('sevone', 'Severity')
    expect(first.body.warning).toBeUndefined()
    const second = await field('sevtwo', ' severity ')
    expect(second.status).toBe(201)
    expect(second.body.warning).toMatch(`(${first.body.id})`)
    expect(await field('SevTwo ', 'Other')).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/another field has this name/) },
    })
    const found = (await check(skyline)).find(({ code }) => code === 'same_name')
    expect(found).toMatchObject({ kind: 'field' })
    for (const { body } of [first, second]) expect(found?.message).toContain(`(${body.id})`)
  })

  test('the list to map from has both, each with its number and type, and a mapping takes the one that is named', async () => {
    const shown = await field('sevthree', 'Severity')
    const { orm, t } = skyline.db
    await orm.run(
      `insert into ticket_type_field (t, ticket_type_id, field_id, sequence, agent_new, agent_detail, user_new, user_detail)
       select ${t}, id, ${shown.body.id}, 99, 1, 1, 0, 0 from ticket_type where t = ${t}`,
    )
    const { fields } = await acme.boss.post<{
      fields: { id: string; number?: number; label: string; type: string }[]
    }>(`connection/${acme.connectionId}/schema`, {})
    expect(fields).toContainEqual(
      expect.objectContaining({ id: String(shown.body.id), label: 'Severity', type: 'text' }),
    )
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length)
  })
})

describe('F48 a partner of another version', () => {
  const ofConnection = () => and(eq(connection.t, acme.t), eq(connection.id, acme.connectionId))

  /** Skyline, far away and under another tenant id, says that it speaks this. */
  async function speaking(v: number): Promise<void> {
    await faraway(acme, skyline)
    const { partnerTenantId } = await connectionOf(acme)
    const carry = seams.fetch
    seams.fetch = async (request) => {
      const answer = await carry(request)
      const text = (await answer.text()).replaceAll(skyline.tenantId, partnerTenantId ?? '')
      const isInfo = request.url.endsWith('/instanceinfo')
      return new Response(
        isInfo ? text.replace('"baton":{"v":1}', `"baton":{"v":${v}}`) : text,
        answer,
      )
    }
  }

  test.each([
    [1, null],
    [1.4, null],
    [0, /speaks version 0 of the protocol and this desk version 1/],
    [2, /speaks version 2 of the protocol and this desk version 1/],
  ])('%j: Authenticate, the connection and the check say so', async (v, words) => {
    const before = await connectionOf(acme)
    await speaking(v)
    const answer = await authenticate(acme)
    const { health, fix } = await acme.boss.get<{ health: string; fix: string | null }>(
      `connection/${acme.connectionId}`,
    )
    const found = await codes(acme)
    await acme.db.orm.update(connection).set(before).where(ofConnection())
    expect(answer.status).toBe(200)
    if (words === null) {
      expect(health).toMatch(/^Live/)
      expect(found).not.toContain('version')
    } else {
      expect(answer.body.message).toMatch(words)
      expect(health).toMatch(words)
      expect(fix).toMatch(/up to date/)
      expect(found).toContain('version')
    }
  })
})
