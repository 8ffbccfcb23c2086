import { useSearchParams } from '@solidjs/router'
import { createEffect, createMemo, createSignal, For, Match, on, Show, Switch } from 'solid-js'
import { FIRST_ACTIONS, useTimeline } from '../../data/actions'
import { useSlug } from '../../data/desk'
import type { Ticket } from '../../data/names'
import { t } from '../../i18n/agent'
import { useMe } from '../../sign-in/SignedIn'
import { announce } from '../../ui/announce'
import { Button } from '../../ui/Button'
import { Failure } from '../../ui/Failure'
import { CardSkeletons } from '../../ui/Skeletons'
import { Entry, SendingEntry } from './Entry'
import type { Sending } from './sending'

/** What has happened on the ticket, newest first, with what is just being saved above it. */
export function Timeline(props: { ticket: Ticket; sending: Sending[] }) {
  const slug = useSlug()
  const me = useMe()
  const [params] = useSearchParams<{ highlight?: string }>()
  const [count, setCount] = createSignal(FIRST_ACTIONS)
  const actions = useTimeline(slug, () => props.ticket.id, count)
  // The eye sees a new entry appear; the ear is told.
  createEffect(
    on(
      () => (actions.isPending ? undefined : actions.data?.actions[0]),
      (newest, before) => {
        if (newest === undefined || before === undefined || newest.id <= before.id) return
        if (newest.who !== me().name) announce(t('ticket.news', newest.who, newest.outcome))
      },
    ),
  )
  // A saved action is shown once: by the timeline as soon as that has it.
  const onTheWay = createMemo(() => {
    const here = actions.isPending ? [] : (actions.data?.actions ?? [])
    return props.sending.filter((entry) => !here.some((action) => action.id === entry.savedId))
  })
  return (
    <section aria-labelledby="timeline" class="grid min-w-0 gap-3">
      <h2 id="timeline" class="sr-only">
        {t('ticket.timeline')}
      </h2>
      <For each={onTheWay()}>{(entry) => <SendingEntry entry={entry} />}</For>
      <Switch
        fallback={
          <>
            <ol class="grid gap-3">
              <For each={actions.data?.actions ?? []}>
                {(action) => (
                  <li class="min-w-0">
                    <Entry action={action} highlighted={String(action.id) === params.highlight} />
                  </li>
                )}
              </For>
            </ol>
            <Show when={(actions.data?.actions.length ?? 0) >= count()}>
              <Button class="justify-self-center" onClick={() => setCount((n) => n * 2)}>
                {t('ticket.older')}
              </Button>
            </Show>
          </>
        }
      >
        <Match when={actions.isPending}>
          <CardSkeletons cards={3} />
        </Match>
        <Match when={actions.data === undefined && actions.error}>
          {(error) => <Failure error={error()} retry={() => void actions.refetch()} />}
        </Match>
        <Match when={actions.data?.actions.length === 0}>
          <p class="py-6 text-center text-soft">{t('ticket.noTimeline')}</p>
        </Match>
      </Switch>
    </section>
  )
}
