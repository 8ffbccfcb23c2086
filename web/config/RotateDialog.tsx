import { createSignal, Show } from 'solid-js'
import { useRotate } from '../data/connections'
import { useSlug } from '../data/desk'
import type { Connection } from '../data/names'
import { t } from '../i18n/config'
import { Button } from '../ui/Button'
import { CopyButton } from '../ui/CopyButton'
import { Dialog } from '../ui/Dialog'
import { FailureLine } from '../ui/Failure'
import { Notice } from '../ui/Notice'
import { Select } from '../ui/Select'

const OVERLAPS = ['1', '24', '168', '0'] as const

/** Makes a new secret for the partner and shows it once; the old one stays good for a while, or ends at once. */
export function RotateDialog(props: { connection: Connection; open: boolean; close: () => void }) {
  const [hours, setHours] = createSignal<string>('24')
  const rotate = useRotate(useSlug(), () => props.connection.id)
  const close = () => {
    rotate.reset()
    props.close()
  }
  return (
    <Dialog title={t('life.rotate.title', props.connection.name)} open={props.open} onClose={close}>
      <Show
        when={rotate.isSuccess && rotate.data.issued.client_secret}
        fallback={
          <div class="grid gap-3">
            <p>{t('life.rotate.text', props.connection.name)}</p>
            <Select
              label={t('life.rotate.overlap')}
              value={hours()}
              onChange={setHours}
              choices={OVERLAPS.map((value) => ({ value, label: t(`life.rotate.${value}`) }))}
            />
            <Show when={hours() === '0'}>
              <Notice tone="warn">{t('life.rotate.now', props.connection.name)}</Notice>
            </Show>
            <Show when={rotate.error}>{(error) => <FailureLine error={error()} />}</Show>
            <div class="flex flex-wrap justify-end gap-2">
              <Button onClick={close}>{t('life.cancel')}</Button>
              <Button
                look="primary"
                busy={rotate.isPending}
                onClick={() => rotate.mutate(Number(hours()))}
              >
                {t('life.rotate.do')}
              </Button>
            </div>
          </div>
        }
      >
        {(secret) => (
          <div class="grid gap-3">
            <p>{t('life.rotate.give', props.connection.name)}</p>
            <p class="flex items-center gap-1">
              <code class="min-w-0 text-xs break-all">{secret()}</code>
              <CopyButton what={t('connection.secret')} value={secret()} />
            </p>
            <div class="flex justify-end">
              <Button look="primary" onClick={close}>
                {t('life.rotate.done')}
              </Button>
            </div>
          </div>
        )}
      </Show>
    </Dialog>
  )
}
