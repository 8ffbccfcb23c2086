import { Show } from 'solid-js'
import { clock } from './clock'
import { ago, exactly, moment } from './time'

/** A relative time that keeps up with the clock; the exact moment is its tooltip. */
export function Ago(props: { at: string | null | undefined }) {
  return (
    <Show when={moment(props.at)}>
      {(at) => (
        <time dateTime={new Date(at()).toISOString()} title={exactly(at())}>
          {ago(at(), clock())}
        </time>
      )}
    </Show>
  )
}
