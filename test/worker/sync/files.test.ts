import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { outbox } from '../../../db/schema'
import { later, nowAgain, pair, settle, type TestDesk } from '../pair'
import { anotherDesk, connect } from '../third'
import type { Wire } from '../wire'
import { bytesAt, mustBeWhole, PNG, rowsNamed, upload } from './fileStory'
import {
  act,
  escalate,
  escalated,
  logged,
  newest,
  setConnection,
  ticketAt,
  timeline,
  type Pairing,
} from './story'

let acme: TestDesk
let skyline: TestDesk
let at: Pairing

const both = (on: boolean) =>
  Promise.all([acme, skyline].map((desk) => setConnection(desk, { sync_attachments: on })))

beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  await both(true)
  at = await escalated(acme)
})
afterEach(async () => {
  nowAgain()
  await mustBeWhole(acme)
  await mustBeWhole(skyline)
})

const picture = (alt?: string) =>
  `<p>Look</p><img${alt === undefined ? '' : ` alt="${alt}"`} src="data:image/png;base64,${PNG}">`

describe('G66 a file travels with the action that has it', () => {
  test('G66 R9 from the company to its supplier: same bytes, name and type, once', async () => {
    const file = await upload(acme.agent, 'log.txt', 'what happened')
    const sent = await act(acme, at.ours, 'Private note', 'See the log', { attachments: [file] })
    expect(sent.sync).toMatchObject({
      state: 'synced',
      files: [{ filename: 'log.txt', state: 'sent', reason: null }],
    })
    expect(sent.attachments).toMatchObject([
      { filename: 'log.txt', sync: [{ partner: 'Skyline', state: 'sent', reason: null }] },
    ])
    const there = await newest(skyline, at.twin)
    expect(there.attachments).toMatchObject([
      {
        filename: 'log.txt',
        content_type: 'text/plain',
        filesize: 13,
        guid: sent.attachments[0]?.guid,
        sha256: sent.attachments[0]?.sha256,
      },
    ])
    expect(await bytesAt(skyline, there.attachments[0]?.id)).toBe('what happened')
    expect(await rowsNamed(skyline, 'log.txt')).toHaveLength(1)
  })

  test('G66 and from the supplier to its customer', async () => {
    const file = await upload(skyline.agent, 'fix.md', '# How to')
    await act(skyline, at.twin, 'Note', 'How to', { attachments: [file] })
    const here = await newest(acme, at.ours)
    expect(here.attachments).toMatchObject([{ filename: 'fix.md', content_type: 'text/markdown' }])
    expect(await bytesAt(acme, here.attachments[0]?.id)).toBe('# How to')
  })

  test('G66 with the escalation itself, before the partner has a ticket', async () => {
    const { id } = await logged(acme)
    const file = await upload(acme.agent, 'first.txt', 'at once')
    const { sync } = await escalate(acme, id, { attachments: [file] })
    expect(sync).toMatchObject({ state: 'synced', files: [{ state: 'sent' }] })
    const there = await newest(skyline, sync?.remote_ticket_id ?? 0)
    expect(there.attachments.map(({ filename }) => filename)).toEqual(['first.txt'])
    expect(await bytesAt(skyline, there.attachments[0]?.id)).toBe('at once')
  })

  test('G66 with the reply of an end user', async () => {
    const file = await upload(acme.user, 'screen.txt', 'the screen')
    await acme.user.post('actions', [
      { ticket_id: at.ours, outcome: 'User update', note: 'Here', attachments: [file] },
    ])
    const there = await newest(skyline, at.twin)
    expect(there.attachments.map(({ filename }) => filename)).toEqual(['screen.txt'])
  })

  test('a07 three files of one name are three files of other contents on both desks', async () => {
    const files = await Promise.all(
      ['one', 'two', 'three'].map((text) => upload(acme.agent, 'same.txt', text)),
    )
    const sent = await act(acme, at.ours, 'Private note', 'Three', { attachments: files })
    const there = await newest(skyline, at.twin)
    const texts = async (desk: TestDesk, { attachments }: Wire.Action) =>
      (await Promise.all(attachments.map(({ id }) => bytesAt(desk, id)))).sort()
    expect(await texts(skyline, there)).toEqual(['one', 'three', 'two'])
    expect(await texts(acme, sent)).toEqual(['one', 'three', 'two'])
  })

  test('a05 an empty file beside a full one: the note arrives, and both files, one of no bytes', async () => {
    const attachments = [
      { filename: 'empty.log', data_base64: '' },
      { filename: 'full.log', data_base64: 'YTA1' },
    ]
    const sent = await act(acme, at.ours, 'Private note', 'log attached a05', { attachments })
    expect(sent.sync?.state).toBe('synced')
    const there = await newest(skyline, at.twin)
    expect(there).toMatchObject({
      note: 'log attached a05',
      attachments: [
        { filename: 'empty.log', filesize: 0 },
        { filename: 'full.log', filesize: 3 },
      ],
    })
    expect(await bytesAt(skyline, there.attachments[0]?.id)).toBe('')
  })

  test('T15 what a partner calls a picture is what its bytes are', async () => {
    const file = await upload(acme.agent, 'cute.png', '<html><script>alert(1)</script>')
    await act(acme, at.ours, 'Private note', 'Look', { attachments: [file] })
    const [there] = (await newest(skyline, at.twin)).attachments
    const { headers } = await skyline.agent.ask('GET', `attachment/${there?.id}`)
    expect(headers.get('content-type')).toBe('text/plain')
    expect(headers.get('content-disposition')).toMatch(/^attachment/)
    expect(headers.get('content-security-policy')).toContain('sandbox')
  })
})

