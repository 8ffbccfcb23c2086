type Saved = { id: number }

/** What a creating POST made: it answers the one object, or an array where one asks for it. */
export function savedOf(answer: Saved | Saved[]): Saved {
  const saved = Array.isArray(answer) ? answer.at(-1) : answer
  if (saved === undefined) throw new Error('The answer names nothing that was saved')
  return saved
}
