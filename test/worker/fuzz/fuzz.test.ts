import { env } from 'cloudflare:test'
import * as fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { call, ORIGIN } from '../pair'
import { Draw } from './draw'
import { fuzz, poor, told, type Report } from './fuzz'

// `npm run fuzz` sets both; its line tells how to run the same again.
const requests = Number(env.FUZZ_REQUESTS || 2_000)
const seed = Number(env.FUZZ_SEED || Math.floor(Math.random() * 100_000))
const AN_HOUR_MS = 3_600_000

let report: Report
beforeAll(async () => {
  report = await fuzz({ requests, seed })
  const of = (...kinds: string[]) =>
    report.faults.filter(({ found }) => found.some(([kind]) => kinds.includes(kind))).length
  console.log(
    `Q15 off schema ${of('schema', 'error')} / ${requests} requests, 5xx ${of('5xx')}, foreign bytes ${of('foreign', 'let in')}, seed ${seed}`,
    ...told(report),
    ...poor(report),
  )
}, AN_HOUR_MS)

test('Q15 T17 whatever is sent, the answer is one that the document has, and nothing foreign is in it', () => {
  expect(report.faults.length).toBe(0)
})

test('Q15 of every operation at least 60 % of the valid requests go well', () => {
  expect(poor(report)).toEqual([])
})

const DOORS = [
  '/auth/token',
  '/acme/auth/token',
  '/nobody/auth/token',
  '/api/authinfo',
  '/api/signup',
  '/api/signup/look',
  '/api/signup/confirm',
]
const NAMES = [
  'grant_type',
  'client_id',
  'client_secret',
  'scope',
  'refresh_token',
  'email',
  'name',
  'slug',
  'token',
]
const values = fc.oneof(
  fc.constantFrom('client_credentials', 'refresh_token', 'all', 'a@x.example'),
  fc.string({ unit: 'binary' }),
)
const filled = fc.array(
  fc.tuple(
    fc.constantFrom(...NAMES),
    values.map((one) => one.toWellFormed()),
  ),
)

test('Q15 the doors that no document describes refuse in words, whatever they are sent', async () => {
  for (let n = 0; n < 150; n++) {
    const draw = new Draw(seed, n)
    const fields = draw.from(filled)
    const [type, body] = draw.must<[string, BodyInit]>([
      ['application/x-www-form-urlencoded', new URLSearchParams(fields)],
      ['application/json', JSON.stringify(Object.fromEntries(fields))],
      ['application/json', draw.from(fc.uint8Array({ maxLength: 300 }))],
    ])
    const sent = { method: 'POST', body, headers: { 'content-type': type } }
    const answer = await call(new Request(ORIGIN + draw.must(DOORS), sent))
    const told = await answer.text()
    expect(answer.status, `#${n} seed ${seed} ${told}`).toBeLessThan(500)
    const words = expect.any(String)
    expect(JSON.parse(told)).toMatchObject({ error: words, message: words, fix: words })
  }
})
