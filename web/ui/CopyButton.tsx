import Check from 'lucide-solid/icons/check'
import Copy from 'lucide-solid/icons/copy'
import { createSignal, onCleanup, Show } from 'solid-js'
import { t } from '../i18n/common'
import { announce } from './announce'
import { IconButton } from './Button'

const SHOWN_MS = 2_000

/** Copies a value exactly as it is, whatever mode the page is in. */
export function CopyButton(props: { what: string; value: string }) {
  const [copied, setCopied] = createSignal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const copy = async () => {
    await navigator.clipboard.writeText(props.value)
    setCopied(true)
    announce(t('copied'))
    clearTimeout(timer)
    timer = setTimeout(() => setCopied(false), SHOWN_MS)
  }
  return (
    <IconButton label={t('copy.what', props.what)} size="small" onClick={() => void copy()}>
      <Show when={copied()} fallback={<Copy size={14} aria-hidden="true" />}>
        <Check size={14} aria-hidden="true" class="text-good-ink" />
      </Show>
    </IconButton>
  )
}
