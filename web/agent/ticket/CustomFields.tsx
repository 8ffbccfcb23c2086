import { For, Match, Switch } from 'solid-js'
import type { TicketChange } from '../../data/tickets'
import type { Ticket } from '../../data/names'
import { t as common } from '../../i18n/common'
import { Checkbox } from '../../ui/Checkbox'
import { Html } from '../../ui/Html'
import { Select, type Choice } from '../../ui/Select'
import { TextField } from '../../ui/TextField'
import { fieldType, inputType } from './fieldTypes'

type Field = Ticket['customfields'][number]

/** The desk's own fields of a ticket, each changed where it stands. */
export function CustomFields(props: {
  fields: Field[]
  save: (what: string, change: TicketChange) => void
}) {
  return (
    <For each={props.fields}>
      {(field) => (
        <CustomField
          field={field}
          save={(value) => props.save(field.label, { customfields: [{ id: field.id, value }] })}
        />
      )}
    </For>
  )
}

function CustomField(props: { field: Field; save: (value: unknown) => void }) {
  const choices = (): Choice[] =>
    props.field.options.map((it) => ({ value: String(it.id), label: it.name }))
  const chosen = () =>
    Array.isArray(props.field.value) ? props.field.value.map((it) => it.id) : []
  return (
    <Switch
      fallback={
        <TextField
          inline
          label={props.field.label}
          type={inputType(props.field)}
          value={textOf(props.field)}
          onCommit={(value) => props.save(value)}
        />
      }
    >
      <Match when={props.field.type === fieldType.single}>
        <Select
          inline
          label={props.field.label}
          value={textOf(props.field)}
          empty={common('none')}
          choices={choices()}
          onChange={(value) => props.save(Number(value))}
        />
      </Match>
      <Match when={props.field.type === fieldType.multiple}>
        <fieldset class="grid">
          <legend class="text-soft">{props.field.label}</legend>
          <For each={props.field.options}>
            {(option) => (
              <Checkbox
                label={option.name}
                checked={chosen().includes(option.id)}
                onChange={(on) =>
                  props.save(
                    on ? [...chosen(), option.id] : chosen().filter((id) => id !== option.id),
                  )
                }
              />
            )}
          </For>
        </fieldset>
      </Match>
      <Match when={props.field.type === fieldType.checkbox}>
        <Checkbox
          label={props.field.label}
          checked={props.field.value === true}
          onChange={(on) => props.save(on)}
        />
      </Match>
      <Match when={props.field.type === fieldType.rich || props.field.type === fieldType.memo}>
        <div class="grid gap-1">
          <p class="text-soft">{props.field.label}</p>
          <Html html={props.field.display} />
        </div>
      </Match>
    </Switch>
  )
}

/** A value as its control holds it; no choice is 0 on the wire. */
function textOf(field: Field): string {
  const { value } = field
  if (value === null || Array.isArray(value) || value === 0) return ''
  if (field.type === fieldType.date && typeof value === 'string') {
    return field.inputtype === 1 ? value.slice(0, 16) : value.slice(0, 10)
  }
  return String(value)
}
