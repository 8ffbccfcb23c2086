import { A } from '@solidjs/router'
import { For, Match, Show, Switch } from 'solid-js'
import { useConnectionLog } from '../data/connections'
import { useSlug } from '../data/desk'
import { t } from '../i18n/config'
import { paths } from '../paths'
import { Ago } from '../ui/Ago'
import { Card } from '../ui/Card'
import { Failure } from '../ui/Failure'
import { RowSkeletons } from '../ui/Skeletons'
import { SyncBadge } from '../ui/SyncBadge'

const head = 'px-3 py-1.5 text-start font-normal'
const cell = 'px-3 py-1.5 align-top'

/** What has travelled on a connection, with its result; what was not sent is a line too. */
export function ConnectionLog(props: { connectionId: number }) {
  const slug = useSlug()
  const log = useConnectionLog(slug, () => props.connectionId)
  return (
    <Card class="overflow-x-auto">
      <Switch
        fallback={
          <table class="w-full min-w-160 border-collapse" aria-label={t('log.title')}>
            <thead>
              <tr class="border-b border-line text-xs text-soft">
                <th scope="col" class={head}>
                  {t('log.time')}
                </th>
                <th scope="col" class={head}>
                  {t('log.ticket')}
                </th>
                <th scope="col" class={head}>
                  {t('log.direction')}
                </th>
                <th scope="col" class={head}>
                  {t('log.what')}
                </th>
                <th scope="col" class={head}>
                  {t('log.result')}
                </th>
                <th scope="col" class={head}>
                  {t('log.why')}
                </th>
              </tr>
            </thead>
            <tbody>
              <For each={log.data?.log ?? []}>
                {(line) => (
                  <tr class="border-b border-line last:border-b-0">
                    <td class={`${cell} whitespace-nowrap text-soft`}>
                      <Ago at={line.at} />
                    </td>
                    <td class={`${cell} tabular-nums`}>
                      <Show when={line.ticket_id}>
                        {(id) => (
                          <A
                            href={paths.ticket(slug(), id(), line.action_id)}
                            class="text-accent-ink underline"
                          >
                            #{id()}
                          </A>
                        )}
                      </Show>
                    </td>
                    <td class={cell}>{t(`log.${line.direction}`)}</td>
                    <td class={cell}>{line.outcome}</td>
                    <td class={cell}>
                      <SyncBadge look={{ state: line.state, attempts: line.attempts }} />
                      <Show when={line.attempts > 1}>
                        <span class="pl-1 text-xs text-soft">{t('log.tries', line.attempts)}</span>
                      </Show>
                    </td>
                    <td class={`${cell} text-xs text-soft`}>
                      {line.error ?? line.reason} {line.fix}
                    </td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        }
      >
        <Match when={log.isPending}>
          <RowSkeletons rows={4} />
        </Match>
        <Match when={log.data === undefined && log.error}>
          {(error) => <Failure error={error()} retry={() => void log.refetch()} />}
        </Match>
        <Match when={log.data?.log.length === 0}>
          <p class="p-3 text-soft">{t('log.empty')}</p>
        </Match>
      </Switch>
    </Card>
  )
}