describe('pictures inside a note', () => {
  test('h03 a small picture stays a picture on both desks, each from its own address', async () => {
    const sent = await act(acme, at.ours, 'Private note', 'x', { note_html: picture('dot') })
    expect(sent.sync?.state).toBe('synced')
    const there = await newest(skyline, at.twin)
    for (const [desk, { note_html: html, attachments }] of [
      [acme, sent],
      [skyline, there],
    ] as const) {
      expect(html).toContain(`src="${desk.url}/api/attachment/${attachments[0]?.id}"`)
      expect(html).not.toContain('cid:')
      expect(attachments).toMatchObject([{ content_type: 'image/png', isimage: true }])
    }
  })

  test('a09 a picture in the ticket’s details is in the text of the escalation, and so it travels', async () => {
    const { id } = await logged(acme, { details_html: picture('the error') })
    expect((await ticketAt(acme, id)).details_html).toContain(`${acme.url}/api/attachment/`)
    const { sync } = await escalate(acme, id)
    const twin = sync?.remote_ticket_id ?? 0
    const there = await newest(skyline, twin)
    expect(there.note_html).toContain(
      `src="${skyline.url}/api/attachment/${there.attachments[0]?.id}"`,
    )
    expect((await ticketAt(skyline, twin)).details_html).toContain(`${skyline.url}/api/attachment/`)
  })

  test('h03 a huge picture is refused with the limit, nothing is saved, and nothing stays', async () => {
    const before = (await timeline(acme, at.ours)).length
    const huge = `<p>see picture h03</p><img src="data:image/png;base64,${'iVBORw0KGgoA'.repeat(600_000)}"><p>after-h03</p>`
    const { status, body } = await acme.agent.ask('POST', 'actions', [
      { ticket_id: at.ours, outcome: 'Private note', note_html: huge },
    ])
    expect(status).toBe(413)
    expect(body['message']).toContain('1024 KB')
    expect(await timeline(acme, at.ours)).toHaveLength(before)
  })
})

