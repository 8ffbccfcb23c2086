import type { Slug } from './deployment.ts'
import type { Accepted, Driver } from './driver.ts'
import type { Ending, Entry, Ticket } from './ending.ts'
import type { Recovery } from './recovery.ts'

/** One promise of reliability.md §3, and each way in which the two desks break it. */
export interface Guarantee {
  name: string
  /** What was counted, such as `123 actions`. */
  of: string
  faults: string[]
}

export type Endings = Record<Slug, Ending>

const SLUGS = ['acme', 'skyline'] as const
const otherOf = (slug: Slug): Slug => (slug === 'acme' ? 'skyline' : 'acme')

/** Compares what was accepted with what both desks hold after everything has healed. Pure. */
export function guaranteesOf(accepted: Accepted[], ends: Endings, now: number): Guarantee[] {
  return [
    lost(accepted, ends),
    doubled(accepted, ends),
    unexplained(ends, now),
    outOfOrder(ends),
    apart(ends),
    untrue(accepted, ends),
    mailedTwice(accepted, ends),
  ]
}

const holding = ({ entries }: Ending, mark: string): Entry[] =>
  entries.filter(({ note_html: note }) => note.includes(mark))

const called = ({ tickets }: Ending, mark: string): Ticket[] =>
  [...tickets.values()].filter(({ summary }) => summary === mark)

/** Q1: what was answered with 2xx is where it was made, as it was answered, and at the partner. */
function lost(accepted: Accepted[], ends: Endings): Guarantee {
  const faults = accepted.flatMap(({ desk, kind, outcome, mark, uid, ticketId }) => {
    const what = `${outcome} ${mark} on ticket ${ticketId} of ${desk}`
    if (kind === 'ticket')
      return SLUGS.filter((slug) => called(ends[slug], mark).length === 0).map(
        (slug) => `${what}: no ticket at ${slug}`,
      )
    const here = holding(ends[desk], mark).filter(({ guid }) => guid === uid)
    const there = holding(ends[otherOf(desk)], mark)
    return [
      ...(here.length === 0 ? [`${what}: it is not there`] : []),
      ...(there.length === 0 ? [`${what}: it is not at ${otherOf(desk)}`] : []),
    ]
  })
  return { name: 'Q1 lost', of: `${accepted.length} actions`, faults }
}

/** Q2: one of each, on either desk; tickets, links and people likewise. */
function doubled(accepted: Accepted[], ends: Endings): Guarantee {
  const faults = accepted.flatMap(({ kind, mark }) =>
    SLUGS.flatMap((slug) => {
      const found =
        kind === 'ticket' ? called(ends[slug], mark).length : holding(ends[slug], mark).length
      return found > 1 ? [`${mark} is ${found} times at ${slug}`] : []
    }),
  )
  const escalated = accepted.filter(({ kind }) => kind === 'escalation').length
  const twins = ends.skyline.tickets.size
  return {
    name: 'Q2 doubled',
    of: `${accepted.length} actions`,
    faults: [
      ...faults,
      ...(twins > escalated ? [`${escalated} escalations made ${twins} tickets`] : []),
      ...SLUGS.flatMap((slug) =>
        ends[slug].doubledPeople.map((email) => `${email} is two people at ${slug}`),
      ),
    ],
  }
}

/** Q3: every message has ended, or is due in the future. Nothing that the driver did has a reason to be refused. */
function unexplained(ends: Endings, now: number): Guarantee {
  const messages = SLUGS.flatMap((slug) => ends[slug].messages.map((row) => ({ slug, ...row })))
  const faults = messages
    .filter(({ state, next_at: at }) =>
      at === null ? state !== 'synced' : !(at > now && (state === 'pending' || state === 'parked')),
    )
    .map(
      ({ slug, ticket_id: ticket, action_id: action, state, error, reason }) =>
        `${slug} ${ticket}/${action} is ${state} (${error ?? reason ?? 'no words'})`,
    )
  const gates = SLUGS.filter((slug) => ends[slug].connection.state !== 'live').map(
    (slug) =>
      `the connection of ${slug} is ${ends[slug].connection.state}: ${ends[slug].connection.reason}`,
  )
  return {
    name: 'Q3 unexplained',
    of: `${messages.length} messages`,
    faults: [...gates, ...faults],
  }
}

