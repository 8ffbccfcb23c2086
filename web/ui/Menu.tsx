import * as Parts from '@kobalte/core/dropdown-menu'
import Check from 'lucide-solid/icons/check'
import type { JSX } from 'solid-js'
import { buttonClass, type ButtonLook } from './Button'

const itemClass =
  'flex min-h-8 cursor-default items-center gap-2 rounded px-2 outline-none select-none data-disabled:opacity-50 data-highlighted:bg-accent-soft'

/** A button that opens a list of commands or choices. */
export function Menu(props: {
  trigger: JSX.Element
  label?: string | undefined
  look?: ButtonLook
  size?: 'small' | 'normal' | 'touch'
  class?: string
  children: JSX.Element
}) {
  return (
    <Parts.Root gutter={4} preventScroll={false} modal={false}>
      <Parts.Trigger
        class={buttonClass(props.look, props.size, props.class)}
        aria-label={props.label}
      >
        {props.trigger}
      </Parts.Trigger>
      {/* In place and not in a portal: at the end of the body it would lie outside every landmark. */}
      <Parts.Content class="z-30 max-h-[min(24rem,80vh)] max-w-[min(20rem,92vw)] min-w-40 overflow-y-auto rounded-lg border border-line bg-raised p-1 text-sm shadow-float">
        {props.children}
      </Parts.Content>
    </Parts.Root>
  )
}

/** A command in a menu. */
export function MenuItem(props: { onSelect: () => void; children: JSX.Element }) {
  return (
    <Parts.Item class={itemClass} onSelect={props.onSelect}>
      {props.children}
    </Parts.Item>
  )
}

/** One of several that may be ticked together; the menu stays open meanwhile. */
export function MenuCheck(props: {
  checked: boolean
  onChange: (checked: boolean) => void
  children: JSX.Element
}) {
  return (
    <Parts.CheckboxItem
      class={itemClass}
      checked={props.checked}
      closeOnSelect={false}
      onChange={props.onChange}
    >
      <span class="grid size-4 shrink-0 place-items-center rounded-sm border border-edge">
        <Parts.ItemIndicator>
          <Check size={12} aria-hidden="true" />
        </Parts.ItemIndicator>
      </span>
      <span class="min-w-0">{props.children}</span>
    </Parts.CheckboxItem>
  )
}
