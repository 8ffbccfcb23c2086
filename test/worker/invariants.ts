import { env } from 'cloudflare:test'
import { z } from 'zod'
import { fileKey } from '../../worker/desk/files'
import type { At, Side } from './sides'
import type { Wire } from './wire'

/**
 * The invariants I1 to I13 of reliability.md §7 over the databases of two or three desks: what the fault walk and the model do differs,
 * what must hold afterwards does not. It knows nothing of how the Worker comes there. A broken one is a line that begins with its name.
 */

/** What the world outside knows, and the databases have to agree with. */
export interface Told {
  /** Actions that were answered 2xx: where, and words that no other action has. A private one may be on no other desk. */
  accepted: { at: At; words: string; stays?: boolean }[]
  /** Every hand-over to the mail provider, by the mail's own uid. */
  handed: { uid: string; from: string }[]
  /** How often an answer of the provider was lost. */
  ambiguous: number
  /** A person sent a message again, so it may have come after later ones. */
  byHand?: boolean
  /** Mappings have changed since values were derived by them. */
  remapped?: boolean
}

interface Edge {
  from: Side
  to: Side
  out: Side['links'][number]
  into: Side['links'][number]
}

/** Each link in each direction. */
const edgesOf = (sides: Side[]): Edge[] =>
  sides.flatMap((from) =>
    sides.flatMap((to) =>
      from === to
        ? []
        : from.links.flatMap((out) => {
            const into = to.links.find(({ uid }) => uid === out.uid)
            return into ? [{ from, to, out, into }] : []
          }),
    ),
  )

const at = ({ desk }: Side, ticketId: number) => `${desk.slug} ${ticketId}`

/** Everything that holds once all is healed. Empty where all is well. */
export async function broken(sides: Side[], told: Told): Promise<string[]> {
  const edges = edgesOf(sides)
  return [
    ...accepted(sides, told),
    ...once(sides, told),
    ...ended(edges, sides),
    ...(told.byHand ? [] : inOrder(edges)),
    ...edges.flatMap((edge) => equal(edge, told)),
    ...fewMessages(sides, edges),
    ...mails(sides, told),
    ...(await files(sides, edges)),
  ]
}

/** I1: what was accepted is at its origin once, as it was written. */
const accepted = (sides: Side[], told: Told): string[] =>
  told.accepted.flatMap(({ at: { desk, id }, words }) => {
    const side = sides.find((one) => one.desk.t === desk.t)
    const there =
      side?.actions.filter((one) => one.ticketId === id && one.note.includes(words)) ?? []
    return there.length === 1 ? [] : [`I1 ${desk.slug} ${id} has “${words}” ${there.length} times`]
  })

/** I2, I9: on every other desk at most once, and a private one not at all; one ticket for one ticket, one person for one address. */
function once(sides: Side[], told: Told): string[] {
  const lines: string[] = []
  for (const { at: origin, words, stays } of told.accepted)
    for (const side of sides) {
      if (side.desk.t === origin.desk.t) continue
      const n = side.actions.filter(({ note }) => note.includes(words)).length
      if (n > (stays ? 0 : 1))
        lines.push(`${stays ? 'I9' : 'I2'} ${side.desk.slug} has “${words}” ${n} times`)
    }
  for (const side of sides) {
    const twins = Map.groupBy(
      side.links.filter(({ state, remoteTicketUid }) => state !== 'ended' && remoteTicketUid),
      (one) => `${one.partnerTenant} ${one.remoteTicketUid}`,
    )
    for (const [of, all] of twins)
      if (all.length > 1) lines.push(`I2 ${side.desk.slug} has ${all.length} tickets for ${of}`)
    const emails = side.people.map(({ email }) => email)
    if (new Set(emails).size !== emails.length)
      lines.push(`I2 ${side.desk.slug} has a person twice`)
  }
  return lines
}

/** I3: every message has ended with a reason or waits for a gate; synced if and only if the other desk has it. */
function ended(edges: Edge[], sides: Side[]): string[] {
  const lines: string[] = []
  for (const { from, to, out, into } of edges)
    for (const row of from.messages.filter(({ linkId }) => linkId === out.id)) {
      const has = to.taken.some(({ uid, linkId }) => uid === row.uid && linkId === into.id)
      const name = `${at(from, row.ticketId)}-${row.actionId} is ${row.state}`
      if ((row.state === 'synced') !== has && !isOpen(row.state))
        lines.push(`I3 ${name}, and ${to.desk.slug} has it: ${has}`)
    }
  for (const side of sides)
    for (const row of [...side.messages, ...side.following]) {
      const on = side.links.find(({ id }) => id === row.linkId)
      const name = `${at(side, row.ticketId)}-${row.actionId} is ${row.state}`
      if (isOpen(row.state) !== (row.nextAt !== null)) lines.push(`I3 ${name} until ${row.nextAt}`)
      if (row.state === 'pending' && on?.gate === 'live')
        lines.push(`I3 ${name}: ${row.error ?? row.reason ?? 'nobody says why'}`)
      if (!isOpen(row.state) && row.state !== 'synced' && !row.reason && !row.error)
        lines.push(`I3 ${name} without a reason`)
    }
  return lines
}
const isOpen = (state: string): boolean => state === 'pending' || state === 'parked'

