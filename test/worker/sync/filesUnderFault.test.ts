import { env } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { attachment, outbox } from '../../../db/schema'
import { fileKey } from '../../../worker/desk/files'
import { sweepFiles } from '../../../worker/desk/sweepFiles'
import { nemesis } from '../../../worker/platform/fault'
import { seams } from '../../../worker/platform/seams'
import { renewal } from '../../../worker/sync/stageFiles'
import { later, nowAgain, pair, settle, type TestDesk } from '../pair'
import { anotherDesk, connect } from '../third'
import type { Wire } from '../wire'
import { bytesAt, mustBeWhole, PNG, rowsNamed, upload } from './fileStory'
import { answering, cutAfter, cutBefore, faraway, passes, type Fault, type Line } from './line'
import { act, again, escalated, newest, retry, setConnection, type Pairing, map } from './story'

let acme: TestDesk
let skyline: TestDesk
let line: Line
let at: Pairing

beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  await setConnection(acme, { sync_attachments: true })
  line = await faraway(acme, skyline)
  at = await escalated(acme)
})
afterAll(nowAgain)
afterEach(async () => {
  line.heal()
  nemesis.at = null
  vi.restoreAllMocks()
  // Time only goes on: what an object has in memory is of its own time.
  for (const { agent, admin, user } of [acme, skyline])
    for (const one of [agent, admin, user]) one.forget()
  await mustBeWhole(acme)
  await mustBeWhole(skyline)
})

const send = async (filename: string, text: string, note = `With ${filename}`) =>
  act(acme, at.ours, 'Private note', note, {
    attachments: [await upload(acme.agent, filename, text)],
  })
/** The tickets that an agent finds under “sync problem”. */
const problems = async () =>
  (await acme.agent.get<{ tickets: { id: number }[] }>('tickets?sync_problem=true')).tickets.map(
    ({ id }) => id,
  )
const refusing: Fault = answering(422, {
  error: 'VALIDATION',
  message: 'We take no such files',
  fix: 'Send a picture.',
})
const onlyOf =
  (filename: string, fault: Fault): Fault =>
  (pass, text) =>
    line.files.at(-1) === filename ? fault(pass, text) : pass()

