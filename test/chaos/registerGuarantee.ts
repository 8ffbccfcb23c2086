import type { Slug } from './deployment.ts'
import type { Ending, Ticket } from './ending.ts'
import { otherOf, type Endings, type Guarantee } from './seen.ts'

/** What a status of the other desk is here, by the demo's mappings. */
const DERIVED: Record<Slug, Record<string, string>> = {
  acme: { Resolved: 'Closed' },
  skyline: { 'With supplier': 'In progress' },
}

/**
 * Q5: the same stamp on every register of a link, and on each desk the value that its mapping makes of it. A link whose last message
 * was refused may differ until the next one is taken, and says so.
 */
export function apart({ acme, skyline }: Endings): Guarantee {
  let [compared, mayDiffer] = [0, 0]
  const twins = new Map(skyline.links.map((one) => [one.uid, one]))
  const byLink = ({ registers }: Ending) => Map.groupBy(registers, ({ link }) => link)
  const [here, there] = [byLink(acme), byLink(skyline)]
  const faults = acme.links.flatMap((link) => {
    const twin = twins.get(link.uid)
    const [mine, other] = [
      acme.tickets.get(link.ticket_id),
      skyline.tickets.get(twin?.ticket_id ?? 0),
    ]
    if (!twin || !mine || !other) return [`ticket ${link.ticket_id} of acme has no twin`]
    if (link.may_differ || twin.may_differ) {
      mayDiffer += 1
      return []
    }
    const named = (rows: Ending['registers'] | undefined) =>
      new Map((rows ?? []).map((row) => [row.name, row]))
    const [ours, theirs] = [named(here.get(link.uid)), named(there.get(link.uid))]
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
  return {
    name: 'Q5 apart',
    of: `${compared} registers (${mayDiffer} links say that they may differ)`,
    faults,
  }
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
