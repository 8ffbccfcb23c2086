import { DurableObject } from 'cloudflare:workers'

/**
 * The floor that the product is measured against: the same runtime, tables and data, and of each operation only what cannot be left
 * out. Nobody is asked who they are, nothing is checked, decided or explained; a list is one SELECT, a note one batch, and what passes
 * between two desks is object, batch, hop, object, batch, batch. Run by `npm run bench`.
 */
interface FloorEnv {
  DB: D1Database
  LINKED_TICKET: DurableObjectNamespace<LinkedTicket>
}

interface Asked {
  op: string
  t: number
  ticketId: number
  twinT: number
  twinId: number
  text: string
}

/** All that the product answers of a ticket: its own columns and the names of what it points at. */
const LISTED = `select k.*, ty.name as type, s.name as status, s.kind as status_kind, s.portal_name, p.uid as priority_uid, p.name as priority,
    p.colour, p.sla_id, l.name as sla, c.name as customer, u.name as user, u.email, w.name as workflow, ws.name as step, ca.path as category,
    a.name as agent, te.name as team, si.name as site, su.name as supplier
  from ticket k join ticket_type ty on ty.t = k.t and ty.id = k.type_id join status s on s.t = k.t and s.id = k.status_id
    join priority p on p.t = k.t and p.id = k.priority_id join sla l on l.t = k.t and l.id = p.sla_id
    join customer c on c.t = k.t and c.id = k.customer_id join person u on u.t = k.t and u.id = k.person_id
    join workflow w on w.t = k.t and w.id = k.workflow_id
    join workflow_step ws on ws.t = k.t and ws.workflow_id = k.workflow_id and ws.id = k.step_id
    left join category ca on ca.t = k.t and ca.id = k.category_id left join agent a on a.t = k.t and a.id = k.agent_id
    left join team te on te.t = k.t and te.id = k.team_id left join site si on si.t = k.t and si.id = k.site_id
    left join supplier su on su.t = k.t and su.id = k.supplier_id
  where k.t = ?1 and k.deleted_at is null`

const TICKET_NOW = "(select value from counter where t = ?1 and name = 'ticket')"
const LINK_NOW = "(select value from counter where t = ?1 and name = 'link')"
const LAST = '(select last_action from ticket where t = ?1 and id = ?2)'

/** The statements of a new entry on a ticket; the ticket's own update comes first and gives the entry its number. */
const entry = (db: D1Database, t: number, ticketId: number, uid: string, text: string) => [
  db
    .prepare(
      'update ticket set clock = clock + 1, last_action = last_action + 1, last_action_at = ?3 where t = ?1 and id = ?2 returning last_action as id',
    )
    .bind(t, ticketId, Date.now()),
  db
    .prepare(
      `insert into action(t, ticket_id, id, uid, type_id, type_name, clock, author_kind, author_id, author_name, at)
        values(?1, ?2, ${LAST}, ?3, 8, 'Public note', 1, 'agent', 2, 'Ana Ito', ?4)`,
    )
    .bind(t, ticketId, uid, Date.now()),
  db
    .prepare(
      `insert into action_body(t, ticket_id, action_id, note_html) values(?1, ?2, ${LAST}, ?3)`,
    )
    .bind(t, ticketId, text),
  db
    .prepare(
      `insert into search(rowid, scope, words) select (?1 << 43) | (?2 << 13) | ${LAST}, 't' || ?1, ?3`,
    )
    .bind(t, ticketId, text),
]

/** The statements of a new ticket, its number drawn in the same batch. */
const create = (db: D1Database, t: number, text: string) => [
  db
    .prepare(
      "insert into counter(t, name, value) values(?1, 'ticket', 1001) on conflict(t, name) do update set value = value + 1 returning value as id",
    )
    .bind(t),
  db
    .prepare(
      `insert into ticket(t, id, uid, summary, type_id, status_id, priority_id, team_id, customer_id, person_id, workflow_id, step_id, source,
          clock, last_action, created_at, last_action_at)
        values(?1, ${TICKET_NOW}, ?2, ?3, 1, 1, 3, 1, 2, 2, 1, 1, 'agent', 1, 1, ?4, ?4)`,
    )
    .bind(t, crypto.randomUUID(), text, Date.now()),
  db
    .prepare(
      `insert into action(t, ticket_id, id, uid, type_id, type_name, clock, author_kind, author_id, author_name, at)
        values(?1, ${TICKET_NOW}, 1, ?2, 1, 'Logged', 1, 'agent', 2, 'Ana Ito', ?3)`,
    )
    .bind(t, crypto.randomUUID(), Date.now()),
  db
    .prepare(
      `insert into action_body(t, ticket_id, action_id, note_html) values(?1, ${TICKET_NOW}, 1, ?2)`,
    )
    .bind(t, text),
  db
    .prepare(
      `insert into search(rowid, scope, words) select (?1 << 43) | (${TICKET_NOW} << 13) | 1, 't' || ?1, ?2`,
    )
    .bind(t, text),
]

/** The number that the first statement of a batch has drawn. */
const made = ([first]: D1Result<{ id: number }>[]): { id: number } => ({
  id: first?.results[0]?.id ?? 0,
})

/** The statements that tie a ticket to its twin; the ticket's number is an expression where it is drawn in this batch. */
const link = (db: D1Database, t: number, ticketId: string, uid: string) => [
  db
    .prepare(
      "insert into counter(t, name, value) values(?1, 'link', 1) on conflict(t, name) do update set value = value + 1 returning value as id",
    )
    .bind(t),
  db
    .prepare(
      `insert into link(t, id, uid, ticket_id, connection_id, partner_tenant, state, created_at) values(?1, ${LINK_NOW}, ?2, ${ticketId}, 1, '', 'live', ?3)`,
    )
    .bind(t, uid, Date.now()),
]