describe('a file that fails (R9, F36)', () => {
  test('F36 once: the note waits for it, and both arrive whole', async () => {
    line.fileFaults = [cutBefore]
    const sent = await send('once.txt', 'once')
    expect(sent.sync).toMatchObject({ state: 'pending', files: [{ state: 'waiting' }] })
    await passes(30_000)
    expect(await again(acme, sent)).toMatchObject({
      sync: { state: 'synced', files: [{ state: 'sent' }] },
    })
    expect((await newest(skyline, at.twin)).attachments).toMatchObject([{ filename: 'once.txt' }])
  })

  test('F36 the answer is lost: a repeat is known, the file is there once', async () => {
    line.fileFaults = [cutAfter]
    const sent = await send('lost.txt', 'lost')
    await passes(30_000)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(await rowsNamed(skyline, 'lost.txt')).toHaveLength(1)
  })

  test('R9 three times: the note goes, marked “file follows” on both desks; the file comes by itself', async () => {
    line.everyFile = onlyOf('late.png', answering(500, 'no'))
    const other = await upload(acme.agent, 'good.txt', 'good')
    const sent = await act(acme, at.ours, 'Private note', 'x', {
      note_html: '<p>Two files</p>',
      attachments: [{ filename: 'late.png', data_base64: PNG }, other],
    })
    await passes(60_000)
    const noted = await again(acme, sent)
    expect(noted.sync).toMatchObject({ state: 'synced' })
    expect(noted.sync?.files.map(({ filename, state }) => [filename, state]).sort()).toEqual([
      ['good.txt', 'sent'],
      ['late.png', 'follows'],
    ])
    const there = await newest(skyline, at.twin)
    expect(there.attachments.map(({ filename }) => filename)).toEqual(['good.txt'])
    expect(there.deliveries).toMatchObject([
      { direction: 'in', files: [{ filename: 'late.png', state: 'follows' }] },
    ])
    // Later notes do not wait for it.
    const next = await act(acme, at.ours, 'Private note', 'Meanwhile')
    expect(next.sync?.state).toBe('synced')
    line.heal()
    await passes(3_700_000)
    expect((await again(acme, sent)).sync?.files.map(({ state }) => state)).toEqual([
      'sent',
      'sent',
    ])
    const arrived = await again(skyline, there)
    expect(arrived.attachments.map(({ filename }) => filename).sort()).toEqual([
      'good.txt',
      'late.png',
    ])
    expect(arrived.deliveries).toMatchObject([{ direction: 'in', files: [] }])
    expect(await rowsNamed(skyline, 'late.png')).toHaveLength(1)
  })

  test('a09 a picture that follows shows its name until it is there', async () => {
    line.everyFile = answering(500, 'no')
    await act(acme, at.ours, 'Private note', 'x', {
      note_html: `<p>Look</p><img src="data:image/png;base64,${PNG}">`,
    })
    await passes(60_000)
    const there = await newest(skyline, at.twin)
    expect(there.note_html).toContain('[Picture: picture-1.png]')
    line.heal()
    await passes(3_700_000)
    const shown = await again(skyline, there)
    expect(shown.note_html).toContain(
      `src="${skyline.url}/api/attachment/${shown.attachments[0]?.id}"`,
    )
  })

  test('R9 a refusal is final for that file: the note goes, the partner’s words stand on the action, Retry sends it', async () => {
    line.fileFaults = [refusing]
    const sent = await send('macro.txt', 'macro')
    expect(sent.sync).toMatchObject({
      state: 'synced',
      files: [{ state: 'refused', reason: 'We take no such files' }],
    })
    expect(sent.attachments[0]?.sync).toMatchObject([
      { state: 'refused', reason: 'We take no such files' },
    ])
    expect(await problems()).toContain(at.ours)
    const there = await newest(skyline, at.twin)
    expect(there.deliveries).toMatchObject([
      { files: [{ filename: 'macro.txt', state: 'refused' }] },
    ])
    await retry(acme, sent)
    await passes(5_000)
    expect((await again(acme, sent)).sync?.files).toMatchObject([{ state: 'sent' }])
    expect(await problems()).not.toContain(at.ours)
    expect((await again(skyline, there)).attachments).toMatchObject([{ filename: 'macro.txt' }])
  })

  test('a file that somebody removes before it is sent is not sent, and the action says so', async () => {
    line.fileFaults = [cutBefore]
    const sent = await send('regret.txt', 'regret')
    await acme.agent.delete(`attachment/${sent.attachments[0]?.id}`)
    await passes(30_000)
    expect((await again(acme, sent)).sync).toMatchObject({
      state: 'synced',
      files: [{ state: 'refused', reason: 'It was removed before it was sent' }],
    })
    expect(await rowsNamed(skyline, 'regret.txt')).toEqual([])
  })

  test('F36 damaged on the sender’s desk: it is not passed on as if it were whole', async () => {
    line.fileFaults = [cutBefore]
    const sent = await send('broken.txt', 'right bytes')
    const { guid = '' } = sent.attachments[0] ?? {}
    await env.FILES.put(fileKey(acme.tenantId, guid), 'wrong bytes')
    await passes(30_000)
    expect((await again(acme, sent)).sync).toMatchObject({
      state: 'synced',
      files: [{ state: 'refused', reason: 'It is damaged on this desk' }],
    })
    const read = acme.agent.ask('GET', `attachment/${sent.attachments[0]?.id}`)
    await expect(read).rejects.toThrow()
    await env.FILES.delete(fileKey(acme.tenantId, guid))
    const gone = await acme.agent.ask('GET', `attachment/${sent.attachments[0]?.id}`)
    expect(gone).toMatchObject({ status: 409, body: { error: 'DAMAGED' } })
    await env.FILES.put(fileKey(acme.tenantId, guid), 'right bytes')
  })

  test('F36 the receiver’s store fails: no row without its bytes, and the next try is taken', async () => {
    const file = await upload(acme.agent, 'put.txt', 'put')
    vi.spyOn(env.FILES, 'put').mockRejectedValueOnce(new Error('R2 is away'))
    const sent = await act(acme, at.ours, 'Private note', 'Put', { attachments: [file] })
    expect(await rowsNamed(skyline, 'put.txt')).toEqual([])
    await passes(30_000)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    const [there] = (await newest(skyline, at.twin)).attachments
    expect(await bytesAt(skyline, there?.id)).toBe('put')
  })
})

