import { cost } from '../../../worker/platform/cost'
import { settle } from '../pair'
import { isObject, readDocument, type Described, type Operation } from './document'
import { Draw } from './draw'
import { judge, type Answered, type Fault } from './judge'
import { request, type Sent, type Stream } from './request'
import { learns, World } from './world'

export interface Report {
  requests: number
  faults: { n: number; sent: Sent; answered: Answered; found: Fault[] }[]
  /** Of the valid stream of each operation: how many were sent, and how many of them went well. */
  well: Map<string, { sent: number; ok: number; refusals: Map<string, number> }>
  slowestMs: number
}

const STREAMS: [Stream, number][] = [
  ['valid', 0.55],
  ['broken', 0.3],
  ['bytes', 0.07],
  ['stranger', 0.08],
]
/** Alarms and the repair of what all live on. */
const REST_EVERY = 250

/** Sends so many requests, made from the desk's own document, and judges every answer (reliability.md §7.5, Q15). */
export async function fuzz({
  requests,
  seed,
}: {
  requests: number
  seed: number
}): Promise<Report> {
  const world = await World.make()
  await world.look()
  const described = await readDocument(world.acme.nobody)
  const report: Report = { requests, faults: [], well: new Map(), slowestMs: 0 }
  for (let n = 0; n < requests; n++) {
    const draw = new Draw(seed, n)
    // Every operation as often as any other.
    const operation = described.operations[n % described.operations.length]
    if (!operation) throw new Error('The document is empty')
    await one(world, described, operation, draw, n, report)
    if (n % REST_EVERY === REST_EVERY - 1) {
      await settle()
      await world.repair()
    }
  }
  return report
}

async function one(
  world: World,
  described: Described,
  operation: Operation,
  draw: Draw,
  n: number,
  report: Report,
) {
  const stream = streamOf(draw)
  const sent = await request(world, described, operation, stream, draw)
  if (
    stream === 'valid' &&
    MAKES.has(operation.key) &&
    sent.kind !== 'connection' &&
    draw.chance(0.3)
  )
    sent.headers['idempotency-key'] = `fuzz-${n}`
  const answered = await (operation.method === 'GET' ? quietly : send)(world, sent, draw)
  report.slowestMs = Math.max(report.slowestMs, answered.ms)
  const found = judge(sent, answered, described)
  const ok = answered.status < 300
  if (stream === 'valid') {
    count(report, sent, answered)
    if (ok && operation.method === 'POST' && operation.body)
      found.push(...(await repeat(world, sent, answered, draw)))
  }
  if (ok) learn(world, sent, answered)
  if (sent.spoils && stream !== 'valid') await world.repair()
  if (found.length > 0) report.faults.push({ n, sent, answered, found })
}

function streamOf(draw: Draw): Stream {
  let at = draw.unit()
  for (const [stream, share] of STREAMS) if ((at -= share) < 0) return stream
  return 'valid'
}

async function send(world: World, sent: Sent, draw: Draw): Promise<Answered> {
  const began = performance.now()
  const before = cost.now()
  const from = {
    'cf-connecting-ip': [10, 0, 0, 0].map((part) => part || draw.below(256)).join('.'),
  }
  const { status, headers, text } = await world
    .client(sent.kind, sent.at)
    .ask(sent.operation.method, sent.path, sent.body, { ...sent.headers, ...from })
  return {
    status,
    headers,
    text,
    json: jsonOf(text),
    ms: performance.now() - began,
    written: cost.since(before).written,
  }
}

/** What an alarm wrote meanwhile is not the request's: one that writes does so each time. */
async function quietly(world: World, sent: Sent, draw: Draw): Promise<Answered> {
  let answered = await send(world, sent, draw)
  for (let again = 0; again < 3 && answered.written > 0; again++) {
    await settle()
    answered = await send(world, sent, draw)
  }
  return answered
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function count({ well }: Report, { operation }: Sent, { status, text }: Answered): void {
  const counted = well.get(operation.key) ?? { sent: 0, ok: 0, refusals: new Map<string, number>() }
  counted.sent += 1
  if (status < 300) counted.ok += 1
  else {
    const why = `${status} ${text.slice(0, 160)}`
    counted.refusals.set(why, (counted.refusals.get(why) ?? 0) + 1)
  }
  well.set(operation.key, counted)
}

function learn(world: World, { operation, kind, at, id }: Sent, { json }: Answered): void {
  const list = operation.path.split('/')[1] ?? ''
  if (at !== 'acme' || !learns(list)) return
  if (operation.method === 'DELETE' && id !== undefined) world.gone(list, id)
  else if (operation.method === 'GET' && /^\/\w+(\/\{id\})?$/.test(operation.path))
    world.learn(kind, list, json)
}

/** R1: these make something, and a repeat under the same key makes nothing. */
const MAKES = new Set(
  [
    'tickets',
    'actions',
    'client',
    'site',
    'users',
    'supplier',
    'agent',
    'fieldinfo',
    'attachment',
  ].map((list) => `POST /${list}`),
)

/** Sends what went well once more under the same key: the same thing is answered, and nothing is written. */
async function repeat(world: World, sent: Sent, first: Answered, draw: Draw): Promise<Fault[]> {
  if (sent.headers['idempotency-key'] === undefined) return []
  // What is only changed is changed again, to the same.
  const [one] = [jsonOf(sent.body ?? '')].flat()
  const changes = isObject(one) && typeof one['id'] === 'number'
  const second = await (changes ? send : quietly)(world, sent, draw)
  const faults: Fault[] = []
  if (second.status !== first.status || idsIn(second.json) !== idsIn(first.json))
    faults.push([
      'error',
      `the same key was answered ${second.status} ${second.text.slice(0, 200)}`,
    ])
  if (second.written > 0 && !changes)
    faults.push(['wrote', `the same key wrote ${second.written} rows`])
  return faults
}

const idsIn = (json: unknown): string =>
  JSON.stringify([json].flat().map((one) => (isObject(one) ? [one['ticket_id'], one['id']] : one)))

const LEAST = 0.6

/** The operations of which too few valid requests went well, with what they were refused with. */
export const poor = ({ well }: Report): string[] =>
  [...well]
    .filter(([, { sent, ok }]) => ok < LEAST * sent)
    .map(
      ([key, { sent, ok, refusals }]) =>
        `${key}: ${ok} of ${sent}\n${[...refusals].map(([why, n]) => `   ${n} x ${why}`).join('\n')}`,
    )

/** The faults by operation and kind, each told once with all that is needed to see it again. */
export function told({ faults }: Report): string[] {
  const alike = Map.groupBy(
    faults,
    ({ sent, found }) =>
      `${sent.operation.key} ${found
        .map(([kind, why]) => `${kind}: ${why.replace(/\d+/g, '#')}`)
        .join('; ')
        .slice(0, 200)}`,
  )
  return [...alike.values()].flatMap(([first, ...more]) =>
    first ? [tellOne(first, more.length)] : [],
  )
}

const tellOne = ({ n, sent, answered, found }: Report['faults'][number], more: number): string =>
  `#${n} ${sent.operation.key}${more > 0 ? ` and ${more} more` : ''}
  ${found
    .map(([kind, why]) => `${kind}: ${why}`)
    .join('; ')
    .slice(0, 600)}
  ${sent.stream}, ${sent.kind}: ${sent.operation.method} ${sent.path.slice(0, 400)} ${JSON.stringify(sent.headers).slice(0, 100)}
  ${sent.body?.slice(0, 600) ?? ''}
  -> ${answered.status} ${answered.text.slice(0, 400)}`
