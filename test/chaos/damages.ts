import type { Chance } from './chance.ts'
import type { Kind } from './plan.ts'
import type { Canned, Damage, Trouble } from './wire.ts'

const HTML = '<!doctype html><title>Blocked</title><h1>This request was blocked</h1>'
const json = { 'content-type': 'application/json' }

/** Successes that are none (F16). */
const GARBAGE: readonly [Canned, ...Canned[]] = [
  { status: 200, body: HTML },
  { status: 200, headers: json, body: '{}' },
  { status: 201, headers: json, body: '{"id":1,"ticket_id":1001' },
  { status: 200, headers: json, body: '{"id":4711,"ticket_id":4711}' },
  {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-16' },
    body: '\xff\xfe',
  },
  { status: 204, body: '' },
]
/** Refusals of somebody who stands in between (F13, F18). */
const ERRORS: readonly [Canned, ...Canned[]] = [
  { status: 500, body: 'Internal Server Error' },
  { status: 502, body: HTML },
  { status: 503, body: HTML },
  { status: 503, headers: { 'retry-after': '2' }, body: HTML },
  { status: 403, body: HTML },
  { status: 404, body: HTML },
  { status: 408, body: '' },
]

const REDIRECT: Canned = {
  status: 307,
  headers: { location: 'http://127.0.0.1:9/elsewhere' },
  body: '',
}

/** What a fault does on a wire: to how many messages, or to everything for a while. Null for a fault that is none of a wire's. */
export function troubleOf(kind: Kind, chance: Chance, long: boolean): Trouble | null {
  const some = () => ({
    left: chance.between(1, long ? 6 : 4),
    meets: 'messages' as const,
    hits: 0,
  })
  const all = { left: Infinity, meets: 'everything' as const, hits: 0 }
  const of = (damage: Damage, meets: Omit<Trouble, 'damage'> = some()) => ({ damage, ...meets })
  switch (kind) {
    case 'partition':
    case 'refuse':
      return of({ do: 'refuse' }, all)
    case 'swallow':
      return of({ do: 'swallow' }, all)
    case 'cut':
      return of({ do: 'cut' })
    case 'truncate':
      return of({ do: 'truncate' })
    case 'double':
      return of({ do: 'double' })
    case 'late':
      return of({ do: 'again', afterMs: chance.between(500, long ? 60_000 : 8_000) })
    case 'delay':
      return of({
        do: 'delay',
        beforeMs: chance.between(0, long ? 15_000 : 3_000),
        afterMs: chance.between(0, long ? 15_000 : 3_000),
      })
    case 'garbage': {
      const answer = chance.one(GARBAGE)
      return of(chance.next() < 0.5 ? { do: 'answer', answer } : { do: 'replace', answer })
    }
    case 'error': {
      // A gateway's, to anything at all; or one that stands before the desk and has let the message through.
      const answer = chance.one(ERRORS)
      return chance.next() < 0.5 ? of({ do: 'answer', answer }) : of({ do: 'replace', answer })
    }
    case 'gateway':
      return of(
        { do: 'answer', answer: chance.one(ERRORS) },
        { ...all, left: chance.between(2, 12) },
      )
    case 'redirect':
      return of({ do: 'answer', answer: REDIRECT })
    case 'busy': {
      const seconds = chance.between(1, 4)
      const after =
        chance.next() < 0.5 ? String(seconds) : new Date(Date.now() + seconds * 1_000).toUTCString()
      return of(
        { do: 'answer', answer: { status: 429, headers: { 'retry-after': after }, body: '' } },
        once,
      )
    }
    case 'busy without a time':
      return of({ do: 'answer', answer: { status: 429, body: '' } }, once)
    case 'poison':
      return of(
        { do: 'answer', answer: { status: 500, body: HTML } },
        { ...all, meets: 'one message' },
      )
    default:
      return null
  }
}

const once = { left: 1, meets: 'messages' as const, hits: 0 }