describe('a file that takes long (R4)', () => {
  const rowOf = async (uid: string) => {
    const [row] = await acme.db.orm
      .select()
      .from(outbox)
      .where(and(eq(outbox.t, acme.t), eq(outbox.uid, uid)))
    return row
  }
  const usual = renewal.everyMs
  afterEach(() => {
    renewal.everyMs = usual
  })
  /** A file that is on its way until it is let through. */
  const held = () => {
    let letThrough: () => void = () => undefined
    const until = new Promise<void>((resolve) => (letThrough = resolve))
    let began: () => void = () => undefined
    const onItsWay = new Promise<void>((resolve) => (began = resolve))
    line.fileFaults = [
      async (pass) => {
        began()
        await until
        return pass()
      },
    ]
    return { onItsWay, letThrough }
  }

  test('R4 the claim of its message is renewed while it streams: nobody else takes the message', async () => {
    renewal.everyMs = 20
    const { onItsWay, letThrough } = held()
    const sending = send('long.txt', 'long')
    await onItsWay
    later(35_000)
    const [file] = await rowsNamed(acme, 'long.txt')
    const entry = await newest(acme, file?.ticketId ?? 0)
    await vi.waitFor(async () =>
      expect((await rowOf(entry.guid))?.nextAt).toBeGreaterThan(seams.now() + 30_000),
    )
    later(35_000)
    await settle()
    letThrough()
    const sent = await sending
    await passes(30_000)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect(line.tried.filter(({ body }) => body.note_html.includes('long.txt'))).toHaveLength(1)
  })

  test('Q8 other tickets do not wait for it', async () => {
    const others = await Promise.all([escalated(acme), escalated(acme)])
    line.fileFaults = [cutBefore]
    const sent = await send('slow.txt', 'slow')
    line.faults = [cutBefore, cutBefore]
    const notes = await Promise.all(
      others.map(({ ours }) => act(acme, ours, 'Private note', 'Meanwhile')),
    )
    expect(notes.map(({ sync }) => sync?.state)).toEqual(['pending', 'pending'])
    const { letThrough } = held()
    await passes(20_000)
    expect((await again(acme, sent)).sync?.state).toBe('pending')
    for (const one of notes) expect((await again(acme, one)).sync?.state).toBe('synced')
    letThrough()
    await passes(60_000)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
  })

  test('R4 a claim that somebody else has taken meanwhile writes nothing', async () => {
    renewal.everyMs = 20
    const { onItsWay, letThrough } = held()
    const sending = send('taken.txt', 'taken')
    await onItsWay
    const [file] = await rowsNamed(acme, 'taken.txt')
    const { guid } = await newest(acme, file?.ticketId ?? 0)
    await acme.db.orm
      .update(outbox)
      .set({ attempts: 7 })
      .where(and(eq(outbox.t, acme.t), eq(outbox.uid, guid)))
    await new Promise((resolve) => setTimeout(resolve, 100))
    letThrough()
    const sent = await sending
    expect(await rowOf(guid)).toMatchObject({ attempts: 7, state: 'pending' })
    await passes(60_000)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    expect((await newest(skyline, at.twin)).attachments).toHaveLength(1)
  })
})

