import { afterAll, beforeAll, test } from 'vitest'
import { nowAgain, pair, type Desks } from '../pair'
import { cases } from './read'
import { Runner } from './run'

/** Faults that users of other systems reported, told in test/cases. */

let desks: Desks
beforeAll(async () => {
  desks = await pair()
})
afterAll(nowAgain)

test.each(cases(false).map((one) => [one.id, one.must, one] as const))(
  '%s %s',
  (_, __, one) => new Runner(desks, null).run(one),
  60_000,
)
