import { and, eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { link } from '../../../db/schema'
import { pair, type TestDesk } from '../pair'
import { messenger } from './partner'
import { escalated } from './story'

let acme: TestDesk
let skyline: TestDesk
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
})

const linkOf = async (desk: TestDesk, ticketId: number) =>
  (
    await desk.db.orm
      .select()
      .from(link)
      .where(and(eq(link.t, desk.t), eq(link.ticketId, ticketId)))
  )[0]

test('R12 a link that has ended stays ended when its ticket is deleted, so a new twin can stand beside it', async () => {
  const { orm } = skyline.db
  const { twin } = await escalated(acme)
  const old = await linkOf(skyline, twin)
  if (!old) throw new Error('The twin is not linked')
  const ofOld = and(eq(link.t, skyline.t), eq(link.id, old.id))
  await orm.update(link).set({ state: 'ended' }).where(ofOld)
  const { twin: another } = await escalated(acme)
  await orm
    .update(link)
    .set({ remoteTicketUid: old.remoteTicketUid })
    .where(and(eq(link.t, skyline.t), eq(link.ticketId, another)))
  expect((await skyline.agent.ask('DELETE', `tickets/${twin}`)).status).toBe(200)
  expect((await linkOf(skyline, twin))?.state).toBe('ended')
})

test('R12 a message for a deleted ticket is told that it is gone, and resurrects nothing', async () => {
  const { twin } = await escalated(acme)
  const from = await messenger(skyline, twin)
  await skyline.agent.delete(`tickets/${twin}`)
  const answer = await from.send(await from.message('too late'))
  expect([answer.status, answer.body.error]).toEqual([410, 'TICKET_GONE'])
  expect((await skyline.agent.ask('GET', `tickets/${twin}`)).status).toBe(404)
})
