import CircleAlert from 'lucide-solid/icons/circle-alert'
import { Show } from 'solid-js'
import { t } from '../i18n/common'
import { Button } from './Button'
import { failureWords } from './failureWords'

/** Why something is not here, and what can be done. */
export function Failure(props: { error: unknown; retry?: (() => void) | undefined }) {
  const words = () => failureWords(props.error)
  return (
    <div role="alert" class="grid justify-items-center gap-2 px-4 py-10 text-center">
      <CircleAlert size={24} class="text-bad-ink" aria-hidden="true" />
      <p class="font-medium">{words().message}</p>
      <Show when={words().fix}>
        <p class="max-w-prose text-soft">{words().fix}</p>
      </Show>
      <Show when={props.retry}>
        {(retry) => <Button onClick={() => retry()()}>{t('retry')}</Button>}
      </Show>
    </div>
  )
}

/** The same inside a form or a row, where it must not push everything away. */
export function FailureLine(props: { error: unknown }) {
  const words = () => failureWords(props.error)
  return (
    <div role="alert" class="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad-ink">
      <p class="font-medium">{words().message}</p>
      <Show when={words().fix}>
        <p>{words().fix}</p>
      </Show>
    </div>
  )
}
