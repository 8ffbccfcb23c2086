import { Show, type JSX } from 'solid-js'

/** Says that there is nothing, why, and the one thing to do next. */
export function EmptyState(props: {
  icon: JSX.Element
  title: string
  text?: string
  children?: JSX.Element
}) {
  return (
    <div class="grid justify-items-center gap-2 px-4 py-12 text-center">
      <span class="text-soft" aria-hidden="true">
        {props.icon}
      </span>
      <p class="font-medium">{props.title}</p>
      <Show when={props.text}>
        <p class="max-w-prose text-soft">{props.text}</p>
      </Show>
      {props.children}
    </div>
  )
}
