import { globSync, readdirSync, readFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { Deployment } from './deployment.ts'

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

  /** Messages and mails that have still to leave. */
  open(): { messages: number; mails: number } {
    const [row] = this.all<{ messages: number; mails: number }>(
      `select (select count(*) from outbox where next_at is not null) as messages,
        (select count(*) from mail_out where next_at is not null) as mails`,
    )
    return row ?? { messages: 0, mails: 0 }
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

  #file(): string {
    const [file] = globSync('state/d1/*/*.sqlite', { cwd: this.#deployment.data }).filter(
      (path) => !path.endsWith('metadata.sqlite'),
    )
    if (file === undefined) throw new Error(`${this.#deployment.slug} has no database`)
    return join(this.#deployment.data, file)
  }
}
