import { For, Match, Show, Switch } from 'solid-js'
import { useConnectionCheck } from '../data/connections'
import { useSlug } from '../data/desk'
import { t } from '../i18n/config'
import { FailureLine } from '../ui/Failure'
import { Notice } from '../ui/Notice'

/** What in the settings of a connection will surprise, before anybody trips over it. */
export function Findings(props: { connectionId: number }) {
  const check = useConnectionCheck(useSlug(), () => props.connectionId)
  const found = () => (check.isPending ? [] : (check.data?.findings ?? []))
  return (
    <Switch>
      <Match when={check.error}>{(error) => <FailureLine error={error()} />}</Match>
      <Match when={found().length > 0}>
        <Notice tone="warn">
          <h3 class="font-medium">{t('check.title')}</h3>
          <ul class="mt-1 grid list-disc gap-1.5 ps-5">
            <For each={found()}>
              {(one) => (
                <li class="wrap-anywhere">
                  {one.message} <span class="text-soft">{one.fix}</span>
                </li>
              )}
            </For>
          </ul>
        </Notice>
      </Match>
      <Match when={!check.isPending}>
        <Show when={check.data}>
          <p class="text-soft">{t('check.fine')}</p>
        </Show>
      </Match>
    </Switch>
  )
}
