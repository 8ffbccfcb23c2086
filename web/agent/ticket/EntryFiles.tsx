import RotateCw from 'lucide-solid/icons/rotate-cw'
import { For, Show } from 'solid-js'
import { useReplay } from '../../data/actions'
import { useSlug } from '../../data/desk'
import type { Action, Delivery } from '../../data/names'
import { t } from '../../i18n/agent'
import { announce } from '../../ui/announce'
import { AttachedFiles } from '../../ui/AttachedFiles'
import { IconButton } from '../../ui/Button'
import { FailureLine } from '../../ui/Failure'
import { fileMark, fileWords, told, type FileFate } from './fileWords'

/** The files of an entry: those that are here, and what became of each at the partners. */
export function EntryFiles(props: { action: Action }) {
  return (
    <>
      <AttachedFiles files={props.action.attachments} mark={(file) => fileMark(file.sync)} />
      <For each={props.action.deliveries}>{(delivery) => <Fates delivery={delivery} />}</For>
    </>
  )
}

/** What is not where it should be, why, and what makes it get there: never folded away. */
function Fates(props: { delivery: Delivery }) {
  const slug = useSlug()
  const replay = useReplay(slug)
  const left = () => told(props.delivery)
  const retry = () =>
    replay.mutate(
      {
        connectionId: props.delivery.connection_id,
        ids: [props.delivery.id],
        check: false,
      },
      { onSuccess: () => announce(t('sync.retried')) },
    )
  const canRetry = (file: FileFate) =>
    props.delivery.direction === 'out' &&
    props.delivery.state === 'synced' &&
    (file.state === 'refused' || file.state === 'follows')
  return (
    <Show when={left().length > 0}>
      <ul class="grid gap-1 text-xs text-warn-ink">
        <For each={left()}>
          {(file) => (
            <li class="flex items-start gap-2">
              <p class="min-w-0 flex-1 wrap-anywhere">
                <span class="font-medium">{fileWords(file, props.delivery)}</span>{' '}
                <span class="text-soft">{file.fix}</span>
              </p>
              <Show when={canRetry(file)}>
                <IconButton size="small" label={t('file.retry', file.filename)} onClick={retry}>
                  <RotateCw size={14} aria-hidden="true" />
                </IconButton>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={replay.error}>{(error) => <FailureLine error={error()} />}</Show>
    </Show>
  )
}
