import { and, eq } from 'drizzle-orm'
import { actionType, stepAction } from '../../../db/schema'
import type { Client, Reply, TestDesk } from '../pair'
import type { Wire } from '../wire'

/** What happens between two desks, told as people do it: over HTTP, with the names of the demo. */

export interface Refusal {
  error: string
  message: string
  fix?: string
  fields?: Record<string, string>
}

let told = 0
/** A summary that no other ticket has. */
export const fresh = (about = 'Printer'): string => `${about} ${++told}`

/** A ticket that an end user logs in the portal. */
export const logged = (desk: TestDesk, more: object = {}): Promise<Wire.Ticket> =>
  desk.user.post<Wire.Ticket>('tickets', [
    { summary: fresh(), details: 'It does not work.', ...more },
  ])

/** An action by its name; the answer says what became of it at the partner. */
export const act = (
  desk: TestDesk,
  ticketId: number,
  outcome: string,
  note: string,
  more: object = {},
): Promise<Wire.Action> =>
  desk.agent.post<Wire.Action>('actions', [
    { ticket_id: ticketId, outcome, note_html: `<p>${note}</p>`, ...more },
  ])

/** A call that is expected to be refused. */
export const tried = (who: Client, path: string, body: object): Promise<Reply<Refusal>> =>
  who.ask<Refusal>('POST', path, [body])

export const escalate = (
  acme: TestDesk,
  ticketId: number,
  more: object = {},
): Promise<Wire.Action> =>
  act(acme, ticketId, 'Escalate to MSP', 'Please look.', { supplier_id: acme.supplierId, ...more })

export interface Pairing {
  /** Acme's number, and Skyline's. */
  ours: number
  twin: number
}

/** A ticket of Acme's that stands at Skyline too. */
export async function escalated(acme: TestDesk, more: object = {}): Promise<Pairing> {
  const { id: ours } = await logged(acme, more)
  const { sync } = await escalate(acme, ours)
  if (sync?.state !== 'synced' || !sync.remote_ticket_id)
    throw new Error(`The escalation is ${sync?.state}: ${sync?.error}`)
  return { ours, twin: sync.remote_ticket_id }
}

export const ticketAt = (desk: TestDesk, id: number): Promise<Wire.Ticket> =>
  desk.agent.get<Wire.Ticket>(`tickets/${id}?includedetails=true`)

/** The timeline in the order in which it happened. */
export async function timeline(desk: TestDesk, ticketId: number): Promise<Wire.Action[]> {
  const { actions } = await desk.agent.get<{ actions: Wire.Action[] }>(
    `actions?ticket_id=${ticketId}&page_size=100`,
  )
  return actions.toReversed()
}

export async function newest(desk: TestDesk, ticketId: number): Promise<Wire.Action> {
  const last = (await timeline(desk, ticketId)).at(-1)
  if (!last) throw new Error('The timeline is empty')
  return last
}

/** An action as it stands now, and what is said of its delivery. */
export const again = (
  desk: TestDesk,
  { id, ticket_id: ticketId }: Wire.Action,
): Promise<Wire.Action> => desk.agent.get<Wire.Action>(`actions/${id}?ticket_id=${ticketId}`)

/** The button Retry of an action; tells how it stands then. */
export async function retry(desk: TestDesk, action: Wire.Action): Promise<Wire.Action> {
  await desk.agent.post(`connection/${desk.connectionId}/replay`, { ids: [action.sync?.id] })
  return again(desk, action)
}

export interface Mapped {
  kind: string
  remote_id: string
  remote_name?: string
  local_id: number
}

export const mappingsOf = async (desk: TestDesk): Promise<Mapped[]> =>
  (await desk.admin.get<{ mappings: Mapped[] }>(`connection/${desk.connectionId}/mappings`))
    .mappings

/** Publishes the set that stands, changed. */
export async function remap(desk: TestDesk, change: (set: Mapped[]) => Mapped[]): Promise<void> {
  await desk.admin.put(`connection/${desk.connectionId}/mappings`, {
    mappings: change(await mappingsOf(desk)),
  })
}

/** Maps one thing of the partner's to one of ours; to nothing where that is null. */
export const map = (
  desk: TestDesk,
  kind: string,
  theirs: number | string,
  ours: number | null,
): Promise<void> =>
  remap(desk, (set) => [
    ...set.filter((one) => one.kind !== kind || one.remote_id !== String(theirs)),
    ...(ours === null ? [] : [{ kind, remote_id: String(theirs), local_id: ours }]),
  ])

/** Settings of the connection, as its page saves them. */
export const setConnection = (desk: TestDesk, change: object): Promise<unknown> =>
  desk.admin.post('connection', { id: desk.connectionId, ...change })

export const authenticate = (
  desk: TestDesk,
  id = desk.connectionId,
): Promise<Reply<Refusal & { state?: string }>> =>
  desk.admin.ask('POST', `connection/${id}/authenticate`, {})

/** Settings of an action type, as the configuration will save them. */
export async function setAction(
  desk: TestDesk,
  name: string,
  change: Partial<typeof actionType.$inferInsert>,
): Promise<void> {
  const { orm } = desk.db
  await orm
    .update(actionType)
    .set(change)
    .where(and(eq(actionType.t, desk.t), eq(actionType.id, desk.outcome(name))))
}

/** Takes an action off the workflow; what is returned puts it back. */
export async function offWorkflow(desk: TestDesk, name: string): Promise<() => Promise<void>> {
  const { orm } = desk.db
  const ofType = and(eq(stepAction.t, desk.t), eq(stepAction.actionTypeId, desk.outcome(name)))
  const rows = await orm.select().from(stepAction).where(ofType)
  await orm.delete(stepAction).where(ofType)
  return async () => {
    await orm.insert(stepAction).values(rows)
  }
}
