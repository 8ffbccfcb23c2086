import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import { useClearOnlyThere, useOnlyThere } from '../data/connections'
import { useSlug } from '../data/desk'
import type { Connection } from '../data/names'
import { t } from '../i18n/config'
import { paths } from '../paths'
import { announce } from '../ui/announce'
import { Button } from '../ui/Button'
import { Card } from '../ui/Card'
import { FailureLine } from '../ui/Failure'

/** After a restore: the tickets of which only the partner has everything, until somebody has seen to them. */
export function OnlyThere(props: { connection: Connection }) {
  const slug = useSlug()
  const lost = useOnlyThere(slug, () => props.connection.id)
  const clear = useClearOnlyThere(slug, () => props.connection.id)
  return (
    <section class="grid gap-2">
      <h2 class="text-base font-semibold">{t('lost.title', props.connection.name)}</h2>
      <p class="text-soft">{t('lost.text')}</p>
      <Card class="grid gap-3 p-3">
        <ul class="grid gap-2">
          <For each={lost.isPending ? [] : (lost.data?.only_there ?? [])}>
            {(one) => (
              <li class="flex flex-wrap items-baseline gap-x-3 gap-y-1">
                <Show
                  when={one.ticket_id}
                  fallback={<span class="text-warn-ink">{t('lost.forgotten')}</span>}
                >
                  {(id) => (
                    <A class="link" href={paths.ticket(slug(), id())}>
                      #{id()} {one.summary}
                    </A>
                  )}
                </Show>
                <span class="text-soft">
                  {t('lost.theirs', one.remote_ticket_id ?? 0)} · {t('lost.entries', one.entries)}
                </span>
                <Show when={one.remote_url}>
                  {(url) => <span class="text-xs break-all text-soft">{url()}</span>}
                </Show>
              </li>
            )}
          </For>
        </ul>
        <Show when={lost.error ?? clear.error}>{(error) => <FailureLine error={error()} />}</Show>
        <div>
          <Button
            busy={clear.isPending}
            onClick={() =>
              clear.mutate(undefined, { onSuccess: () => announce(t('lost.cleared')) })
            }
          >
            {t('lost.clear')}
          </Button>
        </div>
      </Card>
    </section>
  )
}
