import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from '../../../worker/api/openapi'
import { seams } from '../../../worker/platform/seams'
import { settle, type Reply } from '../pair'
import { blind, compare, masked, wholeOf } from './answers'
import { oddPaths, ownOf, placesOf, plain, type Place, type Sent } from './requests'
import { empty, hashOf, restore, snapshot } from './rows'
import { documented, isTwice, mayCall, operations, spelled } from './table'
import {
  emailOf,
  FOREIGN,
  makeTwins,
  nameOf,
  OTHERS,
  OWN,
  PRINCIPALS,
  principals,
  uidOf,
  UNKNOWN,
  type Principal,
  type Twins,
} from './twins'

/**
 * Everybody knocks at every door of Alpha and names, wherever a request can name something, what is theirs, another customer's,
 * Bravo's, and nobody's (reliability.md §7.6). Then all that once more, in a world where Bravo has nothing.
 */

let twins: Twins
let hashes: string[]
/** Every random word that only Bravo has: uids, hashes, secrets. */
let ofBravo: Set<string>
/** Every answer of the first walk, by what was asked. */
const before = new Map<string, string>()
const asked = { requests: 0, names: 0 }
const found = {
  foreign: Array<string>(),
  unequal: Array<string>(),
  entry: Array<string>(),
  broken: Array<string>(),
  odd: Array<string>(),
  without: Array<string>(),
}

const realFetch = seams.fetch
beforeAll(async () => {
  seams.fetch = () => Promise.reject(new Error('there is no network'))
  twins = await makeTwins()
  const { bravo } = twins
  await settle()
  const begin = await snapshot()
  const isOfBravo = (row: Record<string, unknown>) => row['t'] === bravo.t || row['no'] === bravo.t
  const rows = begin.tables.flatMap((table) => table.rows)
  const elsewhere = randomWords(JSON.stringify(rows.filter((row) => !isOfBravo(row))))
  ofBravo = randomWords(JSON.stringify(rows.filter(isOfBravo))).difference(elsewhere)
  hashes = [await hashOf(bravo.t, bravo.tenantId)]
  await walk(true)
  await settle()
  hashes.push(await hashOf(bravo.t, bravo.tenantId))
  await restore(begin)
  await empty(bravo.t)
  await walk(false)
}, 600_000) // half a minute on a machine that has nothing else to do
afterAll(() => {
  seams.fetch = realFetch
})

async function walk(withBravo: boolean): Promise<void> {
  for (const one of operations)
    for (const name of principals) {
      if (!withBravo && name.startsWith('Bravo')) continue
      const own = ownOf(twins, name)
      const where = `${name}: ${spelled(one)}`
      const may = mayCall(PRINCIPALS[name], one)
      const reply = await ask(name, one, plain(one, own), where, withBravo)
      if (withBravo) judgeEntry(where, name, may, reply)
      if (!may || PRINCIPALS[name] === 'stranger' || name === 'nobody') continue
      for (const place of placesOf(one, own))
        if (tries(name, one, place)) await nameOthers(name, one, place, withBravo)
      if (name === 'admin')
        for (const sent of oddPaths(one, own)) {
          const { status } = await ask(name, one, sent, `${where}: ${sent.path}`, withBravo)
          if (status !== 404) found.odd.push(`${where}: ${sent.path} answered ${status}`)
        }
    }
}

/** Those who try every place; the others of their kind go the same way through the code, and try the path. */
const EVERYWHERE = new Set<Principal>(['admin', 'user', 'the supplier', 'the customer'])
const tries = (name: Principal, one: Operation, { where }: Place) =>
  where.startsWith('path') || (EVERYWHERE.has(name) && !isTwice(one))

/** Names Bravo's, nobody's, and for whoever sees only their own also another's, in one place of a request. */
async function nameOthers(
  name: Principal,
  one: Operation,
  place: Place,
  withBravo: boolean,
): Promise<void> {
  const own = ownOf(twins, name)
  const key = `${name}: ${spelled(one)}, ${place.where}`
  if (withBravo) asked.names++
  const answer = (n: number) => ask(name, one, place.with(n), `${key}: ${n}`, withBravo)
  const foreign = blind(await answer(FOREIGN))
  const unknown = blind(await answer(UNKNOWN))
  compare(found.unequal, key, foreign, unknown)
  if (!['user', 'connection'].includes(own.group) || !isPersonal(one, place)) return
  const others = blind(await answer(own.ticket === OWN ? OTHERS : OWN))
  compare(found.unequal, `${key}, another's`, others, unknown)
}

