import { createSignal, For, lazy, Show, Suspense } from 'solid-js'
import { useSlug } from '../../data/desk'
import { useAgents, useCategories, usePriorities, useStatuses, useTeams } from '../../data/lists'
import { useChangeTicket, type TicketChange } from '../../data/tickets'
import type { Ticket } from '../../data/wire'
import { t } from '../../i18n/agent'
import { t as common } from '../../i18n/common'
import { Ago } from '../../ui/Ago'
import { announce } from '../../ui/announce'
import { Button } from '../../ui/Button'
import { FailureLine } from '../../ui/Failure'
import { Select, type Choice } from '../../ui/Select'

// The search box for people is heavy and seldom needed.
const ChangeRequester = lazy(() => import('./ChangeRequester'))

const UNASSIGNED = 1

/** What the ticket is, and the place to change it. */
export function Details(props: { ticket: Ticket }) {
  const slug = useSlug()
  const change = useChangeTicket(slug, () => props.ticket.id)
  const statuses = useStatuses(slug)
  const priorities = usePriorities(slug)
  const categories = useCategories(slug)
  const agents = useAgents(slug)
  const teams = useTeams(slug)
  const [changing, setChanging] = createSignal(false)

  const named = (rows: { id: number; name: string }[] | undefined): Choice[] =>
    (rows ?? []).map((row) => ({ value: String(row.id), label: row.name }))
  const values = (rows: string[]): Choice[] => rows.map((row) => ({ value: row, label: row }))
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
        choices={statuses.isPending ? [] : named(statuses.data)}
        onChange={(value) => save(t('detail.status'), { status_id: Number(value) })}
      />
      <Select
        inline
        label={t('detail.priority')}
        value={String(now().priority_id ?? '')}
        choices={
          priorities.isPending
            ? []
            : (priorities.data ?? []).map((it) => ({
                value: String(it.priorityid),
                label: it.name,
              }))
        }
        onChange={(value) => save(t('detail.priority'), { priority_id: Number(value) })}
      />
      <Select
        inline
        label={t('detail.category')}
        value={now().category_1}
        empty={common('none')}
        choices={categories.isPending ? [] : values((categories.data ?? []).map((it) => it.value))}
        onChange={(value) => save(t('detail.category'), { category_1: value })}
      />
      <Select
        inline
        label={t('detail.agent')}
        value={String(now().agent_id)}
        choices={[
          { value: String(UNASSIGNED), label: t('unassigned') },
          ...(agents.isPending
            ? []
            : named(agents.data).filter((it) => it.value !== String(UNASSIGNED))),
        ]}
        onChange={(value) => save(t('detail.agent'), { agent_id: Number(value) })}
      />
      <Select
        inline
        label={t('detail.team')}
        value={now().team}
        choices={teams.isPending ? [] : values((teams.data ?? []).map((team) => team.name))}
        onChange={(value) => save(t('detail.team'), { team: value })}
      />
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
        <Show when={props.ticket.tickettype_name}>
          <dt class="text-soft">{t('detail.type')}</dt>
          <dd>{props.ticket.tickettype_name}</dd>
        </Show>
        <For each={props.ticket.customfields}>
          {(field) => (
            <Show when={field.display}>
              <dt class="text-soft">{field.label}</dt>
              <dd class="break-words">{field.display}</dd>
            </Show>
          )}
        </For>
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
