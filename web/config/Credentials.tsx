import { For, Show } from 'solid-js'
import type { Connection } from '../data/names'
import { t } from '../i18n/config'
import { Card } from '../ui/Card'
import { CopyButton } from '../ui/CopyButton'

type Values = Connection['issued'] | Connection['partner']
const rows = [
  ['tenant_id', 'connection.tenantId'],
  ['client_id', 'connection.clientId'],
  ['auth_url', 'connection.authUrl'],
  ['resource_url', 'connection.resourceUrl'],
] as const

/** The values that one side gave the other. */
export function Credentials(props: { side: 'issued' | 'partner'; values: Values }) {
  return (
    <Card class="grid content-start gap-2 p-4">
      <h2 class="text-base font-semibold">{t(`connection.${props.side}`)}</h2>
      <p class="text-soft">{t(`connection.${props.side}.text`)}</p>
      <dl class="grid gap-2">
        <For each={rows}>
          {([name, label]) => (
            <div class="grid gap-0.5">
              <dt class="text-xs text-soft">{t(label)}</dt>
              <dd class="flex items-center gap-1">
                <Show
                  when={props.values[name]}
                  fallback={<span class="text-soft">{t('connection.empty')}</span>}
                >
                  {(value) => (
                    <>
                      <code class="min-w-0 text-xs break-all">{value()}</code>
                      <CopyButton what={t(label)} value={value()} />
                    </>
                  )}
                </Show>
              </dd>
            </div>
          )}
        </For>
        <div class="grid gap-0.5">
          <dt class="text-xs text-soft">{t('connection.secret')}</dt>
          <dd class="text-soft">{t('connection.secret.shown')}</dd>
        </div>
      </dl>
    </Card>
  )
}
