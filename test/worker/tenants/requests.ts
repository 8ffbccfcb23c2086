import type { Operation } from '../../../worker/api/openapi'
import { leavesOf, leastOf, put, type Kind } from './schemas'
import {
  emailOf,
  nameOf,
  OTHERS,
  OWN,
  PRINCIPALS,
  uidOf,
  type Group,
  type Principal,
  type Twins,
} from './twins'

/** What is sent to a route: made from what the route declares, so that a new one is walked without being listed. */
export interface Sent {
  path: string
  body?: unknown
}

/** One place of a request that may name something: in the path, the query or the body. */
export interface Place {
  where: string
  /** The request with the thing of that number named there. */
  with: (n: number) => Sent
}

/** What a request names where it is not asked to name something else: the caller's own things. */
export interface Own {
  group: Group
  ticket: number
  connection: number
  outcomes: Twins['outcomes']
}

/** What is whose: the tickets OTHERS and OWN are of the customer and of the supplier, and of a user of each. */
export const ownOf = (twins: Twins, name: Principal): Own => ({
  group: PRINCIPALS[name],
  ticket: name === "another customer's user" || name === 'the customer' ? OTHERS : OWN,
  connection: twins.connection,
  outcomes: twins.outcomes,
})

type Body = Record<string, unknown>

/**
 * Bodies that get past the first checks, for routes whose fields depend on each other. A route that is not named here gets the least
 * that fits its schema.
 */
const examples = (own: Own): Record<string, Body[]> => {
  const action = (outcome_id: number) => ({ ticket_id: own.ticket, outcome_id, note: 'x' })
  const { note, escalate, email, reply } = own.outcomes
  const isPartner = own.group === 'connection'
  return {
    tickets: isPartner ? [creation()] : [{ summary: 'x' }, { id: own.ticket, summary: 'x' }],
    actions: isPartner
      ? [message(own)]
      : own.group === 'user'
        ? [action(reply)]
        : [action(note), action(escalate), action(email)],
    attachment: [{ filename: 'x', data_base64: 'eA==', ticket_id: own.ticket }],
    client: [{ name: 'x' }, { id: OWN, name: 'x' }],
    site: [
      { name: 'x', client_id: OWN },
      { id: OWN, name: 'x' },
    ],
    supplier: [{ name: 'x' }, { id: OWN, name: 'x' }],
    users: [
      { name: 'x', client_id: OWN },
      { id: OWN, name: 'x' },
    ],
    fieldinfo: [{ name: 'CFx', type: 0 }],
    connection: [{ supplier_id: OWN }, { id: own.connection, share_agents: true }],
    'connection/:id/mappings': KINDS.map((kind) => ({
      mappings: [{ kind, remote_id: '1', remote_name: 'x', local_id: 1 }],
    })),
    'connection/:id/replay': [{ ids: [`${own.ticket}-1-${own.connection}`] }],
  }
}
const KINDS = ['outcome', 'status', 'tickettype', 'priority', 'category', 'field']

const baton = () => ({
  v: 1,
  uid: crypto.randomUUID(),
  clock: 50,
  at: '2026-08-09T10:00:00.000Z',
  author: { kind: 'agent', uid: 'a-1', name: 'x' },
  prev: { n: 0, uid: null },
  registers: [],
})
const creation = () => ({
  summary: 'x',
  outcome_id: 1,
  baton: { ...baton(), kind: 'create', link: crypto.randomUUID(), ticket: crypto.randomUUID() },
})
const message = ({ ticket }: Own) => ({
  ticket_id: ticket,
  outcome_id: 1,
  note: 'x',
  baton: { ...baton(), kind: 'action', link: uidOf(ticket), ticket: uidOf(ticket) },
})

/** The plain request: everything it names is the caller's own. */
export function plain(one: Operation, own: Own): Sent {
  const [body] = bodiesOf(one, own)
  return { path: at(one, own), ...(body && { body }) }
}

/** Every place of a route that may name something, each as a number, a name, a uid or an address, as its schema takes. */
export const placesOf = (one: Operation, own: Own): Place[] => [
  ...inPath(one, own),
  ...inQuery(one, own),
  ...inBody(one, own),
]

const inPath = (one: Operation, own: Own): Place[] =>
  [...one.path.matchAll(/:(\w+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'slug')
    .map((name) => ({
      where: `path ${name}`,
      with: (n) => ({
        ...plain(one, own),
        path: at(one, own, { named: { [name]: name === 'uid' ? uidOf(n) : String(n) } }),
      }),
    }))

const inQuery = (one: Operation, own: Own): Place[] =>
  leavesOf(one.query).flatMap(({ path: [name = ''], kinds }) =>
    kinds.map((kind) => ({
      where: `query ${name} (${kind})`,
      with: (n) => ({
        ...plain(one, own),
        path: at(one, own, { queried: { [name]: String(spell[kind](n)) } }),
      }),
    })),
  )

const inBody = (one: Operation, own: Own): Place[] =>
  bodiesOf(one, own).flatMap((example, index) =>
    leavesOf(one.body)
      .filter(({ path: [first = ''] }) => first !== 'baton' || 'baton' in example)
      .flatMap(({ path, kinds: [kind] }) =>
        kind === undefined
          ? []
          : [
              {
                where: `body ${index} ${path.join('.')} (${kind})`,
                with: (n: number) => ({
                  path: at(one, own),
                  body: put(bodiesOf(one, own)[index], path, spell[kind](n)), // each message with a uid of its own
                }),
              },
            ],
      ),
  )

/** What is no number of anything, in the path. */
export const oddPaths = (one: Operation, own: Own): Sent[] =>
  one.path.includes(':id')
    ? ODD.map((odd) => ({ ...plain(one, own), path: at(one, own, { named: { id: odd } }) }))
    : []
const ODD = ['0', '-1', '9007199254740993', '1%20or%201=1', '1e3', '0x1', '%00', '..%2f1']

const spell: Record<Kind, (n: number) => string | number> = {
  number: (n) => n,
  name: nameOf,
  uid: uidOf,
  address: emailOf,
}

function at(one: Operation, own: Own, { named = {}, queried = {} }: Named = {}): string {
  const path = one.path
    .replace('/:slug', '')
    .replace(/:(\w+)(\{[^}]*\})?/g, (_, name: string) => named[name] ?? ownId(one, own, name))
  const query = new URLSearchParams({
    ...(/\/actions(\/|$)/.test(one.path) && one.method === 'GET' && { ticket_id: `${own.ticket}` }),
    ...neededIn(one, own),
    ...queried,
  })
  return path + (query.size > 0 ? `?${query}` : '')
}
/** What a query must have; a link is the caller's own. */
const neededIn = (one: Operation, own: Own) =>
  Object.fromEntries(
    Object.entries(leastOf(one.query)).map(([name, value]) => [
      name,
      name === 'link' ? uidOf(own.ticket) : String(value),
    ]),
  )

interface Named {
  named?: Record<string, string>
  queried?: Record<string, string>
}

function ownId({ path }: Operation, own: Own, name: string): string {
  if (name === 'uid') return uidOf(own.ticket)
  if (path.includes('/actions/')) return '1'
  return String(path.includes('/connection/') ? own.connection : own.ticket)
}

function bodiesOf(one: Operation, own: Own): Body[] {
  if (one.method === 'GET' || one.method === 'DELETE') return []
  return examples(own)[one.path.replace(/^\/:slug(\/api)?\//, '')] ?? [leastOf(one.body)]
}
