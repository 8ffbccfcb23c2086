import * as fc from 'fast-check'

/** All chance of one request: the same seed and number make the same request, as long as the desk stands the same. */
export class Draw {
  #next: number

  constructor(seed: number, request: number) {
    this.#next = (seed ^ Math.imul(request + 1, 0x9e3779b1)) >>> 0
  }

  /** mulberry32. */
  unit(): number {
    this.#next = (this.#next + 0x6d2b79f5) >>> 0
    let mixed = this.#next
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  below(n: number): number {
    return Math.floor(this.unit() * n)
  }
  chance(share: number): boolean {
    return this.unit() < share
  }
  of<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)]
  }
  must<T>(list: readonly T[]): T {
    const [first, ...rest] = list
    if (first === undefined) throw new Error('There is nothing to draw from')
    return this.of([first, ...rest]) ?? first
  }
  from<T>(values: fc.Arbitrary<T>): T {
    const [made] = fc.sample(values, { seed: this.below(2 ** 31), numRuns: 1 })
    if (made === undefined) throw new Error('Nothing was made')
    return made
  }
}
