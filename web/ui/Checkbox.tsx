import { createUniqueId, Show } from 'solid-js'

/** A yes or no that is sent with a form. */
export function Checkbox(props: {
  label: string
  hint?: string
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
}) {
  const id = createUniqueId()
  return (
    <div class="grid grid-cols-[auto_1fr] items-center gap-x-2.5">
      <input
        id={id}
        type="checkbox"
        class="size-4 accent-accent"
        checked={props.checked}
        disabled={props.disabled}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <label for={id} class="py-1.5">
        {props.label}
      </label>
      <Show when={props.hint}>
        <p id={`${id}-hint`} class="col-start-2 text-xs text-soft">
          {props.hint}
        </p>
      </Show>
    </div>
  )
}
