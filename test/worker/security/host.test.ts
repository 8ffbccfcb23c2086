import { and, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connection } from '../../../db/schema'
import { seams } from '../../../worker/platform/seams'
import { ORIGIN, pair, settle, type TestDesk } from '../pair'
import { act, authenticate, escalated, setConnection } from '../sync/story'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})
const { fetch } = seams
afterEach(() => {
  seams.fetch = fetch
})

describe('the address a desk gives of itself', () => {
  test('T13: a partner of this deployment is not linked under a host that only says to be it', async () => {
    const asked: string[] = []
    seams.fetch = (request) => {
      asked.push(request.url)
      return Promise.resolve(
        Response.json({ tenant_id: skyline.tenantId, name: 'Skyline', baton: 1 }),
      )
    }
    const { issued } = await skyline.admin.post<{ issued: { client_secret: string } }>(
      `connection/${skyline.connectionId}/rotate`,
      {},
    )
    const url = 'https://evil.example.net/skyline'
    await setConnection(acme, {
      partner: {
        auth_url: `${url}/auth`,
        resource_url: `${url}/api`,
        client_secret: issued.client_secret,
      },
    })
    const answer = await authenticate(acme)
    expect([answer.status, Object.keys(answer.body.fields ?? {})]).toEqual([
      400,
      ['partner.resource_url'],
    ])
    expect(asked).toEqual([])

    const right = { auth_url: `${skyline.url}/auth`, resource_url: `${skyline.url}/api` }
    await setConnection(acme, { partner: { ...right, client_secret: issued.client_secret } })
    expect((await authenticate(acme)).status).toBe(200)
  })

  test('T13: an address entered while another is tried is not taken for the one that worked', async () => {
    const of = and(eq(connection.t, acme.t), eq(connection.id, acme.connectionId))
    const ofConnection = acme.db.orm.select().from(connection).where(of)
    const [before] = await ofConnection
    let entered = false
    seams.beforeQuery = async (texts) => {
      if (entered || !texts.some((text) => /^update "connection" set .*"verified_at"/.test(text)))
        return
      entered = true
      const partnerAuthUrl = 'https://desk.example.com/other/auth'
      await acme.db.orm.update(connection).set({ partnerAuthUrl, verifiedAt: null }).where(of)
    }
    const answer = await authenticate(acme)
    seams.beforeQuery = undefined
    expect([entered, answer.status, answer.body.error]).toEqual([true, 409, 'CONFLICT'])
    expect((await ofConnection)[0]?.verifiedAt).toBeNull()
    await acme.db.orm
      .update(connection)
      .set({ ...before })
      .where(of)
  })

  test('what a proxy or a program says of the host is not believed, and no mail links there', async () => {
    const evil = {
      'x-forwarded-host': 'evil.example.net',
      'x-forwarded-proto': 'http',
      'x-original-url': '/skyline/api/tickets',
      'x-rewrite-url': '/skyline/api/tickets',
      forwarded: 'host=evil.example.net',
    }
    const answer = await acme.nobody.ask('GET', 'instanceinfo', undefined, evil)
    expect(answer.body).toMatchObject({ tenant_id: acme.tenantId, agent_url: `${ORIGIN}/acme` })
    expect(answer.text).not.toContain('evil')
    const { ours } = await escalated(acme)
    await acme.agent.ask(
      'POST',
      'actions',
      [{ ticket_id: ours, outcome: 'Email user', note: 'x' }],
      evil,
    )
    await settle()
    const mail = (await acme.mail()).at(-1)
    expect(mail?.html).not.toContain('evil')
  })

  test('a mail that a partner causes links to the own portal', async () => {
    const { ours, twin } = await escalated(acme)
    await act(skyline, twin, 'Indirect email to end user', 'Try again.')
    await settle()
    const [mail] = (await acme.mail()).filter(({ ticketId }) => ticketId === ours)
    const links = [...(mail?.html ?? '').matchAll(/href="([^"]+)"/g)].map(([, href]) => href)
    expect(links).toEqual(links.map(() => expect.stringMatching(`^${ORIGIN}/acme/portal/`)))
  })
})
