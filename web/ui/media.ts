import { createSignal, onCleanup, type Accessor } from 'solid-js'

/** Whether the window is wide enough for a table. */
export function useIsWide(): Accessor<boolean> {
  const query = matchMedia('(min-width: 768px)')
  const [wide, setWide] = createSignal(query.matches)
  const onChange = () => setWide(query.matches)
  query.addEventListener('change', onChange)
  onCleanup(() => query.removeEventListener('change', onChange))
  return wide
}
