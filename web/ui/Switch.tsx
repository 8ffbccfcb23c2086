import * as Parts from '@kobalte/core/switch'
import { Show } from 'solid-js'

/** An on/off setting. `label` is required: a control without a name does not compile. */
export function Switch(props: {
  label: string
  hint?: string
  on: boolean
  disabled?: boolean
  onChange: (on: boolean) => void
}) {
  return (
    <Parts.Root
      class="grid grid-cols-[auto_1fr] items-center gap-x-2.5"
      checked={props.on}
      disabled={props.disabled ?? false}
      onChange={props.onChange}
    >
      <Parts.Input class="peer" />
      <Parts.Control class="inline-flex h-5 w-9 items-center rounded-full border border-edge bg-hover p-0.5 transition-colors peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-accent data-checked:border-accent data-checked:bg-accent data-disabled:opacity-55">
        <Parts.Thumb class="size-3.5 rounded-full bg-edge transition-transform data-checked:translate-x-4 data-checked:bg-on-accent" />
      </Parts.Control>
      <Parts.Label>{props.label}</Parts.Label>
      <Show when={props.hint}>
        {(hint) => (
          <Parts.Description class="col-start-2 text-xs text-soft">{hint()}</Parts.Description>
        )}
      </Show>
    </Parts.Root>
  )
}
