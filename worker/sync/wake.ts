import { z } from 'zod'
import { sweepFiles } from '../desk/sweepFiles'
import { shardOf } from '../platform/database'
import { fault } from '../platform/fault'
import { log } from '../platform/log'
import { seams } from '../platform/seams'
import { courierObject, deskObject } from './objects'
import { rewrap } from './rewrap'

const Wake = z.object({ t: z.int(), connectionId: z.int() })

/** Sets a courier's timer before messages of its connection become due: a kill in between must not leave them lying (R17). */
export const armCourier = (env: Env, t: number, connectionId: number): Promise<void> =>
  courierObject(env, t, connectionId).arm()

/** Shuts a courier's gate after its connection was paused or has ended: what was read before that does not leave any more. */
export const haltCourier = (env: Env, t: number, connectionId: number): Promise<void> =>
  courierObject(env, t, connectionId).halt()

/** Has a connection's courier look for work now. */
export const wakeCourier = (env: Env, t: number, connectionId: number): Promise<void> =>
  courierObject(env, t, connectionId).wake()

/**
 * The queue wakes couriers faster than the sweep; it carries numbers only, and one that comes twice or late finds nothing to do (F32).
 * What landed in the dead letter queue is logged and taken: the row itself is still open, and its object's alarm stands.
 */
export async function consumeDeliveries(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    const read = Wake.safeParse(message.body)
    if (!read.success || batch.queue.endsWith('-dead')) {
      log('error', {
        what: `a wake-up ended in ${batch.queue}`,
        ...(read.success && { t: read.data.t, connection: read.data.connectionId }),
      })
      message.ack()
      continue
    }
    try {
      await wakeCourier(env, read.data.t, read.data.connectionId)
      FAULTS && (await fault('P14'))
      message.ack()
    } catch {
      message.retry()
    }
  }
}

/** Beyond this, an open row has nobody who works on it. */
const FORGOTTEN_MS = 120_000
const MOST = 30

/** The last net, each minute: finds open rows that nobody is working on and wakes whose they are. */
export async function sweep(env: Env): Promise<void> {
  const shard = shardOf(env)
  const late = seams.now() - FORGOTTEN_MS
  const [connections, ends, mails] = await shard.batch<{ t: number; connectionId: number }>([
    shard
      .prepare(
        "select distinct o.t as t, o.connection_id as connectionId from outbox o join connection c on c.t = o.t and c.id = o.connection_id and c.state = 'live' where o.next_at is not null and o.next_at < ? limit ?",
      )
      .bind(late, MOST),
    shard
      .prepare('select t, id as connectionId from connection where tell_at < ? limit ?')
      .bind(late, MOST),
    shard
      .prepare(
        'select distinct t, 0 as connectionId from mail_out where next_at is not null and next_at < ? limit ?',
      )
      .bind(late, MOST),
  ])
  for (const { t, connectionId } of [...(connections?.results ?? []), ...(ends?.results ?? [])])
    await wakeCourier(env, t, connectionId)
  for (const { t } of mails?.results ?? []) await deskObject(env, t).wake()
  await rewrap(env)
  await sweepFiles(env, shard)
  if (new Date(seams.now()).toISOString().slice(11, 16) === '03:17') await prune(env)
}

/** Once a day: what has outlived its use. */
async function prune(env: Env): Promise<void> {
  const shard = shardOf(env)
  const now = seams.now()
  const day = 86_400_000
  await shard.batch([
    shard.prepare('delete from session where expires_at < ?').bind(now),
    shard.prepare('delete from one_time where expires_at < ?').bind(now),
    shard.prepare('delete from throttle where until < ?').bind(now),
    shard.prepare('delete from idem where at < ?').bind(now - 14 * day),
    shard.prepare('delete from attempt where at < ?').bind(now - 90 * day),
  ])
}
