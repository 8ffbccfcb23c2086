import { Show } from 'solid-js'
import { useConnectionState } from '../data/connections'
import { useSlug } from '../data/desk'
import type { Connection } from '../data/names'
import { t } from '../i18n/config'
import { announce } from '../ui/announce'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import { FailureLine } from '../ui/Failure'

/** Says what a pause does before it begins. Resume undoes it. */
export function PauseDialog(props: { connection: Connection; open: boolean; close: () => void }) {
  const setState = useConnectionState(useSlug(), () => props.connection.id)
  const pause = () =>
    setState.mutate('paused', {
      onSuccess: () => {
        announce(t('life.paused', props.connection.name))
        props.close()
      },
    })
  return (
    <Dialog
      title={t('life.pause.title', props.connection.name)}
      open={props.open}
      onClose={props.close}
    >
      <div class="grid gap-3">
        <ul class="grid list-disc gap-1 pl-5">
          <li>{t('life.pause.nothing')}</li>
          <li>{t('life.pause.waits')}</li>
          <li>{t('life.pause.theirs', props.connection.name)}</li>
          <li>{t('life.pause.undo')}</li>
        </ul>
        <Show when={setState.error}>{(error) => <FailureLine error={error()} />}</Show>
        <div class="flex flex-wrap justify-end gap-2">
          <Button onClick={props.close}>{t('life.cancel')}</Button>
          <Button look="primary" busy={setState.isPending} onClick={pause}>
            {t('life.pause.do')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
