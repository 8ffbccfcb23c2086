import { For, Match, Switch } from 'solid-js'
import { useSlug } from '../../data/desk'
import {
  useAgents,
  useCategories,
  usePriorities,
  useStatuses,
  useSuppliers,
  useTeams,
  useTemplates,
} from '../../data/lists'
import type { ActionField, Outcome, SendTo, Ticket } from '../../data/wire'
import { t } from '../../i18n/agent'
import { t as common } from '../../i18n/common'
import { Checkbox } from '../../ui/Checkbox'
import { RichText } from '../../ui/RichText'
import { Select, type Choice } from '../../ui/Select'
import { TextArea, TextField } from '../../ui/TextField'
import { fieldType, isEscalation, type FieldValue } from './form'

type Props = {
  field: ActionField
  outcome: Outcome
  ticket: Ticket
  value: FieldValue
  error: string | undefined
  focusFirst: boolean
  onChange: (value: FieldValue) => void
}

/** One field of an action's form, as its configuration says. */
export function ActionFormField(props: Props) {
  const word = () => (typeof props.value === 'string' ? props.value : '')
  const shared = () => ({
    label: props.field.label,
    error: props.error,
    required: props.field.mandatory,
  })
  return (
    <Switch fallback={<CustomField {...props} />}>
      <Match when={props.field.builtin === 'note'}>
        <RichText
          {...shared()}
          initial={word()}
          onInput={props.onChange}
          focusFirst={props.focusFirst}
        />
      </Match>
      <Match when={props.field.builtin === 'supplier'}>
        <SupplierField {...props} />
      </Match>
      <Match when={props.field.builtin === 'supplier_ref'}>
        <TextField
          {...shared()}
          hint={isEscalation(props.outcome) ? t('form.ref.hint') : undefined}
          value={word()}
          onInput={props.onChange}
        />
      </Match>
      <Match when={props.field.builtin === 'send_to'}>
        <SendToField {...props} />
      </Match>
      <Match when={props.field.builtin !== null}>
        <ListField {...props} />
      </Match>
    </Switch>
  )
}

/** The supplier, and in words the desk that the ticket will go to. */
function SupplierField(props: Props) {
  const suppliers = useSuppliers(useSlug(), () => true)
  const rows = () => (suppliers.isPending ? [] : (suppliers.data ?? []))
  const value = () => (typeof props.value === 'string' ? props.value : '')
  const hint = () => {
    const chosen = rows().find((it) => String(it.id) === value())
    if (chosen === undefined) return rows().length === 0 ? t('form.supplier.none') : undefined
    return chosen.thirdpartynhdapiurl
      ? t('form.supplier.to', chosen.thirdpartynhdapiurl)
      : t('form.supplier.unconnected')
  }
  return (
    <Select
      label={props.field.label}
      error={props.error}
      required
      hint={hint()}
      value={value()}
      empty={common('choose')}
      choices={rows().map((it) => ({ value: String(it.id), label: it.name }))}
      onChange={props.onChange}
    />
  )
}

const directions: SendTo[] = ['none', 'supplier', 'customer']

/** Shows whether the action will travel, and lets the agent change it. */
function SendToField(props: Props) {
  const choices = (): Choice[] =>
    directions.map((kind) => {
      const partner = props.ticket.links.find((link) => link.kind === kind)?.partner
      const label = t(`form.sendTo.${kind}`)
      return {
        value: kind,
        label: partner === undefined ? label : t('form.sendTo.named', label, partner),
      }
    })
  return (
    <Select
      label={props.field.label}
      error={props.error}
      required={props.field.mandatory}
      hint={
        props.value === 'customer' && props.outcome.hidefromuser
          ? t('form.sendTo.hidden')
          : undefined
      }
      value={typeof props.value === 'string' ? props.value : 'none'}
      choices={choices()}
      onChange={props.onChange}
    />
  )
}

