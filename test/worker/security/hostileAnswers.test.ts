import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ticket } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { classify } from '../../../worker/sync/classify'
import { nowAgain, pair, type TestDesk } from '../pair'
import { answering, faraway, passes, type Line } from '../sync/line'
import { holderOf } from '../sync/partner'
import { act, escalated, fresh } from '../sync/story'

let acme: TestDesk
let skyline: TestDesk
let line: Line
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  line = await faraway(acme, skyline)
})
afterEach(nowAgain)

const UID = '7a7a7a7a-7a7a-4a7a-8a7a-7a7a7a7a7a7a'

describe('a partner that answers what harms (API10)', () => {
  test.each(['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', '//evil.example', 'nowhere'])(
    'the address %s of its ticket is not kept, and the message counts as taken',
    (url) => {
      const have = { n: 1, uid: UID }
      const json = { id: 1, ticket_id: 2, baton: { uid: UID, have, clock: 3, url } }
      const sent = { uid: UID, linkUid: UID, ticketId: null }
      const verdict = classify({ status: 201, json, retryAfterMs: null, ms: 1 }, sent, 'baton')
      expect(verdict).toMatchObject({ kind: 'synced' })
      expect(JSON.stringify(verdict)).not.toContain(url)
    },
  )

  test('a clock that would win for ever does not become ours when both sides compare', async () => {
    const { ours } = await escalated(acme)
    const clock = async () => {
      const [row] = await acme.db.orm
        .select({ clock: ticket.clock })
        .from(ticket)
        .where(and(eq(ticket.t, acme.t), eq(ticket.id, ours)))
      return row?.clock ?? 0
    }
    const before = await clock()
    const carry = seams.fetch
    let compared = 0
    seams.fetch = (request) => {
      if (!new URL(request.url).pathname.includes('/connection/link/')) return carry(request)
      compared++
      const have = { n: 0, uid: null }
      return Promise.resolve(Response.json({ have, clock: 2 ** 53 - 2, uids: [], record_count: 0 }))
    }
    const refusal = { error: 'GAP', message: 'x', baton: { have: { n: 7, uid: UID } } }
    line.faults = [answering(409, refusal)]
    await act(acme, ours, 'Private note', 'x')
    await passes(1_000)
    seams.fetch = carry
    expect(compared).toBeGreaterThan(0)
    expect(await clock()).toBeLessThan(before + 2_000_000)
  })
})

describe('a partner that sends what harms', () => {
  test.each(['Infinity', '1e300', '-3', '1.5', 'NaN', '0x10', '99999999999999999999'])(
    'its number %s of its ticket is kept as text and is no number here',
    async (number) => {
      const partner = await holderOf(skyline)
      const answer = await partner.ask('POST', 'tickets', [
        {
          summary: fresh(),
          client_reference: number,
          baton: {
            v: 1,
            kind: 'create',
            uid: crypto.randomUUID(),
            link: crypto.randomUUID(),
            ticket: crypto.randomUUID(),
            prev: { n: 0, uid: null },
            clock: 1,
            at: '2026-08-09T10:00:00.000Z',
            author: { kind: 'agent', uid: 'a-1', name: 'Remote Agent' },
          },
        },
      ])
      expect(answer.status, answer.text).toBe(201)
      const { links } = await skyline.agent.get<{ links: { remote_ticket_id: number | null }[] }>(
        `tickets/${String(answer.body['ticket_id'])}`,
      )
      expect(links).toMatchObject([{ remote_ticket_id: null }])
    },
  )
})
