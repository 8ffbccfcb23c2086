/** One line for what was promised and how often it was broken, as every long test prints it (reliability.md §7.10). */

/** The guarantee that a broken invariant breaks. */
const BREAKS: Record<string, string> = {
  I1: 'Q1 lost',
  I2: 'Q2 doubled',
  I4: 'Q4 out of order',
  I5: 'Q5 unequal',
  I3: 'Q6 untrue',
  I12: 'Q6 untrue',
  I8: 'Q16 mailed twice',
}
const OPEN = 'Q3 left open'
const ALWAYS = [
  'Q1 lost',
  'Q2 doubled',
  OPEN,
  'Q4 out of order',
  'Q5 unequal',
  'Q6 untrue',
  'Q16 mailed twice',
]

/** `Q2 doubled 0 / 600 actions, 25 faults, seed 8123`, a line for each guarantee. `lines` are what the invariants say. */
export function guarantees(
  lines: string[],
  of: { actions: number; mails: number },
  how: string,
): string {
  const counts = new Map(ALWAYS.map((name) => [name, 0]))
  for (const line of lines) {
    const name = / is pending\b|^Q9 /.test(line) ? OPEN : BREAKS[/\bI\d+/.exec(line)?.[0] ?? '']
    if (name) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts]
    .map(([name, n]) => {
      const all = name.startsWith('Q16') ? `${of.mails} mails` : `${of.actions} actions`
      return `${name} ${n} / ${all}, ${how}`
    })
    .join('\n')
}
