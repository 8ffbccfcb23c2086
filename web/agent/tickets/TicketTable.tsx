import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import { useSlug } from '../../data/desk'
import type { TicketRow } from '../../data/names'
import { t } from '../../i18n/agent'
import { paths } from '../../paths'
import { Ago } from '../../ui/Ago'
import { SyncBadge } from '../../ui/SyncBadge'

const head = 'h-9 px-2 text-start text-xs font-normal text-soft first:pl-4 last:pr-4'
const cell = 'truncate px-2 first:pl-4 last:pr-4'

/** The queue as a table. The subject is the link; it is stretched over its row for the mouse. */
export function TicketTable(props: { tickets: TicketRow[] }) {
  const slug = useSlug()
  return (
    <table class="w-full table-fixed border-collapse" aria-label={t('list.table')}>
      <thead>
        <tr class="border-b border-line">
          <th scope="col" class={`${head} w-18`}>
            {t('col.id')}
          </th>
          <th scope="col" class={head}>
            {t('col.subject')}
          </th>
          <th scope="col" class={`${head} w-32`}>
            {t('col.status')}
          </th>
          <th scope="col" class={`${head} w-22 max-lg:hidden`}>
            {t('col.priority')}
          </th>
          <th scope="col" class={`${head} w-28`}>
            {t('col.agent')}
          </th>
          <th scope="col" class={`${head} w-28 max-lg:hidden`}>
            {t('col.customer')}
          </th>
          <th scope="col" class={`${head} w-32`}>
            {t('col.sync')}
          </th>
          <th scope="col" class={`${head} w-26`}>
            {t('col.updated')}
          </th>
        </tr>
      </thead>
      <tbody>
        <For each={props.tickets}>
          {(ticket) => (
            <tr class="relative h-9 border-b border-line hover:bg-hover has-[a:focus-visible]:bg-accent-soft">
              <td class={`${cell} text-soft tabular-nums`}>{ticket.id}</td>
              <td class={cell} title={ticket.summary}>
                <A
                  href={paths.ticket(slug(), ticket.id)}
                  data-ticket-link
                  class="outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
                >
                  {ticket.summary}
                </A>
              </td>
              <td class={cell}>{ticket.status_name}</td>
              <td class={`${cell} max-lg:hidden`}>{ticket.priority?.name}</td>
              <td class={cell}>
                <Show
                  when={ticket.agent_id !== 1}
                  fallback={<span class="text-soft">{t('unassigned')}</span>}
                >
                  {ticket.agent_name}
                </Show>
              </td>
              <td class={`${cell} max-lg:hidden`}>{ticket.client_name}</td>
              <td class={cell}>
                <Show when={ticket.sync}>{(state) => <SyncBadge look={{ state: state() }} />}</Show>
              </td>
              <td class={`${cell} text-soft`}>
                <Ago at={ticket.lastactiondate} />
              </td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  )
}
