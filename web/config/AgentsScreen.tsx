import { createSignal, For, Match, Show, Switch } from 'solid-js'
import { useEverybody } from '../data/agents'
import { useSlug } from '../data/desk'
import { useTeams } from '../data/lists'
import type { AgentRow } from '../data/names'
import { t } from '../i18n/config'
import { Badge } from '../ui/Badge'
import { Button } from '../ui/Button'
import { Failure } from '../ui/Failure'
import { Page } from '../ui/Page'
import { CardSkeletons } from '../ui/Skeletons'
import { AgentDialog } from './AgentDialog'

/** Everybody who works tickets here. There is always somebody: whoever looks. */
export default function AgentsScreen() {
  const slug = useSlug()
  const everybody = useEverybody(slug)
  const teams = useTeams(slug) // here, so that the dialog opens with them
  const [open, setOpen] = createSignal<AgentRow | 'new'>()
  return (
    <Page
      title={t('agents.title')}
      actions={
        <Button look="primary" onClick={() => setOpen('new')}>
          {t('agents.invite')}
        </Button>
      }
    >
      <div class="max-w-4xl p-4">
        <Switch
          fallback={
            <ul class="grid gap-2">
              <For each={everybody.data ?? []}>
                {(one) => (
                  <li class="relative flex flex-wrap items-center justify-between gap-x-4 gap-y-1 rounded-lg border border-line bg-surface px-4 py-3 hover:bg-hover">
                    <div class="min-w-0">
                      <button
                        type="button"
                        class="text-left font-semibold after:absolute after:inset-0"
                        onClick={() => setOpen(one)}
                      >
                        {one.name}
                      </button>
                      <p class="truncate text-soft">{one.email}</p>
                    </div>
                    <div class="flex flex-wrap items-center gap-2 text-xs text-soft">
                      <span>{one.teams.map((team) => team.team_name).join(', ')}</span>
                      <Show when={one.isapiagent}>
                        <Badge title={t('agents.api.why')}>{t('agents.api')}</Badge>
                      </Show>
                      <Show when={one.isdisabled}>
                        <Badge tone="bad">{t('agents.disabled')}</Badge>
                      </Show>
                      <Show when={!one.joined && !one.isdisabled}>
                        <Badge tone="warn" title={t('agents.waiting.why')}>
                          {t('agents.waiting')}
                        </Badge>
                      </Show>
                      <Badge tone={one.role === 'admin' ? 'info' : 'neutral'}>
                        {t(one.role === 'admin' ? 'agents.admin' : 'agents.agent')}
                      </Badge>
                    </div>
                  </li>
                )}
              </For>
            </ul>
          }
        >
          <Match when={everybody.isPending}>
            <CardSkeletons cards={3} />
          </Match>
          <Match when={everybody.data === undefined && everybody.error}>
            {(error) => <Failure error={error()} retry={() => void everybody.refetch()} />}
          </Match>
        </Switch>
      </div>
      <Show when={open()} keyed>
        {(one) => (
          <AgentDialog
            agent={one === 'new' ? undefined : one}
            teams={teams.data ?? []}
            close={() => setOpen(undefined)}
          />
        )}
      </Show>
    </Page>
  )
}
