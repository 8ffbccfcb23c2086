import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cost } from '../../../worker/platform/cost'
import { limits } from '../../../worker/platform/limits'
import { seams } from '../../../worker/platform/seams'
import { pair, type TestDesk } from '../pair'
import { escalated, fresh } from '../sync/story'

// What D1 takes in production stands in `limits`; here it takes more, so that only a count tells (platform.md, F35).

let acme: TestDesk
let ticketId: number
const tooMany: string[] = []
beforeAll(async () => {
  ;({ acme } = await pair())
  ;({ ours: ticketId } = await escalated(acme))
  seams.beforeQuery = (texts) => {
    for (const text of texts)
      if (
        (text.match(/\?/g)?.length ?? 0) > limits.statementValues ||
        text.length > limits.statementBytes
      )
        tooMany.push(text.slice(0, 300))
  }
})
afterAll(() => {
  seams.beforeQuery = undefined
})

const many = <T>(n: number, one: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => one(i))
const HIGH = 100_000
const fullAction = () => ({
  ticket_id: 'TICKET',
  outcome: 'Email user',
  note_html: '<p>Done.</p>',
  priority_id: 1,
  category_1: 'Hardware>Printer',
  team: 'Service desk',
  agent_id: 3,
  customfields: [{ name: 'CFasset', value: fresh() }],
})
const fullTicket = () => ({
  ...fullAction(),
  summary: fresh(),
  user_email: `${fresh().replace(' ', '')}@x.example`,
  users_name: 'New',
})
type Try = [string, string, string, () => unknown]

const full: Try[] = [
  ['100 customers', 'POST', 'client', () => many(100, () => ({ name: fresh() }))],
  [
    '100 customers that are not there',
    'POST',
    'client',
    () => many(100, (i) => ({ id: HIGH + i, name: 'x' })),
  ],
  [
    '100 sites',
    'POST',
    'site',
    () => many(100, (i) => ({ name: fresh(), client_id: 1 + (i % 2) })),
  ],
  [
    '100 sites of 100 customers',
    'POST',
    'site',
    () => many(100, (i) => ({ name: 'x', client_id: HIGH + i })),
  ],
  [
    '100 users',
    'POST',
    'users',
    () => many(100, (i) => ({ name: fresh(), client_id: 1, emailaddress: `u${i}@x.example` })),
  ],
  ['as many tickets as are taken', 'POST', 'tickets', () => many(limits.savesAtOnce, fullTicket)],
  ['as many actions as are taken', 'POST', 'actions', () => many(limits.savesAtOnce, fullAction)],
  ['100 suppliers', 'POST', 'supplier', () => many(100, () => ({ name: fresh() }))],
  [
    '100 connections that are not there',
    'POST',
    'connection',
    () => many(100, (i) => ({ id: HIGH + i })),
  ],
  [
    'connections of 100 suppliers',
    'POST',
    'connection',
    () => many(100, (i) => ({ supplier_id: HIGH + i })),
  ],
  [
    'connections of 100 customers',
    'POST',
    'connection',
    () => many(100, (i) => ({ client_id: HIGH + i })),
  ],
  [
    '100 fields',
    'POST',
    'fieldinfo',
    () => many(100, (i) => ({ name: `CFmany${i}`, type: 2, new_values: 'a,b' })),
  ],
  [
    'a field of 500 choices',
    'POST',
    'fieldinfo',
    () => ({ name: 'CFlong', type: 2, new_values: many(500, String).join() }),
  ],
  [
    '2,000 mappings',
    'PUT',
    'connection/CONNECTION/mappings',
    () => ({
      mappings: many(2_000, (i) => ({ kind: 'category', remote_id: String(i), local_id: 1 })),
    }),
  ],
  [
    '100 messages again',
    'POST',
    'connection/CONNECTION/replay',
    () => ({ ids: many(100, (i) => `${HIGH + i}-1-CONNECTION`) }),
  ],
  [
    '20 files',
    'POST',
    'attachment',
    () => many(20, (i) => ({ filename: `${i}`, data_base64: 'eA==', ticket_id: 'TICKET' })),
  ],
  [
    '20 files of an action',
    'POST',
    'actions',
    () => [
      {
        ticket_id: 'TICKET',
        outcome: 'Internal note',
        note: 'x',
        attachments: many(20, (i) => ({ filename: `${i}`, data_base64: 'eA==' })),
      },
    ],
  ],
  [
    '20 partners',
    'POST',
    'actions',
    () => [
      {
        ticket_id: 'TICKET',
        outcome: 'Private note',
        note: 'x',
        connection_ids: many(20, (i) => HIGH + i),
      },
    ],
  ],
  [
    '50 fields of an action by name',
    'POST',
    'actions',
    () => [
      {
        ticket_id: 'TICKET',
        outcome: 'Internal note',
        note: 'x',
        customfields: many(50, (i) => ({ name: `none${i}`, value: 'x' })),
      },
    ],
  ],
  [
    '50 fields of an action by number',
    'POST',
    'actions',
    () => [
      {
        ticket_id: 'TICKET',
        outcome: 'Internal note',
        note: 'x',
        customfields: many(50, (i) => ({ id: HIGH + i, value: 'x' })),
      },
    ],
  ],
  [
    '50 fields of a new ticket',
    'POST',
    'tickets',
    () => [
      {
        summary: 'x',
        customfields: many(50, (i) => ({ id: HIGH + i, name: `none${i}`, value: 'x' })),
      },
    ],
  ],
  [
    '1,000 tickets',
    'GET',
    `tickets?ticketids=${many(1_000, String)}&excludethese=${many(1_000, String)}`,
    () => undefined,
  ],
  [
    '1,000 of each kind',
    'GET',
    `tickets?${['status', 'priority', 'client_id', 'requesttype_id'].map((name) => `${name}=${many(1_000, String)}`).join('&')}`,
    () => undefined,
  ],
  ['100 agents', 'GET', `tickets?agent_id=${many(1_000, String)}`, () => undefined],
  ['100 teams', 'GET', `tickets?team=${many(100, String)}`, () => undefined],
  [
    '20 conditions',
    'GET',
    `users?advanced_search=${encodeURIComponent(JSON.stringify(many(20, () => ({ filter_name: 'name', filter_type: 0, filter_value: many(50, String).join() }))))}`,
    () => undefined,
  ],
  [
    'a search of 20 conditions',
    'GET',
    `client?advanced_search=${encodeURIComponent(JSON.stringify(many(20, () => ({ filter_name: 'name', filter_type: 4, filter_value: 'Ä' }))))}`,
    () => undefined,
  ],
  [
    'all states of the log',
    'GET',
    `connection/CONNECTION/log?state=${['pending', 'synced', 'failed', 'skipped', 'parked', 'unknown', 'withdrawn', 'dead']}`,
    () => undefined,
  ],
]

describe('F35: the fullest request that is taken stays within what D1 takes', () => {
  test.each(full)('%s: %s %s', async (_, method, path, body) => {
    const fill = (text: string) =>
      text
        .replaceAll('CONNECTION', String(acme.connectionId))
        .replaceAll('"TICKET"', String(ticketId))
    tooMany.length = 0
    const sent = body()
    const before = cost.now()
    const reply = await acme.boss.ask(method, fill(path), sent && fill(JSON.stringify(sent)))
    expect(reply.status, reply.text.slice(0, 300)).toBeLessThan(500)
    expect(tooMany).toEqual([])
    expect(cost.since(before).statements).toBeLessThanOrEqual(limits.requestStatements)
  })
})
