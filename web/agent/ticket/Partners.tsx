import { For } from 'solid-js'
import type { FieldValue } from '../../data/drafts'
import type { Link } from '../../data/names'
import { t } from '../../i18n/agent'
import { Checkbox } from '../../ui/Checkbox'

/** Names the partners who get an action, on a ticket that has several of one kind. */
export function Partners(props: {
  links: Link[]
  value: FieldValue
  onChange: (value: string[]) => void
}) {
  const named = () => (Array.isArray(props.value) ? props.value : [])
  return (
    <fieldset class="grid gap-1">
      <legend class="text-sm">{t('form.partners')}</legend>
      <For each={props.links}>
        {(link) => {
          const id = () => String(link.connection_id)
          return (
            <Checkbox
              label={link.partner}
              checked={named().includes(id())}
              onChange={(on) =>
                props.onChange(on ? [...named(), id()] : named().filter((it) => it !== id()))
              }
            />
          )
        }}
      </For>
    </fieldset>
  )
}
