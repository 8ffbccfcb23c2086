import { t } from '../i18n/common'

/** The first stop of the Tab key: past the navigation, straight to the page. */
export function SkipLink() {
  return (
    <a
      href="#main"
      class="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-accent focus:px-3 focus:py-2 focus:text-on-accent"
      onClick={(event) => {
        event.preventDefault() // the router would take the hash for a place of its own
        document.getElementById('main')?.focus()
      }}
    >
      {t('skip.link')}
    </a>
  )
}
