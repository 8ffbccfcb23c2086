import { useSearchParams } from '@solidjs/router'
import Inbox from 'lucide-solid/icons/inbox'
import SearchX from 'lucide-solid/icons/search-x'
import { createMemo, Match, Show, Switch } from 'solid-js'
import { useSlug } from '../../data/desk'
import { PAGE_SIZE, useTickets } from '../../data/tickets'
import { t } from '../../i18n/agent'
import { paths } from '../../paths'
import { Button, ButtonLink } from '../../ui/Button'
import { EmptyState } from '../../ui/EmptyState'
import { Failure } from '../../ui/Failure'
import { useKeys } from '../../ui/keys'
import { useIsWide } from '../../ui/media'
import { Page } from '../../ui/Page'
import { Stale } from '../../ui/Stale'
import { RowSkeletons } from '../../ui/Skeletons'
import { FilterBar } from './FilterBar'
import { isNarrowed, listState, ticketQuery, type Filters } from './filters'
import { Pager } from './Pager'
import { TicketCards } from './TicketCards'
import { TicketTable } from './TicketTable'

/** Agent's queue. The address holds the whole state of the screen, so that a view can be shared as a link. */
export default function TicketsScreen() {
  const slug = useSlug()
  const [filters, setFilters] = useSearchParams<Record<keyof Filters, string>>()
  const query = createMemo(() => ticketQuery(filters))
  const tickets = useTickets(slug, query)
  const wide = useIsWide()
  let list: HTMLDivElement | undefined
  let search: HTMLInputElement | undefined

  const move = (by: 1 | -1) => {
    const links = [...(list?.querySelectorAll<HTMLElement>('[data-ticket-link]') ?? [])]
    const now = links.findIndex((link) => link === document.activeElement)
    const next = now === -1 ? (by === 1 ? 0 : links.length - 1) : now + by
    links[next]?.focus()
  }
  useKeys({ j: () => move(1), k: () => move(-1), '/': () => search?.focus() })

  // A changed filter begins at its first page again.
  const change = (next: Filters) => setFilters({ page: undefined, ...next })
  const clear = () =>
    change({
      mine: undefined,
      unassigned: undefined,
      sync: undefined,
      status: undefined,
      priority: undefined,
      team: undefined,
      agent: undefined,
      customer: undefined,
      q: undefined,
    })
  const count = () => {
    if (tickets.isPending || tickets.data === undefined) return '\u00A0'
    const { record_count, has_more } = tickets.data
    return has_more && record_count % PAGE_SIZE === 0 && record_count >= 1000
      ? t('list.countAtLeast', record_count)
      : t('list.count', record_count)
  }
  return (
    <Page
      title={t(`list.${listState(filters)}`)}
      sub={<span class="tabular-nums">{count()}</span>}
      actions={
        <ButtonLink look="primary" href={paths.newTicket(slug())}>
          {t('list.new')}
        </ButtonLink>
      }
      bar={
        <FilterBar
          filters={filters}
          change={change}
          clear={clear}
          searchRef={(input) => (search = input)}
        />
      }
    >
      <div ref={(element) => (list = element)} class="flex min-h-full flex-col bg-surface">
        <Stale query={tickets} />
        <Switch
          fallback={
            <>
              <Show when={wide()} fallback={<TicketCards tickets={tickets.data?.tickets ?? []} />}>
                <TicketTable tickets={tickets.data?.tickets ?? []} />
              </Show>
              <Show when={tickets.data}>
                {(page) => (
                  <Pager
                    page={page()}
                    go={(no) => setFilters({ page: no === 1 ? undefined : no })}
                  />
                )}
              </Show>
            </>
          }
        >
          <Match when={tickets.isPending}>
            <RowSkeletons rows={16} />
          </Match>
          <Match when={tickets.data === undefined && tickets.error}>
            {(error) => <Failure error={error()} retry={() => void tickets.refetch()} />}
          </Match>
          <Match when={tickets.data?.tickets.length === 0 && isNarrowed(filters)}>
            <EmptyState
              icon={<SearchX size={28} />}
              title={t('list.noMatch')}
              text={t('list.noMatch.text')}
            >
              <Button onClick={clear}>{t('filter.clear')}</Button>
            </EmptyState>
          </Match>
          <Match when={tickets.data?.tickets.length === 0}>
            <EmptyState
              icon={<Inbox size={28} />}
              title={t('list.empty')}
              text={t('list.empty.text')}
            >
              <ButtonLink href={paths.newTicket(slug())}>{t('list.new')}</ButtonLink>
            </EmptyState>
          </Match>
        </Switch>
      </div>
    </Page>
  )
}
