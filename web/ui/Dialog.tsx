import * as Parts from '@kobalte/core/dialog'
import X from 'lucide-solid/icons/x'
import type { JSX } from 'solid-js'
import { t } from '../i18n/common'
import { IconButton } from './Button'

/** A question or a small form over the page. Escape and the cross close it; the focus goes back. */
export function Dialog(props: {
  title: string
  open: boolean
  onClose: () => void
  children: JSX.Element
}) {
  return (
    <Parts.Root open={props.open} onOpenChange={(open) => open || props.onClose()}>
      <Parts.Portal>
        <Parts.Overlay class="fixed inset-0 z-40 bg-[rgb(0_0_0/0.5)]" />
        <div class="fixed inset-0 z-40 grid place-items-center overflow-y-auto p-4">
          <Parts.Content class="w-full max-w-md rounded-lg border border-line bg-raised p-4 shadow-float">
            <div class="flex items-start justify-between gap-4 pb-3">
              <Parts.Title class="text-base font-semibold">{props.title}</Parts.Title>
              <IconButton label={t('close')} onClick={props.onClose}>
                <X size={16} aria-hidden="true" />
              </IconButton>
            </div>
            {props.children}
          </Parts.Content>
        </div>
      </Parts.Portal>
    </Parts.Root>
  )
}
