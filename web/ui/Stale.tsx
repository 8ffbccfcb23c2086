import { Show } from 'solid-js'
import { t } from '../i18n/common'
import { failureWords } from './failureWords'
import { Notice } from './Notice'

/** Over a page whose last look for news failed: what stands there is true, but may be old. */
export function Stale(props: { query: { isRefetchError: boolean; error: unknown } }) {
  return (
    <Show when={props.query.isRefetchError}>
      <div role="status" class="px-4 pt-3">
        <Notice tone="warn">
          {failureWords(props.query.error).message} {t('stale')}
        </Notice>
      </div>
    </Show>
  )
}
