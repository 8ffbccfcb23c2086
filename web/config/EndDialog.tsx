import { Show } from 'solid-js'
import { useEndConnection } from '../data/connections'
import { useSlug } from '../data/desk'
import type { Connection } from '../data/names'
import { t } from '../i18n/config'
import { announce } from '../ui/announce'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import { FailureLine } from '../ui/Failure'
import { Notice } from '../ui/Notice'

/** Says what the end of a connection means before it happens, since nothing undoes it. */
export function EndDialog(props: {
  connection: Connection
  open: boolean
  close: () => void
  pauseInstead: () => void
}) {
  const end = useEndConnection(useSlug(), () => props.connection.id)
  const doEnd = () =>
    end.mutate(undefined, {
      onSuccess: () => {
        announce(t('life.end.done', props.connection.name))
        props.close()
      },
    })
  return (
    <Dialog
      title={t('life.end.title', props.connection.name)}
      open={props.open}
      onClose={props.close}
    >
      <div class="grid gap-3">
        <Notice tone="warn">{t('life.end.final')}</Notice>
        <ul class="grid list-disc gap-1 pl-5">
          <Show when={props.connection.waiting > 0}>
            <li>{t('life.end.waiting', props.connection.waiting)}</li>
          </Show>
          <li>{t('life.end.tickets')}</li>
          <li>{t('life.end.credentials', props.connection.name)}</li>
          <li>{t('life.end.again')}</li>
        </ul>
        <Show when={end.error}>{(error) => <FailureLine error={error()} />}</Show>
        <div class="flex flex-wrap justify-end gap-2">
          <Button onClick={props.close}>{t('life.cancel')}</Button>
          <Show when={props.connection.state === 'live'}>
            <Button onClick={props.pauseInstead}>{t('life.end.pause')}</Button>
          </Show>
          <Button look="danger" busy={end.isPending} onClick={doEnd}>
            {t('life.end.do')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
