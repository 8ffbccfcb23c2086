import { createUniqueId, Show, type JSX } from 'solid-js'
import { t } from '../i18n/common'

export type FieldProps = {
  label: string
  hint?: string | undefined
  error?: string | undefined
  required?: boolean | undefined
  /** Hides the label from the eye only, where a column or a heading already says it. */
  labelHidden?: boolean | undefined
  /** Puts the label beside the control, for a narrow list of details. */
  inline?: boolean | undefined
  class?: string | undefined
}

/** What a control takes over from its field, so that its name, hint and error are read out with it. */
export type ControlProps = {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': 'true' | undefined
  'aria-required': 'true' | undefined
}

export const controlClass =
  'w-full rounded-md border border-edge bg-surface px-2.5 text-ink aria-invalid:border-bad-ink disabled:opacity-60'

/** Label above, hint and error below one control. */
export function Field(props: FieldProps & { children: (control: ControlProps) => JSX.Element }) {
  const id = createUniqueId()
  const control: ControlProps = {
    id,
    get 'aria-describedby'() {
      const ids = [props.hint && `${id}-hint`, props.error && `${id}-error`]
        .filter(Boolean)
        .join(' ')
      return ids === '' ? undefined : ids
    },
    get 'aria-invalid'() {
      return props.error ? ('true' as const) : undefined
    },
    get 'aria-required'() {
      return props.required ? ('true' as const) : undefined
    },
  }
  return (
    <div
      class={`grid min-w-0 content-start gap-1 ${props.inline ? 'grid-cols-[5.5rem_minmax(0,1fr)] items-center gap-x-2' : ''} ${props.class ?? ''}`}
    >
      <label
        for={id}
        class={props.labelHidden ? 'sr-only' : props.inline ? 'text-sm text-soft' : 'text-sm'}
      >
        {props.label}
        <Show when={props.required}>
          <span class="text-soft" aria-hidden="true">
            {' '}
            · {t('required')}
          </span>
        </Show>
      </label>
      {props.children(control)}
      <Show when={props.hint}>
        <p id={`${id}-hint`} class="text-xs text-soft">
          {props.hint}
        </p>
      </Show>
      <Show when={props.error}>
        <p id={`${id}-error`} class="text-xs text-bad-ink">
          {props.error}
        </p>
      </Show>
    </div>
  )
}
