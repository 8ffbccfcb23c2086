import { useSearchParams } from '@solidjs/router'
import { createMemo, createSignal, For, Match, Show, Switch } from 'solid-js'
import { FIRST_ACTIONS, useTimeline } from '../../data/actions'
import { useSlug } from '../../data/desk'
import type { Ticket } from '../../data/names'
import { t } from '../../i18n/agent'
import { Button } from '../../ui/Button'
import { Failure } from '../../ui/Failure'
import { CardSkeletons } from '../../ui/Skeletons'
import { Entry, SendingEntry } from './Entry'
import type { Sending } from './sending'

/** What has happened on the ticket, newest first, with what is just being saved above it. */
export function Timeline(props: { ticket: Ticket; sending: Sending[] }) {
  const slug = useSlug()
  const [params] = useSearchParams<{ highlight?: string }>()
  const [count, setCount] = createSignal(FIRST_ACTIONS)
  const actions = useTimeline(slug, () => props.ticket.id, count)
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
