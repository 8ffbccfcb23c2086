import { globSync, readdirSync, readFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { Deployment } from './deployment.ts'

interface OpenRow {
  uid: string
  state: string
  kind: string
  link: number
  action: number
  nextAt: number
  linkState: string
  connectionState: string
  holdUntil: number | null
}

/** A desk's database, read beside the running desk: nothing is asked of the desk itself. */
export class Books {
  readonly #deployment: Deployment

  constructor(deployment: Deployment) {
    this.#deployment = deployment
  }

  /** Rows of this deployment; it holds one desk, so no query names a tenant. */
  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    const database = new DatabaseSync(this.#file(), { readOnly: true, timeout: 5_000 })
    try {
      // A row is what the statement selects; the caller says so in its type.
      const rows: unknown[] = database.prepare(sql).all(...values)
      return JSON.parse(JSON.stringify(rows))
    } finally {
      database.close()
    }
  }

  /** Messages and mails that have still to leave, but for those whose ticket the partner has refused: they wait for a person. */
  open(): { messages: number; mails: number } {
    const [row] = this.all<{ messages: number; mails: number }>(
      `select (select count(*) from outbox where next_at is not null and reason is not 'waits_for_create') as messages,
        (select count(*) from mail_out where next_at is not null) as mails`,
    )
    return row ?? { messages: 0, mails: 0 }
  }

  /**
   * Messages and mails that nobody seems to work on: due for `ms` although nothing speaks against it. What waits for its turn on its
   * link, for its ticket to be made, or because the partner asked to wait, is rightly where it is (Q3).
   */
  overdue(ms: number, now: number): { messages: string[]; mails: number } {
    const rows = this.all<OpenRow>(
      `select o.uid, o.state, o.kind, o.link_id as link, o.action_id as action, o.next_at as nextAt, l.state as linkState,
        c.state as connectionState, c.hold_until as holdUntil
        from outbox o join link l on l.t = o.t and l.id = o.link_id join connection c on c.t = o.t and c.id = o.connection_id
        where o.next_at is not null order by o.link_id, o.action_id`,
    )
    const heads = new Map<number, string>()
    for (const row of rows)
      if (row.state === 'pending' && row.kind !== 'file' && !heads.has(row.link))
        heads.set(row.link, row.uid)
    const due = rows.filter(
      (row) =>
        row.nextAt <= now - ms &&
        row.connectionState === 'live' &&
        (row.holdUntil ?? 0) <= now - ms &&
        (row.state === 'parked' || row.kind === 'file' || heads.get(row.link) === row.uid) &&
        (row.linkState !== 'creating' || row.kind === 'create'),
    )
    const [mails] = this.all<{ n: number }>(
      'select count(*) as n from mail_out where next_at <= ?',
      now - ms,
    )
    return { messages: due.map(({ uid }) => uid), mails: mails?.n ?? 0 }
  }

  /** Tickets with a message that was refused or given up: they say that the desks may differ. */
  differing(): { id: number; remote: number }[] {
    return this.all(
      'select ticket_id as id, remote_ticket_id as remote from link where may_differ = 1 and remote_ticket_id is not null',
    )
  }

  /** The connection to the other desk: the first one that was made. */
  connection(): number {
    const [row] = this.all<{ id: number }>('select min(id) as id from connection')
    return row?.id ?? 0
  }

  has(uid: string): boolean {
    return this.all('select 1 from action where uid = ?', uid).length > 0
  }

  /** Messages that others may have passed, because the desk gave them up for now. */
  parked(): string[] {
    return this.all<{ uid: string }>(`select uid from outbox where state = 'parked'`).map(
      ({ uid }) => uid,
    )
  }

  /** How often each mail was handed over, by the uid that stands in its header. */
  handedOver(): Map<string, number> {
    const folder = join(this.#deployment.data, 'mail')
    const counts = new Map<string, number>()
    if (!existsSync(folder)) return counts
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
      const { headers }: { headers: Record<string, string> } = JSON.parse(
        readFileSync(join(folder, name), 'utf8'),
      )
      const uid = headers['X-Baton-Mail'] ?? ''
      counts.set(uid, (counts.get(uid) ?? 0) + 1)
    }
    return counts
  }

  /** How often each mail was refused by the provider for certain. */
  refusedMails(): Map<string, number> {
    const file = join(this.#deployment.data, 'mail-refused')
    const counts = new Map<string, number>()
    if (!existsSync(file)) return counts
    for (const uid of readFileSync(file, 'utf8').trim().split('\n'))
      counts.set(uid, (counts.get(uid) ?? 0) + 1)
    return counts
  }

  #file(): string {
    const [file] = globSync('state/d1/*/*.sqlite', { cwd: this.#deployment.data }).filter(
      (path) => !path.endsWith('metadata.sqlite'),
    )
    if (file === undefined) throw new Error(`${this.#deployment.slug} has no database`)
    return join(this.#deployment.data, file)
  }
}
