import { env } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { attachment } from '../../../db/schema'
import { claimFiles, filesNamed, filesWanted, isFileGone } from '../../../worker/desk/attachments'
import { fileKey } from '../../../worker/desk/files'
import { cleanFilename, dispositionOf, sniffType } from '../../../worker/desk/sniff'
import { runBatch } from '../../../worker/platform/database'
import { limits } from '../../../worker/platform/limits'
import { desks, type Client, type TestDesk } from '../pair'
import { addEntry, loggedTicket } from './logged'

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(text))
const base64 = (text: string) => bytes(text).toBase64()

let acme: TestDesk
let skyline: TestDesk
let own: number
let foreign: number

beforeAll(async () => {
  ;({ acme, skyline } = await desks())
  own = (await loggedTicket(acme, acme.demo.user.email)).id
  foreign = (await loggedTicket(acme, 'somebody.else@acme.example')).id
})

const upload = (who: Client, body: string | Uint8Array<ArrayBuffer>, query: string) => {
  const data = typeof body === 'string' ? bytes(body) : body
  const stream = new Blob([data]).stream()
  return who.ask('PUT', `attachment/upload?${query}`, stream, {
    'content-length': String(data.byteLength),
    'content-type': 'application/octet-stream',
  })
}
const claim = (db: TestDesk['db'], id: number, actionId: number | null, ticketId = own) =>
  db.orm
    .update(attachment)
    .set({ ticketId, actionId })
    .where(and(eq(attachment.t, db.t), eq(attachment.id, id)))

describe('storing files', () => {
  test('Halo\u2019s form: plain base64 or a data URI, one object answered, bytes come back', async () => {
    const plain = await acme.admin.ask('POST', 'attachment', [
      { filename: 'note.txt', data_base64: base64('hello') },
    ])
    expect(plain).toMatchObject({
      status: 201,
      body: {
        filename: 'note.txt',
        filesize: 5,
        content_type: 'text/plain',
        ticket_id: null,
        isimage: false,
      },
    })
    const uri = await acme.admin.post('attachment', [
      {
        filename: 'dot.png',
        isimage: true,
        data_base64: `data:image/png;base64,${PNG}`,
        ticket_id: String(own),
      },
    ])
    expect(uri).toMatchObject({
      content_type: 'image/png',
      ticket_id: own,
      unique_id: own,
      isimage: true,
    })
    expect(uri).not.toHaveProperty('data')
    const read = await acme.admin.ask('GET', `attachment/${Number(plain.body['id'])}`)
    expect(read.text).toBe('hello')
    expect(await acme.admin.get(`attachment/${uri.id}?includedetails=true`)).toMatchObject({
      id: uri.id,
      filename: 'dot.png',
    })
  })
  test('several at once: the last is answered, or all with returnall', async () => {
    const two = ['a', 'b'].map((name) => ({ filename: `${name}.txt`, data_base64: base64(name) }))
    expect(await acme.admin.post('attachment', two)).toMatchObject({ filename: 'b.txt' })
    expect(await acme.admin.post('attachment?returnall=true', two)).toMatchObject([
      { filename: 'a.txt' },
      { filename: 'b.txt' },
    ])
  })
  test('a streamed upload is measured and hashed on its way', async () => {
    const data = new Uint8Array(3_000_000).fill(7)
    const { status, body } = await upload(acme.agent, data, `filename=big.bin&ticket_id=${own}`)
    expect(status).toBe(201)
    expect(body).toMatchObject({
      filesize: data.length,
      content_type: 'application/octet-stream',
      sha256: new Uint8Array(await crypto.subtle.digest('SHA-256', data)).toHex(),
    })
    const object = await env.FILES.get(fileKey(acme.tenantId, String(body['guid'])))
    expect((await object?.arrayBuffer())?.byteLength).toBe(data.length)
  })
  test('a05 an empty file is a file of no bytes', async () => {
    expect(
      await acme.admin.post('attachment', [{ filename: 'empty.log', data_base64: '' }]),
    ).toMatchObject({ filename: 'empty.log', filesize: 0 })
    expect((await upload(acme.admin, '', 'filename=empty.log')).body).toMatchObject({ filesize: 0 })
  })
  test('R13 what is too large is refused before a byte is read, and leaves nothing', async () => {
    const before = (await env.FILES.list()).objects.length
    const headers = { 'content-length': String(limits.fileBytes + 1) }
    const { status, body } = await acme.admin.ask(
      'PUT',
      'attachment/upload?filename=x',
      new Blob(['x']).stream(),
      headers,
    )
    expect({ status, body }).toMatchObject({
      status: 413,
      body: { error: 'TOO_LARGE', fields: { file: expect.stringContaining('25 MB') } },
    })
    expect((await env.FILES.list()).objects.length).toBe(before)
  })
  test.each([
    ['shorter', 9],
    ['longer', 3],
  ])('a body that is %s than it says is refused, and leaves nothing', async (_, length) => {
    const before = (await env.FILES.list()).objects.length
    const { status, body } = await acme.admin.ask(
      'PUT',
      'attachment/upload?filename=x',
      new Blob(['12345']).stream(),
      { 'content-length': String(length) },
    )
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { fields: { 'content-length': expect.any(String) } },
    })
    expect((await env.FILES.list()).objects.length).toBe(before)
  })
  test('bad base64, an unknown ticket and an entry without a ticket are refused by name', async () => {
    const post = (one: object) =>
      acme.admin.ask('POST', 'attachment', [{ filename: 'x', data_base64: 'AAAA', ...one }])
    expect((await post({ data_base64: '%%%' })).body).toMatchObject({
      fields: { '[0].data_base64': expect.any(String) },
    })
    expect((await post({ ticket_id: 999_999 })).body).toMatchObject({
      fields: { ticket_id: expect.any(String) },
    })
    expect((await post({ action_id: 1 })).body).toMatchObject({
      fields: { ticket_id: 'An action must be associated with a ticket_id' },
    })
    expect((await post({ ticket_id: own, action_id: 99 })).body).toMatchObject({
      fields: { action_id: expect.any(String) },
    })
  })
  test('R2 the object stands under its tenant, before its row', async () => {
    const { guid } = await acme.admin.post<{ guid: string }>('attachment', [
      { filename: 'x.txt', data_base64: base64('x') },
    ])
    expect(await env.FILES.head(`${acme.tenantId}/${guid}`)).not.toBeNull()
    expect(await env.FILES.head(`${skyline.tenantId}/${guid}`)).toBeNull()
  })
})

