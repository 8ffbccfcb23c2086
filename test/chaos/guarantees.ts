import type { Slug } from './deployment.ts'
import type { MessageRow } from './ending.ts'
import { files } from './fileGuarantee.ts'
import { mails } from './mailGuarantee.ts'
import { apart } from './registerGuarantee.ts'
import { otherOf, SLUGS, type Guarantee, type Seen } from './seen.ts'
import type { Wire } from './wire.ts'

/** Compares what was accepted with what both desks hold. Pure. */
export function guaranteesOf(seen: Seen): Guarantee[] {
  const messages = {
    acme: new Map(seen.ends.acme.messages.map((row) => [row.uid, row])),
    skyline: new Map(seen.ends.skyline.messages.map((row) => [row.uid, row])),
  }
  return [
    lost(seen, messages),
    doubled(seen),
    unexplained(seen),
    outOfOrder(seen),
    apart(seen.ends),
    untrue(seen),
    mails(seen),
    files(seen),
  ]
}

type Messages = Record<Slug, Map<string, MessageRow>>

/** Whether the other desk really refused a message for good: its words, not what became of them on the way. */
export function wasRefused({ said }: Pick<Wire, 'said'>, uid: string): boolean {
  return (said.get(uid) ?? []).some(
    ({ status, error }) =>
      status >= 400 && status < 500 && error !== null && !['GAP', 'IN_PROGRESS'].includes(error),
  )
}

/** Q1: what was answered with 2xx is where it was made, as it was answered, and at the partner unless that refused it. */
function lost({ accepted, ends }: Seen, messages: Messages): Guarantee {
  const faults = accepted.flatMap((one) => {
    const { desk, kind, outcome, mark, uid, ticketId } = one
    const what = `${outcome} ${mark} on ticket ${ticketId} of ${desk}`
    if (kind === 'ticket')
      return SLUGS.filter((slug) => !ends[slug].marked.tickets.has(mark)).map(
        (slug) => `${what}: no ticket at ${slug}`,
      )
    const here = (ends[desk].marked.entries.get(mark) ?? []).filter(({ guid }) => guid === uid)
    const there = ends[otherOf(desk)].marked.entries.get(mark) ?? []
    const refused = one.mayBeRefused && messages[desk].get(uid ?? '')?.state === 'failed'
    return [
      ...(here.length === 0 ? [`${what}: it is not there`] : []),
      ...(there.length === 0 && !refused ? [`${what}: it is not at ${otherOf(desk)}`] : []),
    ]
  })
  return { name: 'Q1 lost', of: `${accepted.length} actions`, faults }
}

/** Q2: one of each, on either desk; tickets, links and people likewise. */
function doubled({ accepted, ends }: Seen): Guarantee {
  const faults = accepted.flatMap(({ kind, mark }) =>
    SLUGS.flatMap((slug) => {
      const { entries, tickets } = ends[slug].marked
      const found = (kind === 'ticket' ? tickets : entries).get(mark)?.length ?? 0
      return found > 1 ? [`${mark} is ${found} times at ${slug}`] : []
    }),
  )
  const escalated = accepted.filter(({ kind }) => kind === 'escalation').length
  const twins = ends.skyline.links.length
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

/** Q3: every message has ended, or is due in the future, with words. Only what the partner may refuse was refused. */
function unexplained({ accepted, ends, now }: Seen): Guarantee {
  const mayBeRefused = new Set(
    accepted.filter((one) => one.mayBeRefused).map(({ uid }) => uid ?? ''),
  )
  const messages = SLUGS.flatMap((slug) => ends[slug].messages.map((row) => ({ slug, ...row })))
  const isExplained = ({ uid, state, next_at: at, error }: MessageRow) =>
    at === null
      ? state === 'synced' || (state === 'failed' && error !== null && mayBeRefused.has(uid))
      : at > now && (state === 'pending' || state === 'parked')
  const faults = messages
    .filter((row) => !isExplained(row))
    .map(
      ({ slug, ticket_id: ticket, action_id: action, state, error, reason }) =>
        `${slug} ${ticket}/${action} is ${state} (${error ?? reason ?? 'no words'})`,
    )
  const gates = SLUGS.filter((slug) => ends[slug].connection.state !== 'live').map(
    (slug) =>
      `the connection of ${slug} is ${ends[slug].connection.state}: ${ends[slug].connection.reason}`,
  )
  const refused = messages.filter(({ state }) => state === 'failed').length
  return {
    name: 'Q3 unexplained',
    of: `${messages.length} messages (${refused} refused)`,
    faults: [...gates, ...faults],
  }
}

/** Q4: on each link, the order in which the partner took messages is that in which they were saved; both sides name the same last one. */
function outOfOrder({ ends, passed }: Seen): Guarantee {
  const faults = SLUGS.flatMap((slug) => {
    const saved = new Map(ends[slug].messages.map((row) => [row.uid, row.action_id]))
    const { taken, links } = ends[otherOf(slug)]
    const byLink = Map.groupBy(taken, ({ link }) => link)
    const theirs = new Map(links.map((one) => [one.uid, one]))
    return ends[slug].links.flatMap((mine) => {
      const order = (byLink.get(mine.uid) ?? [])
        .filter(({ uid }) => !passed.has(uid))
        .map(({ uid }) => saved.get(uid) ?? 0)
      const other = theirs.get(mine.uid)
      return [
        ...order.flatMap((id, place) =>
          id < (order[place - 1] ?? 0)
            ? [`${slug} ticket ${mine.ticket_id}: action ${id} was taken after ${order[place - 1]}`]
            : [],
        ),
        ...(other && other.in_n === mine.out_n && other.in_uid === mine.out_uid
          ? []
          : [
              `${slug} ticket ${mine.ticket_id}: it stands at ${mine.out_n}, the partner at ${other?.in_n}`,
            ]),
      ]
    })
  })
  return {
    name: 'Q4 out of order',
    of: `${ends.acme.links.length * 2} directions (${passed.size} messages may be passed)`,
    faults,
  }
}

/** Q6: an action says "synced" exactly when the other desk has it, and "failed" only when that refused it; at the end and under way. */
function untrue({ accepted, ends, wires, watched }: Seen): Guarantee {
  let compared = 0
  const shown = SLUGS.flatMap((slug) => {
    const theirs = new Set(ends[otherOf(slug)].entries.map(({ guid }) => guid))
    return ends[slug].entries.flatMap(({ guid, id, ticket_id: ticket, deliveries }) =>
      deliveries.flatMap(({ state, direction }) => {
        compared += 1
        const where = `${slug} ${ticket}/${id} says ${state}`
        const has = direction === 'in' || theirs.has(guid)
        if ((state === 'synced') !== has)
          return [`${where}; the partner ${has ? 'has' : 'lacks'} it`]
        const ended = state === 'failed' || state === 'skipped' || state === 'dead'
        return ended && !wasRefused(wires[otherOf(slug)], guid)
          ? [`${where}; the partner never refused it`]
          : []
      }),
    )
  })
  const said = accepted
    .filter(
      ({ said: state, mayBeRefused }) =>
        state !== null &&
        state !== 'synced' &&
        state !== 'pending' &&
        !(mayBeRefused && state === 'failed'),
    )
    .map(({ desk, mark, said: state }) => `${desk} answered ${state} to ${mark}`)
  return {
    name: 'Q6 untrue',
    of: `${compared} states at the end, ${watched.seen} under way`,
    faults: [...shown, ...said, ...watched.lies],
  }
}
