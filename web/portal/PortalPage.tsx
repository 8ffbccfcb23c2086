import { createEffect, Show, type JSX } from 'solid-js'
import { t } from '../i18n/common'
import { focusOnArrival } from '../ui/arrival'

/** Frame of a portal page: one column, a large heading that takes the focus after a move. */
export function PortalPage(props: {
  title: string
  heading?: JSX.Element
  actions?: JSX.Element
  children: JSX.Element
}) {
  let heading: HTMLHeadingElement | undefined
  createEffect(() => {
    document.title = `${props.title} · ${t('app.name')}`
  })
  focusOnArrival(() => heading)
  return (
    <div class="grid gap-4">
      <div class="flex flex-wrap items-center justify-between gap-3">
        <h1
          ref={(h1) => (heading = h1)}
          tabIndex={-1}
          class="min-w-0 text-xl font-semibold outline-none"
        >
          {props.heading ?? props.title}
        </h1>
        <Show when={props.actions}>{props.actions}</Show>
      </div>
      {props.children}
    </div>
  )
}
