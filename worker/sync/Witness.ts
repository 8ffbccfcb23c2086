import { DurableObject } from 'cloudflare:workers'
import type { MiddlewareHandler } from 'hono'
import { shardOf } from '../platform/database'
import { log } from '../platform/log'
import { mutex } from '../platform/mutex'
import { seams } from '../platform/seams'
import { witnessObject } from './objects'

const BEAT_MS = 60_000

interface Beat {
  beat: number
  deployment: string
}

/**
 * One per shard: holds a beat and the deployment's id that the database holds too (R16, protocol.md §8). An object's storage is not
 * rewound when the database is, so a database that is behind, or that names another deployment, was restored or copied.
 */
export class Witness extends DurableObject<Env> {
  readonly #oneAtATime = mutex()

  /** Compares, and beats. True when the shard was restored: then its connections are paused, and clocks and numbers have jumped. */
  restored(): Promise<boolean> {
    return this.#oneAtATime(async () => {
      const theirs = await this.#theirs()
      const mine = (await this.ctx.storage.get<Beat>('witness')) ?? (await this.#begin())
      const untouched = mine.beat === 0 && theirs.deployment === null
      const restored =
        !untouched && (theirs.deployment !== mine.deployment || theirs.beat < mine.beat)
      const next = { beat: Math.max(theirs.beat, mine.beat) + 1, deployment: mine.deployment }
      // The database first: a kill in between leaves it ahead, and only one that is behind was restored.
      await shardOf(this.env).batch([
        ...(restored ? this.#jump() : []),
        this.#put('beat', String(next.beat)),
        this.#put('deployment', next.deployment),
      ])
      await this.ctx.storage.put('witness', next)
      return restored
    })
  }

  async #theirs(): Promise<{ beat: number; deployment: string | null }> {
    const { results } = await shardOf(this.env)
      .prepare("select key, value from shard_meta where key in ('beat', 'deployment')")
      .all<{ key: string; value: string }>()
    const valueOf = (name: string) => results.find(({ key }) => key === name)?.value
    return { beat: Number(valueOf('beat') ?? 0), deployment: valueOf('deployment') ?? null }
  }

  /** This deployment's own id, kept before the database hears of it: a kill in between must not look like a copy. */
  async #begin(): Promise<Beat> {
    const first = { beat: 0, deployment: seams.uid() }
    await this.ctx.storage.put('witness', first)
    return first
  }

  #put(key: string, value: string): D1PreparedStatement {
    return shardOf(this.env)
      .prepare(
        'insert into shard_meta(key, value) values(?1, ?2) on conflict(key) do update set value = ?2',
      )
      .bind(key, value)
  }

  /** Numbers that were given out after the restored point must not be given out again, and no stamp may be undercut. */
  #jump(): D1PreparedStatement[] {
    const reason =
      'This desk\u2019s database was restored or copied. Nothing is sent or taken until an admin resumes; then both sides compare.'
    return [
      shardOf(this.env)
        .prepare(
          "update connection set state = 'paused', state_reason = ?, restored_at = ? where state in ('live', 'broken')",
        )
        .bind(reason, seams.now()),
      shardOf(this.env).prepare(
        'update ticket set clock = clock + 1000 where exists (select 1 from link where link.t = ticket.t and link.ticket_id = ticket.id)',
      ),
      shardOf(this.env).prepare('update counter set value = value + 10000'),
      shardOf(this.env)
        .prepare(
          "insert into audit(t, at, uid, actor, what, detail) select no, ?1, lower(hex(randomblob(16))), 'system', 'restored', ?2 from instance",
        )
        .bind(seams.now(), JSON.stringify({ reason })),
    ]
  }
}

/**
 * Before the first write that somebody asks for: a restored database gives no number out again and takes no message (R16, F52). A
 * witness that cannot be asked stops nobody here; the couriers, which send, wait for it.
 */
export const noticeRestore: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  if (!['GET', 'HEAD', 'OPTIONS'].includes(c.req.method))
    await isRestored(c.env).catch((error: unknown) => log('error', { what: 'witness', error }))
  await next()
}

let checkedAt = Number.NEGATIVE_INFINITY

/** Whether the shard turns out to be restored; asked at most once a minute by each isolate, and by a new one before it sends. */
export async function isRestored(env: Env): Promise<boolean> {
  if (seams.now() - checkedAt < BEAT_MS) return false
  const restored = await witnessObject(env).restored()
  checkedAt = seams.now()
  return restored
}
