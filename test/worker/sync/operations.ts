import { and, eq } from 'drizzle-orm'
import { audit } from '../../../db/schema'
import type { Told } from '../invariants'
import { twoOfEach } from '../nemesis'
import type { Client, Desks, TestDesk } from '../pair'
import type { At } from '../sides'
import type { Wire } from '../wire'

/** What people do with a linked ticket, told so that it may break anywhere: who gets an error repeats it, as a browser does. */

export interface Scene extends Desks {
  /** The ticket at Acme, and its twin; 0 before there is one. */
  ours: number
  twin: number
  told: Told
}

export interface Operation {
  name: string
  /** What stands before anything may break. */
  before?: (scene: Scene) => Promise<unknown>
  act: (scene: Scene) => Promise<unknown>
  /** What of it must be so when all is healed, as lines that say what is not. */
  after?: (scene: Scene) => Promise<string[]>
  /** A call to the partner that fails before anything else does, by its number. */
  loses?: number
  /** Without a twin to begin with. */
  alone?: boolean
}

let said = 0
/** Words that no other note has. */
const words = (): string => `words ${++said} end`

const MOST_TRIES = 4

/** Asks until it is answered; a refusal is an answer. A creating request carries a key, so that a repeat is one. */
async function insist<T>(who: Client, method: string, path: string, body?: object): Promise<T> {
  const key = crypto.randomUUID()
  for (let tries = 1; ; tries++) {
    const reply = await who.ask<T>(method, path, body, { 'idempotency-key': key })
    // What is deleted already was deleted by the try whose answer was lost.
    const isDone = method === 'DELETE' && tries > 1 && reply.status === 404
    if (reply.status < 300 || isDone) return reply.body
    const mayPass = reply.status >= 500 || path.endsWith('/authenticate')
    if (!mayPass || tries >= MOST_TRIES)
      throw new Error(`${method} ${path} answered ${reply.status} ${reply.text}`)
  }
}

/** An action with words of its own; what is accepted is told. */
async function says(
  { told }: Scene,
  desk: TestDesk,
  id: number,
  outcome: string,
  more: object = {},
  who = desk.agent,
  stays = false,
): Promise<void> {
  const text = words()
  const body = { ticket_id: id, outcome, note_html: `<p>${text}</p>`, ...more }
  await insist<Wire.Action>(who, 'POST', 'actions', [body])
  told.accepted.push({ at: { desk, id }, words: text, stays })
}

const edit = ({ acme, ours }: Scene, change: object) =>
  insist(acme.agent, 'POST', 'tickets', [{ id: ours, ...change }])

const audits = async ({ db, t }: TestDesk, what: string) =>
  (
    await db.orm
      .select()
      .from(audit)
      .where(and(eq(audit.t, t), eq(audit.what, what)))
  ).length

/** Changes of settings since `noted`, and how many of them the audit has (I13). */
let noted = 0
const counts = (what: string, desk: (scene: Scene) => TestDesk) => ({
  before: async (scene: Scene) => {
    noted = await audits(desk(scene), what)
  },
  after: async (scene: Scene, changes: number) => {
    const n = (await audits(desk(scene), what)) - noted
    return n === changes ? [] : [`I13 ${n} entries “${what}” for ${changes} changes`]
  },
})

const rotation = counts('rotated secret of connection', ({ skyline }) => skyline)
let version = 0
const issued = async ({ skyline }: Scene): Promise<number> => {
  const { results } = await skyline.db.d1
    .prepare('select issued_ver as n from connection where t = ? and id = ?')
    .bind(skyline.t, skyline.connectionId)
    .all<{ n: number }>()
  return results[0]?.n ?? 0
}

const PICTURE = btoa('not much of a file')

