import * as Parts from '@kobalte/core/combobox'
import Check from 'lucide-solid/icons/check'
import ChevronsUpDown from 'lucide-solid/icons/chevrons-up-down'
import { Show } from 'solid-js'
import { t } from '../i18n/common'
import { controlClass, type FieldProps } from './Field'
import type { Choice } from './Select'

/** One of a long list, found by typing a part of its name. */
export function Combobox(
  props: FieldProps & {
    value: string
    choices: Choice[]
    onChange: (value: string) => void
    placeholder?: string
  },
) {
  const chosen = () => props.choices.find((choice) => choice.value === props.value) ?? null
  return (
    <Parts.Root<Choice>
      class={`grid min-w-0 content-start gap-1 ${props.class ?? ''}`}
      options={props.choices}
      optionValue="value"
      optionTextValue="label"
      optionLabel="label"
      value={chosen()}
      onChange={(choice) => props.onChange(choice?.value ?? '')}
      placeholder={props.placeholder ?? t('choose')}
      validationState={props.error ? 'invalid' : 'valid'}
      required={props.required ?? false}
      defaultFilter="contains"
      allowsEmptyCollection
      gutter={4}
      sameWidth
      itemComponent={(entry) => (
        <Parts.Item
          item={entry.item}
          class="flex min-h-8 cursor-default items-center justify-between gap-2 rounded px-2 outline-none data-highlighted:bg-accent-soft"
        >
          <Parts.ItemLabel class="min-w-0 truncate">{entry.item.rawValue.label}</Parts.ItemLabel>
          <Parts.ItemIndicator>
            <Check size={14} aria-hidden="true" />
          </Parts.ItemIndicator>
        </Parts.Item>
      )}
    >
      <Parts.Label class="text-sm">
        {props.label}
        <Show when={props.required}>
          <span class="text-soft" aria-hidden="true">
            {' '}
            · {t('required')}
          </span>
        </Show>
      </Parts.Label>
      <Parts.Control class="relative">
        <Parts.Input class={`${controlClass} min-h-8 py-1 pr-8 text-sm`} />
        <Parts.Trigger class="absolute inset-y-0 right-0 grid w-8 place-items-center text-soft">
          <ChevronsUpDown size={14} aria-hidden="true" />
        </Parts.Trigger>
      </Parts.Control>
      <Show when={props.hint}>
        <Parts.Description class="text-xs text-soft">{props.hint}</Parts.Description>
      </Show>
      <Parts.ErrorMessage class="text-xs text-bad-ink">{props.error}</Parts.ErrorMessage>
      <Parts.Portal>
        <Parts.Content class="z-50 overflow-hidden rounded-lg border border-line bg-raised text-sm shadow-float">
          <Parts.Listbox class="max-h-72 overflow-y-auto p-1 empty:hidden" />
        </Parts.Content>
      </Parts.Portal>
    </Parts.Root>
  )
}
