import { A, useLocation } from '@solidjs/router'
import MenuIcon from 'lucide-solid/icons/menu'
import { createSignal, createUniqueId, For, type Component, type JSX } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { t } from '../i18n/common'
import { Button } from './Button'
import { SkipLink } from './SkipLink'

export type NavItem = {
  href: string
  label: string
  icon: Component<{ size: number; 'aria-hidden': 'true' }>
  /** Marks the item only at exactly this address, */
  end?: boolean
  /** and at those that begin like this. */
  within?: string
}

/** Frame of the desk and of its configuration: a column of places beside the page. On a phone it folds. */
export function Shell(props: {
  name: string
  home: string
  nav: NavItem[]
  foot: JSX.Element
  children: JSX.Element
}) {
  const [open, setOpen] = createSignal(false)
  const navId = createUniqueId()
  const location = useLocation()
  const isHere = (item: NavItem) => {
    const path = location.pathname.replace(/\/$/, '')
    const below = item.end ? item.within : `${item.href}/`
    return path === item.href || (below !== undefined && path.startsWith(below))
  }
  return (
    <div class="min-h-dvh bg-bg md:grid md:grid-cols-[13.75rem_minmax(0,1fr)]">
      <SkipLink />
      <header class="flex flex-col border-line bg-surface max-md:border-b md:sticky md:top-0 md:h-dvh md:border-r">
        <div class="flex items-center justify-between gap-2 px-4 py-2.5 md:min-h-14">
          <A href={props.home} class="flex min-w-0 items-center gap-2 font-semibold">
            <span
              class="grid size-6 shrink-0 place-items-center rounded-md bg-accent text-xs text-on-accent"
              aria-hidden="true"
            >
              {props.name.slice(0, 1).toUpperCase()}
            </span>
            <span class="truncate">{props.name}</span>
          </A>
          <Button
            class="md:hidden"
            aria-expanded={open()}
            aria-controls={navId}
            onClick={() => setOpen((is) => !is)}
          >
            <MenuIcon size={16} aria-hidden="true" />
            {t('nav.open')}
          </Button>
        </div>
        <div id={navId} class={`flex-1 flex-col px-2 pb-2 md:flex ${open() ? 'flex' : 'hidden'}`}>
          <nav aria-label={t('nav.main')} class="flex-1">
            <ul class="grid gap-1">
              <For each={props.nav}>
                {(item) => (
                  <li>
                    <A
                      href={item.href}
                      onClick={() => setOpen(false)}
                      data-here={isHere(item) ? '' : undefined}
                      class="flex min-h-8 items-center gap-2 rounded-md px-2 text-soft hover:bg-hover data-here:bg-accent-soft data-here:text-ink"
                    >
                      <Dynamic component={item.icon} size={16} aria-hidden="true" />
                      {item.label}
                    </A>
                  </li>
                )}
              </For>
            </ul>
          </nav>
          <div class="pt-2">{props.foot}</div>
        </div>
      </header>
      <main id="main" tabIndex={-1} class="min-w-0 outline-none">
        {props.children}
      </main>
    </div>
  )
}
