/** The points at which a test may stop, break or kill what runs, in the order of an action's way (reliability.md §7.1). */
export const POINTS = {
  P1: 'a request is parsed, nothing is read or written',
  P2: 'a request has committed, nobody knows yet',
  P3: 'a timer stands, what it is for is not written',
  P4: 'a message is claimed',
  P5: 'there is a token for the partner',
  P6: 'a file is staged at the partner',
  P7: 'a request is on its way to the partner',
  P8: 'the partner has committed, we do not know yet',
  P9: 'the answer is read, nothing is written',
  P10: 'the outcome is written',
  P11: 'a mail is claimed',
  P12: 'a mail is handed over, nothing is written',
  P13: 'an object is stored, its row is not written',
  P14: 'a wake-up from the queue is done, not acknowledged',
} as const
export type Point = keyof typeof POINTS

/** Who acts at the points; tests set it. Called only where `FAULTS` is true, which is nowhere but in tests (T43). */
export const nemesis: { at: ((point: Point) => Promise<void>) | null } = { at: null }

/** Write it as `FAULTS && (await fault('P4'))`: the bundler drops the whole expression from every other build. */
export const fault = async (point: Point): Promise<void> => nemesis.at?.(point)
