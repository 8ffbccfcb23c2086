import { createSignal } from 'solid-js'

export type Theme = 'system' | 'light' | 'dark'

/** Also read by public/theme.js, before the first paint. */
const KEY = 'baton.theme'

const stored = (): Theme => {
  const theme = document.documentElement.dataset['theme']
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

const [theme, setSignal] = createSignal<Theme>(stored())
export { theme }

export function setTheme(next: Theme) {
  setSignal(next)
  if (next === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = next
  try {
    if (next === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, next)
  } catch {
    // Storage may be forbidden; the choice then lasts until the page is left.
  }
}

export const isTheme = (value: string): value is Theme =>
  value === 'system' || value === 'light' || value === 'dark'
