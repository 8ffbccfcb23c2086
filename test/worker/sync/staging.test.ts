import { env } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { attachment, fileUsage, link } from '../../../db/schema'
import { limits } from '../../../worker/platform/limits'
import { pair, type Client, type TestDesk } from '../pair'
import { anotherDesk, connect } from '../third'
import { bytesAt, inBytes, mustBeWhole, PNG, rowsNamed, stage, upload } from './fileStory'
import { holderOf, messenger, type Taken } from './partner'
import { act, escalated, newest, setConnection, type Pairing } from './story'

let acme: TestDesk
let skyline: TestDesk
let at: Pairing
/** Acme as Skyline meets it, and Skyline as Acme does. */
let fromAcme: Awaited<ReturnType<typeof messenger>>
let fromSkyline: Client

beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  await setConnection(acme, { sync_attachments: true })
  at = await escalated(acme)
  fromAcme = await messenger(skyline, at.twin, acme)
  fromSkyline = await holderOf(acme, skyline)
})
afterEach(() => mustBeWhole(skyline))

const uid = () => crypto.randomUUID()
const objects = async () => (await env.FILES.list()).objects.length
const named = (file: { uid: string; sha256: string; size: number }, more: object = {}) => ({
  uid: file.uid,
  filename: 'staged.txt',
  type: 'text/plain',
  size: file.size,
  sha256: file.sha256,
  ...more,
})

