import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import { useSlug } from '../../data/desk'
import type { TicketRow } from '../../data/names'
import { t } from '../../i18n/agent'
import { paths } from '../../paths'
import { Ago } from '../../ui/Ago'
import { Badge } from '../../ui/Badge'
import { SyncBadge } from '../../ui/SyncBadge'

/** The queue on a phone. */
export function TicketCards(props: { tickets: TicketRow[] }) {
  const slug = useSlug()
  return (
    <ul aria-label={t('list.table')}>
      <For each={props.tickets}>
        {(ticket) => (
          <li class="relative grid gap-1 border-b border-line px-4 py-2.5">
            <div class="flex justify-between gap-2 text-xs text-soft">
              <span class="truncate">
                #{ticket.id} · {ticket.client_name}
              </span>
              <span class="shrink-0">
                <Ago at={ticket.lastactiondate} />
              </span>
            </div>
            <A
              href={paths.ticket(slug(), ticket.id)}
              data-ticket-link
              class="font-medium after:absolute after:inset-0"
            >
              {ticket.summary}
            </A>
            <div class="flex flex-wrap items-center gap-1.5 text-xs text-soft">
              <Badge tone="info">{ticket.status_name}</Badge>
              <Show when={ticket.sync}>{(state) => <SyncBadge look={{ state: state() }} />}</Show>
              <span>{ticket.agent_id === 1 ? t('unassigned') : ticket.agent_name}</span>
              <Show when={ticket.priority}>{(priority) => <span>· {priority().name}</span>}</Show>
            </div>
          </li>
        )}
      </For>
    </ul>
  )
}