/** I4: in the order in which they were saved. */
const inOrder = (edges: Edge[]): string[] =>
  edges.flatMap(({ from, to, out, into }) => {
    const saved = new Map(
      from.messages
        .filter(({ linkId }) => linkId === out.id)
        .map(({ uid, actionId }) => [uid, actionId]),
    )
    const arrived = to.taken
      .filter(({ linkId }) => linkId === into.id)
      .toSorted((a, b) => a.actionId - b.actionId)
      .flatMap(({ uid }) => saved.get(uid) ?? [])
    return arrived.every((id, n) => n === 0 || id > (arrived[n - 1] ?? 0))
      ? []
      : [`I4 ${at(to, into.ticketId)} has those of ${from.desk.slug} as ${arrived.join(' ')}`]
  })

type Kind = 'status' | 'priority' | 'category'

/** I5: the same stamp on both sides, and of it the value that follows; unless the ticket says that the desks may differ. */
function equal({ from, to, out, into }: Edge, told: Told): string[] {
  const waits = from.messages.some(({ linkId, nextAt }) => linkId === out.id && nextAt !== null)
  if (waits || out.mayDiffer || into.mayDiffer || out.state !== 'live' || into.state !== 'live')
    return []
  if (to.messages.some(({ linkId, nextAt }) => linkId === into.id && nextAt !== null)) return []
  const ours = from.registers.filter(({ ticketId }) => ticketId === out.ticketId)
  const theirs = to.registers.filter(({ ticketId }) => ticketId === into.ticketId)
  const here = from.tickets.find(({ id }) => id === out.ticketId)
  const there = to.tickets.find(({ id }) => id === into.ticketId)
  return ours.flatMap((one) => {
    const name = nameAt(to, into.connectionId, one.name)
    const other = theirs.find((row) => row.name === name)
    const has = ['status', 'priority', 'category'].includes(one.name)
    if (one.clock === 0 || one.edited || !one.applied || (!other && !has)) return []
    const label = `I5 ${one.name} of ${at(from, out.ticketId)} and ${at(to, into.ticketId)}`
    if (!other) return [`${label}: the second has none`]
    // What came on another link and means nothing here is not handed on.
    const isForeign = !other.applied && other.connectionId !== into.connectionId
    if (other.edited || isForeign) return []
    if (other.clock !== one.clock || other.writer !== one.writer)
      return [`${label}: ${one.clock} ${one.writer} and ${other.clock} ${other.writer}`]
    if (other.value === null || other.connectionId !== into.connectionId) return []
    if (one.name !== 'status' && one.name !== 'priority' && one.name !== 'category') return []
    return valuesOf(label, one.name, other, { here, there, to }, told)
  })
}

function valuesOf(
  label: string,
  kind: Kind,
  other: Side['registers'][number],
  {
    here,
    there,
    to,
  }: {
    here: Side['tickets'][number] | undefined
    there: Side['tickets'][number] | undefined
    to: Side
  },
  told: Told,
): string[] {
  const value: unknown = JSON.parse(other.value ?? 'null')
  const id = typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : null
  const lines: string[] = []
  const own = columnOf(kind, here)
  if (String(own) !== String(id))
    lines.push(`${label}: the first has ${own}, the second heard of ${id}`)
  const mapped =
    id === null
      ? null
      : to.mappings.find(
          (row) =>
            row.connectionId === other.connectionId && row.kind === kind && row.remoteId === id,
        )?.localId
  if (told.remapped) return lines
  if (other.applied && mapped !== columnOf(kind, there))
    lines.push(`${label}: the second has ${columnOf(kind, there)}, mapped is ${mapped}`)
  if (!other.applied && mapped !== undefined) lines.push(`${label}: mapped, and not derived`)
  return lines
}

const columnOf = (kind: Kind, of: Side['tickets'][number] | undefined): number | null =>
  (kind === 'status' ? of?.statusId : kind === 'priority' ? of?.priorityId : of?.categoryId) ?? null

/** What a register is called on the other desk: a field has another number there. */
function nameAt({ mappings }: Side, connectionId: number, name: string): string | undefined {
  if (!name.startsWith('field:')) return name
  const row = mappings.find(
    (one) =>
      one.connectionId === connectionId && one.kind === 'field' && one.remoteId === name.slice(6),
  )
  return row && `field:${row.localId}`
}

/** I6: an action goes over each link at most once. */
const fewMessages = (sides: Side[], edges: Edge[]): string[] =>
  [
    ...Map.groupBy(
      sides.flatMap(({ messages }) => messages),
      ({ uid }) => uid,
    ),
  ].flatMap(([uid, all]) =>
    all.length > edges.length / 2 ? [`I6 ${uid} became ${all.length} messages`] : [],
  )