/** A builtin field whose choices are one of the desk's lists. */
function ListField(props: Props) {
  const slug = useSlug()
  const statuses = useStatuses(slug)
  const agents = useAgents(slug)
  const teams = useTeams(slug)
  const priorities = usePriorities(slug)
  const categories = useCategories(slug)
  const templates = useTemplates(slug, () => props.field.builtin === 'emailtemplate')
  const named = (rows: { id: number; name: string }[] | undefined): Choice[] =>
    (rows ?? []).map((row) => ({ value: String(row.id), label: row.name }))
  const choices = (): Choice[] => {
    switch (props.field.builtin) {
      case 'status':
        return statuses.isPending ? [] : named(statuses.data)
      case 'agent':
        return agents.isPending ? [] : named(agents.data)
      case 'team':
        return teams.isPending
          ? []
          : (teams.data ?? []).map((team) => ({ value: team.name, label: team.name }))
      case 'priority':
        return priorities.isPending
          ? []
          : (priorities.data ?? []).map((it) => ({ value: String(it.priorityid), label: it.name }))
      case 'category':
        return categories.isPending
          ? []
          : (categories.data ?? []).map((it) => ({ value: it.value, label: it.value }))
      case 'emailtemplate':
        return templates.isPending ? [] : named(templates.data)
      default:
        return named(props.field.options)
    }
  }
  return (
    <Select
      label={props.field.label}
      error={props.error}
      required={props.field.mandatory}
      value={typeof props.value === 'string' ? props.value : ''}
      empty={common('none')}
      choices={choices()}
      onChange={props.onChange}
    />
  )
}

/** A field that the desk has defined itself. */
function CustomField(props: Props) {
  const word = () => (typeof props.value === 'string' ? props.value : '')
  const list = () => (Array.isArray(props.value) ? props.value : [])
  const options = (): Choice[] =>
    props.field.options.map((it) => ({ value: String(it.id), label: it.name }))
  return (
    <Switch
      fallback={
        <TextField
          label={props.field.label}
          error={props.error}
          required={props.field.mandatory}
          type={inputType(props.field)}
          value={word()}
          onInput={props.onChange}
        />
      }
    >
      <Match when={props.field.type === fieldType.rich}>
        <RichText
          label={props.field.label}
          error={props.error}
          required={props.field.mandatory}
          initial={word()}
          onInput={props.onChange}
        />
      </Match>
      <Match when={props.field.type === fieldType.memo}>
        <TextArea
          label={props.field.label}
          error={props.error}
          required={props.field.mandatory}
          value={word()}
          onInput={props.onChange}
        />
      </Match>
      <Match when={props.field.type === fieldType.single}>
        <Select
          label={props.field.label}
          error={props.error}
          required={props.field.mandatory}
          value={word()}
          empty={common('none')}
          choices={options()}
          onChange={props.onChange}
        />
      </Match>
      <Match when={props.field.type === fieldType.multiple}>
        <fieldset class="grid gap-1">
          <legend class="text-sm">{props.field.label}</legend>
          <div class="flex flex-wrap gap-x-4">
            <For each={options()}>
              {(option) => (
                <Checkbox
                  label={option.label}
                  checked={list().includes(option.value)}
                  onChange={(on) =>
                    props.onChange(
                      on ? [...list(), option.value] : list().filter((it) => it !== option.value),
                    )
                  }
                />
              )}
            </For>
          </div>
        </fieldset>
      </Match>
      <Match when={props.field.type === fieldType.checkbox}>
        <Checkbox
          label={props.field.label}
          checked={props.value === true}
          onChange={props.onChange}
        />
      </Match>
    </Switch>
  )
}

function inputType(field: ActionField): 'text' | 'number' | 'date' | 'datetime-local' | 'url' {
  if (field.type === fieldType.date) return field.inputtype === 1 ? 'datetime-local' : 'date'
  if (field.type !== fieldType.text) return 'text'
  if (field.inputtype === 1 || field.inputtype === 4) return 'number'
  return field.inputtype === 5 ? 'url' : 'text'
}