export const operations: Operation[] = [
  {
    name: 'create link',
    alone: true,
    act: (s) => says(s, s.acme, s.ours, 'Escalate to MSP', { supplier_id: s.acme.supplierId }),
  },
  { name: 'note', act: (s) => says(s, s.acme, s.ours, 'Private note') },
  { name: 'note of the supplier', act: (s) => says(s, s.skyline, s.twin, 'Note') },
  {
    name: 'two notes at once, to two objects of the ticket',
    act: (s) => {
      twoOfEach.on = true
      return Promise.all([
        says(s, s.acme, s.ours, 'Private note'),
        says(s, s.acme, s.ours, 'Private note', {}, s.acme.boss),
      ])
    },
  },
  {
    name: 'note, its first try lost',
    loses: 1,
    act: (s) => says(s, s.acme, s.ours, 'Private note'),
  },
  {
    name: 'note that stays',
    act: (s) => says(s, s.acme, s.ours, 'Internal note', {}, s.acme.agent, true),
  },
  {
    name: 'note with a file',
    act: (s) =>
      says(s, s.acme, s.ours, 'Private note', {
        attachments: [{ filename: 'a.txt', data_base64: PICTURE }],
      }),
  },
  {
    name: 'reply of the end user',
    act: (s) => says(s, s.acme, s.ours, 'User update', {}, s.acme.user),
  },
  {
    name: 'status',
    act: (s) =>
      says(s, s.acme, s.ours, 'Public note', {
        status_id: s.acme.status('On hold'),
        send_to: 'supplier',
      }),
  },
  { name: 'close', act: (s) => says(s, s.acme, s.ours, 'Resolve') },
  {
    name: 'close at the supplier',
    act: (s) => says(s, s.skyline, s.twin, 'Resolve third party ticket'),
  },
  {
    name: 'close on both sides',
    act: (s) =>
      Promise.all([
        says(s, s.acme, s.ours, 'Resolve'),
        says(s, s.skyline, s.twin, 'Resolve third party ticket'),
      ]),
  },
  {
    name: 'reopen',
    before: (s) => says(s, s.acme, s.ours, 'Resolve'),
    act: (s) => says(s, s.acme, s.ours, 'Reopen', { send_to: 'supplier' }),
  },
  {
    name: 'category',
    act: (s) =>
      says(s, s.acme, s.ours, 'Public note', {
        category_1: 'Hardware>Printer',
        send_to: 'supplier',
      }),
  },
  {
    name: 'field',
    before: (s) => edit(s, { customfields: [{ name: 'CFasset', value: 'HQ-7' }] }),
    act: (s) => says(s, s.acme, s.ours, 'Private note'),
  },
  {
    name: 'action that sends an email at the partner',
    act: (s) => says(s, s.skyline, s.twin, 'Indirect email to end user'),
  },
  {
    name: 'note whose answer brings a newer status',
    before: (s) =>
      says(
        s,
        s.skyline,
        s.twin,
        'Public note',
        { status_id: s.skyline.status('On hold') },
        s.skyline.agent,
        true,
      ),
    act: (s) => says(s, s.acme, s.ours, 'Private note'),
  },
  {
    name: 'delete',
    act: async (s) => {
      await insist(s.acme.agent, 'DELETE', `tickets/${s.ours}`)
      await says(s, s.skyline, s.twin, 'Note')
    },
  },
  {
    name: 'rotate',
    before: async (s) => {
      await rotation.before(s)
      version = await issued(s)
    },
    act: async (s) => {
      const path = `connection/${s.skyline.connectionId}/rotate`
      const fresh = await insist<{ issued: { client_secret: string } }>(
        s.skyline.admin,
        'POST',
        path,
        {},
      )
      await says(s, s.acme, s.ours, 'Private note')
      await insist(s.acme.admin, 'POST', 'connection', {
        id: s.acme.connectionId,
        partner: { client_secret: fresh.issued.client_secret },
      })
      const authenticate = `connection/${s.acme.connectionId}/authenticate`
      await insist(s.acme.admin, 'POST', authenticate, {})
    },
    after: async (s) => rotation.after(s, (await issued(s)) - version),
  },
  {
    name: 'pause and resume',
    act: async (s) => {
      const pause = (state: string) =>
        insist(s.acme.admin, 'POST', 'connection', { id: s.acme.connectionId, state })
      await pause('paused')
      await says(s, s.acme, s.ours, 'Private note')
      await pause('live')
    },
  },
]

/** The tickets of a scene. */
export const storyOf = ({ acme, skyline, ours, twin }: Scene): At[] => [
  { desk: acme, id: ours },
  ...(twin ? [{ desk: skyline, id: twin }] : []),
]
