import { env } from 'cloudflare:test'
import { and, eq, getTableColumns, getTableName, is } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as schema from '../../../db/schema'
import { later, nowAgain, pair, settle, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import { connectionOf, holderOf } from './partner'
import { act, again, escalate, escalated, logged, setConnection, ticketAt, timeline } from './story'

/** A desk whose data goes back to an earlier state in place, while its partner and its objects do not (R16, §7.7 as far as it goes). */

const { connection, link } = schema

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
afterAll(nowAgain)

type Row = Record<string, string | number | null>

/** All rows of a desk, to be put back later as a restore does: what came since is gone. */
async function backup({ t }: TestDesk): Promise<() => Promise<void>> {
  const tables = Object.values(schema)
    .filter((table) => is(table, SQLiteTable) && 't' in getTableColumns(table))
    .map((table) => getTableName(table))
    .filter((name) => name !== 'connection')
  const all = await env.DB.batch<Row>(
    tables.map((name) => env.DB.prepare(`select * from "${name}" where t = ?`).bind(t)),
  )
  return async () => {
    const put = all.flatMap(({ results: rows }, i) =>
      rows.map((row) => {
        const names = Object.keys(row)
        return env.DB.prepare(
          `insert into "${tables[i]}" (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
        ).bind(...Object.values(row))
      }),
    )
    await env.DB.batch([
      env.DB.prepare('pragma defer_foreign_keys = on'),
      ...tables.map((name) => env.DB.prepare(`delete from "${name}" where t = ?`).bind(t)),
      ...put,
      env.DB.prepare("update shard_meta set value = '0' where key = 'beat'"),
    ])
    later(61_000) // an isolate asks the witness once a minute
  }
}

interface Lost {
  only_there: {
    ticket_id: number | null
    remote_ticket_id: number
    remote_url: string
    entries: number
  }[]
}
const lost = async () =>
  (await acme.admin.get<Lost>(`connection/${acme.connectionId}/onlythere`)).only_there
const notesOf = async (desk: TestDesk, ticketId: number) =>
  (await timeline(desk, ticketId)).map(({ note }) => note).filter((note) => note !== '')
const stateOf = async (desk: TestDesk) => (await connectionOf(desk)).state
const resume = async () => {
  for (const desk of [acme, skyline]) await setConnection(desk, { state: 'live' })
  await settle()
}

test('b01 R16 F52 F44 restored in place: noticed before the first write; nothing is sent, taken or given out again; after Resume every gap is listed and no entry is on a wrong ticket', async () => {
  const old = await escalated(acme)
  await act(acme, old.ours, 'Private note', 'Kept')
  await settle()
  const restore = await backup(acme)

  await act(acme, old.ours, 'Private note', 'Lost here')
  await act(skyline, old.twin, 'Note', 'Theirs, lost here')
  const forgotten = [await escalated(acme), await escalated(acme)]
  for (const { ours } of forgotten) await act(acme, ours, 'Private note', `Of ${ours}`)
  await settle()
  const highest = Math.max(...forgotten.map(({ ours }) => ours))
  const atSkyline = new Map<number, string[]>()
  for (const { twin } of [old, ...forgotten]) atSkyline.set(twin, await notesOf(skyline, twin))
  await restore()

  // The first that anybody does is to log a ticket: it must not take a number that was given out.
  const fresh = await logged(acme)
  expect(fresh.id).toBeGreaterThan(highest + 5_000)
  expect([await stateOf(acme), await stateOf(skyline)]).toEqual(['paused', 'paused'])
  const second = await logged(acme)
  const waits = await escalate(acme, second.id)
  const after = await act(acme, old.ours, 'Private note', 'After the restore')
  for (const one of [waits, after])
    expect(one.sync).toMatchObject({ state: 'pending', reason: 'The connection is paused.' })
  await settle()
  for (const [twin, notes] of atSkyline) expect(await notesOf(skyline, twin)).toEqual(notes)

  await resume()
  expect(await stateOf(acme)).toBe('live')
  for (const one of [waits, after]) expect((await again(acme, one)).sync?.state).toBe('synced')
  expect(await lost()).toEqual([
    expect.objectContaining({ ticket_id: old.ours, remote_ticket_id: old.twin, entries: 1 }),
    ...forgotten.map(({ twin }) =>
      expect.objectContaining({
        ticket_id: null,
        remote_ticket_id: twin,
        remote_url: expect.stringContaining(`/skyline/tickets/${twin}`),
        entries: 2,
      }),
    ),
  ])
  expect((await ticketAt(acme, old.ours)).links).toMatchObject([{ only_there: 1 }])

  // Skyline goes on with all of them: what Acme lacks comes again, and what it has forgotten goes on no other ticket.
  for (const { twin } of [old, ...forgotten]) await act(skyline, twin, 'Note', `On twin ${twin}`)
  later(60_000)
  await settle()
  expect(await notesOf(acme, old.ours)).toEqual(
    expect.arrayContaining([
      'Kept',
      'After the restore',
      'Theirs, lost here',
      `On twin ${old.twin}`,
    ]),
  )
  const { tickets } = await acme.admin.get<{ tickets: Wire.Ticket[] }>('tickets?page_size=100')
  for (const { id } of tickets) {
    const strange = (await notesOf(acme, id)).filter((note) => note.startsWith('On twin'))
    expect(strange).toEqual(id === old.ours ? [`On twin ${old.twin}`] : [])
  }
  for (const { twin } of forgotten)
    expect((await timeline(skyline, twin)).at(-1)?.sync).toMatchObject({
      state: 'failed',
      fix: 'Send the ticket to the supplier again, or unlink it.',
    })
  const mails = await acme.mail()
  expect(mails.filter(({ html }) => /Lost here|After the restore/.test(html))).toEqual([])

  expect(
    (await acme.admin.delete<Lost>(`connection/${acme.connectionId}/onlythere`)).only_there,
  ).toEqual([])
  expect(await lost()).toEqual([])
})

test('R16 F52 restored in place, and the partner is the first to come: its message is not taken before Resume', async () => {
  const at = await escalated(acme)
  const partner = await holderOf(acme, skyline)
  await partner.get('connection/self')
  const restore = await backup(acme)
  await act(skyline, at.twin, 'Note', 'Before')
  await settle()
  await restore()
  const [linked] = await acme.db.orm
    .select()
    .from(link)
    .where(and(eq(link.t, acme.t), eq(link.ticketId, at.ours)))
  const reply = await partner.ask('POST', 'actions', [
    {
      ticket_id: at.ours,
      outcome_id: 1,
      note_html: '<p>x</p>',
      baton: {
        v: 1,
        kind: 'action',
        uid: crypto.randomUUID(),
        link: linked?.uid,
        ticket: linked?.remoteTicketUid,
        prev: { n: linked?.inN, uid: linked?.inUid },
        clock: 9,
        at: '2026-11-25T10:00:00.000Z',
        author: { kind: 'agent', uid: 'a', name: 'Lena' },
      },
    },
  ])
  expect(reply).toMatchObject({ status: 503, body: { error: 'PAUSED' } })
  expect(await notesOf(acme, at.ours)).not.toContain('x')
  await resume()
})

test('R16 F43 a link that the partner has lost is broken, and does not hold up the comparison of the others', async () => {
  const [gone, stays] = [await escalated(acme), await escalated(acme)]
  await skyline.db.orm
    .update(link)
    .set({ state: 'ended', uid: crypto.randomUUID() })
    .where(and(eq(link.t, skyline.t), eq(link.ticketId, gone.twin)))
  await setConnection(acme, { state: 'paused' })
  await acme.db.orm
    .update(connection)
    .set({ restoredAt: 1 })
    .where(and(eq(connection.t, acme.t), eq(connection.id, acme.connectionId)))
  const sent = await act(acme, stays.ours, 'Private note', 'Goes on')
  await resume()
  expect((await again(acme, sent)).sync?.state).toBe('synced')
  expect((await ticketAt(acme, gone.ours)).links).toMatchObject([{ state: 'broken' }])
  expect((await ticketAt(acme, stays.ours)).links).toMatchObject([{ state: 'live' }])
})
