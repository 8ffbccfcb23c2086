import { randomUUID } from 'node:crypto'

/**
 * @typedef {Awaited<ReturnType<import('miniflare').Miniflare['getD1Database']>>} Database
 * @typedef {{id: number, name: string}} Named
 * @typedef {Named & {customerId: number, siteId: number | null}} Person
 * @typedef {object} Desk what a desk has that its tickets point at
 * @property {number} t
 * @property {Named[]} agents
 * @property {Person[]} people
 * @property {{id: number, kind: string}[]} statuses
 * @property {{id: number}[]} priorities
 * @property {{id: number}[]} categories
 * @property {{id: number, workflowId: number, teamId: number | null}[]} types
 * @property {{workflowId: number, id: number, isEnd: number}[]} steps
 * @property {(Named & {systemUse: string, hidden: number})[]} actions
 */

const DAY_MS = 86_400_000
const SPAN_MS = 730 * DAY_MS
const OPEN_SHARE = 0.1
/** So many tickets are written at once: their rows travel as one bound value, of which the database takes 2 MB. */
const AT_ONCE = 1_000
const MOST_PEOPLE = 500

const FIRST =
  'Ada Ben Chloe Deniz Emil Fatima Goran Hanna Ines Jonas Kaito Lea Mira Noor Oskar'.split(' ')
const LAST = 'Adler Brandt Costa Dubois Eriksen Farah Greco Holm Ivanova Jansen Keller'.split(' ')
const THINGS =
  'Printer,Laptop,Docking station,Monitor,Headset,Phone,Mailbox,Calendar,VPN,Wi-Fi,Shared drive,Browser,Password,Badge,Projector,Keyboard,Invoice form,Time sheet,Scanner,Video call'.split(
    ',',
  )
const TROUBLES =
  'does not start,is very slow,shows an error,was lost,asks for a password again and again,has no sound,cannot be reached,needs a new version,is needed for a new starter,stopped after the update'.split(
    ',',
  )
const STORIES =
  'It worked yesterday.,Two colleagues see the same.,I have restarted it twice.,The light is orange.,It happens after lunch.,I need it before Friday.,There is a message that goes away too fast to read.,It only happens at home.'.split(
    ',',
  )
const WORK =
  'Restarted the service and cleared the queue.,Ordered a replacement from the store.,The driver was out of date.,Asked the user for a picture of the message.,Changed the setting in the directory.,Could not see it again on our side.,The cable was loose.,Reset the account and checked that it works.'.split(
    ',',
  )

/**
 * Fills a desk with tickets as two years of use would have left them: one in ten open, three entries each, found by search. What is
 * there stays; called again it adds as many. Makes colleagues and customers first where the desk has only a few.
 * @param {Database} database @param {string} slug @param {number} tickets
 * @param {(done: number) => void} [tell]
 */
export async function fill(database, slug, tickets, tell) {
  const t = await database.prepare('select no from instance where slug = ?').bind(slug).first('no')
  if (typeof t !== 'number') throw new Error(`There is no instance ${slug} in this data folder.`)
  await addPeople(database, t)
  const desk = await readDesk(database, t)
  const last = await draw(database, t, 'ticket', tickets)
  const first = last - tickets + 1
  const chance = random(first)
  for (let from = first; from <= last; from += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, last - from + 1) }, (_, i) => from + i)
    const made = ids.map((id) =>
      ticketOf(desk, id, Date.now() - (SPAN_MS * (last - id + 1)) / tickets, chance),
    )
    await write(database, t, made)
    tell?.(from + ids.length - first)
  }
}

/** Numbers that nobody else gets, also while the desk is in use. Gives the last of them. */
async function draw(
  /** @type {Database} */ database,
  /** @type {number} */ t,
  /** @type {string} */ name,
  /** @type {number} */ count,
) {
  const value = await database
    .prepare(
      'insert into counter(t, name, value) values(?1, ?2, ?3) on conflict(t, name) do update set value = value + ?3 returning value',
    )
    .bind(t, name, count)
    .first('value')
  return Number(value)
}

