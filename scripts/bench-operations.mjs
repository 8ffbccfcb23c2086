import { ask, must } from './bench-ask.mjs'

/**
 * @typedef {import('./bench-ask.mjs').Call} Call
 * @typedef {Awaited<ReturnType<typeof meet>>} World
 *
 * @typedef {object} Operation
 * @property {string} name
 * @property {number} aim the most that the product may take, in floors
 * @property {number} [everyMs] a courier sends at most ten messages a second: more would measure its manners
 * @property {() => Promise<unknown>} [before] not measured
 * @property {() => Call[]} product asked at once, as a screen does
 * @property {() => Call[]} floor
 */

/** Tickets that take turns, so that no timeline grows beyond what a desk has. */
const TAKING_TURNS = 20
const AIM = 1.5
const AIM_BETWEEN_DESKS = 2
/** Slower than a courier's ten messages a second. */
const EVERY_MS = 120
const TEXT = '<p>The driver was out of date; restarted the spooler.</p>'
/** As the web app asks for a list, but for its bound of 1,000: the count must not read more of a larger desk. */
const PAGE = 'pageinate=true&page_size=50&page_no=1&countlimit=51'

/**
 * What the operations need: people signed in, open tickets, and on both sides some that stand at the partner too.
 * @param {import('./serve.mjs').Deployment} product
 * @param {import('./serve.mjs').Deployment} floor
 */
