import { env, runInDurableObject } from 'cloudflare:test'
import { beforeAll, expect, test } from 'vitest'
import type { Partner } from '../../../worker/auth/principal'
import type { Arrival } from '../../../worker/sync/arrival'
import { findInstance } from '../../../worker/platform/directory'
import { pair, type TestDesk } from '../pair'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

/** A message that is well made, from Acme to Skyline, as the door hands it to an object. */
async function arrivalAt(desk: TestDesk): Promise<{ who: Partner; arrival: Arrival }> {
  const instance = await findInstance(env, desk.slug)
  if (!instance) throw new Error('There is no such desk')
  const { t, connectionId } = desk
  const who = { kind: 'connection' as const, t, connectionId, profile: 'customer' as const, ver: 1 }
  const uid = crypto.randomUUID()
  const baton = {
    v: 1 as const,
    kind: 'create' as const,
    uid,
    link: uid,
    ticket: uid,
    prev: { n: 0, uid: null },
    clock: 1,
    at: 0,
    via: [],
    author: { kind: 'agent' as const, uid: 'a', name: 'A' },
    registers: [],
  }
  const message = {
    ticketId: null,
    summary: 'x',
    ticketTypeId: null,
    ticketTypeName: null,
    clientReference: null,
    outcomeId: '1',
    outcomeName: 'x',
    sendsEmail: false,
    noteHtml: '',
    files: [],
    baton,
  }
  return { who, arrival: { connectionId, message, instance, base: desk.url, mailDomain: '' } }
}

test('T4: an object of one desk does nothing for another, whoever calls it by its name', async () => {
  const { who, arrival } = await arrivalAt(skyline)
  const refused = (work: Promise<unknown>) => expect(work).rejects.toThrow(/another/)
  const uid = arrival.message.baton.ticket
  await runInDurableObject(env.LINKED_TICKET.getByName(`${acme.t}:1001`), async (ofAcme) => {
    await refused(ofAcme.receive(who, arrival))
    await refused(ofAcme.record(skyline.t, Object(null), Object([])))
  })
  await runInDurableObject(env.LINKED_TICKET.getByName(`${acme.t}:new:1:${uid}`), (ofAcme) =>
    refused(ofAcme.create(who, arrival)),
  )
  await runInDurableObject(env.LINKED_TICKET.getByName(`${skyline.t}:new:1:${uid}`), (own) =>
    expect(own.create(who, arrival)).resolves.toHaveProperty('ok'),
  )
  const courier = env.COURIER.getByName(`${acme.t}:${skyline.connectionId}`)
  const parcel = Object({ connectionId: skyline.connectionId })
  await runInDurableObject(courier, (ofAcme) => refused(ofAcme.send(skyline.t, parcel, '')))
})
