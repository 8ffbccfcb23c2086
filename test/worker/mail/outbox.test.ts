import { env, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { instance, mailOut, mailRef } from '../../../db/schema'
import { insertMail, mailOf, type MailCause } from '../../../worker/mail/outbox'
import { sendDueMail } from '../../../worker/mail/send'
import { backoff } from '../../../worker/platform/backoff'
import { openDb, type Db } from '../../../worker/platform/database'
import { seams } from '../../../worker/platform/seams'
import { loggedTicket } from '../desk/logged'
import { desks, later, nowAgain, type TestDesk } from '../pair'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let acme: TestDesk
let skyline: TestDesk
let ticketId: number
let ticketUid: string
let actionId = 0

/** What the provider was handed, and what it does with the next ones. */
let handed: EmailMessageBuilder[] = []
let answers: (() => Promise<EmailSendResult>)[] = []
const accepts = (messageId: string) => async () => ({ messageId })
const fails = (words: string, code?: string) => () =>
  Promise.reject(Object.assign(new Error(words), code && { code }))
const realSend = seams.sendMail
const realBeforeQuery = seams.beforeQuery

beforeAll(async () => {
  ;({ acme, skyline } = await desks())
  ;({ id: ticketId, uid: ticketUid } = await loggedTicket(acme, acme.demo.user.email))
})
beforeEach(() => {
  handed = []
  answers = []
  seams.sendMail = (_, mail) => {
    handed.push(mail)
    return (answers.shift() ?? accepts(`<${handed.length}@provider.example>`))()
  }
})
afterEach(async () => {
  seams.sendMail = realSend
  seams.beforeQuery = realBeforeQuery
  nowAgain()
  for (const { db } of [acme, skyline]) await db.orm.delete(mailOut).where(eq(mailOut.t, db.t))
})

const desk = (t = acme.t) => env.DESK.getByName(String(t))
/** Wakes the desk and waits until it has tried all that is due. */
async function send(t = acme.t): Promise<void> {
  await desk(t).wake()
  await runDurableObjectAlarm(desk(t))
}
const cause = (over: Partial<MailCause> = {}): MailCause => ({
  template: {
    subject: '{{ticket.summary}}',
    bodyHtml: '<p>Hello {{user.name}}</p>{{note}}<p>{{agent.name}}, {{ticket.status}}</p>',
  },
  to: { name: 'Pat', email: 'pat@acme.example' },
  plan: { ticketId, actionId: ++actionId, noteHtml: '<p>Please <b>wait</b></p>', set: {} },
  ticket: { summary: 'Printer jam', statusId: 1, priorityId: 3 },
  status: [
    { id: 1, name: 'New', portalName: null },
    { id: 9, name: 'Closed', portalName: 'Done' },
  ],
  by: { name: 'Ana', at: seams.now() },
  instance: { slug: 'acme', name: 'Acme' },
  base: 'https://desk.example.com/acme',
  domain: 'desks.example',
  ...over,
})
async function queue(over: Partial<MailCause> = {}, db: Db = acme.db): Promise<string> {
  const row = mailOf(cause(over))
  await db.orm.batch([insertMail(db, row)])
  return row.uid
}
async function stateOf(uid: string, db: Db = acme.db) {
  const [row] = await db.orm
    .select()
    .from(mailOut)
    .where(and(eq(mailOut.t, db.t), eq(mailOut.uid, uid)))
  return row
}

describe('the mail of an action', () => {
  test('G93 G94 G114 leaves from the desk\u2019s own address in its template, with the note as it was formatted', async () => {
    const uid = await queue()
    await send()
    expect(handed).toEqual([
      {
        from: { name: 'Acme', email: 'acme@desks.example' },
        to: 'pat@acme.example',
        subject: `Printer jam [ID:${String(ticketId).padStart(7, '0')}]`,
        html: '<p>Hello Pat</p><p>Please <b>wait</b></p><p>Ana, New</p>',
        text: 'Hello Pat\n\nPlease wait\n\nAna, New',
        headers: { 'X-Baton-Mail': uid, References: `<${ticketUid}@desks.example>` },
      },
    ])
    expect(await stateOf(uid)).toMatchObject({
      state: 'sent',
      attempts: 1,
      nextAt: null,
      messageId: '<1@provider.example>',
      error: null,
    })
    expect(
      await acme.db.orm.select().from(mailRef).where(eq(mailRef.messageId, '<1@provider.example>')),
    ).toEqual([{ t: acme.t, messageId: '<1@provider.example>', ticketId }])
  })
  test('shows the values that the action sets, in the words of the portal', () => {
    const row = mailOf(
      cause({
        template: { subject: '{{ticket.summary}}', bodyHtml: '{{ticket.status}}|{{link}}' },
        plan: { ticketId, actionId: 1, noteHtml: '', set: { summary: 'New name', statusId: 9 } },
      }),
    )
    expect(row).toMatchObject({
      subject: expect.stringMatching(/^New name \[ID:/),
      html: `Done|https://desk.example.com/acme/portal/tickets/${ticketId}`,
    })
  })
  test('T30 T32 has one subject line and one tag, its own', () => {
    const { subject, fromName } = mailOf(
      cause({
        ticket: {
          summary: 'x [ID:0009999]\r\nBcc: victim@example.com',
          statusId: 1,
          priorityId: 3,
        },
        instance: { slug: 'acme', name: 'Acme\r\nBcc: x' },
      }),
    )
    expect(subject).toBe(
      `x (ID 0009999) Bcc: victim@example.com [ID:${String(ticketId).padStart(7, '0')}]`,
    )
    expect(fromName).toBe('Acme Bcc: x')
  })
  test('names the pictures that a mail cannot show', () => {
    const note =
      '<p><img src="cid:1" alt="error box" /><img src="/acme/api/attachment/4" /><img src="https://pictures.example/a.png" /></p>'
    expect(
      mailOf(
        cause({
          template: { subject: '', bodyHtml: '{{note}}' },
          plan: { ticketId, actionId: 1, noteHtml: note, set: {} },
        }),
      ).html,
    ).toBe('<p>[error box][picture]<img src="https://pictures.example/a.png" /></p>')
  })
})

describe('Q16 a mail goes once', () => {
  test('one hand-over for one mail, however often the desk is woken', async () => {
    await queue()
    await Promise.all([desk().wake(), desk().wake(), desk().wake()])
    await runDurableObjectAlarm(desk())
    expect(handed).toHaveLength(1)
  })
  test('an unclear answer is repeated with the same X-Baton-Mail, by the table of delays', async () => {
    const uid = await queue()
    answers = [fails('Network connection lost')]
    await send()
    const first = await stateOf(uid)
    expect(first).toMatchObject({ state: 'pending', attempts: 1, error: 'Network connection lost' })
    expect((first?.nextAt ?? 0) - seams.now()).toBeGreaterThan(3_000)
    await send()
    expect(handed).toHaveLength(1) // not before its time
    later(10_000)
    await runDurableObjectAlarm(desk())
    expect(handed.map(({ headers }) => headers?.['X-Baton-Mail'])).toEqual([uid, uid])
    expect(await stateOf(uid)).toMatchObject({ state: 'sent', attempts: 2, error: null })
  })
  test('a final refusal is not repeated, and its words are kept', async () => {
    const uid = await queue()
    answers = [fails('recipient is on the suppression list', 'E_RECIPIENT_SUPPRESSED')]
    await send()
    later(HOUR)
    await send()
    expect(handed).toHaveLength(1)
    expect(await stateOf(uid)).toMatchObject({
      state: 'failed',
      nextAt: null,
      error: 'E_RECIPIENT_SUPPRESSED: recipient is on the suppression list',
    })
  })
  test('what is no address is refused without asking anybody', async () => {
    const uid = await queue({ to: { name: 'Pat', email: 'pat@acme.example, eve@example.com' } })
    await send()
    expect(handed).toHaveLength(0)
    expect(await stateOf(uid)).toMatchObject({ state: 'failed' })
  })
  test('one mail that fails holds up no other', async () => {
    const bad = await queue()
    const good = await queue()
    seams.sendMail = async (_, mail) =>
      mail.headers?.['X-Baton-Mail'] === bad ? fails('no')() : { messageId: '<g@provider.example>' }
    await send()
    expect([(await stateOf(bad))?.state, (await stateOf(good))?.state]).toEqual(['pending', 'sent'])
  })
  test('after three days it is dead, with the last words', async () => {
    const uid = await queue()
    seams.sendMail = () => fails('down')()
    await acme.db.orm
      .update(mailOut)
      .set({ attempts: 78 })
      .where(and(eq(mailOut.t, acme.t), eq(mailOut.uid, uid)))
    await send()
    expect(await stateOf(uid)).toMatchObject({ state: 'dead', nextAt: null, error: 'down' })
  })
  test('a database that is away after the mail went does not make it go again', async () => {
    const uid = await queue()
    let failed = false
    seams.beforeQuery = (sql) => {
      if (failed || !sql.some((text) => text.includes('mail_ref'))) return
      failed = true
      throw new Error('D1_ERROR: Network connection lost')
    }
    await send()
    later(5 * MINUTE)
    await send()
    expect(failed).toBe(true)
    expect(handed).toHaveLength(1)
    expect(await stateOf(uid)).toMatchObject({ state: 'sent' })
  })
  test('two objects of one desk, as for a moment at a deploy, do not both send it', async () => {
    await queue()
    await Promise.all([sendDueMail(env, acme.db), sendDueMail(env, acme.db)])
    expect(handed).toHaveLength(1)
  })
  test('a try that ends after its claim ran out does not undo what a later one did', async () => {
    const uid = await queue()
    const slow = { hangs: true }
    answers = [
      async () => {
        while (slow.hangs) await scheduler.wait(5)
        throw new Error('cut off')
      },
    ]
    const first = sendDueMail(env, acme.db)
    await vi.waitFor(() => expect(handed).toHaveLength(1))
    later(2 * MINUTE)
    await sendDueMail(env, acme.db)
    slow.hangs = false
    await first
    expect(handed).toHaveLength(2)
    expect(await stateOf(uid)).toMatchObject({ state: 'sent', attempts: 2, error: null })
  })
  test('a hundred mails all go, each once', async () => {
    const uids: string[] = []
    for (let n = 0; n < 100; n += 1) uids.push(await queue())
    await send()
    expect(handed).toHaveLength(uids.length)
    expect(new Set(handed.map(({ headers }) => headers?.['X-Baton-Mail']))).toEqual(new Set(uids))
  })
  test('F31 a suspended instance sends nothing until it stands again', async () => {
    const { orm } = openDb(env, 0)
    const uid = await queue()
    await orm.update(instance).set({ state: 'suspended' }).where(eq(instance.no, acme.t))
    await send()
    expect(handed).toHaveLength(0)
    await orm.update(instance).set({ state: 'active' }).where(eq(instance.no, acme.t))
    await send()
    expect(await stateOf(uid)).toMatchObject({ state: 'sent' })
  })
  test('I8 a desk sends its own mail only', async () => {
    const foreign = await queue({ instance: { slug: 'skyline', name: 'Skyline' } }, skyline.db)
    await send(acme.t)
    expect(handed).toHaveLength(0)
    await send(skyline.t)
    expect(await stateOf(foreign, skyline.db)).toMatchObject({ state: 'sent' })
  })
})

describe('R8 the timer of a desk', () => {
  test('Q7 whoever wakes it does not wait for the provider', async () => {
    const uid = await queue()
    const provider = { silent: true }
    seams.sendMail = async () => {
      while (provider.silent) await scheduler.wait(5)
      return { messageId: '<late@provider.example>' }
    }
    await desk().wake()
    expect(await stateOf(uid)).toMatchObject({ state: 'pending' })
    const alarm = runDurableObjectAlarm(desk())
    await vi.waitFor(async () => expect(await stateOf(uid)).toMatchObject({ attempts: 1 }))
    provider.silent = false
    await alarm
    expect(await stateOf(uid)).toMatchObject({ state: 'sent', attempts: 1 })
  })
  const alarmOf = () => runInDurableObject(desk(), (_, state) => state.storage.getAlarm())
  test('stands before the mail is written, so that a mail whose wake was lost goes all the same', async () => {
    await desk().arm()
    expect((await alarmOf()) ?? Infinity).toBeLessThanOrEqual(seams.now() + 45_000)
    const uid = await queue()
    expect(await runDurableObjectAlarm(desk())).toBe(true)
    expect(await stateOf(uid)).toMatchObject({ state: 'sent' })
  })
  test('ends when nothing waits, but not while somebody may still be writing', async () => {
    await desk().arm()
    await runDurableObjectAlarm(desk())
    expect(await alarmOf()).not.toBeNull()
    later(2 * MINUTE)
    await runDurableObjectAlarm(desk())
    expect(await alarmOf()).toBeNull()
  })
  test('never throws, and looks again when the database is away', async () => {
    const uid = await queue()
    await desk().arm()
    seams.beforeQuery = () => Promise.reject(new Error('D1 is away'))
    expect(await runDurableObjectAlarm(desk())).toBe(true)
    expect((await alarmOf()) ?? Infinity).toBeLessThanOrEqual(seams.now() + 5_000)
    seams.beforeQuery = undefined
    await runDurableObjectAlarm(desk())
    expect(await stateOf(uid)).toMatchObject({ state: 'sent' })
  })
})

describe('delays after failures (protocol.md §4)', () => {
  test('the table, then hourly for 72 hours, then no more', () => {
    const plain = (failures: number) => backoff(failures, null, 0.5)
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(plain)).toEqual([
      0,
      5_000,
      20_000,
      MINUTE,
      3 * MINUTE,
      10 * MINUTE,
      30 * MINUTE,
      HOUR,
    ])
    let waited = 0
    let failures = 0
    for (let next = plain(failures); next !== null; next = plain(++failures)) waited += next
    expect(waited / HOUR).toBeGreaterThanOrEqual(71.5)
    expect(waited / HOUR).toBeLessThanOrEqual(73)
  })
  test('each varies by a fifth', () => {
    expect([backoff(3, null, 0), backoff(3, null, 1)]).toEqual([48_000, 72_000])
  })
  test('Retry-After is obeyed within a second and twelve hours', () => {
    expect([backoff(1, 0, 0.5), backoff(1, 90_000, 0.5), backoff(1, 99 * HOUR, 0.5)]).toEqual([
      1_000,
      90_000,
      12 * HOUR,
    ])
  })
})

describe('GET /mail', () => {
  test('shows admins what left, newest first, in pages', async () => {
    await queue()
    later(1_000)
    const newest = await queue()
    await send()
    const list = await acme.admin.get<{ record_count: number; mails: Record<string, unknown>[] }>(
      'mail?pageinate=true&page_size=1',
    )
    expect(list).toMatchObject({ record_count: 2, page_no: 1, page_size: 1 })
    expect(list.mails).toEqual([
      expect.objectContaining({
        id: newest,
        to: 'pat@acme.example',
        from: 'acme@desks.example',
        state: 'sent',
        attempts: 1,
        ticket_id: ticketId,
        text: expect.stringContaining('Please wait'),
      }),
    ])
  })
  test.each(['agent', 'user', 'nobody'] as const)('is not for %s', async (who) => {
    expect((await acme[who].ask('GET', 'mail')).status).toBe(who === 'nobody' ? 401 : 403)
  })
})
