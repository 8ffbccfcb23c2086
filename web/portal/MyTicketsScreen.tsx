import { A, useSearchParams } from '@solidjs/router'
import LifeBuoy from 'lucide-solid/icons/life-buoy'
import { createMemo, For, Match, Show, Switch } from 'solid-js'
import { useSlug } from '../data/desk'
import { useTickets } from '../data/tickets'
import { t } from '../i18n/portal'
import { paths } from '../paths'
import { Ago } from '../ui/Ago'
import { Badge } from '../ui/Badge'
import { Button, ButtonLink } from '../ui/Button'
import { Card } from '../ui/Card'
import { EmptyState } from '../ui/EmptyState'
import { Failure } from '../ui/Failure'
import { RowSkeletons } from '../ui/Skeletons'
import { PortalPage } from './PortalPage'

/** A person's own tickets. */
export default function MyTicketsScreen() {
  const slug = useSlug()
  const [params, setParams] = useSearchParams<{ show?: string; page?: string }>()
  const all = () => params.show === 'all'
  const page = createMemo(() => Math.max(1, Math.trunc(Number(params.page ?? 1)) || 1))
  const tickets = useTickets(slug, () => ({
    page: page(),
    ...(all() ? {} : { open_only: true }),
  }))
  const more = () => tickets.data?.has_more === true
  return (
    <PortalPage
      title={t('mine.title')}
      heading={t('mine.greeting')}
      actions={
        <ButtonLink look="primary" size="touch" href={paths.portalNew(slug())}>
          {t('mine.new')}
        </ButtonLink>
      }
    >
      <Card class="">
        <div class="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2">
          <h2 class="font-semibold">{t('mine.title')}</h2>
          <div role="group" aria-label={t('mine.show')} class="flex gap-2">
            <Button
              size="touch"
              aria-pressed={!all()}
              onClick={() => setParams({ show: undefined, page: undefined })}
            >
              {t('mine.open')}
            </Button>
            <Button
              size="touch"
              aria-pressed={all()}
              onClick={() => setParams({ show: 'all', page: undefined })}
            >
              {t('mine.all')}
            </Button>
          </div>
        </div>
        <Switch
          fallback={
            <>
              <ul>
                <For each={tickets.data?.tickets ?? []}>
                  {(ticket) => (
                    <li class="relative flex min-h-14 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 last:border-b-0 hover:bg-hover">
                      <div class="min-w-0 flex-1 basis-48">
                        <A
                          href={paths.portalTicket(slug(), ticket.id)}
                          class="font-medium after:absolute after:inset-0"
                        >
                          {ticket.summary}
                        </A>
                        <p class="text-xs text-soft">
                          <span class="tabular-nums">#{ticket.id}</span> · {t('mine.updated')}{' '}
                          <Ago at={ticket.lastactiondate} />
                        </p>
                      </div>
                      <Badge tone="info">{ticket.status_name}</Badge>
                    </li>
                  )}
                </For>
              </ul>
              <Show when={more() || page() > 1}>
                <Pages page={page()} more={more()} go={(no) => setParams({ page: no })} />
              </Show>
            </>
          }
        >
          <Match when={tickets.isPending}>
            <RowSkeletons rows={4} />
          </Match>
          <Match when={tickets.data === undefined && tickets.error}>
            {(error) => <Failure error={error()} retry={() => void tickets.refetch()} />}
          </Match>
          <Match when={tickets.data?.tickets.length === 0}>
            <EmptyState
              icon={<LifeBuoy size={28} />}
              title={all() ? t('mine.empty.all') : t('mine.empty')}
              text={t('mine.empty.text')}
            />
          </Match>
        </Switch>
      </Card>
    </PortalPage>
  )
}

function Pages(props: { page: number; more: boolean; go: (no: number | undefined) => void }) {
  return (
    <div class="flex justify-between gap-2 px-4 py-2">
      <Button
        size="touch"
        disabled={props.page === 1}
        onClick={() => props.go(props.page === 2 ? undefined : props.page - 1)}
      >
        {t('mine.newer')}
      </Button>
      <Button size="touch" disabled={!props.more} onClick={() => props.go(props.page + 1)}>
        {t('mine.older')}
      </Button>
    </div>
  )
}
