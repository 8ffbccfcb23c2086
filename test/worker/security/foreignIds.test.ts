import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { emailTemplate } from '../../../db/schema'
import { byToken, Client, pair, type TestDesk } from '../pair'
import { escalated, fresh, logged } from '../sync/story'

/** What the walk of test/worker/tenants cannot see: names that belong together, or that two desks have in common. */

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

test('T2: an action type names its own desk\u2019s email template, not the one of that number elsewhere', async () => {
  await acme.db.orm
    .update(emailTemplate)
    .set({ name: 'CANARY of Acme' })
    .where(and(eq(emailTemplate.t, acme.t), eq(emailTemplate.id, 35)))
  const path = `outcome/${skyline.outcome('Log to supplier')}`
  expect(JSON.stringify(await skyline.admin.get(path))).not.toContain('CANARY of Acme')
  expect(JSON.stringify(await skyline.admin.get('outcome'))).not.toContain('CANARY of Acme')
})

describe('T1: a number in a body', () => {
  test('the partners of an action are those of its ticket, whatever else is named', async () => {
    const { ours } = await escalated(acme)
    const send = (id: number) =>
      acme.boss.ask('POST', 'actions', [
        { ticket_id: ours, outcome: 'Private note', note: fresh(), connection_ids: [id] },
      ])
    const [foreign, unknown] = [await send(4_242), await send(5_353)]
    expect(foreign.status).toBe(unknown.status)
    expect(foreign.body['deliveries'] ?? []).not.toContainEqual(
      expect.objectContaining({ state: 'synced' }),
    )
  })

  test('a customer of the desk, and a site of another of its customers', async () => {
    const { id } = await acme.admin.post('client', [{ name: fresh() }])
    const [site] = (await acme.admin.get<{ sites: { id: number }[] }>(`site?client_id=${id}`)).sites
    const answer = await acme.boss.ask('POST', 'tickets', [
      { id: (await logged(acme)).id, user_id: 1, site_id: site?.id },
    ])
    expect(answer.status).toBe(400)
  })

  test('the uid of another connection\u2019s link, for a new one, is refused in words', async () => {
    const { ours } = await escalated(acme)
    const other = await otherCustomer()
    const linkUid = await acme.db.d1
      .prepare('select uid from link where t = ? and ticket_id = ?')
      .bind(acme.t, ours)
      .first<string>('uid')
    const answer = await other.ask('POST', 'tickets', [
      {
        summary: 'x',
        outcome_id: 1,
        baton: {
          v: 1,
          kind: 'create',
          uid: crypto.randomUUID(),
          link: linkUid,
          ticket: crypto.randomUUID(),
          prev: { n: 0, uid: null },
          clock: 1,
          at: '2026-08-09T10:00:00.000Z',
          author: { kind: 'agent', uid: 'a', name: 'A' },
        },
      },
    ])
    expect(answer.status, answer.text).toBe(400)
    expect(answer.body).toMatchObject({ fields: { 'baton.link': 'use a uid of its own' } })
  })
})

/** A partner that may make tickets at Acme. */
async function otherCustomer(): Promise<Client> {
  const { id } = await acme.admin.post('client', [{ name: fresh() }])
  const { issued } = await acme.admin.post<{
    issued: { client_id: string; client_secret: string }
  }>('connection', {
    client_id: id,
    allow_access: true,
    default_tickettype_id: acme.ticketType('Incident'),
    partner: { tenant_id: '0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f' },
  })
  return new Client(acme.url, byToken(issued))
}
