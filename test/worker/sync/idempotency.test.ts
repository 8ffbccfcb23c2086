import { and, eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { action, audit, inbox } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { later, nowAgain, pair, settle, type Reply, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import { messenger, type Taken } from './partner'
import { act, again, escalated, fresh, logged, ticketAt, timeline, type Refusal } from './story'

/** Saved once, sent once, taken once: whoever calls how often, and whatever answer is lost. */

const TWENTY = Array.from({ length: 20 }, (_, n) => n)

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterAll(nowAgain) // time never goes back between two tests: timers would stand in a time to come
afterEach(() => {
  seams.beforeQuery = undefined
  seams.afterQuery = undefined
})

const save = (key: string, body: object, path = 'actions') =>
  acme.agent.ask<Wire.Action & Refusal>('POST', path, [body], { 'idempotency-key': key })

const count = async (desk: TestDesk, ticketId: number, note: string) =>
  (await timeline(desk, ticketId)).filter((one) => one.note === note).length

const twins = async (summary: string) => {
  const { tickets } = await skyline.agent.get<{ tickets: Wire.Ticket[] }>(
    `tickets?search=${encodeURIComponent(summary)}`,
  )
  return tickets.filter((one) => one.summary === summary)
}

describe('the first door (R1)', () => {
  test('R1 d01 twenty parallel posts with one key make one action, all answers name it, and the partner has it once', async () => {
    const at = await escalated(acme)
    const body = { ticket_id: at.ours, outcome: 'Private note', note: 'Once' }
    const key = crypto.randomUUID()
    const answers = await Promise.all(TWENTY.map(() => save(key, body)))
    expect(answers.map(({ status }) => status)).toEqual(TWENTY.map(() => 201))
    expect(new Set(answers.map((one) => one.body.id)).size).toBe(1)
    await settle()
    expect(await count(acme, at.ours, 'Once')).toBe(1)
    expect(await count(skyline, at.twin, 'Once')).toBe(1)
  })

  test('R1 another body under the same key is refused in words, and nothing is saved', async () => {
    const { id } = await logged(acme)
    const key = crypto.randomUUID()
    const body = { ticket_id: id, outcome: 'Internal note', note: 'One' }
    await save(key, body)
    const other = await save(key, { ...body, note: 'Two' })
    expect(other).toMatchObject({
      status: 422,
      body: {
        error: 'IDEMPOTENCY_MISMATCH',
        message: 'This Idempotency-Key was used before with another body',
        fix: 'Use a new key for a new request.',
      },
    })
    expect(await count(acme, id, 'Two')).toBe(0)
    expect((await save(crypto.randomUUID(), body)).status).toBe(201)
  })

  test('R1 a repeat is told anew: its sync state is the one of now, not of then', async () => {
    const at = await escalated(acme)
    const key = crypto.randomUUID()
    const body = { ticket_id: at.ours, outcome: 'Private note', note: 'Later' }
    seams.beforeQuery = failing(/from "inbox"/)
    expect((await save(key, body)).body.sync?.state).toBe('pending')
    seams.beforeQuery = undefined
    later(60_000)
    await settle()
    expect((await save(key, body)).body.sync?.state).toBe('synced')
  })

  test('R1 somebody else’s key is their own', async () => {
    const { id } = await logged(acme)
    const body = { ticket_id: id, outcome: 'Internal note', note: 'Mine' }
    const key = crypto.randomUUID()
    const headers = { 'idempotency-key': key }
    const mine = await save(key, body)
    const theirs = await acme.admin.ask<Wire.Action>('POST', 'actions', [body], headers)
    expect(theirs.status).toBe(201)
    expect(theirs.body.id).not.toBe(mine.body.id)
  })

  test('R1 a ticket that is logged twice with one key is one ticket', async () => {
    const key = crypto.randomUUID()
    const summary = fresh('Twice')
    const answers = await Promise.all(
      TWENTY.map(() => save(key, { summary, details: 'x' }, 'tickets')),
    )
    expect(new Set(answers.map((one) => one.body.id)).size).toBe(1)
    const { tickets } = await acme.agent.get<{ tickets: Wire.Ticket[] }>(
      `tickets?search=${encodeURIComponent(summary)}`,
    )
    expect(tickets).toHaveLength(1)
  })

  test('R1 a refusal is not remembered: corrected, the same key saves', async () => {
    const { id } = await logged(acme)
    const key = crypto.randomUUID()
    expect((await save(key, { ticket_id: id, outcome: 'Internal note' })).status).toBe(400)
    expect((await save(key, { ticket_id: id, outcome: 'Internal note', note: 'Now' })).status).toBe(
      201,
    )
  })
})

const LOST = 'D1_ERROR: Network connection lost.'
/** Whoever is killed asks nothing more; a database that went away is asked again at once (deploy.test.ts). */
const KILLED = 'Killed'

/** A hook that fails as the database does, `times` times, at a batch that has such a statement. */
function failing(statement: RegExp, times = Number.POSITIVE_INFINITY, text = LOST) {
  let left = times
  return (sql: readonly string[]): void => {
    if (left > 0 && sql.some((one) => statement.test(one))) {
      left--
      throw new Error(text)
    }
  }
}

describe('an answer of the database that is lost', () => {
  test('F1 killed before the batch: an error, nothing is saved, and the client’s retry saves once', async () => {
    const at = await escalated(acme)
    const key = crypto.randomUUID()
    const body = { ticket_id: at.ours, outcome: 'Private note', note: 'F1' }
    seams.beforeQuery = failing(/^insert into "idem"/, 1, KILLED)
    expect((await save(key, body)).status).toBeGreaterThanOrEqual(500)
    expect(await count(acme, at.ours, 'F1')).toBe(0)
    expect((await save(key, body)).status).toBe(201)
    await settle()
    expect([await count(acme, at.ours, 'F1'), await count(skyline, at.twin, 'F1')]).toEqual([1, 1])
  })

  test('F2 killed after the commit: the client’s retry gets the first answer; one action, one message, one mail', async () => {
    const at = await escalated(acme)
    const key = crypto.randomUUID()
    const body = { ticket_id: at.ours, outcome: 'Resolve', note: 'F2' }
    seams.afterQuery = failing(/^insert into "idem"/, 1, KILLED)
    const lost = await save(key, body)
    expect(lost.status).toBeGreaterThanOrEqual(500)
    const repeated = await save(key, body)
    expect(repeated.status).toBe(201)
    later(60_000)
    await settle()
    expect((await again(acme, repeated.body)).sync?.state).toBe('synced')
    expect([await count(acme, at.ours, 'F2'), await count(skyline, at.twin, 'F2')]).toEqual([1, 1])
    expect((await acme.mail()).filter(({ ticketId }) => ticketId === at.ours)).toHaveLength(1)
  })

  test('F4 killed after the commit and nobody calls again: the timers send it', async () => {
    const at = await escalated(acme)
    seams.afterQuery = failing(/^insert into "idem"/, 1, KILLED)
    await save(crypto.randomUUID(), { ticket_id: at.ours, outcome: 'Private note', note: 'F4' })
    later(60_000)
    await settle()
    expect(await count(skyline, at.twin, 'F4')).toBe(1)
  })

  test.each([1, 2, 3])(
    'F6 the receiver commits and its answer is lost %i times: taken once, synced in the end',
    async (times) => {
      const at = await escalated(acme)
      seams.afterQuery = failing(/^insert into "inbox"/, 1)
      const text = `F6 ${times}`
      const sent = await act(acme, at.ours, 'Private note', text)
      expect(sent.sync?.state).toBe('pending')
      // From the second time on it is the repeat's answer that is lost.
      seams.afterQuery = failing(/from "inbox"/, times - 1)
      for (let round = 0; round < 6; round++) {
        later(60_000)
        await settle()
      }
      expect((await again(acme, sent)).sync?.state).toBe('synced')
      expect(await count(skyline, at.twin, text)).toBe(1)
    },
  )

  test('F5 killed between the claim and the call: the claim ends, and another takes it', async () => {
    const at = await escalated(acme)
    seams.beforeQuery = failing(/from "inbox"/, 1)
    const sent = await act(acme, at.ours, 'Private note', 'F5')
    seams.afterQuery = failing(/^update "outbox" set "attempts"/, 1)
    later(60_000)
    await settle()
    expect((await again(acme, sent)).sync?.state).toBe('pending')
    seams.afterQuery = undefined
    later(60_000)
    await settle()
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(await count(skyline, at.twin, 'F5')).toBe(1)
  })

  test('F7 the answer came, and its writing is lost: the repeat is answered from memory', async () => {
    const at = await escalated(acme)
    seams.beforeQuery = failing(/^update "outbox" set "state"/, 1)
    const sent = await act(acme, at.ours, 'Private note', 'F7')
    expect(sent.sync?.state).toBe('pending')
    later(60_000)
    await settle()
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(await count(skyline, at.twin, 'F7')).toBe(1)
  })
})

describe('the partner’s door (R2, F19, F20)', () => {
  test('F19 d01 the same message twenty times at once: one action, one 201 and nineteen 200, all with the same number', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const body = await partner.message('parallel d01')
    const answers: Reply<Taken>[] = await Promise.all(TWENTY.map(() => partner.send(body)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...Array.from({ length: 19 }, () => 200),
      201,
    ])
    expect(new Set(answers.map((one) => one.body.id)).size).toBe(1)
    expect(await count(skyline, at.twin, 'parallel d01')).toBe(1)
  })

  test('F19 hours later, and after others: the first answer, and where the desk stands now', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const body = await partner.message('Old')
    const first = await partner.send(body)
    const other = await partner.send(await partner.message('New'))
    later(5 * 3_600_000)
    for (const who of [
      partner.client,
      skyline.agent,
      skyline.admin,
      acme.agent,
      acme.boss,
      acme.admin,
      acme.user,
    ])
      who.forget()
    const repeat = await partner.send(body)
    expect(repeat.status).toBe(200)
    expect(repeat.body.id).toBe(first.body.id)
    expect(repeat.body.baton.have).toEqual(other.body.baton.have)
    expect(await count(skyline, at.twin, 'Old')).toBe(1)
  })

  test('F20 the same uid with other content: refused, the first stays, and the admins are told, once a day', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const body = await partner.message('True')
    await partner.send(body)
    const forged = { ...body, note_html: '<p>False</p>' }
    expect(await partner.send(forged)).toMatchObject({
      status: 409,
      body: { error: 'CONTENT_MISMATCH' },
    })
    await partner.send(forged)
    expect([await count(skyline, at.twin, 'True'), await count(skyline, at.twin, 'False')]).toEqual(
      [1, 0],
    )
    const { findings } = await skyline.boss.get<{ findings: { code: string; message: string }[] }>(
      `connection/${skyline.connectionId}/check`,
    )
    expect(findings.filter(({ code }) => code === 'other_content')).toMatchObject([
      { message: expect.stringContaining(`ticket ${at.twin}`) },
    ])
    const rows = await skyline.db.orm
      .select()
      .from(audit)
      .where(and(eq(audit.t, skyline.t), eq(audit.what, 'refused other content')))
    expect(rows).toHaveLength(1)
    expect(rows[0]?.actor).toBe(`connection:${skyline.connectionId}`)
  })

  test('R2 what may change between two tries: registers, position and via; the registers of a repeat still count', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const body = await partner.message('Registers')
    await partner.send(body)
    const changed = {
      ...body,
      baton: {
        ...body.baton,
        prev: { n: 99, uid: null },
        via: [crypto.randomUUID()],
        registers: [
          {
            name: 'summary',
            label: 'Summary',
            clock: 900,
            writer: acme.tenantId,
            value: 'Newer words',
          },
        ],
      },
    }
    expect((await partner.send(changed)).status).toBe(200)
    expect((await ticketAt(skyline, at.twin)).summary).toBe('Newer words')
  })

  test('R2 a refusal is not remembered: after the fix the same message is taken', async () => {
    const at = await escalated(acme)
    const partner = await messenger(skyline, at.twin, acme)
    const body = await partner.message('Again')
    await skyline.admin.post('connection', { id: skyline.connectionId, default_outcome_id: 0 })
    expect(await partner.send(body)).toMatchObject({
      status: 422,
      body: { error: 'ACTION_NOT_MAPPED' },
    })
    await skyline.admin.post('connection', {
      id: skyline.connectionId,
      default_outcome_id: skyline.outcome('Internal note'),
    })
    expect((await partner.send(body)).status).toBe(201)
    const kept = await skyline.db.orm
      .select({ uid: inbox.uid })
      .from(inbox)
      .where(and(eq(inbox.t, skyline.t), eq(inbox.uid, body.baton.uid)))
    expect(kept).toHaveLength(1)
  })
})

