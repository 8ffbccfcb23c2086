import type { JSX } from 'solid-js'
import type { Tone } from './Badge'

const tones: Record<Tone, string> = {
  neutral: 'bg-hover text-ink',
  info: 'bg-accent-soft text-ink',
  good: 'bg-good-soft text-good-ink',
  warn: 'bg-warn-soft text-warn-ink',
  bad: 'bg-bad-soft text-bad-ink',
}

/** Some words in a tinted box, inside the part of the page they are about. */
export function Notice(props: { tone: Tone; class?: string; children: JSX.Element }) {
  return (
    <div class={`rounded-md px-3 py-2 text-sm ${tones[props.tone]} ${props.class ?? ''}`}>
      {props.children}
    </div>
  )
}