describe('T15 what is served', () => {
  const cases: [string, string, Uint8Array<ArrayBuffer>, string, 'inline' | 'attachment'][] = [
    ['a picture', 'a.png', Uint8Array.fromBase64(PNG), 'image/png', 'inline'],
    [
      'HTML called a picture',
      'a.png',
      bytes('<html><script>alert(1)</script>'),
      'text/plain',
      'attachment',
    ],
    [
      'SVG',
      'a.svg',
      bytes('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
      'text/plain',
      'attachment',
    ],
    [
      'HTML',
      'a.html',
      bytes('<!doctype html><script>alert(1)</script>'),
      'text/plain',
      'attachment',
    ],
    [
      'XML',
      'a.xml',
      bytes(
        '<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></x>',
      ),
      'text/plain',
      'attachment',
    ],
    ['script', 'a.js', bytes('alert(1)'), 'text/plain', 'attachment'],
    [
      'a PDF with script in it',
      'a.pdf',
      bytes('%PDF-1.7 <script>alert(1)</script>'),
      'application/pdf',
      'inline',
    ],
    [
      'HTML with a PDF behind',
      'a.pdf',
      bytes('<script>alert(1)</script>%PDF-1.7'),
      'text/plain',
      'attachment',
    ],
    [
      'a program called a PDF',
      'a.pdf.exe',
      new Uint8Array([0x4d, 0x5a, 0, 1, 2, 3]),
      'application/octet-stream',
      'attachment',
    ],
    [
      'UTF-16 HTML',
      'a.txt',
      new Uint8Array([0xff, 0xfe, 0x3c, 0, 0x68, 0]),
      'application/octet-stream',
      'attachment',
    ],
  ]
  test.each(cases)('%s', async (_, filename, data, type, shown) => {
    const { body } = await upload(acme.admin, data, `filename=${encodeURIComponent(filename)}`)
    const { status, headers } = await acme.admin.ask('GET', `attachment/${Number(body['id'])}`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe(type)
    expect(headers.get('content-disposition')).toMatch(new RegExp(`^${shown}; filename=`))
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain('sandbox')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('cache-control')).toContain('private')
  })
  test('is not sent again to who has it', async () => {
    const { id, sha256 } = await acme.admin.post<{ id: number; sha256: string }>('attachment', [
      { filename: 'x.txt', data_base64: base64('x') },
    ])
    expect(
      (
        await acme.admin.ask('GET', `attachment/${id}`, undefined, {
          'if-none-match': `"${sha256}"`,
        })
      ).status,
    ).toBe(304)
  })
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\evil.exe', 'evil.exe'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['a\r\nContent-Type: text/html.txt', 'html.txt'],
    ['..', 'file.bin'],
    ['', 'file.bin'],
    ['.htaccess', 'htaccess'],
    ['a\u0000.txt', 'a.txt'],
    ['Prüfbericht Rückseite.txt', 'Prüfbericht Rückseite.txt'],
    ['日本語.pdf', '日本語.pdf'],
    [`${'ä'.repeat(300)}.pdf`, `${'ä'.repeat(98)}.pdf`],
  ])('the name %j becomes %j', (given, name) => {
    expect(cleanFilename(given)).toBe(name)
  })
  test('a01 a download is named by RFC 6266', () => {
    expect(dispositionOf('attachment', 'Prüf "1"\'s 50%.txt')).toBe(
      "attachment; filename=\"Pr_f _1_'s 50_.txt\"; filename*=UTF-8''Pr%C3%BCf%20%221%22%27s%2050%25.txt",
    )
    expect(
      new Headers({
        'content-disposition': dispositionOf('inline', cleanFilename('a\r\nb🔥.png')),
      }).get('content-disposition'),
    ).not.toMatch(/[^\x20-\x7e]/)
  })
  test('text is text up to a character that was cut, a container is told by its name', () => {
    expect(sniffType(bytes('äöü').subarray(0, 5), 'a')).toBe('text/plain')
    expect(sniffType(new Uint8Array([0xc3, 0x28]), 'a.txt')).toBe('application/octet-stream')
    expect(sniffType(new Uint8Array([0x50, 0x4b, 3, 4]), 'a.docx')).toContain('wordprocessingml')
    expect(sniffType(bytes('a,b'), 'a.csv')).toBe('text/csv')
  })
})

