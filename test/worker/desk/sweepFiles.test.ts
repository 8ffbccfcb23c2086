import { env } from 'cloudflare:test'
import { and, eq, sql } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { attachment, fileUsage } from '../../../db/schema'
import { claimFiles, filesWanted, isFileGone } from '../../../worker/desk/attachments'
import { fileKey } from '../../../worker/desk/files'
import { sweepFiles } from '../../../worker/desk/sweepFiles'
import { runBatch } from '../../../worker/platform/database'
import { limits } from '../../../worker/platform/limits'
import { desks, later, nowAgain, type TestDesk } from '../pair'
import { loggedTicket, addEntry } from './logged'

const DAY = 86_400_000
const base64 = (text: string) => new TextEncoder().encode(text).toBase64()

let acme: TestDesk
let ticketId: number
beforeAll(async () => {
  ;({ acme } = await desks())
  ticketId = (await loggedTicket(acme, acme.demo.user.email)).id
})
afterEach(() => {
  nowAgain()
  vi.restoreAllMocks()
})

const store = async (text: string, more: object = {}) =>
  (await acme.admin.post('attachment', [{ filename: 'x.txt', data_base64: base64(text), ...more }]))
    .id
const rowOf = async (id: number) => {
  const [row] = await acme.db.orm
    .select()
    .from(attachment)
    .where(and(eq(attachment.t, acme.t), eq(attachment.id, id)))
  return row
}
const has = async (uid: string) => (await env.FILES.head(fileKey(acme.tenantId, uid))) !== null
const sweep = () => sweepFiles(env, env.DB)
const usage = async () => {
  const [row] = await acme.db.orm.select().from(fileUsage).where(eq(fileUsage.t, acme.t))
  return row?.bytes ?? 0
}

/** Every object has a row, every row its object (I10). */
async function whole(): Promise<void> {
  const { objects } = await env.FILES.list()
  const rows = await acme.db.orm
    .select({ key: sql<string>`${acme.tenantId} || '/' || coalesce(object, uid)`.as('key') })
    .from(attachment)
    .where(eq(attachment.t, acme.t))
  expect(rows.map(({ key }) => key).sort()).toEqual(objects.map(({ key }) => key).sort())
}

