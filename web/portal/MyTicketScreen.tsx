import { A } from '@solidjs/router'
import ArrowLeft from 'lucide-solid/icons/arrow-left'
import { createMemo, createSignal, For, Match, Show, Switch } from 'solid-js'
import { FIRST_ACTIONS, useTimeline } from '../data/actions'
import { useIdInPath, useSlug } from '../data/desk'
import { useTicket } from '../data/tickets'
import type { Action, Ticket } from '../data/names'
import { t } from '../i18n/portal'
import { paths } from '../paths'
import { useMe } from '../sign-in/SignedIn'
import { Ago } from '../ui/Ago'
import { AttachedFiles } from '../ui/AttachedFiles'
import { Badge } from '../ui/Badge'
import { Button } from '../ui/Button'
import { Card } from '../ui/Card'
import { Failure } from '../ui/Failure'
import { Html, preloadHtml } from '../ui/Html'
import { Notice } from '../ui/Notice'
import { isEmptyHtml } from '../ui/plainText'
import { CardSkeletons } from '../ui/Skeletons'
import { PortalPage } from './PortalPage'
import { Reply } from './Reply'

/** One of a person's own tickets: what has happened that concerns them, and their reply. */
export default function MyTicketScreen() {
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
  const loaded = () => (ticket.isPending ? undefined : ticket.data)
  return (
    <PortalPage
      title={t('ticket.title', props.id, loaded()?.summary ?? '')}
      heading={
        <>
          <span class="text-soft tabular-nums">#{props.id}</span> {loaded()?.summary}
        </>
      }
      actions={<Show when={loaded()}>{(it) => <Badge tone="info">{it().status_name}</Badge>}</Show>}
    >
      <A
        href={paths.portal(slug())}
        class="-my-2 inline-flex min-h-11 items-center gap-1 justify-self-start text-accent-ink"
      >
        <ArrowLeft size={15} aria-hidden="true" />
        {t('ticket.back')}
      </A>
      <Switch fallback={<Show when={loaded()}>{(it) => <Conversation ticket={it()} />}</Show>}>
        <Match when={ticket.isPending}>
          <CardSkeletons cards={3} />
        </Match>
        <Match when={ticket.data === undefined && ticket.error}>
          {(error) => <Failure error={error()} retry={() => void ticket.refetch()} />}
        </Match>
      </Switch>
    </PortalPage>
  )
}

function Conversation(props: { ticket: Ticket }) {
  const slug = useSlug()
  const [count, setCount] = createSignal(FIRST_ACTIONS)
  const actions = useTimeline(slug, () => props.ticket.id, count)
  const replyWith = createMemo(() => props.ticket.allowed_actions[0])
  return (
    <>
      <Show when={replyWith()} keyed fallback={<Notice tone="info">{t('ticket.noReply')}</Notice>}>
        {(outcomeId) => <Reply ticketId={props.ticket.id} outcomeId={outcomeId} />}
      </Show>
      <section aria-labelledby="history" class="grid gap-3">
        <h2 id="history" class="sr-only">
          {t('ticket.history')}
        </h2>
        <Switch
          fallback={
            <>
              <ol class="grid gap-3">
                <For each={actions.data?.actions ?? []}>
                  {(action) => (
                    <li>
                      <PublicEntry action={action} />
                    </li>
                  )}
                </For>
              </ol>
              <Show when={(actions.data?.actions.length ?? 0) >= count()}>
                <Button
                  size="touch"
                  class="justify-self-center"
                  onClick={() => setCount((n) => n * 2)}
                >
                  {t('ticket.older')}
                </Button>
              </Show>
            </>
          }
        >
          <Match when={actions.isPending}>
            <CardSkeletons cards={2} />
          </Match>
          <Match when={actions.data === undefined && actions.error}>
            {(error) => <Failure error={error()} retry={() => void actions.refetch()} />}
          </Match>
          <Match when={actions.data?.actions.length === 0}>
            <p class="py-2 text-soft">{t('ticket.nothing')}</p>
          </Match>
        </Switch>
      </section>
    </>
  )
}

function PublicEntry(props: { action: Action }) {
  const me = useMe()
  return (
    <Card class="grid gap-2 p-4">
      <p class="flex flex-wrap items-baseline gap-x-2">
        <strong class="font-semibold">
          {props.action.who === me().name ? t('ticket.you') : props.action.who}
        </strong>
        <span class="text-xs text-soft">
          <Ago at={props.action.datetime} />
        </span>
      </p>
      <Show when={!isEmptyHtml(props.action.note_html)}>
        <Html html={props.action.note_html} />
      </Show>
      <AttachedFiles files={props.action.attachments} />
    </Card>
  )
}