describe('PUT attachment/UID, the door for a partner’s files (R9)', () => {
  test('R9 taken 201, the same again 200, in series and at once; there is one', async () => {
    const id = uid()
    const first = await stage(fromAcme.client, id, fromAcme.linkUid, 'hello')
    expect(first).toMatchObject({ status: 201, body: { uid: id, size: 5, sha256: first.sha256 } })
    const again = await stage(fromAcme.client, id, fromAcme.linkUid, 'hello')
    expect(again).toMatchObject({ status: 200, body: first.body })
    const other = uid()
    const many = await Promise.all(
      Array.from({ length: 8 }, () => stage(fromAcme.client, other, fromAcme.linkUid, 'at once')),
    )
    expect(many.map(({ status }) => status).sort()).toEqual([
      200, 200, 200, 200, 200, 200, 200, 201,
    ])
    const rows = await skyline.db.orm
      .select()
      .from(attachment)
      .where(and(eq(attachment.t, skyline.t), eq(attachment.uid, other)))
    expect(rows).toHaveLength(1)
  })

  test('F20 one uid with other content is refused, and the first stays as it was', async () => {
    const id = uid()
    const first = await stage(fromAcme.client, id, fromAcme.linkUid, 'first')
    const other = await stage(fromAcme.client, id, fromAcme.linkUid, 'other')
    expect(other).toMatchObject({ status: 409, body: { error: 'CONTENT_MISMATCH' } })
    const { status } = await fromAcme.send(
      await fromAcme.message('F20', { attachments: [named({ ...first, uid: id })] }),
    )
    expect(status).toBe(201)
    const there = await newest(skyline, at.twin)
    expect(await bytesAt(skyline, there.attachments[0]?.id)).toBe('first')
    // Nor once it is on an action.
    expect((await stage(fromAcme.client, id, fromAcme.linkUid, 'later')).status).toBe(409)
    expect(await bytesAt(skyline, there.attachments[0]?.id)).toBe('first')
  })

  test('F20 a message whose file was changed between two tries is not the same message', async () => {
    const [a, b] = [uid(), uid()]
    const one = await stage(fromAcme.client, a, fromAcme.linkUid, 'one')
    const two = await stage(fromAcme.client, b, fromAcme.linkUid, 'two')
    const message = await fromAcme.message('Changed', { attachments: [named({ ...one, uid: a })] })
    expect((await fromAcme.send(message)).status).toBe(201)
    expect((await fromAcme.send(message)).status).toBe(200)
    const changed = { ...message, attachments: [named({ ...two, uid: b })] }
    expect(await fromAcme.send(changed)).toMatchObject({
      status: 409,
      body: { error: 'CONTENT_MISMATCH' },
    })
    // That a file is missing may change: it is no part of what was said.
    const later = { ...message, attachments: [named({ ...one, uid: a }, { missing: 'follows' })] }
    expect((await fromAcme.send(later)).status).toBe(200)
  })

  test.each([
    [
      'bytes that are not those of the hash',
      { 'repr-digest': `sha-256=:${'A'.repeat(43)}=:` },
      409,
      'DAMAGED',
    ],
    ['fewer bytes than were said', { 'content-length': '9' }, 409, 'DAMAGED'],
    ['more bytes than were said', { 'content-length': '2' }, 409, 'DAMAGED'],
    ['no hash', { 'repr-digest': '' }, 400, 'VALIDATION'],
    [
      'a hash of another kind',
      { 'repr-digest': 'md5=:AAAAAAAAAAAAAAAAAAAAAA==:' },
      400,
      'VALIDATION',
    ],
    [
      'more than a file may have',
      { 'content-length': String(limits.fileBytes + 1) },
      413,
      'TOO_LARGE',
    ],
  ])('F36 %s: refused, and nothing stays', async (_, headers, status, error) => {
    const before = await objects()
    const reply = await stage(fromAcme.client, uid(), fromAcme.linkUid, 'hello', { headers })
    expect(reply).toMatchObject({ status, body: { error } })
    expect(await objects()).toBe(before)
  })

  test('T21 only for a link of one’s own; an unknown one and another’s look alike', async () => {
    const vendor = await anotherDesk('vendor', 'Vendor')
    const onward = await connect(skyline, vendor)
    await skyline.agent.post('actions', [
      { ticket_id: at.twin, outcome: 'Log to supplier', supplier_id: onward.supplierId, note: 'x' },
    ])
    const [foreign] = await skyline.db.orm
      .select()
      .from(link)
      .where(and(eq(link.t, skyline.t), eq(link.connectionId, onward.atCompany)))
    // Acme sends Skyline tickets, so a link that is not known may be one to come; staged for it, a file is of no use to anybody else.
    const unknown = await stage(fromAcme.client, uid(), uid(), 'x')
    const others = await stage(fromAcme.client, uid(), foreign?.uid ?? '', 'x')
    expect([unknown.status, others.status]).toEqual([201, 201])
    // Skyline sends Acme none.
    expect(await stage(fromSkyline, uid(), uid(), 'x')).toMatchObject({
      status: 409,
      body: { error: 'LINK_UNKNOWN' },
    })
  })

  test('T21 a message takes only what its own sender staged for its own link', async () => {
    const [mine, elsewhere] = [uid(), uid()]
    const file = await stage(fromAcme.client, elsewhere, uid(), 'for another link')
    const refused = await fromAcme.send(
      await fromAcme.message('x', {
        attachments: [named({ ...file, uid: elsewhere }), named({ ...file, uid: mine })],
      }),
    )
    expect(refused).toMatchObject({
      status: 409,
      body: { error: 'UNKNOWN_STAGED', baton: { uids: [elsewhere, mine] } },
    })
    // Skyline's own file, by its uid.
    const own = await upload(skyline.agent, 'own.txt', 'Skyline’s own')
    const [row] = await rowsNamed(skyline, 'own.txt')
    expect(own.id).toBe(row?.id)
    const stolen = await fromAcme.send(
      await fromAcme.message('x', { attachments: [named({ ...file, uid: row?.uid ?? '' })] }),
    )
    expect(stolen).toMatchObject({ status: 409, body: { error: 'UNKNOWN_STAGED' } })
    const over = await stage(fromAcme.client, row?.uid ?? '', fromAcme.linkUid, 'Skyline’s own')
    expect(over).toMatchObject({ status: 422, body: { error: 'LOOP' } })
  })

  test('T17 a file that is named twice is refused by name', async () => {
    const id = uid()
    const file = named({ ...(await stage(fromAcme.client, id, fromAcme.linkUid, 'x')), uid: id })
    expect(
      await fromAcme.send(await fromAcme.message('x', { attachments: [file, file] })),
    ).toMatchObject({ status: 400, body: { fields: { attachments: 'names a file twice' } } })
  })

  test('T8 T10 a staged file is nobody’s: no agent sees it, no partner reads it, and people do not stage', async () => {
    const id = uid()
    await stage(fromAcme.client, id, fromAcme.linkUid, 'unseen')
    const [row] = await skyline.db.orm
      .select()
      .from(attachment)
      .where(and(eq(attachment.t, skyline.t), eq(attachment.uid, id)))
    expect((await skyline.boss.ask('GET', `attachment/${row?.id}`)).status).toBe(404)
    expect((await fromAcme.client.ask('GET', `attachment/${row?.id}`)).status).toBe(403)
    expect((await stage(skyline.boss, uid(), fromAcme.linkUid, 'x')).status).toBe(403)
    expect((await stage(skyline.nobody, uid(), fromAcme.linkUid, 'x')).status).toBe(401)
    const named = await skyline.boss.ask('POST', 'actions', [
      {
        ticket_id: at.twin,
        outcome: 'Note',
        note: 'x',
        send_to: 'none',
        attachments: [{ id: row?.id }],
      },
    ])
    expect(named.status).toBe(400)
  })

  test('T15 names and types are made harmless as they come in', async () => {
    const id = uid()
    const file = await stage(
      fromAcme.client,
      id,
      fromAcme.linkUid,
      '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
      { filename: '../../x\u202egnp.svg' },
    )
    await fromAcme.send(
      await fromAcme.message('T15', {
        attachments: [named({ ...file, uid: id }, { type: 'image/svg+xml' })],
      }),
    )
    expect((await newest(skyline, at.twin)).attachments).toMatchObject([
      { filename: 'xgnp.svg', content_type: 'text/plain' },
    ])
  })

  test('T16 a desk that is full refuses in words, and so does one that keeps too much for a partner', async () => {
    const { orm } = skyline.db
    const used = and(eq(fileUsage.t, skyline.t))
    const [before] = await orm.select().from(fileUsage).where(used)
    await orm.update(fileUsage).set({ bytes: limits.storageBytes }).where(used)
    const full = await stage(fromAcme.client, uid(), fromAcme.linkUid, 'x')
    expect(full).toMatchObject({ status: 413, body: { error: 'STORAGE_FULL' } })
    await orm
      .update(fileUsage)
      .set({ bytes: before?.bytes ?? 0 })
      .where(used)
    const waiting = uid()
    await stage(fromAcme.client, waiting, fromAcme.linkUid, 'waits')
    const ofWaiting = and(eq(attachment.t, skyline.t), eq(attachment.uid, waiting))
    await orm.update(attachment).set({ size: limits.stagedBytes }).where(ofWaiting)
    const toomuch = await stage(fromAcme.client, uid(), fromAcme.linkUid, 'x')
    expect(toomuch).toMatchObject({
      status: 413,
      body: { message: expect.stringContaining('wait') },
    })
    await orm.update(attachment).set({ size: 5 }).where(ofWaiting)
  })

  test('a paused desk asks to wait', async () => {
    await setConnection(skyline, { state: 'paused' })
    const reply = await stage(fromAcme.client, uid(), fromAcme.linkUid, 'x')
    expect(reply).toMatchObject({ status: 503, body: { error: 'PAUSED' } })
    await setConnection(skyline, { state: 'live' })
  })
})

