import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { noteSize } from '../../../worker/platform/databaseFull'
import { limits } from '../../../worker/platform/limits'
import { seams } from '../../../worker/platform/seams'
import { byToken, Client, desks, later, nowAgain, type Reply, type TestDesk } from '../pair'
import { logged, timeline, type Refusal } from '../sync/story'
import type { Wire } from '../wire'

let acme: TestDesk
let ticketId: number
beforeAll(async () => {
  ;({ acme } = await desks())
  ;({ id: ticketId } = await logged(acme))
})
afterEach(nowAgain)

const times = <T>(n: number, one: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => one(i))
const post = (path: string, body: unknown, who: Client = acme.admin): Promise<Reply<Refusal>> =>
  who.ask<Refusal>('POST', path, body)
const note = (more: object) => ({ ticket_id: ticketId, outcome: 'Public note', ...more })

/** The refusal of a field in words that hold each of these. */
function refuses(reply: Reply<Refusal>, status: number, field: string, ...words: string[]): void {
  expect(reply.status, reply.text).toBe(status)
  expect(Object.keys(reply.body.fields ?? {})).toEqual([field])
  for (const word of words) expect(reply.body.fields?.[field]).toContain(word)
  expect(reply.body.fix).toBeTruthy()
}

describe('the body', () => {
  test('R13 T17 at most 1 MB, whatever it says of its length', async () => {
    const fits = JSON.stringify({
      name: 'x',
      notes: 'y',
      filler: 'z'.repeat(limits.bodyBytes - 60),
    })
    expect((await post('client', fits)).status).toBe(201)
    refuses(await post('client', `${fits}${' '.repeat(100)}`), 413, 'body', '1024 KB')
    const stream = new Blob([fits, ' '.repeat(2 * limits.bodyBytes)]).stream()
    refuses(await post('client', stream), 413, 'body', '1024 KB')
  })

  test('R13 T17 at most 20 levels deep, also where it is nothing but levels', async () => {
    const deep = (levels: number) =>
      `{"name":"x","filler":${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect((await post('client', deep(limits.bodyDepth - 1))).status).toBe(201)
    refuses(await post('client', deep(limits.bodyDepth + 1)), 413, 'body', '20 levels')
    expect((await post('client', deep(400_000))).status).toBe(413)
    expect((await post('client', '['.repeat(500_000))).body.error).toBe('MALFORMED')
  })

  test('T17 a hundred thousand names, doubled names and __proto__ do nothing', async () => {
    const many = `{"name":"many",${times(90_000, (i) => `"k${i}":1`).join()}}`
    expect((await post('client', many)).status).toBe(201)
    const doubled =
      '{"name":"first","name":"second","__proto__":{"inactive":true},"constructor":{"prototype":{"inactive":true}}}'
    const made = await acme.admin.ask<{ name: string; inactive: boolean }>(
      'POST',
      'client',
      doubled,
    )
    expect([made.body.name, made.body.inactive]).toEqual(['second', false])
    expect({}).not.toHaveProperty('inactive')
  })

  test('R13 a form at the door of tokens, at most 16 KB', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const reply = await acme.nobody.ask(
      'POST',
      '/auth/token',
      `a=${'x'.repeat(limits.formBytes)}`,
      form,
    )
    expect([reply.status, reply.body['message']]).toEqual([
      413,
      'The body is larger than 16 KB, namely 17 KB',
    ])
  })

  test('R13 so many at once, fewer where each is a save of its own', async () => {
    expect(
      (
        await post(
          'client',
          times(limits.elements, (i) => ({ name: `c${i}` })),
        )
      ).status,
    ).toBe(201)
    for (const [path, most] of [
      ['client', limits.elements],
      ['tickets', limits.savesAtOnce],
      ['actions', limits.savesAtOnce],
    ] as const)
      refuses(
        await post(
          path,
          times(most + 1, () => ({ name: 'x', summary: 'x' })),
        ),
        400,
        'body',
        `at most ${most}`,
      )
  })
})

describe('texts and lists', () => {
  const family = '👨‍👩‍👧‍👦'
  test('R13 h01 a summary of 200 characters as people count them, and not one more', async () => {
    const fits = family.repeat(limits.summaryGraphemes)
    const made = await acme.admin.post<Wire.Ticket>('tickets', { summary: fits })
    expect(made.summary).toBe(fits)
    refuses(
      await post('tickets', { summary: 'x'.repeat(201) }),
      400,
      'summary',
      'at most 200',
      'not 201',
    )
    refuses(await post('tickets', [{ summary: `${fits}x` }]), 400, '[0].summary', 'at most 200')
  })

  test.each<[string, number, string, (n: number) => object]>([
    [
      'own fields',
      limits.customFields,
      'customfields',
      (n) => ({ customfields: times(n, () => ({ name: 'CFasset', value: 'x' })) }),
    ],
    [
      'files',
      limits.filesPerAction,
      'attachments',
      (n) => ({ attachments: times(n, (i) => ({ filename: `${i}`, data_base64: 'eA==' })) }),
    ],
    [
      'partners',
      limits.partnersAtOnce,
      'connection_ids',
      (n) => ({ connection_ids: times(n, (i) => i + 1) }),
    ],
  ])('R13 %s of one action: at most %i', async (_, most, field, made) => {
    refuses(
      await post('actions', note({ note: 'x', ...made(most + 1) })),
      400,
      field,
      `at most ${most}`,
      `not ${most + 1}`,
    )
    expect(
      (await post('actions', note({ note: 'x', ...made(most) }))).body.fields?.[field],
    ).toBeUndefined()
  })

  test('R13 mappings of a connection, and messages to send again', async () => {
    const { id: supplier_id } = await acme.admin.post('supplier', { name: 'Many' })
    const { id } = await acme.admin.post('connection', { supplier_id })
    const mapping = (i: number) => ({ kind: 'category', remote_id: String(i), local_id: 1 })
    refuses(
      await post('connection', { id, mappings: times(limits.mappings + 1, mapping) }),
      400,
      'mappings',
      'at most 2000',
      'not 2001',
    )
    refuses(
      await post(`connection/${id}/replay`, { ids: times(101, (i) => `${i}-1-${id}`) }),
      400,
      'ids',
      'at most 100',
      'not 101',
    )
  })

  test('R13 a page has at most 1,000 rows, a list without pages 10,000, and the answer says how many it took', async () => {
    const sizeOf = async (query: string) =>
      (await acme.admin.get<{ page_size: number }>(`client?${query}`)).page_size
    expect(await sizeOf('pageinate=true&page_size=999999')).toBe(limits.pageSize)
    expect(await sizeOf('count=999999')).toBe(limits.count)
  })

  const partner = async (): Promise<Client> => {
    const { id: client_id } = await acme.admin.post('client', { name: 'Partner' })
    const { issued } = await acme.admin.post<{
      issued: { client_id: string; client_secret: string }
    }>('connection', { client_id, allow_access: true })
    return new Client(acme.url, byToken(issued))
  }

  test.each(['1e300', '9007199254740993', '4294967296'])(
    'R13 page %s is beyond the last one, and empty',
    async (no) => {
      const who = await partner()
      const list = await acme.admin.ask('GET', `client?pageinate=true&page_size=1000&page_no=${no}`)
      expect([list.status, list.body['clients']]).toEqual([200, []])
      expect((await who.ask('GET', `connection/links?page_no=${no}`)).status).toBe(200)
      const unknown = await who.ask(
        'GET',
        `connection/link/${crypto.randomUUID()}?uids=1&page_no=${no}`,
      )
      expect([unknown.status, unknown.body['error']]).toEqual([409, 'LINK_UNKNOWN'])
    },
  )

  test('R13 registers of one message: at most 60', async () => {
    const uid = crypto.randomUUID()
    const register = (i: number) => ({ name: `field:${i}`, clock: 1, writer: uid, value: 'x' })
    const baton = {
      v: 1,
      kind: 'create',
      uid,
      link: uid,
      ticket: uid,
      prev: { n: 0, uid: null },
      clock: 1,
      at: '2026-08-09T10:00:00Z',
      author: { kind: 'agent', uid: 'a', name: 'A' },
      registers: times(limits.registers + 1, register),
    }
    const reply = await post('tickets', [{ summary: 'x', baton }], await partner())
    expect([reply.status, Object.keys(reply.body.fields ?? {})]).toEqual([
      400,
      ['[0].baton.registers'],
    ])
    expect(reply.text).toContain('60')
  })
})

describe('a note that is too long', () => {
  const paragraph = (i: number) => `<p>Line ${i} of a long log: äöü ${'x'.repeat(100)}</p>`
  const lines = times(2_600, paragraph)
  const long = lines.join('')

  const bytesAt = async (who: Client, id: number) => (await who.ask('GET', `attachment/${id}`)).text

  test('R13 is cut at the end of a paragraph and says so; all of it is kept as a file', async () => {
    expect(long.length).toBeGreaterThan(limits.noteBytes)
    const made = await acme.agent.post<Wire.Action>('actions', [note({ note_html: long })])
    expect(new TextEncoder().encode(made.note_html).byteLength).toBeLessThanOrEqual(
      limits.noteBytes,
    )
    const [kept = ''] = made.note_html.split('<p><em>')
    expect(long.startsWith(kept)).toBe(true)
    expect(kept.endsWith('</p>')).toBe(true)
    expect(kept.length).toBeGreaterThan(limits.noteBytes * 0.8)
    expect(made.note).toContain(
      'This note is longer than 256 KB. All of it is in the attached file note.html.',
    )
    const [file] = made.attachments
    expect(made.attachments.map(({ filename }) => filename)).toEqual(['note.html'])
    expect(await bytesAt(acme.agent, file?.id ?? 0)).toBe(long)
  })

  test('R13 also of an end user, in a new ticket, and as plain text without a paragraph', async () => {
    const words = 'wörd & <more> '.repeat(30_000)
    const ticket = await acme.user.post<Wire.Ticket>('tickets', [
      { summary: 'Long', details: words },
    ])
    expect(ticket.details).toMatch(/(wörd & <more> )+/)
    expect(ticket.details).toContain('All of it is in the attached file note.html.')
    const [first] = await timeline(acme, ticket.id)
    expect(first?.attachments.map(({ filename }) => filename)).toEqual(['note.html'])
    const whole = await bytesAt(acme.user, first?.attachments[0]?.id ?? 0)
    expect(whole.match(/wörd &amp; &lt;more&gt;/g)?.length).toBe(30_000)
  })

  test('R13 a note of exactly 256 KB stays whole, and no file is made', async () => {
    const exact = `<p>${'x'.repeat(limits.noteBytes - 7)}</p>`
    const made = await acme.agent.post<Wire.Action>('actions', [note({ note_html: exact })])
    expect([made.note_html === exact, made.attachments]).toEqual([true, []])
  })

  test('R13 too deep or of too many elements: refused by name', async () => {
    const say = (note_html: string) => post('actions', [note({ note_html })])
    refuses(
      await say(`${'<div>'.repeat(limits.htmlDepth + 1)}x`),
      413,
      'note_html',
      'deeper than 100',
    )
    refuses(
      await say(`${'<br>'.repeat(limits.htmlNodes + 1)}x`),
      413,
      'note_html',
      'more than 5000',
    )
  })

  test('R1 R13 sent again under the same key it leaves one entry and one file', async () => {
    const { id } = await logged(acme)
    const send = () =>
      acme.agent.ask<Wire.Action>(
        'POST',
        'actions',
        [{ ...note({ note_html: long }), ticket_id: id }],
        { 'idempotency-key': 'long' },
      )
    const [first, second] = [await send(), await send()]
    expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id])
    const { record_count: files } = await acme.agent.get<{ record_count: number }>(
      `attachment?ticket_id=${id}`,
    )
    expect(files).toBe(1)
  })
})

describe('T18 nearly a megabyte of one thing costs no time at any door', () => {
  const SIZE = 900_000
  test.each([
    '<',
    ' ',
    'a',
    '&',
    '<b>',
    '<p>x',
    '<i ',
    '<a href="',
    'a!',
    '\n',
    '🔥',
    '&lt;',
    '{{',
    '**a',
    '<br>',
    '\u0000',
  ])('T18 %j', async (bit) => {
    const text = bit.repeat(Math.floor(SIZE / JSON.stringify(bit).length))
    const doors: [string, object][] = [
      ['actions', note({ note_html: text })],
      ['actions', note({ note: text })],
      ['tickets', { summary: text }],
      ['users', { name: text, client_id: 1, emailaddress: `${text}@x.example` }],
      ['attachment', { filename: 'x', data_base64: text }],
    ]
    for (const [path, body] of doors) {
      const began = performance.now()
      const { status } = await post(path, [body])
      expect([201, 400, 413]).toContain(status)
      // 500 ms on a free core; the machine that runs the tests is shared.
      expect(performance.now() - began, path).toBeLessThan(5_000)
    }
  })
})

describe('F35 what the database does not take', () => {
  const failing = async (words: string, work: () => Promise<Reply<Refusal>>) => {
    seams.beforeQuery = (texts) => {
      if (texts.some((one) => one.startsWith('insert into "action"')))
        throw new Error(`D1_ERROR: ${words}`)
    }
    try {
      return await work()
    } finally {
      seams.beforeQuery = undefined
    }
  }
  test.each([
    ['a row that is too big', 'string or blob too big: SQLITE_TOOBIG', 413, 'TOO_LARGE', '2 MB'],
    ['a database that is full', 'Exceeded maximum DB size', 423, 'DATABASE_FULL', 'no room left'],
    [
      'a disk that is full',
      'database or disk is full: SQLITE_FULL',
      423,
      'DATABASE_FULL',
      'no room left',
    ],
  ])('F35 %s: refused in words, nothing is saved', async (_, words, status, code, told) => {
    const before = (await timeline(acme, ticketId)).length
    const reply = await failing(words, () => post('actions', [note({ note: 'x' })]))
    expect([reply.status, reply.body.error]).toEqual([status, code])
    expect(reply.body.message).toContain(told)
    expect(reply.text).not.toMatch(/SQLITE|D1_/)
    expect((await timeline(acme, ticketId)).length).toBe(before)
  })

  test('F35 the operator is told when the database is nearly full, once an hour', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      noteSize(limits.databaseBytes * 0.79)
      expect(told).not.toHaveBeenCalled()
      noteSize(limits.databaseBytes * 0.83)
      noteSize(limits.databaseBytes * 0.84)
      expect(told.mock.calls.map(String)).toEqual([
        expect.stringContaining('the database is 83 % full'),
      ])
      later(61 * 60_000)
      noteSize(limits.databaseBytes * 0.9)
      expect(told).toHaveBeenCalledTimes(2)
    } finally {
      told.mockRestore()
    }
  })
})
