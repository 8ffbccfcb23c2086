import { createMemo, createSignal, Show } from 'solid-js'
import { t } from '../i18n/common'
import { Button } from './Button'
import { purify } from './purify'

/** Foreign HTML, purified. Remote pictures wait until the reader asks for them. */
export default function HtmlContent(props: { html: string }) {
  const [showRemote, setShowRemote] = createSignal(false)
  const pure = createMemo(() => purify(props.html, showRemote()))
  return (
    <div class="grid gap-2">
      <div class="prose min-w-0">{pure().content}</div>
      <Show when={pure().blocked > 0}>
        <div class="flex flex-wrap items-center gap-2 text-xs text-soft">
          {t('html.blocked', pure().blocked)}
          <Button size="small" onClick={() => setShowRemote(true)}>
            {t('html.show')}
          </Button>
        </div>
      </Show>
    </div>
  )
}