describe('files inside a partner’s message (halo-api.md §6)', () => {
  const inline = [
    { filename: 'report.txt', data_base64: `data:text/plain;base64,${btoa('a report')}` },
    { filename: 'full.log', data_base64: btoa('a05') },
  ]

  test('base64 is taken, with or without `baton`; a repeat has the same files, once', async () => {
    const message = await fromAcme.message('Inline', { attachments: inline })
    expect((await fromAcme.send(message)).status).toBe(201)
    expect((await fromAcme.send(message)).status).toBe(200)
    const there = await newest(skyline, at.twin)
    expect(there.attachments).toMatchObject([{ filename: 'report.txt' }, { filename: 'full.log' }])
    expect(await bytesAt(skyline, there.attachments[0]?.id)).toBe('a report')
    expect(await rowsNamed(skyline, 'report.txt')).toHaveLength(1)
    const plain = await fromAcme.client.ask<Taken>('POST', 'actions', [
      { ticket_id: at.twin, outcome_id: 999, note: 'Plain', attachments: inline.slice(1) },
    ])
    expect(plain.status).toBe(201)
    expect((await newest(skyline, at.twin)).attachments).toMatchObject([{ filename: 'full.log' }])
  })

  test('h03 a picture in the text becomes a file, and the same message again is the same message', async () => {
    const message = await fromAcme.message('x', {
      note_html: `<p>Look</p><img alt="dot" src="data:image/png;base64,${PNG}">`,
    })
    expect((await fromAcme.send(message)).status).toBe(201)
    expect((await fromAcme.send(message)).status).toBe(200)
    const there = await newest(skyline, at.twin)
    expect(there.note_html).toContain(
      `src="${skyline.url}/api/attachment/${there.attachments[0]?.id}"`,
    )
  })

  test('a message that is refused leaves nothing that anybody sees', async () => {
    const message = await fromAcme.message(
      'x',
      { attachments: inline },
      { prev: { n: 99, uid: uid() } },
    )
    expect(await fromAcme.send(message)).toMatchObject({ status: 409, body: { error: 'GAP' } })
    const list = await skyline.boss.get<{ record_count: number }>(`attachment?ticket_id=${at.twin}`)
    const seen = (await act(skyline, at.twin, 'Note', 'x', { send_to: 'none' })).attachments
    expect(seen).toEqual([])
    expect(list.record_count).toBeGreaterThan(0)
  })

  test('a picture that nobody sent shows what it was called, and no picture is broken', async () => {
    await fromAcme.send(
      await fromAcme.message('x', {
        note_html: '<p>See</p><img alt="the plan" src="cid:nowhere">',
      }),
    )
    expect((await newest(skyline, at.twin)).note_html).toBe(
      '<p>See</p><em>[Picture: the plan]</em>',
    )
  })
})

test('what the bytes are is measured, not believed: a size in the message that is wrong changes nothing', async () => {
  const id = uid()
  const file = await stage(fromAcme.client, id, fromAcme.linkUid, inBytes('ten bytes!'))
  await fromAcme.send(
    await fromAcme.message('x', { attachments: [named({ ...file, uid: id }, { size: 1 })] }),
  )
  expect((await newest(skyline, at.twin)).attachments).toMatchObject([{ filesize: 10 }])
})