/** Q4: on each link, the order in which the partner took messages is that in which they were saved; both sides name the same last one. */
function outOfOrder(ends: Endings): Guarantee {
  const faults = SLUGS.flatMap((slug) => {
    const saved = new Map(ends[slug].messages.map((row) => [row.uid, row.action_id]))
    const { taken, links } = ends[otherOf(slug)]
    return ends[slug].links.flatMap((mine) => {
      const order = taken
        .filter(({ link }) => link === mine.uid)
        .map(({ uid }) => saved.get(uid) ?? 0)
      const theirs = links.find(({ uid }) => uid === mine.uid)
      return [
        ...order.flatMap((id, place) =>
          id < (order[place - 1] ?? 0)
            ? [`${slug} ticket ${mine.ticket_id}: action ${id} was taken after ${order[place - 1]}`]
            : [],
        ),
        ...(theirs && theirs.in_n === mine.out_n && theirs.in_uid === mine.out_uid
          ? []
          : [
              `${slug} ticket ${mine.ticket_id}: it stands at ${mine.out_n}, the partner at ${theirs?.in_n}`,
            ]),
      ]
    })
  })
  return { name: 'Q4 out of order', of: `${ends.acme.links.length * 2} directions`, faults }
}

/** What a status of the other desk is here, by the demo's mappings. */
const DERIVED: Record<Slug, Record<string, string>> = {
  acme: { Resolved: 'Closed' },
  skyline: { 'With supplier': 'In progress' },
}

/** Q5: the same stamp on every register of a link, and on each desk the value that its mapping makes of it. */
function apart(ends: Endings): Guarantee {
  const { acme, skyline } = ends
  let compared = 0
  const faults = acme.links.flatMap((link) => {
    const ofLink = ({ registers }: Ending) =>
      new Map(registers.filter((row) => row.link === link.uid).map((row) => [row.name, row]))
    const [ours, theirs] = [ofLink(acme), ofLink(skyline)]
    const twin = skyline.links.find(({ uid }) => uid === link.uid)
    const [mine, other] = [
      acme.tickets.get(link.ticket_id),
      skyline.tickets.get(twin?.ticket_id ?? 0),
    ]
    if (!mine || !other) return [`ticket ${link.ticket_id} of acme has no twin`]
    return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((name) => {
      compared += 1
      const [a, b] = [ours.get(name), theirs.get(name)]
      const where = `${name} of acme ${mine.id} and skyline ${other.id}`
      if (!a || !b || a.clock !== b.clock || a.writer !== b.writer)
        return [`${where}: stamps ${stamp(a)} and ${stamp(b)}`]
      const [left, right] = [valueOf(mine, name), valueOf(other, name)]
      const writer = a.writer === acme.tenantId ? 'acme' : 'skyline'
      const [from, to] = writer === 'acme' ? [left, right] : [right, left]
      const wanted = name === 'status' ? (DERIVED[otherOf(writer)][from] ?? from) : from
      return to === wanted ? [] : [`${where}: ${left} and ${right}, written by ${writer}`]
    })
  })
  return { name: 'Q5 apart', of: `${compared} registers`, faults }
}

const stamp = (row: { clock: number; writer: string } | undefined): string =>
  row ? `${row.clock} by ${row.writer.slice(0, 8)}` : 'none'

function valueOf(ticket: Ticket, register: string): string {
  switch (register) {
    case 'status':
      return ticket.status_name
    case 'priority':
      return ticket.priority.name
    case 'category':
      return ticket.category_1
    case 'summary':
      return ticket.summary
    case 'startdate':
      return ticket.startdate ?? ''
    case 'targetdate':
      return ticket.targetdate ?? ''
    default:
      // Both desks are fresh, so a field has the same number on both.
      return JSON.stringify(
        ticket.customfields.find((field) => `field:${field.id}` === register)?.value ?? null,
      )
  }
}