describe('who sees which file (T1, T10)', () => {
  const stored = async (who: Client, over: object = {}) =>
    (await who.post('attachment', [{ filename: 'x.txt', data_base64: base64('x'), ...over }])).id
  const status = async (who: Client, id: number, method = 'GET') =>
    (await who.ask(method, `attachment/${id}`)).status

  test('an end user sees files of public entries on own tickets, and what they stored themselves', async () => {
    const onPublic = await stored(acme.admin, { ticket_id: own, action_id: 1 })
    const onHidden = await stored(acme.admin, {
      ticket_id: own,
      action_id: await addEntry(acme, own, true),
    })
    const onTicket = await stored(acme.admin, { ticket_id: own })
    const onForeign = await stored(acme.admin, { ticket_id: foreign, action_id: 1 })
    const loose = await stored(acme.user)
    const seen = await Promise.all(
      [onPublic, onHidden, onTicket, onForeign, loose].map((id) => status(acme.user, id)),
    )
    expect(seen).toEqual([200, 404, 404, 404, 200])
    expect(
      await Promise.all(
        [onPublic, onHidden, onTicket, onForeign, loose].map((id) => status(acme.agent, id)),
      ),
    ).toEqual([200, 200, 200, 200, 200])
    const list = await acme.user.get<{ record_count: number; attachments: { id: number }[] }>(
      `attachment?ticket_id=${own}`,
    )
    const ids = list.attachments.map(({ id }) => id)
    expect(ids).toContain(onPublic)
    expect(ids).not.toContain(onHidden)
    expect(list.record_count).toBe(ids.length)
    expect(await acme.user.get(`attachment?ticket_id=${foreign}`)).toMatchObject({
      record_count: 0,
      attachments: [],
    })
    expect(await acme.admin.get(`attachment?unique_id=${own}&action_id=1`)).toMatchObject({
      ticket_id: own,
      attachments: expect.arrayContaining([expect.objectContaining({ id: onPublic })]),
    })
  })
  test('an end user stores loose files and files on own tickets only', async () => {
    const post = (one: object) =>
      acme.user.ask('POST', 'attachment', [{ filename: 'x', data_base64: 'AAAA', ...one }])
    expect((await post({ ticket_id: own })).status).toBe(201)
    expect((await post({ ticket_id: foreign })).status).toBe(400)
    expect((await post({ ticket_id: own, action_id: 1 })).status).toBe(400)
    const over = await upload(acme.user, 'x', `filename=x&ticket_id=${foreign}`)
    expect(over.status).toBe(400)
  })
  test('another desk and nobody see nothing', async () => {
    const id = await stored(acme.admin, { ticket_id: own, action_id: 1 })
    expect(await status(acme.nobody, id)).toBe(401)
    const foreign = await skyline.admin.ask('GET', `attachment/${id}`)
    const unknown = await skyline.admin.ask('GET', 'attachment/999999')
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body])
  })
  test('removing: an agent any, an end user only what is theirs and unused; a second time it is unknown', async () => {
    const onPublic = await stored(acme.admin, { ticket_id: own, action_id: 1 })
    const loose = await stored(acme.user)
    expect(await status(acme.user, onPublic, 'DELETE')).toBe(404)
    expect(await acme.user.delete(`attachment/${loose}`)).toMatchObject({ id: loose })
    expect(await status(acme.user, loose)).toBe(404)
    expect(await acme.agent.delete(`attachment/${onPublic}`)).toMatchObject({ id: onPublic })
    expect(await status(acme.agent, onPublic, 'DELETE')).toBe(404)
  })
})

