import type { JSX } from 'solid-js'
import { Show } from 'solid-js'
import { t } from '../i18n/signIn'
import { Card } from '../ui/Card'
import { failureWords } from '../ui/failureWords'

/** A mailed link that opens nothing any more, or was not copied whole; the child is the way on. */
export function BrokenLink(props: { error: unknown; fix: string; children: JSX.Element }) {
  return (
    <Card class="grid gap-3 p-5">
      <h1 class="text-base font-semibold">
        <Show when={props.error} fallback={t('link.none')}>
          {(error) => failureWords(error()).message}
        </Show>
      </h1>
      <p class="text-soft">{props.error ? props.fix : t('link.none.fix')}</p>
      {props.children}
    </Card>
  )
}
