import { z } from 'zod'
import { seams } from '../platform/seams'
import { UNNAMED_MS } from './attachments'

const MOST = 500

/**
 * Removes files that nothing has named for four days, of all tenants: rows first get out of reach of every action, then their objects
 * go, then the rows, so that a kill in between leaves no row without an object (R9, F37). Some of the objects are looked through for
 * those that have no row, since whoever stored them died (I10).
 */
export async function sweepFiles({ FILES }: Pick<Env, 'FILES'>, shard: D1Database): Promise<void> {
  const now = seams.now()
  const [, going] = await shard.batch([
    shard
      .prepare(
        `update attachment set sweep_at = 0 where sweep_at between 1 and ?1 and (t, id) in (
          select i.no, a.id from instance i join attachment a on a.t = i.no and a.sweep_at between 1 and ?1 limit ${MOST})`,
      )
      .bind(now),
    shard.prepare(
      `select a.t as t, a.id as id, i.tenant_id || '/' || coalesce(a.object, a.uid) as key
        from instance i join attachment a on a.t = i.no and a.sweep_at = 0 limit ${MOST}`,
    ),
  ])
  const rows = Going.parse(going?.results)
  if (rows.length > 0) {
    await FILES.delete(rows.map(({ key }) => key))
    await shard.batch([...forget(shard, JSON.stringify(rows.map(({ t, id }) => [t, id])))])
  }
  await sweepObjects(FILES, shard, now)
}

const Going = z.array(z.object({ t: z.number(), id: z.number(), key: z.string() }))

const forget = (shard: D1Database, ids: string) => [
  shard
    .prepare(
      `update file_usage set bytes = max(0, bytes - (select coalesce(sum(a.size), 0) from attachment a
          where a.t = file_usage.t and a.sweep_at = 0 and (a.t, a.id) in (select value ->> 0, value ->> 1 from json_each(?1))))
        where t in (select value ->> 0 from json_each(?1))`,
    )
    .bind(ids),
  shard
    .prepare(
      'delete from attachment where sweep_at = 0 and (t, id) in (select value ->> 0, value ->> 1 from json_each(?))',
    )
    .bind(ids),
]

/** Where the last look ended; each sweep goes on from there, and begins anew at the end. */
const LOOKED = 'files looked through'
const Looked = z.array(z.object({ value: z.string() }))
const OURS = /^([0-9a-f-]{36})\/(([0-9a-f-]{8,64})(?:\.[0-9a-f]{8})?)$/

async function sweepObjects(files: R2Bucket, shard: D1Database, now: number): Promise<void> {
  const [at] = Looked.parse(
    (await shard.prepare('select value from shard_meta where key = ?').bind(LOOKED).all()).results,
  )
  const { objects, truncated } = await files.list({
    limit: MOST,
    ...(at && at.value !== '' && { startAfter: at.value }),
  })
  const old = objects.flatMap(({ key, uploaded }) => {
    const [, tenant, name, uid] = OURS.exec(key) ?? []
    return tenant && uploaded.getTime() <= now - UNNAMED_MS ? [{ key, tenant, name, uid }] : []
  })
  const [orphans] = await shard.batch<{ key: string }>([
    shard
      .prepare(
        `select o.value ->> 'key' as key from json_each(?) o where not exists (
          select 1 from instance i join attachment a on a.t = i.no
            where i.tenant_id = o.value ->> 'tenant' and a.uid = o.value ->> 'uid' and coalesce(a.object, a.uid) = o.value ->> 'name')`,
      )
      .bind(JSON.stringify(old)),
    shard
      .prepare(
        'insert into shard_meta (key, value) values (?1, ?2) on conflict (key) do update set value = ?2',
      )
      .bind(LOOKED, truncated ? (objects.at(-1)?.key ?? '') : ''),
  ])
  const keys = (orphans?.results ?? []).map(({ key }) => key)
  if (keys.length > 0) await files.delete(keys)
}
