import type { JSX } from 'solid-js'
import { SkipLink } from '../ui/SkipLink'
import { t } from '../i18n/common'

/** Frame of the pages before anybody is known. */
export function Front(props: { children: JSX.Element }) {
  return (
    <div class="grid min-h-dvh grid-rows-[auto_1fr] bg-bg">
      <SkipLink />
      <header class="px-4 py-4">
        <a href="/" class="inline-flex items-center gap-2 font-semibold">
          <img src="/favicon.svg" alt="" width="24" height="24" />
          {t('app.name')}
        </a>
      </header>
      <main id="main" tabIndex={-1} class="px-4 pb-16 outline-none">
        {props.children}
      </main>
    </div>
  )
}
