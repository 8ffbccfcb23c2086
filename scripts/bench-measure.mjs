import { askAll } from './bench-ask.mjs'

/**
 * @typedef {{read: number, written: number, statements: number, batches: number, do: number, hops: number}} Cost
 * @typedef {object} Measured
 * @property {string} name
 * @property {number} aim
 * @property {number[]} product milliseconds of each request
 * @property {number[]} floor
 * @property {Cost} cost of the last request
 */

const WARM_UP = 30

/**
 * Asks product and floor turn by turn, so that a machine that is busy slows both.
 * @param {import('./bench-operations.mjs').Operation} operation
 * @param {number} requests
 * @returns {Promise<Measured>}
 */
export async function measure({ name, aim, everyMs = 0, before, product, floor }, requests) {
  const times = { product: /** @type {number[]} */ ([]), floor: /** @type {number[]} */ ([]) }
  /** @type {import('./bench-ask.mjs').Answer[]} */
  let last = []
  for (let turn = -WARM_UP; turn < requests; turn++) {
    await before?.()
    const next = performance.now() + everyMs
    const ours = await askAll(product())
    const theirs = await askAll(floor())
    last = ours.answers
    if (turn < 0) continue
    times.product.push(ours.ms)
    times.floor.push(theirs.ms)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())))
  }
  return { name, aim, ...times, cost: costOf(last) }
}

/**
 * What the Worker counted. It counts for all requests together, so of those that were asked at once
 * each has some of the others' in its own: the greatest is the nearest to the sum.
 * @param {import('./bench-ask.mjs').Answer[]} answers
 * @returns {Cost}
 */
function costOf(answers) {
  /** @type {Cost[]} */
  const costs = answers.map(({ headers }) => JSON.parse(String(headers['x-cost'])))
  const [most] = costs.toSorted((a, b) => b.statements - a.statements)
  if (!most) throw new Error('Nothing was asked')
  return most
}

/**
 * How long a save takes until it stands in the database, as the Worker says, and the trips to it: where a partner is concerned, and
 * where none is (Q7). What the former has more of them is the delivery, on both desks together.
 * @param {ReturnType<typeof import('./bench-operations.mjs').savesOf>} saves
 * @param {number} requests
 */
export async function commits({ everyMs, ...saves }, requests) {
  const times = { linked: /** @type {number[]} */ ([]), unlinked: /** @type {number[]} */ ([]) }
  const trips = { linked: Infinity, unlinked: Infinity }
  for (let turn = -WARM_UP; turn < requests; turn++) {
    const next = performance.now() + everyMs
    for (const kind of /** @type {const} */ (['linked', 'unlinked'])) {
      const { answers } = await askAll([saves[kind]()])
      const ms = /commit;dur=([\d.]+)/.exec(String(answers[0]?.headers['server-timing']))?.[1]
      if (turn < 0) continue
      times[kind].push(Number(ms))
      // An alarm that falls into a request is counted with it, so the least is what the request itself needs.
      trips[kind] = Math.min(trips[kind], costOf(answers).batches)
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())))
  }
  return { ...times, trips }
}

export const percentile = (/** @type {number[]} */ times, /** @type {number} */ share) =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ??
  Number.NaN

export const mean = (/** @type {number[]} */ times) =>
  times.reduce((sum, one) => sum + one, 0) / times.length