/** I8: one mail for an action and an address, one hand-over but for lost answers, from the right desk; no address goes further. */
function mails(sides: Side[], told: Told): string[] {
  const lines: string[] = []
  for (const side of sides) {
    const { desk } = side
    const same = Map.groupBy(
      side.mails,
      (one) => `${one.ticketId}-${one.actionId} to ${one.toAddress}`,
    )
    for (const [name, all] of same)
      if (all.length > 1) lines.push(`I8 ${desk.slug} ${name}: ${all.length} mails`)
    for (const { uid, state } of side.mails) {
      const handed = told.handed.filter((one) => one.uid === uid)
      if (handed.length > 1 + told.ambiguous)
        lines.push(`I8 ${desk.slug} handed ${uid} over ${handed.length} times`)
      if (state !== 'sent' || handed.length === 0) lines.push(`I8 ${desk.slug} a mail is ${state}`)
      if (handed.some(({ from }) => from.split('@')[0] !== desk.slug))
        lines.push(`I8 ${uid} left from another desk`)
    }
    for (const other of sides) {
      const address = other.desk.demo.user.email
      if (other === side) continue
      const knows = side.actions.some(({ note }) => note.includes(address))
      if (knows || side.people.some(({ email }) => email === address))
        lines.push(`I8 ${desk.slug} knows ${address}`)
    }
  }
  return lines
}

/** I10: every row has its object, and what was sent with a message is on the other desk, the same to the byte. */
async function files(sides: Side[], edges: Edge[]): Promise<string[]> {
  const lines: string[] = []
  const standing = ({ files: rows }: Side) => rows.filter(({ deletedAt }) => deletedAt === null)
  for (const side of sides)
    for (const row of standing(side)) {
      const object = await env.FILES.head(fileKey(side.desk.tenantId, row.object ?? row.uid))
      if (object?.size !== row.size)
        lines.push(`I10 ${side.desk.slug} has a row of ${row.uid} and no such object`)
    }
  for (const { from, to, out } of edges)
    for (const { ticketId, actionId, state, files: sent } of from.messages) {
      if (state !== 'synced' || ticketId !== out.ticketId || sent === null) continue
      const staged = new Set(
        FileFates.parse(JSON.parse(sent)).flatMap((one) =>
          one.state === 'staged' ? [one.uid] : [],
        ),
      )
      for (const row of standing(from).filter(
        (one) => one.ticketId === ticketId && one.actionId === actionId,
      )) {
        const there = standing(to).find(({ uid }) => uid === row.uid)
        if (staged.has(row.uid) && (there?.sha256 !== row.sha256 || there.actionId === null))
          lines.push(`I10 ${to.desk.slug} has ${there ? 'another file' : 'no file'} for ${row.uid}`)
      }
    }
  return lines
}
const FileFates = z.array(z.object({ uid: z.string(), state: z.string() }))

/** I11: positions, clocks and counters between two looks. */
export function fallen(before: Side[], after: Side[]): string[] {
  const marks = (sides: Side[]) =>
    new Map(
      sides.flatMap((side) => [
        ...side.links.map((one): [string, number] => [
          `${at(side, one.ticketId)} in ${one.id}`,
          one.inN,
        ]),
        ...side.links.map((one): [string, number] => [
          `${at(side, one.ticketId)} out ${one.id}`,
          one.outN,
        ]),
        ...side.tickets.map((one): [string, number] => [`${at(side, one.id)} clock`, one.clock]),
        ...side.counters.map((one): [string, number] => [
          `${side.desk.slug} counter ${one.name}`,
          one.value,
        ]),
      ]),
    )
  const then = marks(before)
  return [...marks(after)].flatMap(([name, value]) =>
    value < (then.get(name) ?? 0) ? [`I11 ${name} fell from ${then.get(name)} to ${value}`] : [],
  )
}

/** I5: what may not change when everything heals once more. */
export const standing = (sides: Side[]): string =>
  JSON.stringify(
    sides.map((side) => [side.registers, side.tickets, side.messages, side.actions.length]),
  )

/** I12, I9: what the API says of delivery is what the tables say, and an end user sees no hidden word. */
export async function untrue(sides: Side[], told: Told): Promise<string[]> {
  const lines: string[] = []
  for (const side of sides)
    for (const { id, deletedAt } of side.tickets) {
      if (deletedAt !== null) continue
      const page = `actions?ticket_id=${id}&page_size=100`
      const { actions } = await side.desk.agent.get<{ actions: Wire.Action[] }>(page)
      for (const row of side.messages.filter((one) => one.ticketId === id)) {
        const said = actions.find((one) => one.id === row.actionId)?.sync
        const several =
          side.messages.filter((one) => one.actionId === row.actionId && one.ticketId === id)
            .length > 1
        if (!several && said?.state !== row.state)
          lines.push(
            `I12 ${at(side, id)}-${row.actionId} is ${row.state}, said to be ${said?.state}`,
          )
      }
      const hidden = side.actions.filter((one) => one.ticketId === id && one.hidden)
      if (side.desk.slug !== 'acme' || hidden.length === 0) continue
      const { text } = await side.desk.user.ask('GET', page)
      for (const { words } of told.accepted)
        if (hidden.some(({ note }) => note.includes(words)) && text.includes(words))
          lines.push(`I9 ${at(side, id)} shows “${words}” to its user`)
    }
  return lines
}
