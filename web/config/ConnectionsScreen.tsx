import { A } from '@solidjs/router'
import Cable from 'lucide-solid/icons/cable'
import { For, Match, Show, Switch } from 'solid-js'
import { useConnections } from '../data/connections'
import { useSlug } from '../data/desk'
import type { Connection } from '../data/names'
import { t } from '../i18n/config'
import { paths } from '../paths'
import { Ago } from '../ui/Ago'
import { Badge } from '../ui/Badge'
import { EmptyState } from '../ui/EmptyState'
import { Failure } from '../ui/Failure'
import { Page } from '../ui/Page'
import { CardSkeletons } from '../ui/Skeletons'
import { connectionTone } from './connectionTone'

/** Those that have ended stand last. */
const standingFirst = (all: Connection[]): Connection[] =>
  all.toSorted((a, b) => Number(a.state === 'ended') - Number(b.state === 'ended'))

/** All partners of this desk, past ones too. */
export default function ConnectionsScreen() {
  const slug = useSlug()
  const connections = useConnections(slug)
  return (
    <Page title={t('connections.title')}>
      <div class="max-w-4xl p-4">
        <Switch
          fallback={
            <ul class="grid gap-3">
              <For each={standingFirst(connections.data ?? [])}>
                {(connection) => (
                  <li class="relative flex flex-wrap items-center justify-between gap-3 rounded-lg border border-line bg-surface p-4 hover:bg-hover">
                    <div class="min-w-0">
                      <A
                        href={paths.connection(slug(), connection.id)}
                        class="font-semibold after:absolute after:inset-0"
                      >
                        {connection.name}
                      </A>
                      <p class="text-soft">{t(`connections.${connection.kind}`)}</p>
                      <p class="text-xs">{connection.health}</p>
                    </div>
                    <div class="flex flex-wrap items-center gap-2 text-xs text-soft">
                      <span>
                        {t('connection.verified')}:{' '}
                        <Show when={connection.verified_at} fallback={t('connection.never')}>
                          {(at) => <Ago at={at()} />}
                        </Show>
                      </span>
                      <Badge tone={connectionTone(connection.state)}>
                        {t(`life.state.${connection.state}`)}
                      </Badge>
                    </div>
                  </li>
                )}
              </For>
            </ul>
          }
        >
          <Match when={connections.isPending}>
            <CardSkeletons cards={2} />
          </Match>
          <Match when={connections.data === undefined && connections.error}>
            {(error) => <Failure error={error()} retry={() => void connections.refetch()} />}
          </Match>
          <Match when={connections.data?.length === 0}>
            <EmptyState
              icon={<Cable size={28} />}
              title={t('connections.empty')}
              text={t('connections.empty.text')}
            />
          </Match>
        </Switch>
      </div>
    </Page>
  )
}
