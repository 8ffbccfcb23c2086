import { For, Match, Switch } from 'solid-js'
import { useSlug } from '../../data/desk'
import type { FieldValue } from '../../data/drafts'
import { useSuppliers } from '../../data/lists'
import type { ActionField, Outcome, SendTo, Ticket } from '../../data/names'
import { t } from '../../i18n/agent'
import { t as common } from '../../i18n/common'
import { Checkbox } from '../../ui/Checkbox'
import { RichText } from '../../ui/RichText'
import { Select, type Choice } from '../../ui/Select'
import { TextArea, TextField } from '../../ui/TextField'
import {
  useAgentChoices,
  useCategoryChoices,
  usePriorityChoices,
  useStatusChoices,
  useTeamChoices,
  useTemplateChoices,
} from '../choices'
import { fieldType, inputType } from './fieldTypes'
import { isEscalation } from './form'

type Props = {
  field: ActionField
  outcome: Outcome
  ticket: Ticket
  value: FieldValue
  error: string | undefined
  focusFirst: boolean
  onChange: (value: FieldValue) => void
}

const optionsOf = (field: ActionField): Choice[] =>
  field.options.map((it) => ({ value: String(it.id), label: it.name }))

/** One field of an action's form, as its configuration says. */
export function ActionFormField(props: Props) {
  const word = () => (typeof props.value === 'string' ? props.value : '')
  const shared = () => ({
    label: props.field.label,
    error: props.error,
    required: props.field.mandatory,
    disabled: props.field.readonly,
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
  const statuses = useStatusChoices(slug)
  const agents = useAgentChoices(slug)
  const teams = useTeamChoices(slug, 'name')
  const priorities = usePriorityChoices(slug)
  const categories = useCategoryChoices(slug)
  const templates = useTemplateChoices(slug, () => props.field.builtin === 'emailtemplate')
  const choices = (): Choice[] => {
    switch (props.field.builtin) {
      case 'status':
        return statuses()
      case 'agent':
        return agents()
      case 'team':
        return teams()
      case 'priority':
        return priorities()
      case 'category':
        return categories()
      case 'emailtemplate':
        return templates()
      default:
        return optionsOf(props.field)
    }
  }
  return (
    <Select
      label={props.field.label}
      error={props.error}
      required={props.field.mandatory}
      disabled={props.field.readonly}
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
  const options = () => optionsOf(props.field)
  return (
    <Switch
      fallback={
        <TextField
          label={props.field.label}
          error={props.error}
          required={props.field.mandatory}
          disabled={props.field.readonly}
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
          disabled={props.field.readonly}
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