describe('G66 files that an action takes', () => {
  const stored = async (who: Client, over: object = {}) =>
    (await who.post('attachment', [{ filename: 'x.txt', data_base64: base64('x'), ...over }])).id
  const actorOf = async (id: number) =>
    (
      await acme.db.orm
        .select()
        .from(attachment)
        .where(and(eq(attachment.t, acme.t), eq(attachment.id, id)))
    )[0]?.byActor ?? ''

  test('own loose files and own files on this ticket, in the order they are named', async () => {
    const [a, b] = [await stored(acme.user), await stored(acme.user, { ticket_id: own })]
    const by = await actorOf(a)
    const rows = await filesWanted(acme.db, [b, a])
    const files = filesNamed(rows, [b, a, b], by, own)
    expect(files.map(({ id }) => id)).toEqual([b, a])
    const actionId = await addEntry(acme, own, false)
    await runBatch(acme.db, claimFiles(acme.db, files, own, actionId))
    expect((await filesWanted(acme.db, [a, b])).map((row) => [row.ticketId, row.actionId])).toEqual(
      [
        [own, actionId],
        [own, actionId],
      ],
    )
    expect(() =>
      filesNamed(
        rows.map((row) => ({ ...row, actionId })),
        [a],
        by,
        own,
      ),
    ).toThrow(/no file/)
  })
  test('nobody else\u2019s, none of another ticket, none that is used, none that is not there', async () => {
    const [mine, theirs, elsewhere, used] = [
      await stored(acme.user),
      await stored(acme.admin),
      await stored(acme.user),
      await stored(acme.user),
    ]
    await claim(acme.db, elsewhere, null, foreign)
    await claim(acme.db, used, 1)
    const by = await actorOf(mine)
    const rows = await filesWanted(acme.db, [mine, theirs, elsewhere, used])
    for (const id of [theirs, elsewhere, used, 999_999])
      expect(() => filesNamed(rows, [mine, id], by, own)).toThrow(`there is no file ${id}`)
    expect(() =>
      filesNamed(
        rows,
        Array.from({ length: limits.filesPerAction + 1 }, (_, n) => n + 1),
        by,
        own,
      ),
    ).toThrow(/at most 20/)
  })
  test('of two actions that take one file at the same moment, one gets it and the other is not saved', async () => {
    const id = await stored(acme.user)
    const files = await filesWanted(acme.db, [id])
    const second = await addEntry(acme, own, false)
    await runBatch(acme.db, claimFiles(acme.db, files, own, 1))
    const late = await runBatch(acme.db, claimFiles(acme.db, files, own, second)).then(
      () => null,
      (error: unknown) => error,
    )
    expect(isFileGone(late)).toBe(true)
    expect(await filesWanted(acme.db, [id])).toMatchObject([{ actionId: 1 }])
  })
  test('no files, no statements', () => {
    expect(claimFiles(acme.db, [], own, 1)).toEqual([])
  })
})
