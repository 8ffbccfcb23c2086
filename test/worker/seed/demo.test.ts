import { createExecutionContext, env } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { actionType, connection, mapping, person } from '../../../db/schema'
import { app } from '../../../worker/app'
import { call, ORIGIN, pair, type TestDesk } from '../pair'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

const ofDesk = async ({ db }: TestDesk) => {
  const [row] = await db.orm.select().from(connection).where(eq(connection.t, db.t))
  if (!row) throw new Error('no connection')
  const maps = await db.orm
    .select()
    .from(mapping)
    .where(
      and(
        eq(mapping.t, db.t),
        eq(mapping.connectionId, row.id),
        eq(mapping.version, row.mappingVersion),
      ),
    )
  return { row, maps }
}
const type = async ({ db }: TestDesk, name: string) =>
  (
    await db.orm
      .select()
      .from(actionType)
      .where(and(eq(actionType.t, db.t), eq(actionType.name, name)))
  )[0]

describe('the demo pair', () => {
  test('G31: both sides allow access, hold each other\u2019s details and are verified', async () => {
    const [ofAcme, ofSkyline] = [await ofDesk(acme), await ofDesk(skyline)]
    expect(ofAcme.row).toMatchObject({
      kind: 'supplier',
      supplierId: acme.supplierId,
      allowAccess: true,
      state: 'live',
      dialect: 'baton',
      partnerTenantId: skyline.tenantId,
      partnerClientId: ofSkyline.row.issuedClientId,
      syncAttachments: true,
    })
    expect(ofSkyline.row).toMatchObject({
      kind: 'customer',
      customerId: skyline.customerId,
      allowAccess: true,
      state: 'live',
      dialect: 'baton',
      partnerTenantId: acme.tenantId,
      partnerClientId: ofAcme.row.issuedClientId,
    })
    for (const { row } of [ofAcme, ofSkyline]) expect(row.verifiedAt).toBeGreaterThan(0)
  })

  test('G33: Acme\u2019s agents are users of the customer Acme at Skyline, and none of them is an agent there', async () => {
    const people = await skyline.db.orm
      .select()
      .from(person)
      .where(
        and(
          eq(person.t, skyline.t),
          eq(person.customerId, skyline.customerId),
          eq(person.isGeneral, false),
        ),
      )
      .orderBy(person.email)
    expect(people.map(({ email }) => email)).toEqual(['admin@acme.example', 'ana@acme.example'])
    expect(people.map(({ password }) => password)).toEqual([null, null])
  })

  test('G84, G92, G97: at Acme the supplier\u2019s actions are mapped as in the guide', async () => {
    const { maps, row } = await ofDesk(acme)
    const local = (name: string) =>
      maps.find((one) => one.kind === 'outcome' && one.remoteId === String(skyline.outcome(name)))
        ?.localId
    expect(local('Note')).toBe(acme.outcome('Internal update'))
    expect(local('Indirect email to end user')).toBe(acme.outcome('Email user'))
    expect(local('Resolve third party ticket')).toBe(acme.outcome('Resolve'))
    expect(row.defaultActionTypeId).toBe(acme.outcome('Internal note'))
    expect(
      maps.find((one) => one.kind === 'status' && one.remoteName === 'Resolved')?.localId,
    ).toBe(acme.status('Closed'))
  })

  test('G61, G62, G88, G98: at Skyline the customer\u2019s actions and ticket types are mapped as in the guide', async () => {
    const { maps, row } = await ofDesk(skyline)
    const local = (kind: string, id: number) =>
      maps.find((one) => one.kind === kind && one.remoteId === String(id))?.localId
    expect(local('outcome', acme.outcome('Private note'))).toBe(skyline.outcome('Internal note'))
    expect(local('outcome', acme.outcome('Resolve'))).toBe(
      skyline.outcome('Resolve third party ticket'),
    )
    expect(local('outcome', acme.outcome('User update'))).toBe(skyline.outcome('Customer update'))
    expect(local('tickettype', acme.ticketType('Service request'))).toBe(
      skyline.ticketType('Service request'),
    )
    expect(row).toMatchObject({
      defaultTicketTypeId: skyline.ticketType('Incident'),
      defaultStatusId: skyline.status('New'),
      defaultActionTypeId: skyline.outcome('Internal note'),
    })
  })

  test('G90: both sides map summary, dates and own fields, and every priority and category of equal name', async () => {
    for (const desk of [acme, skyline]) {
      const { maps } = await ofDesk(desk)
      const named = (kind: string) =>
        maps
          .filter((one) => one.kind === kind)
          .map(({ remoteName }) => remoteName)
          .sort()
      expect(named('field')).toEqual([
        'CFasset',
        'CFimpact',
        'CFnoticed',
        'startdate',
        'symptom',
        'targetdate',
      ])
      expect(named('priority')).toEqual(['Critical', 'High', 'Low', 'Medium'])
      expect(named('category')).toContain('Hardware>Laptop')
    }
  })

  test('G71, G81, G86, G91, G95, G96: its actions are set as the guide says', async () => {
    expect(await type(acme, 'Escalate to MSP')).toMatchObject({
      systemUse: 'log_to_supplier',
      sendEmail: true,
      emailTemplateId: 35,
      hideFromUser: true,
    })
    expect(await type(acme, 'Private note')).toMatchObject({
      systemUse: 'none',
      sendEmail: false,
      hideFromUser: true,
      sendToConnected: true,
    })
    expect(await type(acme, 'Internal update')).toMatchObject({
      hideFromUser: true,
      sendToConnected: false,
      sendEmail: false,
    })
    expect(await type(acme, 'Email user')).toMatchObject({
      sendEmail: true,
      emailOnConnection: true,
    })
    expect(await type(acme, 'Resolve')).toMatchObject({
      statusAfterId: acme.status('Closed'),
      sendEmail: true,
      emailOnConnection: true,
      sendToConnected: true,
    })
    for (const name of ['Note', 'Indirect email to end user']) {
      expect(await type(skyline, name)).toMatchObject({
        systemUse: 'none',
        sendEmail: false,
        hideFromUser: false,
        sendToConnected: true,
      })
    }
    expect(await type(skyline, 'Resolve third party ticket')).toMatchObject({
      statusAfterId: skyline.status('Closed'),
      sendEmail: false,
      sendToConnected: true,
    })
  })

  test('G12: linking makes no agent on either side', async () => {
    for (const { db } of [acme, skyline]) {
      expect(
        await db.d1
          .prepare('select count(*) as n from agent where t = ?')
          .bind(db.t)
          .first<number>('n'),
      ).toBe(3)
    }
  })
})

describe('the door that makes it', () => {
  const ask = (headers: Record<string, string>, body?: string) =>
    call(new Request(`${ORIGIN}/api/demo`, { method: 'POST', headers, ...(body && { body }) }))
  const key = { authorization: `Bearer ${env.DEMO_KEY}` }

  test('T43: does not exist for whoever lacks the key', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer x' },
      { authorization: 'Bearer ' },
      { authorization: 'Bearer undefined' },
    ]) {
      expect((await ask(headers)).status).toBe(404)
    }
  })

  test.each([
    ['in production', { ENVIRONMENT: 'production' }],
    ['where desks have host names', { BASE_DOMAIN: 'desk.example' }],
    ['without a key of its own', { DEMO_KEY: '' }],
  ])('T43: does not exist %s, whatever key is sent', async (_, vars) => {
    const request = new Request(`${ORIGIN}/api/demo`, { method: 'POST', headers: key })
    const response = await app.fetch(request, { ...env, ...vars }, createExecutionContext())
    expect(response.status).toBe(404)
  })

  test('refuses to make it twice', async () => {
    const response = await ask(key, '{"only":"acme"}')
    expect([response.status, (await response.json<{ error: string }>()).error]).toEqual([
      409,
      'CONFLICT',
    ])
  })
})
