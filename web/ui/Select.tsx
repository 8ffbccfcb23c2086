import ChevronsUpDown from 'lucide-solid/icons/chevrons-up-down'
import { For, Show } from 'solid-js'
import { t } from '../i18n/common'
import { controlClass, Field, type FieldProps } from './Field'
import { heights } from './TextField'

export type Choice = { value: string; label: string }

/**
 * One of a short list. The browser's own control on purpose: it is the best one on a phone, it
 * searches by typing, and it costs the ticket page nothing. Long lists use Combobox.
 */
export function Select(
  props: FieldProps & {
    value: string
    choices: Choice[]
    onChange: (value: string) => void
    /** Text of the empty choice; without it a value must be chosen. */
    empty?: string | undefined
    size?: 'normal' | 'touch'
    disabled?: boolean | undefined
    name?: string
  },
) {
  const known = () => props.choices.some((choice) => choice.value === props.value)
  return (
    <Field {...props}>
      {(control) => (
        <span class="relative block">
          <select
            {...control}
            name={props.name}
            disabled={props.disabled}
            onChange={(event) => props.onChange(event.currentTarget.value)}
            class={`${controlClass} appearance-none truncate pr-8 ${heights[props.size ?? 'normal']} ${props.inline ? 'border-line!' : ''}`}
          >
            <Show when={props.empty !== undefined || !known()}>
              <option value="" selected={!known()}>
                {props.empty ?? t('choose')}
              </option>
            </Show>
            <For each={props.choices}>
              {(choice) => (
                <option value={choice.value} selected={choice.value === props.value}>
                  {choice.label}
                </option>
              )}
            </For>
          </select>
          <ChevronsUpDown
            size={14}
            aria-hidden="true"
            class="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-soft"
          />
        </span>
      )}
    </Field>
  )
}
