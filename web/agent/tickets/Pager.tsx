import { Show } from 'solid-js'
import type { TicketPage } from '../../data/names'
import { t } from '../../i18n/agent'
import { locale } from '../../i18n/words'
import { Button } from '../../ui/Button'

/** Which part of the list is on the screen, and the ways to the others. */
export function Pager(props: { page: TicketPage; go: (no: number) => void }) {
  const from = () => (props.page.page_no - 1) * props.page.page_size + 1
  const to = () => from() + props.page.tickets.length - 1
  const more = () => props.page.has_more ?? to() < props.page.record_count
  const total = () =>
    more() && props.page.record_count <= to()
      ? undefined
      : props.page.record_count.toLocaleString(locale)
  return (
    <nav
      aria-label={t('list.pages')}
      class="flex flex-wrap items-center justify-between gap-2 px-4 py-2 text-xs text-soft"
    >
      <span class="tabular-nums">
        <Show when={total()} fallback={t('list.range', from(), to())}>
          {(of) => <>{t('list.rangeOf', from(), to(), of())}</>}
        </Show>
        <span class="hidden pl-4 md:inline">{t('list.keys')}</span>
      </span>
      <Show when={more() || props.page.page_no > 1}>
        <div class="flex gap-2">
          <Button
            size="small"
            disabled={props.page.page_no === 1}
            onClick={() => props.go(props.page.page_no - 1)}
          >
            {t('list.previous')}
          </Button>
          <Button size="small" disabled={!more()} onClick={() => props.go(props.page.page_no + 1)}>
            {t('list.next')}
          </Button>
        </div>
      </Show>
    </nav>
  )
}
