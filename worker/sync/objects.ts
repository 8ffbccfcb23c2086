import { cost } from '../platform/cost'

/** The names of the objects, in one place: a number of the tenant and what it is of (T4). */
export const ticketObject = (env: Env, t: number, ticketId: number) =>
  counted(env.LINKED_TICKET.getByName(`${t}:${ticketId}`))

/** The object that takes the creation of a twin: one for each ticket of the partner's, so that two tries meet there. */
export const creationObject = (
  env: Env,
  t: number,
  connectionId: number,
  remoteTicketUid: string,
) => counted(env.LINKED_TICKET.getByName(`${t}:new:${connectionId}:${remoteTicketUid}`))

export const courierObject = (env: Env, t: number, connectionId: number) =>
  counted(env.COURIER.getByName(`${t}:${connectionId}`))

export const deskObject = (env: Env, t: number) => counted(env.DESK.getByName(String(t)))

export const witnessObject = (env: Env) => counted(env.WITNESS.getByName('DB'))

/** The tenant in an object's own name; it stands first in all of them. */
export const tenantOf = (name: string | undefined): number => Number(name?.split(':')[0])

/** The tenant and the number in an object's own name; throws for an object that was reached under another. */
export function nameParts(name: string | undefined): { t: number; id: number } {
  const [t, id] = (name ?? '').split(':').map(Number)
  if (!t || !id) throw new Error('The object has no name of that form')
  return { t, id }
}

function counted<T>(stub: T): T {
  cost.spend({ do: 1 })
  return stub
}
