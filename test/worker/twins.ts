import { env } from 'cloudflare:test'
import { seams } from '../../worker/platform/seams'

/** Twins of what the platform gives: each does what it stands for, until its plan says otherwise (reliability.md §7.1). */

/** The same numbers for the same seed, from 0 up to 1 (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What D1 says when nobody knows whether a write was made, and when it has too much to do (reliability.md §2). */
export const UNCLEAR = [
  'D1_ERROR: Network connection lost.',
  'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
  'D1_ERROR: D1 DB reset because its code was updated.',
  'D1_ERROR: Internal error in D1 DB storage caused object to be reset.',
]
export const OVERLOADED = 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.'

/** Fails one trip to the database: the `nth` that has such a statement, before it is made or after it was committed. */
export function failTrip(
  nth: number,
  when: 'before' | 'after',
  words: string,
  statement = /./,
): { trips: () => number; met: () => boolean; end: () => void } {
  let trips = 0
  let met = false
  const look = (sql: readonly string[]) => {
    if (!sql.some((one) => statement.test(one)) || ++trips !== nth) return
    met = true
    throw new Error(words)
  }
  seams[when === 'before' ? 'beforeQuery' : 'afterQuery'] = look
  return {
    trips: () => trips,
    met: () => met,
    end: () => Object.assign(seams, { beforeQuery: undefined, afterQuery: undefined }),
  }
}

/** The next calls of objects fail as the runtime makes them fail; after them all is as before. */
export function failObject(
  kind: 'LINKED_TICKET' | 'COURIER',
  marks: { retryable?: boolean; overloaded?: boolean },
  times = 1,
): { calls: () => number; end: () => void } {
  const prototype: object = Object.getPrototypeOf(env[kind])
  const real: unknown = Reflect.get(prototype, 'getByName')
  if (typeof real !== 'function') throw new Error('Objects have no names here')
  let calls = 0
  Reflect.set(prototype, 'getByName', function (this: object, name: string) {
    const stub: unknown = Reflect.apply(real, this, [name])
    if (this !== env[kind] || typeof stub !== 'object' || stub === null) return stub
    if (++calls > times) return stub
    const broken = () =>
      Promise.reject(Object.assign(new Error('The object is not to be had'), marks))
    return new Proxy(stub, { get: () => broken })
  })
  return { calls: () => calls, end: () => Reflect.set(prototype, 'getByName', real) }
}