const sent = (db: D1Database, t: number, ticketId: number, uid: string) =>
  db
    .prepare(
      `insert into outbox(t, ticket_id, action_id, connection_id, uid, link_id, kind, state, attempts, next_at, at)
        values(?1, ?2, ${LAST}, 1, ?3, 1, 'action', 'pending', 1, ?4, ?4)`,
    )
    .bind(t, ticketId, uid, Date.now())

const taken = (db: D1Database, t: number, ticketId: string, uid: string) =>
  db
    .prepare(
      `insert into inbox(t, partner_tenant, uid, link_id, n, hash, ticket_id, action_id, parts, at) values(?1, '', ?2, 1, 1, '', ${ticketId}, 1, '[]', ?3)`,
    )
    .bind(t, uid, Date.now())

const moved = (db: D1Database, t: number, ticketId: number, column: 'in' | 'out', uid: string) =>
  db
    .prepare(
      `update link set ${column}_n = ${column}_n + 1, ${column}_uid = ?3 where t = ?1 and ticket_id = ?2`,
    )
    .bind(t, ticketId, uid)

const settled = (db: D1Database, t: number, uid: string, ticketId: number) => [
  db
    .prepare(
      "update outbox set state = 'synced', next_at = null where t = ?1 and ticket_id = ?2 and uid = ?3",
    )
    .bind(t, ticketId, uid),
  moved(db, t, ticketId, 'out', uid),
]

/** An object of a ticket, as the product has one on each desk to give what happens there an order. */
export class LinkedTicket extends DurableObject<FloorEnv> {
  async record({ t, ticketId, text }: Asked, uid: string): Promise<void> {
    const { DB } = this.env
    await DB.batch([...entry(DB, t, ticketId, uid, text), sent(DB, t, ticketId, uid)])
  }
  async receive({ twinT, twinId, text }: Asked, uid: string): Promise<void> {
    const { DB } = this.env
    await DB.batch([
      ...entry(DB, twinT, twinId, uid, text),
      taken(DB, twinT, String(twinId), uid),
      moved(DB, twinT, twinId, 'in', uid),
    ])
  }
  async escalate({ t, ticketId, text }: Asked, uid: string): Promise<void> {
    const { DB } = this.env
    await DB.batch([
      ...entry(DB, t, ticketId, uid, text),
      ...link(DB, t, String(ticketId), uid),
      sent(DB, t, ticketId, uid),
    ])
  }
  async create({ twinT, text }: Asked, uid: string): Promise<{ id: number }> {
    const { DB } = this.env
    return made(
      await DB.batch([
        ...create(DB, twinT, text),
        ...link(DB, twinT, TICKET_NOW, uid),
        taken(DB, twinT, TICKET_NOW, uid),
      ]),
    )
  }
}
// The deployment names four kinds of objects; the floor needs one.
export { LinkedTicket as Courier, LinkedTicket as Desk, LinkedTicket as Witness }

const object = (env: FloorEnv, t: number, name: number | string) =>
  env.LINKED_TICKET.getByName(`${t}:${name}`)

async function answer(
  asked: Asked,
  request: Request,
  env: FloorEnv,
  ctx: ExecutionContext,
): Promise<unknown> {
  const { DB } = env
  const { op, t, ticketId, text } = asked
  const exports: { default: { fetch: (request: Request) => Promise<Response> } } = ctx.exports
  const hop = async (what: string, uid: string) => {
    const body = JSON.stringify({ ...asked, op: what, uid })
    const response = await exports.default.fetch(new Request(request.url, { method: 'POST', body }))
    return response.json<{ id: number }>()
  }
  switch (op) {
    case 'list':
      return DB.prepare(`${LISTED} and k.is_closed = 0 order by k.id desc limit 50`).bind(t).all()
    case 'search':
      return DB.prepare(
        `${LISTED} and k.id in (select (rowid >> 13) & 1073741823 from search where search match ?2) order by k.id desc limit 50`,
      )
        .bind(t, `scope : "t${t}" AND words : ("${text}"*)`)
        .all()
    case 'ticket':
      return DB.prepare(`${LISTED} and k.id = ?2`).bind(t, ticketId).all()
    case 'timeline':
      return DB.prepare(
        'select * from action e left join action_body b on b.t = e.t and b.ticket_id = e.ticket_id and b.action_id = e.id where e.t = ?1 and e.ticket_id = ?2 order by e.id desc limit 50',
      )
        .bind(t, ticketId)
        .all()
    case 'create':
      return made(await DB.batch(create(DB, t, text)))
    case 'note':
      return DB.batch(entry(DB, t, ticketId, crypto.randomUUID(), text))
    case 'sync': {
      const uid = crypto.randomUUID()
      await object(env, t, ticketId).record(asked, uid)
      await hop('receive', uid)
      return DB.batch(settled(DB, t, uid, ticketId))
    }
    case 'escalate': {
      const uid = crypto.randomUUID()
      await object(env, t, ticketId).escalate(asked, uid)
      const twin = await hop('twin', uid)
      await DB.batch(settled(DB, t, uid, ticketId))
      return twin
    }
    case 'receive':
      return object(env, asked.twinT, asked.twinId).receive(asked, crypto.randomUUID())
    case 'twin': {
      const uid = crypto.randomUUID()
      return object(env, asked.twinT, `new:${uid}`).create(asked, uid)
    }
    default:
      throw new Error(`The floor has no ${op}`)
  }
}

export default {
  fetch: async (request: Request, env: FloorEnv, ctx: ExecutionContext) =>
    Response.json((await answer(await request.json<Asked>(), request, env, ctx)) ?? {}),
}
