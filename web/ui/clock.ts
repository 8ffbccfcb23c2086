import { createSignal, onCleanup, type Accessor } from 'solid-js'

const COARSE_MS = 15_000
const [coarse, setCoarse] = createSignal(Date.now())
setInterval(() => setCoarse(Date.now()), COARSE_MS)

/** One clock for all relative times of the page: fifty rows need no fifty timers. */
export const clock: Accessor<number> = coarse

/** A clock that moves every second, for a countdown on the screen. */
export function createSecondHand(): Accessor<number> {
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), 1000)
  onCleanup(() => clearInterval(timer))
  return now
}
