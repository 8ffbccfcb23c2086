import { beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from '../../../worker/api/openapi'
import type { Reply } from '../pair'
import { blind } from './answers'
import { ownOf, placesOf, plain } from './requests'
import { mayCall, operations, spelled } from './table'
import {
  FOREIGN,
  makeTwins,
  OTHERS,
  OWN,
  PRINCIPALS,
  principals,
  UNKNOWN,
  type Principal,
  type Twins,
} from './twins'

let twins: Twins
beforeAll(async () => {
  twins = await makeTwins()
}, 120_000)

const own = (name: Principal) => ownOf(twins, name)

type Ask = (name: Principal, method: string, path: string, body?: unknown) => Promise<Reply>
/** Every way in which one and the same route is reached. */
const ways: Record<string, Ask> = {
  'at the bare host': (name, method, path, body) =>
    twins.as(name).bare.ask(method, path + (path.includes('?') ? '&' : '?') + 'tenant=alpha', body),
  'in capitals with a slash at the end': (name, method, path, body) =>
    twins.as(name).own.ask(
      method,
      path.replace(/^[^?]+/, (it) => `${it.toUpperCase()}/`),
      body,
    ),
  'by HEAD': (name, method, path) =>
    twins.as(name).own.ask(method === 'GET' ? 'HEAD' : method, path),
  'by OPTIONS': (name, _method, path) => twins.as(name).own.ask('OPTIONS', path),
}

/** Who must not see what is another's here: an end user of another customer, an agent of another desk, a partner. */
const ASKING: Principal[] = [
  "another customer's user",
  "Bravo's agent",
  'the customer',
  'the supplier',
]
/** But for a file that a partner sends ahead: its uid is the sender's to choose. */
const withId = operations.filter(
  ({ method, path }) =>
    /:(id|uid)/.test(path) && !(method === 'PUT' && path.endsWith('/attachment/:id')),
)
/** Lists of which every user of a desk may read all. */
const isShared = ({ path }: Operation) => /\/(status|fieldinfo|tickettype)\//.test(path)

describe('r04: every route and alias that takes an id', () => {
  test.each(ASKING)('%s is told nothing of what is another\u2019s', async (name) => {
    const wrong: string[] = []
    let asked = 0
    for (const one of withId)
      for (const place of placesOf(one, own(name)).filter(({ where }) => where.startsWith('path')))
        for (const [way, ask] of [['as it is', straight] as const, ...Object.entries(ways)]) {
          const answer = (n: number) => {
            const { path, body } = place.with(n)
            asked++
            return ask(name, one.method, path, body)
          }
          const unknown = await answer(UNKNOWN)
          const right = mayCall(PRINCIPALS[name], one) ? [404, 409] : [401, 403] // 409 LINK_UNKNOWN is a partner's 404 (protocol.md §4)
          if (way === 'by OPTIONS') right.push(405)
          if (!right.includes(unknown.status))
            wrong.push(`${spelled(one)} ${way}: ${unknown.status} ${unknown.text.slice(0, 200)}`)
          const others = isShared(one)
            ? [FOREIGN]
            : [FOREIGN, own(name).ticket === OWN ? OTHERS : OWN]
          for (const n of others)
            if (blind(await answer(n)) !== blind(unknown))
              wrong.push(`${spelled(one)} ${way} tells ${n} from what does not exist`)
        }
    expect(wrong).toEqual([])
    expect(asked).toBeGreaterThan(withId.length * 10)
  })

  const straight: Ask = (name, method, path, body) => twins.as(name).own.ask(method, path, body)
})

describe('T6: nothing of a request stays for the next one', () => {
  test('a thousand requests of both desks by turns, many at once, are answered as each alone', async () => {
    const askers = principals.filter((name) =>
      ['user', 'admin', 'connection'].includes(PRINCIPALS[name]),
    )
    const reads = operations.filter(
      ({ method, path }) => method === 'GET' && !/authenticate|schema|session/.test(path),
    )
    const { bravo } = twins
    const alone: { ask: () => Promise<Reply>; answer: string; of: string }[] = []
    for (const one of reads) {
      for (const name of askers.filter((name) => mayCall(PRINCIPALS[name], one))) {
        const { path } = plain(one, own(name))
        alone.push(await known(`${name} ${path}`, () => twins.as(name).own.ask('GET', path)))
      }
      for (const [name, client] of Object.entries({
        boss: bravo.boss,
        user: bravo.user,
        app: bravo.admin,
      })) {
        const { path } = plain(one, { ...own('admin'), ticket: FOREIGN })
        alone.push(await known(`Bravo's ${name} ${path}`, () => client.ask('GET', path)))
      }
    }
    expect(alone.length).toBeGreaterThan(100)
    const wrong: string[] = []
    for (let round = 0; round < 100; round++) {
      const ten = alone.filter((_, at) => (at * 61 + round * 7) % alone.length < 10)
      const answers = await Promise.all(ten.map(({ ask }) => ask()))
      for (const [at, answer] of answers.entries())
        if (fixed(answer) !== ten[at]?.answer) wrong.push(ten[at]?.of ?? '')
    }
    expect(wrong).toEqual([])
  }, 120_000)
})

const fixed = ({ status, text }: Reply) => `${status} ${text}`
const known = async (of: string, ask: () => Promise<Reply>) => ({
  of,
  ask,
  answer: fixed(await ask()),
})
