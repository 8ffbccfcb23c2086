import { useSearchParams } from '@solidjs/router'
import { createMemo, createSignal, Match, Show, Switch } from 'solid-js'
import { useIdInPath, useSlug } from '../../data/desk'
import { useTicket } from '../../data/tickets'
import type { Outcome, Ticket } from '../../data/names'
import { useOutcomes } from '../../data/lists'
import { t } from '../../i18n/agent'
import { Failure } from '../../ui/Failure'
import { preloadHtml } from '../../ui/Html'
import { Page } from '../../ui/Page'
import { CardSkeletons, DetailSkeletons } from '../../ui/Skeletons'
import { Badge } from '../../ui/Badge'
import { Stale } from '../../ui/Stale'
import { SyncBadge } from '../../ui/SyncBadge'
import { ActionBar } from './ActionBar'
import { ActionForm } from './ActionForm'
import { Details } from './Details'
import { LinkedTickets } from './LinkedTickets'
import type { Sending } from './sending'
import { Timeline } from './Timeline'

/** One ticket: what can be done, what has happened, and what it is. */
export default function TicketScreen() {
  const id = useIdInPath()
  // Another ticket is another screen: nothing typed for the one may appear on the other.
  return (
    <Show when={id()} keyed>
      {(one) => <OneTicket id={one} />}
    </Show>
  )
}

function OneTicket(props: { id: number }) {
  preloadHtml()
  const slug = useSlug()
  const ticket = useTicket(slug, () => props.id)
  const outcomes = useOutcomes(slug)
  const [params, setParams] = useSearchParams<{ action?: string }>()
  const [sending, setSending] = createSignal<Sending[]>([])
  const loaded = () => (ticket.isPending ? undefined : ticket.data)

  const allowed = createMemo((): Outcome[] => {
    const ids = loaded()?.allowed_actions ?? []
    if (outcomes.isPending || outcomes.data === undefined) return []
    const known = outcomes.data
    // The end user's own reply is among them for the workflow's sake; no agent writes in their name.
    return ids.flatMap(
      (one) =>
        known.find((outcome) => outcome.id === one && outcome.systemid !== 'user_update') ?? [],
    )
  })
  // Only its number decides which form stands there, so that a refetch never builds it anew.
  const openId = createMemo(() => {
    const wanted = Number(params.action)
    return allowed().some((outcome) => outcome.id === wanted) ? wanted : undefined
  })
  const open = (outcomeId: number | undefined) =>
    setParams({ action: outcomeId }, { replace: true, scroll: false })

  return (
    <Page
      title={t('ticket.title', props.id, loaded()?.summary ?? '')}
      heading={
        <>
          <span class="text-soft tabular-nums">#{props.id}</span> {loaded()?.summary}
        </>
      }
      sub={
        <Show when={loaded()} fallback={'\u00A0'}>
          {(it) => (
            <>
              {it().client_name} · {t('ticket.raisedBy', it().user_name)}
            </>
          )}
        </Show>
      }
      actions={
        <Show when={loaded()}>
          {(it) => (
            <>
              <Badge tone="info">{it().status_name}</Badge>
              <Show when={it().sync}>{(state) => <SyncBadge look={{ state: state() }} />}</Show>
            </>
          )}
        </Show>
      }
    >
      <Stale query={ticket} />
      <Switch
        fallback={
          <Show when={loaded()}>
            {(it) => (
              <TicketBody
                ticket={it()}
                allowed={allowed()}
                openId={openId()}
                open={open}
                sending={sending()}
                setSending={setSending}
              />
            )}
          </Show>
        }
      >
        {/* Both, or the actions would push the timeline down when they come. */}
        <Match when={ticket.isPending || outcomes.isPending}>
          <div class="grid gap-4 p-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
            <CardSkeletons cards={4} />
            <DetailSkeletons lines={7} />
          </div>
        </Match>
        <Match when={ticket.data === undefined && ticket.error}>
          {(error) => <Failure error={error()} retry={() => void ticket.refetch()} />}
        </Match>
      </Switch>
    </Page>
  )
}

function TicketBody(props: {
  ticket: Ticket
  allowed: Outcome[]
  openId: number | undefined
  open: (outcomeId: number | undefined) => void
  sending: Sending[]
  setSending: (change: (now: Sending[]) => Sending[]) => void
}) {
  return (
    <div class="grid lg:min-h-full lg:grid-cols-[minmax(0,1fr)_19rem]">
      <div class="grid min-w-0 content-start gap-4 p-4">
        <ActionBar allowed={props.allowed} openId={props.openId} open={props.open} />
        <Show when={props.openId} keyed>
          {(id) => (
            <Show when={props.allowed.find((outcome) => outcome.id === id)}>
              {(outcome) => (
                <ActionForm
                  outcome={outcome()}
                  ticket={props.ticket}
                  close={() => props.open(undefined)}
                  setSending={props.setSending}
                />
              )}
            </Show>
          )}
        </Show>
        <Timeline ticket={props.ticket} sending={props.sending} />
      </div>
      <aside
        aria-label={t('ticket.details')}
        class="grid content-start gap-4 border-line bg-surface p-4 max-lg:border-t lg:border-l"
      >
        <LinkedTickets links={props.ticket.links} />
        <Details ticket={props.ticket} />
      </aside>
    </div>
  )
}