/** Q6: an action says "synced" exactly when the other desk has it, and nothing ever said that it failed. */
function untrue(accepted: Accepted[], ends: Endings): Guarantee {
  let compared = 0
  const shown = SLUGS.flatMap((slug) => {
    const theirs = new Set(ends[otherOf(slug)].entries.map(({ guid }) => guid))
    return ends[slug].entries.flatMap(({ guid, id, ticket_id: ticket, deliveries }) =>
      deliveries.flatMap(({ state, direction }) => {
        compared += 1
        const has = direction === 'in' || theirs.has(guid)
        return (state === 'synced') === has
          ? []
          : [`${slug} ${ticket}/${id} says ${state}; the partner ${has ? 'has' : 'lacks'} it`]
      }),
    )
  })
  const said = accepted
    .filter(({ said: state }) => state !== null && state !== 'synced' && state !== 'pending')
    .map(({ desk, mark, said: state }) => `${desk} answered ${state} to ${mark}`)
  const tickets = SLUGS.flatMap((slug) =>
    [...ends[slug].tickets.values()]
      .filter(({ sync }) => sync !== null && sync !== 'synced')
      .map(({ id, sync }) => `ticket ${id} of ${slug} says ${sync}`),
  )
  return { name: 'Q6 untrue', of: `${compared} states`, faults: [...shown, ...said, ...tickets] }
}

/** Q16: one mail for each action that sends one, handed over once, and once more for each time that nobody knows. */
function mailedTwice(accepted: Accepted[], { acme, skyline }: Endings): Guarantee {
  const faults = accepted
    .filter(({ mails }) => mails)
    .flatMap(({ mark }) => {
      const [entry] = holding(acme, mark)
      const mails = acme.mails.filter(
        (mail) => mail.ticket_id === entry?.ticket_id && mail.action_id === entry.id,
      )
      return mails.length === 1 ? [] : [`${mark} has ${mails.length} mails`]
    })
  const handed = acme.mails.flatMap(
    ({ uid, state, attempts, ticket_id: id, action_id: action }) => {
      const times = acme.handedOver.get(uid) ?? 0
      return state === 'sent' && times >= 1 && times <= attempts
        ? []
        : [
            `the mail of ${id}/${action} is ${state}, handed over ${times} times in ${attempts} tries`,
          ]
    },
  )
  const wrong = skyline.mails.map(({ to_address: to }) => `skyline wrote to ${to}`)
  const unclear = acme.mails.reduce((sum, { attempts }) => sum + attempts - 1, 0)
  return {
    name: 'Q16 mails doubled or lost',
    of: `${acme.mails.length} mails (${unclear} unclear)`,
    faults: [...faults, ...handed, ...wrong],
  }
}

const READY_WITHIN_MS = 10_000

/** Q9: after a restart a desk is ready soon, and what was open leaves within a minute although nobody asks for anything. */
export function recovered(recoveries: Recovery[]): Guarantee {
  const ready = recoveries.flatMap(({ readyMs }) => readyMs)
  const waiting = recoveries.reduce((sum, one) => sum + one.waiting, 0)
  const slowest = Math.max(...recoveries.map(({ tookMs }) => tookMs))
  return {
    name: 'Q9 late',
    of: `${waiting} messages that waited for a restart (ready in ${seconds(Math.max(...ready))}, the last left after ${seconds(slowest)} of silence)`,
    faults: [
      ...ready
        .filter((ms) => ms > READY_WITHIN_MS)
        .map((ms) => `a desk was ready after ${seconds(ms)}`),
      ...recoveries
        .filter(({ late }) => late > 0)
        .map(({ late }) => `${late} messages had not left a minute after a restart`),
      ...recoveries
        .filter(({ mailsLate }) => mailsLate > 0)
        .map(({ mailsLate }) => `${mailsLate} mails had not left 75 s after a restart`),
      ...(waiting === 0 ? ['nothing waited for a restart, so the run proves nothing'] : []),
    ],
  }
}

/** R1: nothing that people of either desk do meets a refusal, however often it had to be repeated. */
export function answered({ accepted, refused }: Pick<Driver, 'accepted' | 'refused'>): Guarantee {
  const repeated = accepted.filter(({ tries }) => tries > 1).length
  return {
    name: 'R1 refused',
    of: `${accepted.length} requests (${repeated} repeated until they were answered)`,
    faults: refused,
  }
}

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