describe('the fence (R4)', () => {
  test('R4 notes of five authors at the same moment are all saved, once, numbered without a gap, and arrive in that order', async () => {
    const at = await escalated(acme)
    const partner = await messenger(acme, at.ours, skyline)
    const body = await partner.message('from the partner')
    const note = (who: TestDesk['agent'], text: string, outcome = 'Private note') =>
      who.post<Wire.Action>('actions', [{ ticket_id: at.ours, outcome, note: text }])
    await Promise.all([
      note(acme.agent, 'agent 1'),
      note(acme.agent, 'agent 2'),
      note(acme.boss, 'boss'),
      note(acme.admin, 'program'),
      note(acme.user, 'user', 'User update'),
      partner.send(body),
    ])
    await settle()
    const entries = await timeline(acme, at.ours)
    expect(entries.map(({ id }) => id)).toEqual(entries.map((_, n) => n + 1))
    const texts = ['agent 1', 'agent 2', 'boss', 'program', 'user', 'from the partner']
    expect(
      entries
        .map(({ note }) => note)
        .filter((one) => texts.includes(one))
        .toSorted(),
    ).toEqual(texts.toSorted())
    const order = (all: Wire.Action[]) =>
      all.map(({ note }) => note).filter((one) => texts.slice(0, 5).includes(one))
    expect(order(await timeline(skyline, at.twin))).toEqual(order(entries))
  })

  test('R4 on a ticket that no partner has, two notes at once are both saved', async () => {
    const { id } = await logged(acme)
    await Promise.all(TWENTY.slice(0, 4).map((n) => act(acme, id, 'Internal note', `Beside ${n}`)))
    const rows = await acme.db.orm
      .select({ id: action.id })
      .from(action)
      .where(and(eq(action.t, acme.t), eq(action.ticketId, id)))
    expect(rows.map((row) => row.id).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('one twin (R15, F55)', () => {
  const escalation = (ticketId: number) => ({
    ticket_id: ticketId,
    outcome: 'Escalate to MSP',
    supplier_id: acme.supplierId,
    note: 'double d01',
  })

  test('d01 a double click on Escalate, one key: one action, one twin', async () => {
    const { id, summary } = await logged(acme)
    const key = crypto.randomUUID()
    const answers = await Promise.all([save(key, escalation(id)), save(key, escalation(id))])
    expect(new Set(answers.map((one) => one.body.id)).size).toBe(1)
    await settle()
    expect(await count(acme, id, 'double d01')).toBe(1)
    expect(await twins(summary)).toHaveLength(1)
  })

  test('R15 F55 several people escalate at once: one goes through, the others are refused in words, one twin', async () => {
    const { id, summary } = await logged(acme)
    const people = [acme.agent, acme.boss, acme.admin, acme.agent, acme.boss]
    const answers = await Promise.all(
      people.map((who) => who.ask<Refusal>('POST', 'actions', [escalation(id)])),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    for (const { status, body } of answers.filter((one) => one.status !== 201)) {
      expect(status).toBe(409)
      expect(body).toMatchObject({
        error: 'ALREADY_ESCALATED',
        message: 'This ticket has been sent to this supplier already',
      })
    }
    await settle()
    expect(await count(acme, id, 'double d01')).toBe(1)
    expect(await twins(summary)).toHaveLength(1)
  })

  const create = (uid: string, ticket: string, summary: string) => [
    {
      summary,
      note_html: 'x',
      tickettype_id: 1,
      client_reference: '4711',
      outcome_id: 5,
      baton: {
        v: 1,
        kind: 'create',
        uid,
        link: crypto.randomUUID(),
        ticket,
        prev: { n: 0, uid: null },
        clock: 2,
        at: '2026-08-09T10:00:00.000Z',
        via: [acme.tenantId],
        author: { kind: 'agent', uid: 'a', name: 'A', email: acme.demo.agent.email },
        registers: [],
      },
    },
  ]

  test('R15 a second create for the same ticket of the partner’s, under another uid: refused, and the twin is named', async () => {
    const at = await escalated(acme)
    const { client } = await messenger(skyline, at.twin, acme)
    const [ticket, summary] = [crypto.randomUUID(), fresh('Two creates')]
    expect(
      (await client.ask('POST', 'tickets', create(crypto.randomUUID(), ticket, summary))).status,
    ).toBe(201)
    expect(
      await client.ask('POST', 'tickets', create(crypto.randomUUID(), ticket, summary)),
    ).toMatchObject({
      status: 409,
      body: { error: 'TWIN_EXISTS' },
    })
    expect(await twins(summary)).toHaveLength(1)
  })

  test('d01 F19 the same create twenty times at once: one ticket', async () => {
    const at = await escalated(acme)
    const { client } = await messenger(skyline, at.twin, acme)
    const summary = fresh('Twenty creates')
    const body = create(crypto.randomUUID(), crypto.randomUUID(), summary)
    const answers = await Promise.all(TWENTY.map(() => client.ask<Taken>('POST', 'tickets', body)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19)
    expect(new Set(answers.map((one) => one.body.id)).size).toBe(1)
    expect(await twins(summary)).toHaveLength(1)
  })

  test('o05 R12 a create that comes again after its ticket was deleted: told that it is gone, nothing comes back', async () => {
    const at = await escalated(acme)
    const { client } = await messenger(skyline, at.twin, acme)
    const summary = fresh('lazarus o05')
    const body = create(crypto.randomUUID(), crypto.randomUUID(), summary)
    const first = await client.ask<Taken>('POST', 'tickets', body)
    await skyline.agent.delete(`tickets/${first.body.id}`)
    for (let round = 0; round < 3; round++)
      expect(await client.ask('POST', 'tickets', body)).toMatchObject({
        status: 410,
        body: { error: 'TICKET_GONE' },
      })
    expect(await twins(summary)).toHaveLength(0)
  })
})

test.each<[string, () => object]>([
  ['client', () => ({ name: fresh() })],
  ['site', () => ({ name: fresh(), client_id: 1 })],
  [
    'users',
    () => ({ name: fresh(), client_id: 1, emailaddress: `${fresh().replace(' ', '')}@x.example` }),
  ],
  ['supplier', () => ({ name: fresh() })],
  ['agent', () => ({ name: fresh(), email: `${fresh().replace(' ', '')}@x.example` })],
  ['fieldinfo', () => ({ name: `CF${fresh().replace(' ', '')}`, type: 2, new_values: 'a,b' })],
  ['attachment', () => ({ filename: 'a.txt', data_base64: btoa(fresh()) })],
])(
  'R1 POST %s under one key, repeated and ten times at once, makes each thing once and shows it again',
  async (path, one) => {
    const key = { 'idempotency-key': crypto.randomUUID() }
    const body = [one(), one()]
    const send = (sent: object[] = body) =>
      acme.boss.ask<{ id: number }[]>('POST', `${path}?returnall=true`, sent, key)
    const first = await send()
    expect(first.status, first.text).toBe(201)
    const ids = first.body.map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    const repeats = [await send(), ...(await Promise.all(Array.from({ length: 10 }, () => send())))]
    for (const { status, body: again } of repeats)
      expect([status, again.map(({ id }) => id)]).toEqual([201, ids])
    expect((await send([one()])).body).toMatchObject({ error: 'IDEMPOTENCY_MISMATCH' })

    const other = { 'idempotency-key': crypto.randomUUID() }
    const third = one()
    const atOnce = await Promise.all(
      Array.from({ length: 6 }, () => acme.boss.ask<{ id: number }>('POST', path, third, other)),
    )
    expect(new Set(atOnce.map(({ status, body: { id } }) => `${status} ${id}`)).size).toBe(1)
  },
)
