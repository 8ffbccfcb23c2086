import { and, eq } from 'drizzle-orm'
import { connection, link } from '../../../db/schema'
import { byToken, Client, type TestDesk } from '../pair'
import { setConnection } from './story'

/** The partner's desk as it reaches another: with the credentials of its connection, and by hand. */

interface Issued {
  issued: { client_id: string; client_secret: string }
}

/**
 * Somebody who holds the credentials that `desk` issues on its connection. They are made anew; entered at `other` too, that desk goes
 * on as before.
 */
export async function holderOf(desk: TestDesk, other?: TestDesk): Promise<Client> {
  const { issued } = await desk.admin.post<Issued>(`connection/${desk.connectionId}/rotate`, {})
  if (other) await setConnection(other, { partner: { client_secret: issued.client_secret } })
  return new Client(desk.url, byToken(issued))
}

/** Messages by hand from the partner to a ticket of `desk`, each behind the last one that was taken. */
export async function messenger(desk: TestDesk, ticketId: number, other?: TestDesk) {
  const { orm } = desk.db
  const row = async () => {
    const [linked] = await orm
      .select()
      .from(link)
      .where(and(eq(link.t, desk.t), eq(link.ticketId, ticketId)))
    if (!linked) throw new Error('The ticket is not linked')
    return linked
  }
  const { uid: linkUid, remoteTicketUid, partnerTenant } = await row()
  const client = await holderOf(desk, other)
  const message = async (note: string, more: Record<string, unknown> = {}, baton: object = {}) => {
    const { inN, inUid } = await row()
    return {
      ticket_id: ticketId,
      outcome_id: 999,
      outcome: 'Their note',
      note_html: `<p>${note}</p>`,
      ...more,
      baton: {
        v: 1,
        kind: 'action',
        uid: crypto.randomUUID(),
        link: linkUid,
        ticket: remoteTicketUid,
        prev: { n: inN, uid: inUid },
        clock: 50,
        at: '2026-08-09T10:00:00.000Z',
        author: { kind: 'agent', uid: 'a-1', name: 'Remote Agent' },
        registers: [],
        ...baton,
      },
    }
  }
  const send = <T = Taken>(body: object) => client.ask<T>('POST', 'actions', [body])
  return { client, linkUid, partnerTenant, message, send, link: row }
}

export interface Taken {
  id: number
  ticket_id: number
  error?: string
  message?: string
  fix?: string
  baton: {
    uid: string
    have: { n: number; uid: string | null }
    clock: number
    registers: { name: string; clock: number; writer: string; value: unknown }[]
    parts: { part: string; result: string; reason?: string; fix?: string }[]
  }
}

/** A connection's row. */
export async function connectionOf(desk: TestDesk, id = desk.connectionId) {
  const [row] = await desk.db.orm
    .select()
    .from(connection)
    .where(and(eq(connection.t, desk.t), eq(connection.id, id)))
  if (!row) throw new Error('There is no such connection')
  return row
}
