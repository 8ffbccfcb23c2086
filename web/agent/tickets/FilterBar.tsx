import ChevronDown from 'lucide-solid/icons/chevron-down'
import X from 'lucide-solid/icons/x'
import { createSignal, For, onCleanup, Show } from 'solid-js'
import { useSlug } from '../../data/desk'
import { t } from '../../i18n/agent'
import { Button } from '../../ui/Button'
import { controlClass } from '../../ui/Field'
import { Menu, MenuCheck } from '../../ui/Menu'
import type { Choice } from '../../ui/Select'
import {
  useAgentChoices,
  useCustomerChoices,
  usePriorityChoices,
  useStatusChoices,
  useTeamChoices,
} from '../choices'
import { chosen, isNarrowed, listState, toggled, type Filters, type ManyFilter } from './filters'

const states = ['open', 'closed', 'all'] as const
const PAUSE_MS = 250

/** What narrows the list. */
export function FilterBar(props: {
  filters: Filters
  change: (next: Filters) => void
  clear: () => void
  searchRef: (input: HTMLInputElement) => void
}) {
  const slug = useSlug()
  const statuses = useStatusChoices(slug)
  const priorities = usePriorityChoices(slug)
  const teams = useTeamChoices(slug, 'id')
  const agents = useAgentChoices(slug)
  const customers = useCustomerChoices(slug)
  const [open, setOpen] = createSignal(false)
  const flag = (name: 'mine' | 'unassigned', label: string) => (
    <Button
      aria-pressed={props.filters[name] === '1'}
      onClick={() => props.change({ [name]: props.filters[name] === '1' ? undefined : '1' })}
    >
      {label}
    </Button>
  )
  return (
    <div class="grid gap-2" role="group" aria-label={t('filter.group')}>
      <div class="flex flex-wrap items-center gap-2">
        <div class="flex" role="group" aria-label={t('list.state')}>
          <For each={states}>
            {(state) => (
              <Button
                class="rounded-none first:rounded-l-md last:rounded-r-md not-first:border-l-0"
                aria-pressed={listState(props.filters) === state}
                onClick={() => props.change({ state: state === 'open' ? undefined : state })}
              >
                {t(`state.${state}`)}
              </Button>
            )}
          </For>
        </div>
        {/* On a phone the rest folds, so that the list begins on the first screen. */}
        <Button
          class={`md:hidden ${isNarrowed(props.filters) ? 'border-accent!' : ''}`}
          aria-expanded={open()}
          onClick={() => setOpen((is) => !is)}
        >
          {t('filter.group')}
          <ChevronDown size={14} aria-hidden="true" class="text-soft" />
        </Button>
        <div class={`flex-wrap gap-2 md:flex ${open() ? 'flex' : 'hidden'}`}>
          {flag('mine', t('filter.mine'))}
          {flag('unassigned', t('filter.unassigned'))}
          <Button
            aria-pressed={props.filters.sync === 'problems'}
            onClick={() =>
              props.change({ sync: props.filters.sync === 'problems' ? undefined : 'problems' })
            }
          >
            {t('filter.sync')}
          </Button>
        </div>
        <Search value={props.filters.q ?? ''} change={props.change} ref={props.searchRef} />
      </div>
      <div class={`flex-wrap items-center gap-2 md:flex ${open() ? 'flex' : 'hidden'}`}>
        <Many name="status" filters={props.filters} change={props.change} choices={statuses()} />
        <Many
          name="priority"
          filters={props.filters}
          change={props.change}
          choices={priorities()}
        />
        <Many name="team" filters={props.filters} change={props.change} choices={teams()} />
        <Many name="agent" filters={props.filters} change={props.change} choices={agents()} />
        <Many name="customer" filters={props.filters} change={props.change} choices={customers()} />
        <Show when={isNarrowed(props.filters)}>
          <Button look="quiet" onClick={() => props.clear()}>
            <X size={14} aria-hidden="true" />
            {t('filter.clear')}
          </Button>
        </Show>
      </div>
    </div>
  )
}

function Search(props: {
  value: string
  change: (next: Filters) => void
  ref: (input: HTMLInputElement) => void
}) {
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  return (
    <div class="w-full sm:w-52">
      <input
        ref={(input) => props.ref(input)}
        type="search"
        aria-label={t('filter.search')}
        placeholder={t('filter.search')}
        value={props.value}
        class={`${controlClass} min-h-8 text-sm`}
        onInput={(event) => {
          const q = event.currentTarget.value.trim()
          clearTimeout(timer)
          timer = setTimeout(() => props.change({ q: q === '' ? undefined : q }), PAUSE_MS)
        }}
      />
    </div>
  )
}

function Many(props: {
  name: ManyFilter
  choices: Choice[]
  filters: Filters
  change: (next: Filters) => void
}) {
  const label = () => t(`filter.${props.name}`)
  const values = () => chosen(props.filters[props.name])
  const text = () => {
    const [first, ...others] = values()
    if (first === undefined) return label()
    if (others.length > 0) return t('filter.many', label(), others.length + 1)
    return props.choices.find((choice) => choice.value === first)?.label ?? label()
  }
  return (
    <Menu
      class={values().length > 0 ? 'border-accent! bg-accent-soft!' : ''}
      trigger={
        <>
          {text()}
          <ChevronDown size={14} aria-hidden="true" class="text-soft" />
        </>
      }
    >
      <For each={props.choices}>
        {(choice) => (
          <MenuCheck
            checked={values().includes(choice.value)}
            onChange={() =>
              props.change({ [props.name]: toggled(props.filters[props.name], choice.value) })
            }
          >
            {choice.label}
          </MenuCheck>
        )}
      </For>
    </Menu>
  )
}
