import type { JSX } from 'solid-js'

/** A white box on the page's ground. */
export function Card(props: { class?: string; children: JSX.Element }) {
  return (
    <div class={`rounded-lg border border-line bg-surface ${props.class ?? 'p-3'}`}>
      {props.children}
    </div>
  )
}
