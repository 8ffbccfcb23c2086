import { env } from 'cloudflare:test'
import { eq, getTableColumns, getTableName, is } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { beforeAll, describe, expect, test } from 'vitest'
import * as schema from '../../../db/schema'
import { pair, settle, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import { faraway, type Line } from './line'
import {
  act,
  escalated,
  logged,
  newest,
  setAction,
  ticketAt,
  timeline,
  tried,
  type Pairing,
} from './story'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

describe('what leaves (G82 to G86, G15)', () => {
  test.each([true, false])(
    'G86 from the company an action goes whether it is hidden from the user (%s) or not',
    async (hidden) => {
      const { ours, twin } = await escalated(acme)
      await setAction(acme, 'Private note', { hideFromUser: hidden })
      expect((await act(acme, ours, 'Private note', 'Either way')).sync?.state).toBe('synced')
      await setAction(acme, 'Private note', { hideFromUser: true })
      expect(await newest(skyline, twin)).toMatchObject({
        note: 'Either way',
        hiddenfromuser: true,
      })
    },
  )

  test('G82 G81 from the supplier an action hidden on the form stays, one made visible goes', async () => {
    const { ours, twin } = await escalated(acme)
    const hidden = await act(skyline, twin, 'Note', 'Hidden here', { hiddenfromuser: true })
    expect(hidden.sync).toMatchObject({
      state: 'skipped',
      reason: expect.stringMatching(/^It is hidden from the user/),
    })
    const shown = await act(skyline, twin, 'Internal note', 'Shown here', {
      hiddenfromuser: false,
      send_to: 'customer',
    })
    expect(shown.sync?.state).toBe('synced')
    expect((await timeline(acme, ours)).map(({ note }) => note)).toContain('Shown here')
    expect((await timeline(acme, ours)).map(({ note }) => note)).not.toContain('Hidden here')
  })

  test('G83 what the supplier sends is visible on its own ticket', async () => {
    const { twin } = await escalated(acme)
    expect((await act(skyline, twin, 'Note', 'Visible')).hiddenfromuser).toBe(false)
  })

  test('G15 the user’s reply in the portal reaches the supplier, under the name alone', async () => {
    const { ours, twin } = await escalated(acme)
    await acme.user.post('actions', [
      { ticket_id: ours, outcome: 'User update', note: 'Still broken' },
    ])
    await settle()
    expect(await newest(skyline, twin)).toMatchObject({
      who: 'Pat Quinn',
      outcome: 'Customer update',
      note: 'Still broken',
    })
  })

  test('G3 no mail goes to the partner, and none from one desk for the other', async () => {
    const { ours, twin } = await escalated(acme)
    await act(acme, ours, 'Private note', 'x')
    await act(skyline, twin, 'Note', 'x')
    await settle()
    for (const { toAddress } of await acme.mail())
      expect(toAddress).not.toContain('@skyline.example')
    expect((await skyline.mail()).filter(({ ticketId }) => ticketId === twin)).toEqual([])
  })
})

describe('the portal (G118, G119)', () => {
  const SECRETS = [
    'sesame-private',
    'sesame-arrived',
    'sesame-escalated',
    'sesame-internal',
    'sesame-edited',
  ]
  let at: Pairing
  beforeAll(async () => {
    at = await escalatedWith('sesame-escalated')
    await act(acme, at.ours, 'Private note', 'sesame-private')
    await act(acme, at.ours, 'Internal note', 'sesame-internal')
    await act(skyline, at.twin, 'Note', 'sesame-arrived')
    await act(acme, at.ours, 'Assign', 'sesame-internal', { new_agent: 3 })
    await act(skyline, at.twin, 'Indirect email to end user', 'public-email')
    await act(acme, at.ours, 'Public note', 'public-note')
    await settle()
  })
  async function escalatedWith(note: string): Promise<Pairing> {
    const { id: ours } = await logged(acme)
    const { sync } = await act(acme, ours, 'Escalate to MSP', note, {
      supplier_id: acme.supplierId,
    })
    return { ours, twin: sync?.remote_ticket_id ?? 0 }
  }

  test('G118 G8 the portal shows every public action of the ticket, the supplier’s among them', async () => {
    const { actions } = await acme.user.get<{ actions: Wire.Action[] }>(
      `actions?ticket_id=${at.ours}`,
    )
    const notes = actions.map(({ note }) => note)
    expect(notes).toContain('public-note')
    expect(notes).toContain('public-email')
    expect(actions.every(({ hiddenfromuser }) => !hiddenfromuser)).toBe(true)
  })

  test('G119 no door of the portal shows a hidden note, the escalation, the partner or an agent’s address', async () => {
    interface Api {
      paths: Record<string, Record<string, unknown>>
    }
    const { paths } = await acme.nobody.get<Api>('openapi.json')
    const ids = [at.ours, ...Array.from({ length: 12 }, (_, n) => n + 1)]
    const queries = [
      '',
      `?ticket_id=${at.ours}`,
      `?ticket_id=${at.ours}&includedetails=true&showhidden=true&excludesys=false`,
    ]
    const doors = Object.entries(paths).flatMap(([path, methods]) =>
      'get' in methods ? [path.replace(/^\/api\//, '').replace(/^\//, '')] : [],
    )
    expect(doors.length).toBeGreaterThan(20)
    let opened = 0
    for (const door of doors) {
      const named = door.includes('{')
        ? ids.map((id) => door.replaceAll(/\{[^}]+\}/g, String(id)))
        : [door]
      for (const path of named) {
        for (const query of queries) {
          const { status, text } = await acme.user.ask('GET', path + query)
          if (status === 200) opened++
          for (const secret of [
            ...SECRETS,
            acme.demo.agent.email,
            acme.demo.admin.email,
            skyline.tenantId,
          ])
            expect(`${path}${query} ${text.includes(secret)}`).toBe(`${path}${query} false`)
          if (status === 200 && /^(tickets|actions)/.test(path))
            expect(text).not.toMatch(/Skyline|supplier@|Lena Berg.*sesame/)
        }
      }
    }
    expect(opened).toBeGreaterThan(10)
  })

  test('G119 searching the portal for words of a hidden note finds nothing; for public ones it finds the ticket', async () => {
    const found = async (words: string) =>
      (await acme.user.get<{ tickets: Wire.Ticket[] }>(`tickets?search=${words}`)).tickets.map(
        ({ id }) => id,
      )
    for (const secret of SECRETS) expect(await found(secret)).toEqual([])
    expect(await found('public-note')).toEqual([at.ours])
  })

  test('G119 r01 no mail to the user holds a word of them', async () => {
    await act(acme, at.ours, 'Email user', 'An answer')
    await act(acme, at.ours, 'Resolve', 'Done')
    await settle()
    const mails = (await acme.mail()).filter(({ ticketId }) => ticketId === at.ours)
    expect(mails.length).toBeGreaterThanOrEqual(3)
    for (const mail of mails)
      for (const secret of SECRETS) expect(JSON.stringify(mail)).not.toContain(secret)
  })

  test('G119 a hidden action asked for by its number is not there, as one that does not exist', async () => {
    const hidden = (await timeline(acme, at.ours)).filter(({ hiddenfromuser }) => hiddenfromuser)
    expect(hidden.length).toBeGreaterThan(3)
    const missing = await acme.user.ask('GET', `actions/4711?ticket_id=${at.ours}`)
    for (const { id } of hidden) {
      const answer = await acme.user.ask('GET', `actions/${id}?ticket_id=${at.ours}`)
      expect([answer.status, answer.body]).toEqual([missing.status, missing.body])
    }
  })

  test('G10 G119 a user cannot make an action hidden, send it elsewhere, or use an agent’s', async () => {
    for (const outcome of ['Private note', 'Escalate to MSP', 'Resolve', 'Internal note']) {
      const refused = await tried(acme.user, 'actions', {
        ticket_id: at.ours,
        outcome,
        note: 'x',
        supplier_id: acme.supplierId,
      })
      expect(refused.status).toBe(403)
    }
    const reply = await acme.user.post<Wire.Action>('actions', [
      {
        ticket_id: at.ours,
        outcome: 'User update',
        note: 'Mine',
        hiddenfromuser: true,
        send_to: 'none',
        connection_ids: [4711],
      },
    ])
    expect(reply).toMatchObject({ hiddenfromuser: false, sync: null, deliveries: [] })
  })
})

describe('the row of a message (Q3)', () => {
  test('Q3 every row is at an end with a reason, or has a next try', async () => {
    const rows = await acme.db.orm.select().from(schema.outbox).where(eq(schema.outbox.t, acme.t))
    expect(rows.length).toBeGreaterThan(10)
    for (const { state, nextAt, reason, error } of rows) {
      expect(nextAt !== null).toBe(state === 'pending' || state === 'parked')
      if (state === 'skipped' || state === 'failed' || state === 'dead')
        expect(reason ?? error).toBeTruthy()
    }
  })
})

describe('the end user’s address (G115)', () => {
  test('G115 G9 after the whole example nothing of Skyline’s has it: no row of its database, no answer of its API, no log line, no message', async () => {
    const address = acme.demo.user.email
    const said: string[] = []
    const [log, error] = [console.log, console.error]
    console.log = (...words: unknown[]) => void said.push(words.map(String).join(' '))
    console.error = console.log
    let line: Line | undefined
    try {
      const { ours } = await walk(await escalated(acme))
      line = await faraway(acme, skyline)
      await walk(await escalated(acme))
      expect(ours).toBeGreaterThan(0)
    } finally {
      line?.hangUp()
      console.log = log
      console.error = error
    }
    expect(JSON.stringify(line.tried)).not.toContain(address)
    expect(said.join('\n')).not.toContain(address)

    const rows = await everythingOf(skyline.t)
    expect(rows.length).toBeGreaterThan(200)
    expect(rows.filter((row) => row.toLowerCase().includes(address))).toEqual([])
    // The walk above does find it where it belongs.
    expect((await everythingOf(acme.t)).some((row) => row.includes(address))).toBe(true)

    const { tickets } = await skyline.agent.get<{ tickets: Wire.Ticket[] }>(
      'tickets?page_size=100&pageinate=true',
    )
    for (const { id } of tickets) {
      const answers = [await ticketAt(skyline, id), await timeline(skyline, id)]
      expect(JSON.stringify(answers)).not.toContain(address)
    }
    for (const path of [
      'users?pageinate=true&page_size=100',
      'mail',
      `connection/${skyline.connectionId}/log`,
      `tickets?search=${address}`,
    ])
      expect(
        JSON.stringify(await skyline.admin.get(path)).replaceAll(`search=${address}`, ''),
      ).not.toContain(address)
  })

  /** Each kind of action in both directions, with mail and closing. */
  async function walk(at: Pairing): Promise<Pairing> {
    await act(acme, at.ours, 'Private note', 'a')
    await acme.user.post('actions', [{ ticket_id: at.ours, outcome: 'User update', note: 'b' }])
    await act(skyline, at.twin, 'Note', 'c')
    await act(skyline, at.twin, 'Indirect email to end user', 'd')
    await settle()
    await act(acme, at.ours, 'Email user', 'e', { send_to: 'supplier' })
    await act(skyline, at.twin, 'Resolve third party ticket', 'f')
    await settle()
    return at
  }

  /** Every row of a tenant in every table of the database, and the search index, as text. */
  async function everythingOf(t: number): Promise<string[]> {
    const rows: string[] = []
    for (const table of Object.values(schema)) {
      if (!is(table, SQLiteTable) || !('t' in getTableColumns(table))) continue
      const name = getTableName(table)
      const { results } = await env.DB.prepare(`select * from "${name}" where t = ?`).bind(t).all()
      rows.push(...results.map((row) => `${name} ${JSON.stringify(row)}`))
    }
    const { results } = await env.DB.prepare('select words from search where search match ?')
      .bind(`"t${t}"`)
      .all<{ words: string }>()
    return [...rows, ...results.map(({ words }) => `search ${words}`)]
  }
})