/** Numbers from 0 to 1, the same for the same beginning (mulberry32), so that two folders filled alike are alike. */
function random(/** @type {number} */ seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * @template T
 * @param {readonly T[]} from @param {() => number} chance
 * @returns {T}
 */
function one(from, chance) {
  const found = from[Math.floor(chance() * from.length)]
  if (found === undefined) throw new Error('The desk lacks something that every desk is born with.')
  return found
}

/** Chance that favours the beginning of a list, as real desks do. */
const oftenFirst = (/** @type {() => number} */ chance) => () => chance() ** 2

async function addPeople(/** @type {Database} */ database, /** @type {number} */ t) {
  const people = Number(
    await database
      .prepare('select count(*) as n from person where t = ? and deleted_at is null')
      .bind(t)
      .first('n'),
  )
  if (people >= MOST_PEOPLE / 2) return
  const customers = LAST.length
  const lastCustomer = await draw(database, t, 'customer', customers)
  const lastSite = await draw(database, t, 'site', customers)
  const lastPerson = await draw(database, t, 'person', MOST_PEOPLE + customers)
  const agents = FIRST.length
  const lastAgent = await draw(database, t, 'agent', agents)
  const now = Date.now()
  const profiles = LAST.map((name, i) => [lastCustomer - i, lastSite - i, `${name} & Co.`])
  const persons = Array.from({ length: MOST_PEOPLE + customers }, (_, i) => {
    const at = i % customers
    const general = i < customers
    const id = lastPerson - i
    const name = general
      ? 'General user'
      : `${FIRST[i % FIRST.length]} ${LAST[(i * 7) % customers]}`
    const email = general ? null : `${name.toLowerCase().replace(' ', '.')}.${id}@people.example`
    return [id, randomUUID(), lastCustomer - at, lastSite - at, name, email, Number(general)]
  })
  const colleagues = FIRST.map((name, i) => {
    const id = lastAgent - i
    return [id, randomUUID(), `${name} ${LAST[i % customers]}`, `agent.${id}@people.example`]
  })
  const each = 'from json_each(?2)'
  await database.batch([
    database
      .prepare(
        `insert into customer(t, id, name, created_at) select ?1, value->>0, value->>2, ?3 ${each}`,
      )
      .bind(t, JSON.stringify(profiles), now),
    database
      .prepare(
        `insert into site(t, id, customer_id, name, is_main) select ?1, value->>1, value->>0, 'Main', 1 ${each}`,
      )
      .bind(t, JSON.stringify(profiles)),
    database
      .prepare(
        `insert into person(t, id, uid, customer_id, site_id, name, email, is_general, created_at)
          select ?1, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, ?3 ${each}`,
      )
      .bind(t, JSON.stringify(persons), now),
    database
      .prepare(
        `insert into agent(t, id, uid, name, email, role) select ?1, value->>0, value->>1, value->>2, value->>3, 'agent' ${each}`,
      )
      .bind(t, JSON.stringify(colleagues)),
  ])
}

/** @returns {Promise<Desk>} */
async function readDesk(/** @type {Database} */ database, /** @type {number} */ t) {
  /**
   * @template T
   * @param {string} sql
   * @returns {Promise<T[]>}
   */
  async function all(sql) {
    /** @type {{results: T[]}} */
    const { results } = await database.prepare(sql).bind(t).all()
    return results
  }
  return {
    t,
    agents: await all('select id, name from agent where t = ? and disabled = 0 and is_api = 0'),
    people: await all(
      'select id, name, customer_id as customerId, site_id as siteId from person where t = ? and deleted_at is null and is_general = 0',
    ),
    statuses: await all(
      'select id, kind from status where t = ? and inactive = 0 order by sequence',
    ),
    priorities: await all(
      'select id from priority where t = ? and inactive = 0 order by sequence desc',
    ),
    categories: await all('select id from category where t = ? and parent_id is not null'),
    types: await all(
      'select id, workflow_id as workflowId, default_team_id as teamId from ticket_type where t = ? and inactive = 0 order by sequence',
    ),
    steps: await all(
      'select workflow_id as workflowId, id, is_end as isEnd from workflow_step where t = ?',
    ),
    actions: await all(
      'select id, name, system_use as systemUse, hide_from_user as hidden from action_type where t = ? and inactive = 0',
    ),
  }
}

/** One ticket with its three entries: what the user wrote, what an agent did, how it stands. */
function ticketOf(
  /** @type {Desk} */ desk,
  /** @type {number} */ id,
  /** @type {number} */ created,
  /** @type {() => number} */ chance,
) {
  const often = oftenFirst(chance)
  const isClosed = chance() >= OPEN_SHARE
  const type = one(desk.types, often)
  const status = one(
    desk.statuses.filter(({ kind }) => (kind === 'closed') === isClosed),
    often,
  )
  const step = one(
    desk.steps.filter(
      ({ workflowId, isEnd }) => workflowId === type.workflowId && (isEnd === 1) === isClosed,
    ),
    () => 0,
  )
  const person = one(desk.people, often)
  const agent = one(desk.agents, often)
  const assigned = isClosed || chance() < 0.7
  const portal = chance() < 0.6
  const summary = `${one(THINGS, chance)} ${one(TROUBLES, chance)}`
  const story = `Device PC-${String(id).padStart(6, '0')}. ${one(STORIES, chance)} ${one(STORIES, chance)}`
  const answered = Math.min(created + chance() * DAY_MS, Date.now())
  const ended = Math.min(answered + chance() * 3 * DAY_MS, Date.now())
  const user = ['user', person.id, person.name]
  const staff = ['agent', agent.id, agent.name]
  const named = (/** @type {string} */ name) =>
    desk.actions.find((action) => action.name === name) ??
    one(
      desk.actions.filter(({ systemUse }) => systemUse === 'none'),
      () => 0,
    )
  const used = (/** @type {string} */ use) =>
    one(
      desk.actions.filter(({ systemUse }) => systemUse === use),
      () => 0,
    )
  const last = isClosed ? named('Resolve') : used('user_update')
  const entries = [
    {
      type: used('logged'),
      by: portal ? user : staff,
      at: created,
      text: story,
      words: `${summary}\n${story}`,
    },
    {
      type: named(chance() < 0.5 ? 'Internal note' : 'Public note'),
      by: staff,
      at: answered,
      text: one(WORK, chance),
    },
    {
      type: last,
      by: isClosed ? staff : user,
      at: ended,
      text: one(isClosed ? WORK : STORIES, chance),
    },
  ].map(({ type: { id: typeId, name, hidden }, by, at, text, words = text }, i) => ({
    row: [id, i + 1, randomUUID(), typeId, name, i + 1, ...by, hidden, Math.round(at)],
    body: [id, i + 1, `<p>${text}</p>`],
    found: [id, i + 1, hidden, words],
  }))
  const row = [
    id,
    randomUUID(),
    summary,
    type.id,
    status.id,
    Number(isClosed),
    one(desk.priorities, often).id,
    chance() < 0.9 ? one(desk.categories, often).id : null,
    assigned ? agent.id : null,
    type.teamId,
    person.customerId,
    person.siteId,
    person.id,
    type.workflowId,
    step.id,
    portal ? 'portal' : 'agent',
    entries.length,
    entries.length,
    Math.round(created),
    Math.round(ended),
    isClosed ? Math.round(ended) : null,
  ]
  return { row, entries }
}

const TICKET =
  'id, uid, summary, type_id, status_id, is_closed, priority_id, category_id, agent_id, team_id, customer_id, site_id, person_id, workflow_id, step_id, source, clock, last_action, created_at, last_action_at, closed_at'
const ACTION =
  'ticket_id, id, uid, type_id, type_name, clock, author_kind, author_id, author_name, hidden, at'

/** The values of a row that travels as an array, one for each column. */
const valuesOf = (/** @type {string} */ columns) =>
  columns
    .split(', ')
    .map((_, i) => `value->>${i}`)
    .join(', ')

async function write(
  /** @type {Database} */ database,
  /** @type {number} */ t,
  /** @type {ReturnType<typeof ticketOf>[]} */ made,
) {
  const entries = made.flatMap((one) => one.entries)
  const statement = (/** @type {string} */ sql, /** @type {unknown[]} */ rows) =>
    database.prepare(`${sql} from json_each(?2)`).bind(t, JSON.stringify(rows))
  await database.batch([
    statement(
      `insert into ticket(t, ${TICKET}) select ?1, ${valuesOf(TICKET)}`,
      made.map(({ row }) => row),
    ),
    statement(
      `insert into action(t, ${ACTION}) select ?1, ${valuesOf(ACTION)}`,
      entries.map(({ row }) => row),
    ),
    statement(
      'insert into action_body(t, ticket_id, action_id, note_html) select ?1, value->>0, value->>1, value->>2',
      entries.map(({ body }) => body),
    ),
    // As `searchInsert` of the Worker writes it: the row number packs tenant, ticket and entry.
    statement(
      `insert into search(rowid, scope, words) select (?1 << 43) | ((value->>0) << 13) | (value->>1),
        case value->>2 when 1 then 't' || ?1 else 't' || ?1 || ' p' || ?1 end, value->>3`,
      entries.map(({ found }) => found),
    ),
  ])
}
