import { createSignal, lazy, Show, Suspense } from 'solid-js'
import { useSlug } from '../../data/desk'
import { useChangeTicket, type TicketChange } from '../../data/tickets'
import type { Ticket } from '../../data/names'
import { t } from '../../i18n/agent'
import { t as common } from '../../i18n/common'
import { Ago } from '../../ui/Ago'
import { announce } from '../../ui/announce'
import { Button } from '../../ui/Button'
import { FailureLine } from '../../ui/Failure'
import { Select, type Choice } from '../../ui/Select'
import {
  useAgentChoices,
  useCategoryChoices,
  usePriorityChoices,
  useStatusChoices,
  useTeamChoices,
} from '../choices'
import { CustomFields } from './CustomFields'

// The search box for people is heavy and seldom needed.
const ChangeRequester = lazy(() => import('./ChangeRequester'))

const UNASSIGNED = 1

/** The choices with the one that holds, which may have been retired since it was chosen. */
const withCurrent = (choices: Choice[], value: string, label: string | undefined): Choice[] =>
  value === '' || label === undefined || choices.some((choice) => choice.value === value)
    ? choices
    : [...choices, { value, label }]

/** What the ticket is, and the place to change it. */
export function Details(props: { ticket: Ticket }) {
  const slug = useSlug()
  const change = useChangeTicket(slug, () => props.ticket.id)
  const statuses = useStatusChoices(slug)
  const priorities = usePriorityChoices(slug)
  const categories = useCategoryChoices(slug)
  const agents = useAgentChoices(slug)
  const teams = useTeamChoices(slug, 'name')
  const [changing, setChanging] = createSignal(false)

  /** The chosen value shows at once; when the desk refuses, the old one is back. */
  const now = (): Pick<
    Ticket,
    'status_id' | 'priority_id' | 'category_1' | 'agent_id' | 'team'
  > => ({ ...props.ticket, ...(change.isPending ? change.variables : {}) })
  const save = (what: string, next: TicketChange) =>
    change.mutate(next, { onSuccess: () => announce(t('detail.saved', what)) })

  return (
    <section class="grid gap-2" aria-label={t('ticket.details')}>
      <Show when={change.error}>{(error) => <FailureLine error={error()} />}</Show>
      <Select
        inline
        label={t('detail.status')}
        value={String(now().status_id)}
        choices={withCurrent(statuses(), String(now().status_id), props.ticket.status_name)}
        onChange={(value) => save(t('detail.status'), { status_id: Number(value) })}
      />
      <Select
        inline
        label={t('detail.priority')}
        value={String(now().priority_id ?? '')}
        choices={withCurrent(
          priorities(),
          String(now().priority_id ?? ''),
          props.ticket.priority?.name,
        )}
        onChange={(value) => save(t('detail.priority'), { priority_id: Number(value) })}
      />
      <Select
        inline
        label={t('detail.category')}
        value={now().category_1}
        empty={common('none')}
        choices={withCurrent(categories(), now().category_1, now().category_1)}
        onChange={(value) => save(t('detail.category'), { category_1: value })}
      />
      <Select
        inline
        label={t('detail.agent')}
        value={String(now().agent_id)}
        choices={withCurrent(
          [{ value: String(UNASSIGNED), label: t('unassigned') }, ...agents()],
          String(now().agent_id),
          props.ticket.agent_name,
        )}
        onChange={(value) => save(t('detail.agent'), { agent_id: Number(value) })}
      />
      <Select
        inline
        label={t('detail.team')}
        value={now().team}
        choices={withCurrent(teams(), now().team, now().team)}
        onChange={(value) => save(t('detail.team'), { team: value })}
      />
      <CustomFields fields={props.ticket.customfields} save={save} />
      <dl class="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-2 gap-y-2 py-1">
        <dt class="text-soft">{t('detail.customer')}</dt>
        <dd>{props.ticket.client_name}</dd>
        <dt class="text-soft">{t('detail.user')}</dt>
        <dd class="flex flex-wrap items-center gap-x-2">
          {props.ticket.user_name}
          <Button size="small" onClick={() => setChanging(true)}>
            {t('detail.change', t('detail.user'))}
          </Button>
        </dd>
        <dt class="text-soft">{t('detail.type')}</dt>
        <dd>{props.ticket.tickettype_name}</dd>
        <dt class="text-soft">{t('detail.raised')}</dt>
        <dd>
          <Ago at={props.ticket.dateoccurred} />
        </dd>
        <dt class="text-soft">{t('detail.updated')}</dt>
        <dd>
          <Ago at={props.ticket.lastactiondate} />
        </dd>
      </dl>
      <Show when={changing()}>
        <Suspense>
          <ChangeRequester
            ticket={props.ticket}
            close={() => setChanging(false)}
            save={(next) => save(t('detail.user'), next)}
          />
        </Suspense>
      </Show>
    </section>
  )
}
