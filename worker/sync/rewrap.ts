import { shardOf } from '../platform/database'
import { keysOf, seal, unseal } from '../platform/keys'
import { log } from '../platform/log'
import { boundTo } from './partnerToken'

const AT_ONCE = 100
/** The key under which everything is sealed already, as far as this isolate has looked. */
let done: string | null = null

/**
 * After a rotation of KEYS: seals the partners' secrets anew with the first key, some at a time, and reports what is left under another
 * (T35). Each is replaced only as it was read, so one that is entered meanwhile stays. Nothing is asked again once all is done.
 */
export async function rewrap(env: Env): Promise<void> {
  const keys = keysOf(env.KEYS)
  if (done === keys.current.id) return
  const shard = shardOf(env)
  const { results } = await shard
    .prepare(
      "select t, id, partner_secret as sealed from connection where partner_secret is not null and substr(partner_secret, 1, instr(partner_secret, '.') - 1) <> ?",
    )
    .bind(keys.current.id)
    .all<{ t: number; id: number; sealed: string }>()
  if (results.length === 0) {
    done = keys.current.id
    return
  }
  let lost = 0
  for (const { t, id, sealed } of results.slice(0, AT_ONCE)) {
    try {
      const anew = await seal(keys, await unseal(keys, sealed, boundTo(t, id)), boundTo(t, id))
      await shard
        .prepare(
          'update connection set partner_secret = ? where t = ? and id = ? and partner_secret = ?',
        )
        .bind(anew, t, id, sealed)
        .run()
    } catch {
      lost++ // its key is not in the list any more: it must be entered again
    }
  }
  const left = Math.max(results.length - AT_ONCE, 0)
  log('info', {
    what: `keys: ${results.length - left - lost} secrets sealed anew under ${keys.current.id}, ${left} still under another key, ${lost} under a key that is not in KEYS`,
  })
  if (left === 0) done = keys.current.id
}
