import * as Parts from '@kobalte/core/toast'
import X from 'lucide-solid/icons/x'
import { Portal, render } from 'solid-js/web'
import { t } from '../i18n/common'

const STAYS_MS = 6_000

function Region() {
  return (
    <Portal>
      <Parts.Region duration={STAYS_MS} pauseOnInteraction>
        <Parts.List class="fixed right-0 bottom-0 z-50 flex w-full max-w-sm flex-col gap-2 p-4 outline-none" />
      </Parts.Region>
    </Portal>
  )
}

// The region lives as long as the page: a toast outlives the screen that caused it.
const host = document.createElement('div')
document.body.append(host)
render(() => <Region />, host)

export function show(message: string, tone: 'good' | 'bad') {
  Parts.toaster.show((entry) => (
    <Parts.Root
      toastId={entry.toastId}
      priority={tone === 'bad' ? 'high' : 'low'}
      class={`flex items-start justify-between gap-3 rounded-lg border border-line bg-raised p-3 shadow-float ${tone === 'bad' ? 'text-bad-ink' : ''}`}
    >
      <Parts.Title class="min-w-0 text-sm">{message}</Parts.Title>
      <Parts.CloseButton class="rounded p-1 hover:bg-hover" aria-label={t('close')}>
        <X size={14} aria-hidden="true" />
      </Parts.CloseButton>
    </Parts.Root>
  ))
}