export async function meet({ demo, runtime }, floor) {
  const acme = demo?.instances['acme']
  if (!acme) throw new Error('The demo pair was not made')
  const database = await runtime.getD1Database('DB')
  const first = async (/** @type {string} */ sql, /** @type {(string | number)[]} */ ...values) =>
    Number(
      await database
        .prepare(sql)
        .bind(...values)
        .first('n'),
    )
  const t = await first('select no as n from instance where slug = ?', 'acme')
  const { results } = await database
    .prepare(
      'select id from ticket where t = ? and is_closed = 0 and status_id = 1 order by id desc limit ?',
    )
    .bind(t, TAKING_TURNS)
    .all()
  const world = {
    acme,
    t,
    staff: await signIn(acme.url, acme.agent),
    user: await signIn(acme.url, acme.user),
    outcomes: await outcomesOf(database, t),
    supplierId: await first('select id as n from supplier where t = ?', t),
    tickets: results.map(({ id }) => Number(id)),
    own: /** @type {number[]} */ ([]),
    linked: /** @type {number[]} */ ([]),
    floorUrl: `${floor.url}/acme/api/floor`,
    twinT: await first('select no as n from instance where slug = ?', 'skyline'),
    floorLinked: /** @type {{ticketId: number, twinId: number}[]} */ ([]),
  }
  while (world.own.length < TAKING_TURNS) world.own.push(await logged(world))
  while (world.linked.length < TAKING_TURNS) {
    const id = await logged(world)
    await must(escalation(world, id))
    world.linked.push(id)
    const ticketId = await floorLogged(world)
    const twinId = (await must(floorCall(world, 'escalate', { ticketId }))).id
    world.floorLinked.push({ ticketId, twinId })
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  return world
}

/**
 * The numbers of the action types by name: the web app sends a number.
 * @param {import('./fill.mjs').Database} database
 * @param {number} t
 */
async function outcomesOf(database, t) {
  const statement = database.prepare('select name, id from action_type where t = ?').bind(t)
  const { results } = await statement.all()
  return new Map(results.map(({ name, id }) => [String(name), Number(id)]))
}

const logged = async (/** @type {Pick<World, 'acme' | 'user'>} */ { acme, user }) =>
  (await must(post(acme.url, user, 'tickets', { summary: 'Monitor', details: TEXT }))).id

const floorLogged = async (/** @type {FloorWorld} */ world) =>
  (await must(floorCall(world, 'create'))).id

/** @typedef {Pick<World, 't' | 'twinT' | 'floorUrl'>} FloorWorld @returns {Call} */
const floorCall = (
  /** @type {FloorWorld} */ { t, twinT, floorUrl },
  /** @type {string} */ op,
  more = {},
) => ({
  method: 'POST',
  url: floorUrl,
  headers: {},
  body: JSON.stringify({ op, t, twinT, text: TEXT, ...more }),
})

/** @returns {Promise<Record<string, string>>} the headers that a browser then sends */
async function signIn(
  /** @type {string} */ url,
  /** @type {import('./serve.mjs').SignIn} */ given,
) {
  const { origin } = new URL(url)
  const headers = { origin, 'content-type': 'application/json' }
  const { status, headers: got } = await ask({
    method: 'POST',
    url: `${url}/auth/session`,
    headers,
    body: JSON.stringify(given),
  })
  const cookie = got['set-cookie']?.[0]?.split(';')[0]
  if (status >= 300 || !cookie) throw new Error(`${given.email} could not sign in: ${status}`)
  return { origin, cookie }
}

/** @returns {Operation[]} */
export function operationsOf(/** @type {World} */ world) {
  const { acme, staff, user, tickets, own, linked, floorLinked } = world
  const get = (/** @type {string} */ path) => ({
    method: 'GET',
    url: `${acme.url}/api/${path}`,
    headers: staff,
  })
  const floor = (/** @type {string} */ op, more = {}) => [floorCall(world, op, more)]
  const [ours, theirs] = [turns(), turns()]
  const [fresh, floorFresh] = [{ id: 0 }, { id: 0 }]
  return [
    {
      name: 'create',
      aim: AIM,
      product: () => [post(acme.url, staff, 'tickets', { summary: 'Monitor', details_html: TEXT })],
      floor: () => floor('create'),
    },
    {
      name: 'note',
      aim: AIM,
      product: () => [note(world, staff, ours(tickets), 'Public note')],
      floor: () => floor('note', { ticketId: theirs(tickets) }),
    },
    {
      name: 'reply',
      aim: AIM,
      product: () => [note(world, user, ours(own), 'User update')],
      floor: () => floor('note', { ticketId: theirs(tickets) }),
    },
    {
      name: 'ticket',
      aim: AIM,
      product: () => {
        const id = ours(tickets)
        return [get(`tickets/${id}`), get(`actions?ticket_id=${id}&count=50`)]
      },
      floor: () => {
        const ticketId = theirs(tickets)
        return [...floor('ticket', { ticketId }), ...floor('timeline', { ticketId })]
      },
    },
    {
      name: 'list of 50',
      aim: AIM,
      product: () => [get(`tickets?${PAGE}&open_only=true`)],
      floor: () => floor('list'),
    },
    {
      name: 'search, rare',
      aim: AIM,
      product: () => [get(`tickets?${PAGE}&search=${deviceOf(ours(tickets))}`)],
      floor: () => floor('search', { text: deviceOf(theirs(tickets)) }),
    },
    {
      name: 'search, 1 in 20',
      aim: AIM,
      product: () => [get(`tickets?${PAGE}&search=projector`)],
      floor: () => floor('search', { text: 'projector' }),
    },
    {
      name: 'escalate',
      aim: AIM_BETWEEN_DESKS,
      everyMs: EVERY_MS,
      before: async () => {
        fresh.id = await logged(world)
        floorFresh.id = await floorLogged(world)
      },
      product: () => [escalation(world, fresh.id)],
      floor: () => floor('escalate', { ticketId: floorFresh.id }),
    },
    {
      name: 'sync',
      aim: AIM_BETWEEN_DESKS,
      everyMs: EVERY_MS,
      product: () => [note(world, staff, ours(linked), 'Private note')],
      floor: () => floor('sync', theirs(floorLinked)),
    },
  ]
}

/** The same save where a partner is concerned and where none is. */
export function savesOf(/** @type {World} */ world) {
  const turn = turns()
  return {
    everyMs: EVERY_MS,
    linked: () => note(world, world.staff, turn(world.linked), 'Private note'),
    unlinked: () => note(world, world.staff, turn(world.tickets), 'Private note'),
  }
}

/** As `fill` writes it into a ticket's text. */
const deviceOf = (/** @type {number} */ id) => `PC-${String(id).padStart(6, '0')}`

/** Hands out what stands in a list one after another. */
function turns() {
  let next = 0
  /** @template T @param {T[]} list @returns {T} */
  return (list) => {
    const found = list[next % list.length]
    if (found === undefined) throw new Error('There is no ticket to take a turn')
    next += 1
    return found
  }
}

/** @returns {Call} */
const note = (
  /** @type {Pick<World, 'acme' | 'outcomes'>} */ { acme, outcomes },
  /** @type {Record<string, string>} */ who,
  /** @type {number} */ id,
  /** @type {string} */ outcome,
) =>
  post(acme.url, who, 'actions', {
    ticket_id: id,
    outcome_id: outcomes.get(outcome),
    note_html: TEXT,
  })

/** @returns {Call} */
const post = (
  /** @type {string} */ url,
  /** @type {Record<string, string>} */ headers,
  /** @type {string} */ path,
  /** @type {object} */ body,
) => ({
  method: 'POST',
  url: `${url}/api/${path}`,
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify([body]),
})

const escalation = (
  /** @type {Pick<World, 'acme' | 'staff' | 'supplierId' | 'outcomes'>} */ {
    acme,
    staff,
    supplierId,
    outcomes,
  },
  /** @type {number} */ id,
) =>
  post(acme.url, staff, 'actions', {
    ticket_id: id,
    outcome_id: outcomes.get('Escalate to MSP'),
    supplier_id: supplierId,
    note_html: TEXT,
  })
