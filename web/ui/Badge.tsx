import type { JSX } from 'solid-js'

export type Tone = 'neutral' | 'info' | 'good' | 'warn' | 'bad'

const tones: Record<Tone, string> = {
  neutral: 'bg-hover text-ink',
  info: 'bg-accent-soft text-ink',
  good: 'bg-good-soft text-good-ink',
  warn: 'bg-warn-soft text-warn-ink',
  bad: 'bg-bad-soft text-bad-ink',
}

/** A state in a word. The tone only repeats what the word says. */
export function Badge(props: { tone?: Tone; title?: string | undefined; children: JSX.Element }) {
  return (
    <span
      class={`inline-flex max-w-full items-center gap-1 rounded-full px-2 py-0.5 text-xs leading-4 whitespace-nowrap ${tones[props.tone ?? 'neutral']}`}
      title={props.title}
    >
      {props.children}
    </span>
  )
}