describe('what was staged is gone (UNKNOWN_STAGED, F37)', () => {
  test('F37 R9 swept before its message came: the sender stages it again by itself', async () => {
    line.faults = [cutBefore]
    const sent = await send('swept.txt', 'swept')
    expect(await rowsNamed(skyline, 'swept.txt')).toHaveLength(1)
    await skyline.db.orm
      .update(attachment)
      .set({ sweepAt: 1 })
      .where(and(eq(attachment.t, skyline.t), eq(attachment.filename, 'swept.txt')))
    await sweepFiles(env, env.DB)
    expect(await rowsNamed(skyline, 'swept.txt')).toEqual([])
    await passes(30_000)
    expect((await again(acme, sent)).sync).toMatchObject({
      state: 'synced',
      files: [{ state: 'sent' }],
    })
    const there = await newest(skyline, at.twin)
    expect(await bytesAt(skyline, there.attachments[0]?.id)).toBe('swept')
    expect(line.files.filter((name) => name === 'swept.txt')).toHaveLength(2)
  })

  test('F37 the sweep takes it while its message is being taken: no action without its file, staged again', async () => {
    let swept = false
    const marked = async (texts: readonly string[]) => {
      if (swept || !texts.join().includes('insert into "inbox"')) return
      swept = true
      seams.beforeQuery = undefined
      await env.DB.prepare(
        "update attachment set sweep_at = 1 where t = ? and filename = 'race.txt'",
      )
        .bind(skyline.t)
        .run()
      await sweepFiles(env, env.DB)
    }
    seams.beforeQuery = marked
    const sent = await send('race.txt', 'race')
    seams.beforeQuery = undefined
    expect(swept).toBe(true)
    await passes(30_000)
    expect((await again(acme, sent)).sync?.state).toBe('synced')
    const there = await newest(skyline, at.twin)
    expect(there.attachments).toMatchObject([{ filename: 'race.txt' }])
    expect(await bytesAt(skyline, there.attachments[0]?.id)).toBe('race')
  })
})

describe('killed (P6, P13)', () => {
  test.each(['P6', 'P13', 'P7', 'P9'] as const)(
    '%s the sender or the receiver dies while a file is staged: one action, one file, true states',
    async (point) => {
      const file = await upload(acme.agent, `${point}.txt`, point)
      let once = true
      nemesis.at = async (here) => {
        if (here !== point || !once) return
        once = false
        throw new Error('killed')
      }
      const sent = await act(acme, at.ours, 'Private note', `Killed at ${point}`, {
        attachments: [file],
      })
      nemesis.at = null
      await passes(120_000)
      await settle()
      expect(once).toBe(false)
      expect((await again(acme, sent)).sync).toMatchObject({
        state: 'synced',
        files: [{ state: 'sent' }],
      })
      expect((await newest(skyline, at.twin)).attachments).toMatchObject([
        { filename: `${point}.txt` },
      ])
      expect(await rowsNamed(skyline, `${point}.txt`)).toHaveLength(1)
      // What a death between object and row leaves behind goes with the sweep.
      later(4.1 * 86_400_000)
      await sweepFiles(env, env.DB)
    },
  )
})

test('R9 a file that follows goes on to a third desk once it has come to the second', async () => {
  const vendor = await anotherDesk('vendor', 'Vendor')
  const onward = await connect(skyline, vendor)
  await skyline.admin.post('connection', { id: onward.atCompany, sync_attachments: true })
  const { ours, twin } = await escalated(acme)
  const sent = await skyline.agent.post<Wire.Action>('actions', [
    { ticket_id: twin, outcome: 'Log to supplier', supplier_id: onward.supplierId, note: 'On' },
  ])
  const third = sent.sync?.remote_ticket_id ?? 0
  await map(skyline, 'outcome', acme.outcome('Private note'), skyline.outcome('Note'))
  line.everyFile = answering(500, 'no')
  await act(acme, ours, 'Private note', 'Far', {
    attachments: [await upload(acme.agent, 'far.txt', 'at last')],
  })
  await passes(60_000)
  await settle()
  await passes(60_000)
  for (const [desk, id] of [
    [skyline, twin],
    [vendor, third],
  ] as const)
    expect(await newest(desk, id)).toMatchObject({
      note: 'Far',
      attachments: [],
      deliveries: expect.arrayContaining([
        expect.objectContaining({
          direction: 'in',
          files: [expect.objectContaining({ filename: 'far.txt', state: 'follows' })],
        }),
      ]),
    })
  line.heal()
  await passes(2 * 3_700_000)
  skyline.agent.forget()
  vendor.agent.forget()
  const end = await newest(vendor, third)
  expect(await bytesAt(vendor, end.attachments[0]?.id)).toBe('at last')
  expect((await newest(skyline, twin)).deliveries).toMatchObject([
    { direction: 'in', files: [] },
    { direction: 'out', files: [{ state: 'sent' }] },
  ])
})