/** Lists that every user of a desk may read have no other's in them; and the uids of a new link are the sender's to choose. */
const isPersonal = (one: Operation, { where }: Place) =>
  !/\/(status|fieldinfo|tickettype)\//.test(one.path) &&
  !(one.path.endsWith('/tickets') && where.includes('baton')) &&
  /^path|ticket_?ids?\b|link|attachments|unique_id|search_id| id /.test(where)

/** Sends it, looks for Bravo in the answer, and keeps that for the second walk or compares it with the first. */
async function ask(
  name: Principal,
  { method }: Operation,
  { path, body }: Sent,
  key: string,
  withBravo: boolean,
): Promise<Reply> {
  const n = asked.requests++ // each comes from somewhere else: what is counted per address counts none of them
  const from = { 'cf-connecting-ip': `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` }
  const reply = await twins.as(name).own.ask(method, path, body, from)
  const whole = wholeOf(reply)
  if (!withBravo) {
    compare(found.without, key, before.get(key) ?? '', masked(reply))
    return reply
  }
  before.set(key, masked(reply))
  if (reply.status === 500) found.broken.push(`${key}: ${whole}`)
  if (name.startsWith('Bravo')) return reply
  const leaked = foreignIn(whole, decodeURIComponent(path) + JSON.stringify(body))
  if (leaked) found.foreign.push(`${key} holds ${leaked}: ${whole.slice(0, 400)}`)
  return reply
}

/** What of Bravo stands in an answer, but for what was sent. */
function foreignIn(whole: string, sent: string): string | undefined {
  const told = [nameOf(FOREIGN), emailOf(FOREIGN), uidOf(FOREIGN)]
    .filter((one) => sent.includes(one))
    .reduce((text, one) => text.replaceAll(new RegExp(one, 'gi'), ''), whole)
  return (
    /CANARYB|bravo/i.exec(told)?.[0] ?? [...randomWords(told)].find((word) => ofBravo.has(word))
  )
}

const randomWords = (text: string): Set<string> =>
  new Set((text.match(/[0-9a-f-]{32,}/g) ?? []).filter((word) => word !== uidOf(FOREIGN)))

/** Who got in and who did not, against the table. A stranger's token is refused also where anyone may. */
function judgeEntry(where: string, name: Principal, may: boolean, { status, body }: Reply): void {
  const refused = body['error'] === 'UNAUTHORIZED' || body['error'] === 'FORBIDDEN'
  const group = PRINCIPALS[name]
  const isKnown = group !== 'nobody' && group !== 'stranger'
  const right = may
    ? !refused || (group === 'stranger' && status === 401) || NARROWER.test(where)
    : refused && status === (isKnown ? 403 : 401)
  if (right) return
  const answer = `${status} ${JSON.stringify(body).slice(0, 200)}`
  found.entry.push(`${where}: ${may ? 'may' : 'may not'}, answered ${answer}`)
}
/** Where the route itself lets fewer in: programs have no password, and agents are shared only if the desk says so. */
const NARROWER = /\/auth\/password|\/connection\/agents/

const none = (list: string[]) => expect(list.slice(0, 20), `${list.length} in all`).toEqual([])

describe('two desks made alike', () => {
  test('the table of docs/security.md has every route and no other', () => {
    expect([...documented.keys()].toSorted()).toEqual(operations.map(spelled).toSorted())
  })

  test('everybody gets in where the table says, and nowhere else (T8, T21, T26)', () => {
    none(found.entry)
  })

  test('T1: what is another desk\u2019s or another customer\u2019s is answered byte for byte like what does not exist', () => {
    none(found.unequal)
    expect(asked.names).toBeGreaterThan(1_000)
  })

  test('T1: no answer holds a byte of the other desk', () => {
    console.info(
      `T1 foreign bytes ${found.foreign.length} / ${asked.requests} requests, ${operations.length} routes, ${principals.length} principals`,
    )
    none(found.foreign)
  })

  test('T1, T5: what is no number, or leads up a path, is not found', () => {
    none(found.odd)
  })

  test('no answer is our fault', () => {
    none(found.broken)
  })

  test('not a row, file or session of the other desk is touched', () => {
    expect(hashes[1]).toBe(hashes[0])
  })

  test('without the other desk every answer is the same', () => {
    none(found.without)
  })
})
