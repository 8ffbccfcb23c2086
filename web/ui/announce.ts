import { createSignal } from 'solid-js'

/** By then it has been read out; left there it would be met again while browsing the page. */
const FORGOTTEN_AFTER_MS = 5_000
let timer: ReturnType<typeof setTimeout> | undefined

const [said, setSaid] = createSignal('')

/** What the page's live region holds just now. */
export const announcement = said

/** Has a screen reader say something that the eye sees by itself. */
export function announce(words: string) {
  // The same words twice are no change of the region and would be passed over.
  setSaid((before) => (before === words ? `${words}\u00A0` : words))
  clearTimeout(timer)
  timer = setTimeout(() => setSaid(''), FORGOTTEN_AFTER_MS)
}