describe('G64 G65 the setting Sync attachments', () => {
  test('G65 on at Acme and off at Skyline: files go from Acme to Skyline only, and Skyline says why', async () => {
    await setConnection(skyline, { sync_attachments: false })
    const out = await upload(acme.agent, 'goes.txt', 'goes')
    await act(acme, at.ours, 'Private note', 'Goes', { attachments: [out] })
    expect((await newest(skyline, at.twin)).attachments).toHaveLength(1)
    const back = await upload(skyline.agent, 'stays.txt', 'stays')
    const kept = await act(skyline, at.twin, 'Note', 'Stays', { attachments: [back] })
    expect(kept.sync?.state).toBe('synced')
    expect(kept.attachments).toMatchObject([
      {
        filename: 'stays.txt',
        sync: [
          {
            state: 'stays',
            reason: 'Files stay on this desk: “Sync attachments” is off.',
            fix: expect.stringContaining('Sync attachments'),
          },
        ],
      },
    ])
    expect(await newest(acme, at.ours)).toMatchObject({ note: 'Stays', attachments: [] })
    await setConnection(skyline, { sync_attachments: true })
  })

  test('a09 with the setting off the partner reads the picture’s name, and no picture is broken', async () => {
    await both(false)
    await act(acme, at.ours, 'Private note', 'x', { note_html: picture('dot') })
    const there = await newest(skyline, at.twin)
    expect(there.note).toContain('[Picture: picture-1.png]')
    expect(there.note_html).not.toContain('<img')
    await both(true)
  })

  test('the setting at the moment of saving counts: switched on later, a message that waits goes as it was saved', async () => {
    await both(false)
    const { id } = await logged(acme)
    const file = await upload(acme.agent, 'frozen.txt', 'frozen')
    const { orm } = acme.db
    await setConnection(acme, { state: 'paused' })
    await act(acme, at.ours, 'Private note', 'Frozen', { attachments: [file] })
    expect(id).toBeGreaterThan(0)
    await both(true)
    await setConnection(acme, { state: 'live' })
    later(60_000)
    await settle()
    expect(await newest(skyline, at.twin)).toMatchObject({ note: 'Frozen', attachments: [] })
    const rows = await orm.select().from(outbox).where(eq(outbox.t, acme.t))
    expect(rows.every(({ nextAt }) => nextAt === null)).toBe(true)
  })

  test('G67 a file that is added to the ticket without an action sends nothing', async () => {
    const before = await timeline(skyline, at.twin)
    await acme.agent.post('attachment', [
      { filename: 'only.txt', data_base64: btoa('only'), ticket_id: at.ours },
    ])
    later(120_000)
    await settle()
    expect(await timeline(skyline, at.twin)).toEqual(before)
    expect(await rowsNamed(skyline, 'only.txt')).toEqual([])
  })
})

describe('further on', () => {
  test('R9 the files of an action that arrived go on with it to a third desk, by that desk’s own setting', async () => {
    const vendor = await anotherDesk('vendor', 'Vendor')
    const onward = await connect(skyline, vendor)
    await skyline.admin.post('connection', { id: onward.atCompany, sync_attachments: true })
    const [sent] = await skyline.agent.post<Wire.Action[]>('actions?returnall=true', [
      {
        ticket_id: at.twin,
        outcome: 'Log to supplier',
        supplier_id: onward.supplierId,
        note_html: 'On it goes',
      },
    ])
    const third = sent?.sync?.remote_ticket_id ?? 0
    // What Acme writes becomes a Note at Skyline, which goes on to the vendor.
    await skyline.admin.put(`connection/${skyline.connectionId}/mappings`, {
      mappings: [
        ...(
          await skyline.admin.get<{ mappings: { kind: string; remote_id: string }[] }>(
            `connection/${skyline.connectionId}/mappings`,
          )
        ).mappings.filter(
          ({ kind, remote_id: remote }) =>
            kind !== 'outcome' || remote !== String(acme.outcome('Private note')),
        ),
        {
          kind: 'outcome',
          remote_id: String(acme.outcome('Private note')),
          local_id: skyline.outcome('Note'),
        },
      ],
    })
    const file = await upload(acme.agent, 'far.txt', 'from the first desk to the third')
    const first = await act(acme, at.ours, 'Private note', 'Far', {
      note_html: `<p>Far</p>${picture('dot')}`,
      attachments: [file],
    })
    later(2_000)
    await settle()
    const end = await newest(vendor, third)
    expect(end.note).toContain('Far')
    expect(end.attachments.map(({ filename }) => filename).sort()).toEqual([
      'far.txt',
      'picture-1.png',
    ])
    expect(end.note_html).toContain(`src="${vendor.url}/api/attachment/`)
    const far = end.attachments.find(({ filename }) => filename === 'far.txt')
    expect(await bytesAt(vendor, far?.id)).toBe('from the first desk to the third')
    const middle = await newest(skyline, at.twin)
    expect(middle.deliveries).toMatchObject([
      { direction: 'in', state: 'synced' },
      { direction: 'out', state: 'synced', files: [{ state: 'sent' }, { state: 'sent' }] },
    ])
    expect(first.attachments.map(({ guid }) => guid).sort()).toEqual(
      end.attachments.map(({ guid }) => guid).sort(),
    )
    await mustBeWhole(vendor)
  })

  test('Q2 a message has its files once, and nothing is open afterwards', async () => {
    later(120_000)
    expect(await settle()).toBe(0)
    const rows = await acme.db.orm
      .select()
      .from(outbox)
      .where(and(eq(outbox.t, acme.t), eq(outbox.kind, 'file')))
    expect(rows).toEqual([])
  })
})
