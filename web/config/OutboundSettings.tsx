import { Show } from 'solid-js'
import { useSyncAttachments } from '../data/connections'
import { useSlug } from '../data/desk'
import type { Connection } from '../data/names'
import { t } from '../i18n/config'
import { announce } from '../ui/announce'
import { Card } from '../ui/Card'
import { FailureLine } from '../ui/Failure'
import { Switch } from '../ui/Switch'

/** What leaves for this partner beside the words (G64, G65). */
export function OutboundSettings(props: { connection: Connection }) {
  const change = useSyncAttachments(useSlug(), () => props.connection.id)
  const set = (on: boolean) =>
    change.mutate(on, {
      onSuccess: () => announce(t(on ? 'connection.attachments.on' : 'connection.attachments.off')),
    })
  return (
    <section class="grid gap-2">
      <h2 class="text-base font-semibold">{t('connection.outbound')}</h2>
      <Card class="grid gap-3 p-3">
        <Switch
          label={t('connection.attachments')}
          hint={t('connection.attachments.hint')}
          on={change.isPending ? change.variables : props.connection.sync_attachments}
          disabled={change.isPending}
          onChange={set}
        />
        <Show when={change.error}>{(error) => <FailureLine error={error()} />}</Show>
      </Card>
    </section>
  )
}
