import { createSignal } from 'solid-js'

const [said, setSaid] = createSignal('')

/** What the page's live region holds just now. */
export const announcement = said

/** Has a screen reader say something that the eye sees by itself. */
export function announce(words: string) {
  // The same words twice are no change of the region and would be passed over.
  setSaid((before) => (before === words ? `${words}\u00A0` : words))
}
