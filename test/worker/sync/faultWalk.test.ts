import { env } from 'cloudflare:test'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { POINTS } from '../../../worker/platform/fault'
import { seams } from '../../../worker/platform/seams'
import { guarantees } from '../guarantees'
import { broken, fallen, standing, untrue, type Told } from '../invariants'
import {
  during,
  heal,
  isQuiet,
  queue,
  spotName,
  still,
  watch,
  type How,
  type Spot,
} from '../nemesis'
import { nowAgain, pair, type Desks, type TestDesk } from '../pair'
import { rowsOf, sidesOf, touched } from '../sides'
import { anotherDesk } from '../third'
import { operations, storyOf, type Operation, type Scene } from './operations'
import { escalated, logged } from './story'

/**
 * Every operation, broken at every point that it comes to, in every way, and healed; then all invariants (reliability.md §7.2, as SQLite
 * tests its own storage). `WALK_ONLY=note` walks one operation.
 */

const HOWS: How[] = ['throw', 'kill', 'kill and lose the queue']
const HEAL_MS = 10 * 60_000

let desks: Desks
let bystander: TestDesk
let untouched: string[]
let told: Told
const walked = { runs: 0, spots: 0, slowest: 0, actions: 0, mails: 0, lines: [] as string[] }
const reachedPoints = new Set<string>()
const realMail = seams.sendMail

beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  desks = await pair()
  bystander = await anotherDesk('bystander', 'Bystander')
  watch({ acme: desks.acme.t, skyline: desks.skyline.t, bystander: bystander.t })
  // Its tickets have the numbers of those that are walked over.
  for (let n = 0; n < 40; n++) await logged(bystander)
  untouched = await rowsOf(bystander)
  seams.sendMail = (_, mail) => {
    const from = typeof mail.from === 'string' ? mail.from : mail.from.email
    told.handed.push({ uid: mail.headers?.['X-Baton-Mail'] ?? '', from })
    return Promise.resolve({ messageId: `<${told.handed.length}@provider.example>` })
  }
})
afterAll(() => {
  seams.sendMail = realMail
  nowAgain()
})

/** Sessions and tokens end while time is made to pass. */
let signedIn = 0
async function signIn(): Promise<void> {
  if (seams.now() - signedIn < 20 * 60_000) return
  signedIn = seams.now()
  for (const { agent, admin, boss, user } of [desks.acme, desks.skyline])
    for (const who of [agent, admin, boss, user]) {
      who.forget()
      await who.get('instanceinfo') // signs in: that is no part of any operation
    }
}

async function sceneOf({ alone, before }: Operation): Promise<Scene> {
  await signIn()
  told = { accepted: [], handed: [], ambiguous: 0 }
  const at = alone ? { ours: (await logged(desks.acme)).id, twin: 0 } : await escalated(desks.acme)
  const scene = { ...desks, ...at, told }
  await before?.(scene)
  if (before) await quiet()
  await still()
  return scene
}

const quiet = () => heal(HEAL_MS, isQuiet)

const isSame = (a: Omit<Spot, 'object'>, b: Omit<Spot, 'object'>): boolean =>
  a.point === b.point && a.t === b.t && a.nth === b.nth
/** Where the call to the partner fails that the operation says. */
const lostTry = ({ loses = 0 }: Operation) => ({
  point: 'P7' as const,
  t: desks.acme.t,
  nth: loses,
})

/** Runs an operation, broken at one spot, heals, and tells what does not hold. */
async function run(operation: Operation, hit: Spot | null, how: How) {
  const scene = await sceneOf(operation)
  const both = [scene.acme, scene.skyline]
  const before = await sidesOf(both, storyOf(scene))
  const left = [
    ...(operation.loses ? [{ ...lostTry(operation), how: 'throw' as const }] : []),
    ...(hit ? [{ ...hit, how }] : []),
  ]
  const decide = (spot: Spot): How | null => {
    const at = left.findIndex((one) => isSame(one, spot))
    return at < 0 ? null : (left.splice(at, 1)[0]?.how ?? null)
  }
  const { reached, result } = await during(decide, async () => {
    await operation.act(scene)
    return quiet()
  })
  told.ambiguous = hit?.point === 'P12' ? 1 : 0
  const sides = await sidesOf(both, storyOf(scene))
  const lines = [
    ...(await broken(sides, told)),
    ...fallen(before, sides),
    ...(await untrue(sides, told)),
    ...((await operation.after?.(scene)) ?? []),
  ]
  if (left.length > 0) lines.push('the spot was not reached')
  if (result.quietAfter === null || !result.rests)
    lines.push('Q9 something is open, or a timer never rests')
  const stood = standing(sides)
  await quiet()
  if (standing(await sidesOf(both, storyOf(scene))) !== stood)
    lines.push('I5 healed once more, it is otherwise')
  walked.runs++
  walked.lines.push(...lines)
  walked.slowest = Math.max(walked.slowest, result.quietAfter ?? 0)
  walked.actions += told.accepted.length
  walked.mails += told.handed.length
  return { reached, lines }
}

const only = env.WALK_ONLY
const walking = operations.filter(({ name }) => !only || name === only)

describe('Every operation is broken at every point it comes to, and heals', () => {
  const began = Date.now()

  test.each(walking)(
    'F1 F2 F3 F4 F5 F6 F7 F9 §7.2 $name',
    async (operation) => {
      const whole = await run(operation, null, 'throw')
      expect(whole.lines.join('\n')).toBe('')
      for (const { point } of whole.reached) reachedPoints.add(point)
      const failures: string[] = []
      const lost = lostTry(operation)
      for (const spot of whole.reached.filter((one) => !isSame(one, lost))) {
        walked.spots++
        for (const how of spot.object ? HOWS : HOWS.slice(0, 1)) {
          const { lines } = await run(operation, spot, how)
          // Where the queue was not used, its loss is no other run.
          const same = how === 'kill' && queue.sent === 0
          failures.push(...lines.map((line) => `${spotName(spot)}, ${how}: ${line}`))
          if (same) break
        }
      }
      expect(failures.join('\n')).toBe('')
    },
    900_000, // a bound for a busy machine
  )

  test('I7 a desk that has nothing to do with it is as it was', async () => {
    expect(touched(untouched, await rowsOf(bystander))).toEqual([])
  })

  test.skipIf(only)('§7.1 every point of the list is in the program and is reached', () => {
    const sources = import.meta.glob('../../../worker/**/*.ts', {
      query: '?raw',
      import: 'default',
      eager: true,
    })
    const inProgram = new Set(
      Object.values(sources).flatMap((text) =>
        [...text.matchAll(/fault\('(P\d+)'\)/g)].map(([, point]) => point),
      ),
    )
    const points = Object.keys(POINTS)
    expect([...inProgram].toSorted()).toEqual(points.toSorted())
    expect([...reachedPoints].toSorted()).toEqual(points.toSorted())
  })

  afterAll(() => {
    const { runs, spots, slowest, actions, mails, lines } = walked
    const seconds = Math.round((Date.now() - began) / 1000)
    const names = `${reachedPoints.size} of ${Object.keys(POINTS).length} points, ${walking.length} operations`
    console.log(
      [
        `walk: ${runs} runs, ${spots} spots, ${names}, ${seconds} s; slowest recovery ${Math.round(slowest / 1000)} s`,
        guarantees(lines, { actions, mails }, `${runs - walking.length} faults`),
      ].join('\n'),
    )
  })
})
