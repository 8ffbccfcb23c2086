import { onCleanup, onMount } from 'solid-js'

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** Single keys of a screen. They rest while somebody types, holds a modifier, or has a dialog or menu open. */
export function useKeys(keys: Record<string, () => void>) {
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (typing(event.target) || document.querySelector('[role=dialog],[role=menu]') !== null) return
    const run = keys[event.key]
    if (run === undefined) return
    event.preventDefault()
    run()
  }
  onMount(() => document.addEventListener('keydown', onKey))
  onCleanup(() => document.removeEventListener('keydown', onKey))
}
