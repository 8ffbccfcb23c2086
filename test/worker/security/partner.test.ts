import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { link } from '../../../db/schema'
import { byToken, Client, pair, type TestDesk } from '../pair'
import { messenger, type Taken } from '../sync/partner'
import { escalated, newest, ticketAt } from '../sync/story'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

/** Somebody who has a connection of their own to this desk, and who says they are the desk of that tenant. */
async function otherPartner(desk: TestDesk, tenantId: string): Promise<Client> {
  const { id } = await desk.admin.post('supplier', { name: `Of ${tenantId}` })
  const { issued } = await desk.admin.post<{
    issued: { client_id: string; client_secret: string }
  }>('connection', { supplier_id: id, allow_access: true, partner: { tenant_id: tenantId } })
  return new Client(desk.url, byToken(issued))
}

const MADE_UP = '7a7a7a7a-7a7a-4a7a-8a7a-7a7a7a7a7a7a'
const send = (who: Client, body: object) => who.ask<Taken>('POST', 'actions', [body])
/** A refusal without what names the message itself. */
const plain = ({ status, body }: { status: number; body: object }) => ({
  status,
  body: { ...body, baton: undefined },
})

describe('a partner that names what is not its own (T21)', () => {
  test('another partner\u2019s link is answered like one that does not exist', async () => {
    const { ours } = await escalated(acme)
    const letter = await messenger(acme, ours, skyline)
    const other = await otherPartner(acme, '0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f')
    const foreign = await send(other, await letter.message('x'))
    const unknown = await send(other, await letter.message('x', {}, { link: MADE_UP }))
    expect(foreign.body).toMatchObject({ error: 'LINK_UNKNOWN' })
    expect(plain(foreign)).toEqual(plain(unknown))
    const asked = (uid: string) => other.ask('GET', `connection/link/${uid}?uids=1`)
    expect(plain(await asked(letter.linkUid))).toEqual(plain(await asked(MADE_UP)))
  })

  test('its own link with another ticket\u2019s number is refused, and stores nothing', async () => {
    const one = await escalated(acme)
    const two = await escalated(acme)
    const letter = await messenger(acme, one.ours, skyline)
    const before = (await newest(acme, two.ours)).id
    const answer = await letter.send(await letter.message('x', { ticket_id: two.ours }))
    expect([answer.status, answer.body.error]).toEqual([409, 'LINK_UNKNOWN'])
    expect((await newest(acme, two.ours)).id).toBe(before)
  })

  test('a repeat under a link that does not exist, or is another\u2019s, is refused like any message there', async () => {
    const one = await escalated(acme)
    const two = await escalated(acme)
    const letter = await messenger(acme, one.ours, skyline)
    const message = await letter.message('Once.')
    expect((await letter.send(message)).status).toBe(201)
    const [other] = await acme.db.orm
      .select({ uid: link.uid })
      .from(link)
      .where(and(eq(link.t, acme.t), eq(link.ticketId, two.ours)))
    for (const uid of [MADE_UP, other?.uid]) {
      const baton = { ...message.baton, link: uid }
      const again = await letter.send({ ...message, ticket_id: undefined, baton })
      expect([again.status, again.body.error]).not.toEqual([500, 'INTERNAL'])
      expect(again.status).toBeGreaterThanOrEqual(400)
      const there = await letter.send({ ...message, baton })
      expect([there.status, there.body.error]).toEqual([409, 'LINK_UNKNOWN'])
    }
    expect((await letter.send(message)).status).toBe(200)
  })

  test('somebody else who knows a message cannot have its first answer', async () => {
    const { ours } = await escalated(acme)
    const letter = await messenger(acme, ours, skyline)
    const message = await letter.message('Private.')
    expect((await letter.send(message)).status).toBe(201)
    const liar = await otherPartner(acme, skyline.tenantId)
    const answer = await send(liar, message)
    expect([answer.status, answer.body.error]).toEqual([409, 'LINK_UNKNOWN'])
  })
})

describe('a partner that says who it is (T20)', () => {
  test('ids and names of people here mean nothing in its message', async () => {
    const { ours } = await escalated(acme)
    const before = await ticketAt(acme, ours)
    const letter = await messenger(acme, ours, skyline)
    const answer = await letter.send(
      await letter.message(
        'I am the admin.',
        {
          who: 'System',
          who_agentid: 2,
          user_id: 1,
          agent_id: 2,
          status_id: acme.status('Closed'),
          priority_id: 1,
          hiddenfromuser: false,
          send_to: 'supplier',
        },
        { author: { kind: 'system', uid: 'agent:2', name: 'Ana Ito' } },
      ),
    )
    expect(answer.status, answer.text).toBe(201)
    expect(await newest(acme, ours)).toMatchObject({
      who: 'Ana Ito',
      who_type: 3,
      who_agentid: 0,
      partner: 'Skyline',
      hiddenfromuser: true,
    })
    const { status_id, priority_id, agent_id, user_id } = before
    expect(await ticketAt(acme, ours)).toMatchObject({ status_id, priority_id, agent_id, user_id })
  })
})