describe('the sweep of files (R9, I10)', () => {
  test('R9 what nothing has named for four days goes, object and row; what an action has, and what lies on a ticket, stays', async () => {
    const loose = await store('loose')
    const onTicket = await store('on the ticket', { ticket_id: ticketId })
    const used = await store('used')
    const files = await filesWanted(acme.db, [used])
    await runBatch(
      acme.db,
      claimFiles(acme.db, files, ticketId, await addEntry(acme, ticketId, false)),
    )
    const { uid } = (await rowOf(loose)) ?? { uid: '' }
    later(3.9 * DAY)
    await sweep()
    expect(await has(uid)).toBe(true)
    const before = await usage()
    later(0.2 * DAY)
    await sweep()
    expect([await rowOf(loose), await has(uid)]).toEqual([undefined, false])
    expect([await rowOf(onTicket), await rowOf(used)]).not.toContain(undefined)
    expect(before - (await usage())).toBe(5)
    await whole()
  })

  test('a file that somebody removed goes four days later: a message on its way may still need it', async () => {
    const id = await store('removed', { ticket_id: ticketId })
    const { uid } = (await rowOf(id)) ?? { uid: '' }
    await acme.admin.delete(`attachment/${id}`)
    await sweep()
    expect(await has(uid)).toBe(true)
    later(4.1 * DAY)
    await sweep()
    expect(await has(uid)).toBe(false)
  })

  test('F37 the sweep comes first: the action that names the file is refused and not saved', async () => {
    const id = await store('late')
    const files = await filesWanted(acme.db, [id])
    later(4.1 * DAY)
    await sweep()
    const entry = await addEntry(acme, ticketId, false)
    const failed = await runBatch(acme.db, claimFiles(acme.db, files, ticketId, entry)).catch(
      (error: unknown) => error,
    )
    expect(isFileGone(failed)).toBe(true)
    nowAgain()
    const said = await acme.admin.ask('POST', 'actions', [
      { ticket_id: ticketId, outcome: 'Public note', note: 'x', attachments: [{ id }] },
    ])
    expect(said).toMatchObject({
      status: 400,
      body: { fields: { attachments: expect.stringContaining('no file') } },
    })
  })

  test('F37 the claim comes first: the sweep leaves the file alone, also one that has begun', async () => {
    const id = await store('in time')
    const files = await filesWanted(acme.db, [id])
    later(4.1 * DAY)
    await runBatch(
      acme.db,
      claimFiles(acme.db, files, ticketId, await addEntry(acme, ticketId, false)),
    )
    await sweep()
    expect(await rowOf(id)).toBeDefined()
    await whole()
  })

  test('F36 a sweep that dies before its objects are gone is finished by the next one', async () => {
    const id = await store('half')
    later(4.1 * DAY)
    vi.spyOn(env.FILES, 'delete').mockRejectedValueOnce(new Error('R2 is away'))
    await expect(sweep()).rejects.toThrow()
    expect(await rowOf(id)).toMatchObject({ sweepAt: 0 })
    nowAgain()
    const said = await acme.admin.ask('POST', 'actions', [
      { ticket_id: ticketId, outcome: 'Public note', note: 'x', attachments: [{ id }] },
    ])
    expect(said.status).toBe(400)
    await sweep()
    expect(await rowOf(id)).toBeUndefined()
    await whole()
  })

  test('I10 an object whose writer died before its row goes after four days; what is not a file of a desk is left alone', async () => {
    const orphan = fileKey(acme.tenantId, crypto.randomUUID())
    await env.FILES.put(orphan, 'nobody knows me')
    await env.FILES.put('something/else', 'not a file of a desk')
    await sweep()
    expect(await env.FILES.head(orphan)).not.toBeNull()
    later(4.1 * DAY)
    await sweep()
    expect(await env.FILES.head(orphan)).toBeNull()
    expect(await env.FILES.head('something/else')).not.toBeNull()
    await env.FILES.delete('something/else')
    await whole()
  })

  test('files in base64 of a request that is refused are taken back, and nothing is left of them', async () => {
    const before = await usage()
    const inline = [{ filename: 'a.txt', data_base64: base64('refused') }]
    const refused = await acme.admin.ask('POST', 'actions', [
      { ticket_id: ticketId, outcome: 'No such action', note: 'x', attachments: inline },
    ])
    expect(refused.status).toBe(400)
    const ticket = await acme.user.ask('POST', 'tickets', [
      { summary: 'x', tickettype_id: 999_999, attachments: inline },
    ])
    expect(ticket.status).toBe(400)
    later(1)
    await sweep()
    expect(await usage()).toBe(before)
    await whole()
  })

  test('and those of a repeat: the action has its files once', async () => {
    const { id: ticketOf } = await loggedTicket(acme, acme.demo.user.email)
    const body = [
      {
        ticket_id: ticketOf,
        outcome: 'Public note',
        note: 'once',
        attachments: [{ filename: 'once.txt', data_base64: base64('once') }],
      },
    ]
    const key = { 'idempotency-key': crypto.randomUUID() }
    const first = await acme.admin.ask('POST', 'actions', body, key)
    const before = await usage()
    const again = await acme.admin.ask('POST', 'actions', body, key)
    expect(first.body).toMatchObject({ attachments: [{ filename: 'once.txt' }] })
    expect(again.body).toMatchObject({
      id: first.body['id'],
      attachments: first.body['attachments'],
    })
    later(1)
    await sweep()
    expect(await usage()).toBe(before)
    await whole()
  })
})

describe('T16 what a desk may store', () => {
  test('T16 a file for which there is no room is refused in words before a byte is stored', async () => {
    const { orm } = acme.db
    const [{ bytes } = { bytes: 0 }] = await orm
      .select()
      .from(fileUsage)
      .where(eq(fileUsage.t, acme.t))
    const set = (value: number) =>
      orm.update(fileUsage).set({ bytes: value }).where(eq(fileUsage.t, acme.t))
    await set(limits.storageBytes - 3)
    const count = (await env.FILES.list()).objects.length
    const full = {
      status: 413,
      body: { error: 'STORAGE_FULL', fields: { file: expect.stringContaining('10 GB') } },
    }
    expect(
      await acme.admin.ask('POST', 'attachment', [{ filename: 'x', data_base64: base64('four') }]),
    ).toMatchObject(full)
    expect(
      await acme.admin.ask('PUT', 'attachment/upload?filename=x', new Blob(['four']).stream(), {
        'content-length': '4',
      }),
    ).toMatchObject(full)
    expect(
      await acme.admin.ask('POST', 'actions', [
        {
          ticket_id: ticketId,
          outcome: 'Public note',
          note: 'x',
          attachments: [{ filename: 'x', data_base64: base64('four') }],
        },
      ]),
    ).toMatchObject(full)
    expect((await env.FILES.list()).objects.length).toBe(count)
    await store('123')
    await set(bytes + 3)
  })

  test('T16 ten megabytes of zeros in a zip are bytes like others: nothing unpacks them', async () => {
    const zip = new Uint8Array(20_000)
    zip.set([0x50, 0x4b, 0x03, 0x04])
    const { body } = await acme.admin.ask(
      'PUT',
      'attachment/upload?filename=bomb.zip',
      new Blob([zip]).stream(),
      {
        'content-length': String(zip.byteLength),
      },
    )
    expect(body).toMatchObject({ content_type: 'application/zip', filesize: 20_000 })
  })
})
