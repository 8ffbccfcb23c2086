import { A } from '@solidjs/router'
import { splitProps, type JSX } from 'solid-js'

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger'
type Size = 'small' | 'normal' | 'touch'

const base =
  'inline-flex items-center justify-center gap-2 rounded-md border font-normal whitespace-nowrap no-underline transition-colors disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:opacity-55'
const looks: Record<ButtonLook, string> = {
  primary: 'border-transparent bg-accent text-on-accent hover:bg-accent-hover',
  plain:
    'border-line bg-surface text-ink hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-soft aria-expanded:bg-hover',
  quiet: 'border-transparent bg-transparent text-ink hover:bg-hover aria-pressed:bg-accent-soft',
  danger: 'border-transparent bg-bad-soft text-bad-ink hover:text-bad-hover',
}
const sizes: Record<Size, string> = {
  small: 'min-h-7 px-2 text-xs',
  normal: 'min-h-8 px-3 text-sm',
  touch: 'min-h-11 px-4 text-sm',
}

export const buttonClass = (
  look: ButtonLook = 'plain',
  size: Size = 'normal',
  extra = '',
): string => `${base} ${looks[look]} ${sizes[size]} ${extra}`

type Look = { look?: ButtonLook; size?: Size }

/** A button. While `busy` it stays focusable and named, and only ignores presses. */
export function Button(
  props: Look & { busy?: boolean | undefined } & JSX.ButtonHTMLAttributes<HTMLButtonElement>,
) {
  const [own, rest] = splitProps(props, ['look', 'size', 'busy', 'class', 'type', 'onClick'])
  return (
    <button
      {...rest}
      type={own.type ?? 'button'}
      class={buttonClass(own.look, own.size, own.class)}
      aria-disabled={own.busy ? 'true' : undefined}
      onClick={(event) => {
        if (own.busy) event.preventDefault()
        else if (typeof own.onClick === 'function') own.onClick(event)
      }}
    />
  )
}

/** A link that looks like a button, for going somewhere. */
export function ButtonLink(props: Look & { href: string; class?: string; children: JSX.Element }) {
  return (
    <A href={props.href} class={buttonClass(props.look, props.size, props.class)}>
      {props.children}
    </A>
  )
}

/** A button that shows only an icon. Its name is required, since nobody can hear an icon. */
export function IconButton(
  props: { label: string; size?: Size } & JSX.ButtonHTMLAttributes<HTMLButtonElement>,
) {
  const [own, rest] = splitProps(props, ['label', 'size', 'class'])
  return (
    <Button
      {...rest}
      look="quiet"
      size={own.size ?? 'normal'}
      class={`aspect-square px-0 ${own.class ?? ''}`}
      aria-label={own.label}
      title={own.label}
    />
  )
}
