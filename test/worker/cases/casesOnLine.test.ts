import { afterAll, beforeAll, test } from 'vitest'
import { nowAgain, pair, type Desks } from '../pair'
import { faraway, type Line } from '../sync/line'
import { cases } from './read'
import { Runner } from './run'

/** The cases of test/cases in which the line between the two desks is bad. */

let desks: Desks
let line: Line
beforeAll(async () => {
  desks = await pair()
  line = await faraway(desks.acme, desks.skyline)
})
afterAll(() => {
  line.hangUp()
  nowAgain()
})

test.each(cases(true).map((one) => [one.id, one.must, one] as const))(
  '%s %s',
  (_, __, one) => new Runner(desks, line).run(one),
  60_000,
)
