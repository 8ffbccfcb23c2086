import { createEffect, Show, type JSX } from 'solid-js'
import { t } from '../i18n/common'
import { focusOnArrival } from './arrival'

/** Frame of a screen: its title in the tab, its heading, and the heading focused after a move. */
export function Page(props: {
  title: string
  /** The heading, where it differs from the title of the tab. */
  heading?: JSX.Element
  sub?: JSX.Element
  actions?: JSX.Element
  bar?: JSX.Element
  children: JSX.Element
}) {
  let heading: HTMLHeadingElement | undefined
  createEffect(() => {
    document.title = `${props.title} · ${t('app.name')}`
  })
  focusOnArrival(() => heading)
  return (
    <div class="grid min-h-full grid-rows-[auto_1fr]">
      <header class="border-b border-line bg-surface">
        <div class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-2.5 md:min-h-14">
          <div class="min-w-0">
            <h1
              ref={(h1) => (heading = h1)}
              tabIndex={-1}
              class="text-base font-semibold outline-none"
            >
              {props.heading ?? props.title}
            </h1>
            <Show when={props.sub}>
              <div class="text-xs text-soft">{props.sub}</div>
            </Show>
          </div>
          <Show when={props.actions}>
            <div class="flex flex-wrap items-center gap-2">{props.actions}</div>
          </Show>
        </div>
        <Show when={props.bar}>
          <div class="border-t border-line px-4 py-2">{props.bar}</div>
        </Show>
      </header>
      <div class="min-w-0">{props.children}</div>
    </div>
  )
}
