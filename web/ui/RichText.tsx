import { createSignal, createUniqueId, ErrorBoundary, lazy, Show, Suspense } from 'solid-js'
import { t } from '../i18n/common'
import { controlClass, type FieldProps } from './Field'
import { plainToHtml, htmlToPlain } from './plainText'

const load = () => import('./RichTextEditor')
const Editor = lazy(load)

/** Fetches the editor before it is needed, for instance while the mouse comes near a button. */
export const preloadEditor = () => void load().catch(() => undefined)

export type RichTextProps = FieldProps & {
  /** HTML. Read once: afterwards the editor is the owner and tells each change. */
  initial: string
  onInput: (html: string) => void
  focusFirst?: boolean
}

/** Formatted text. The editor comes as its own chunk; when it does not come, plain text still works. */
export function RichText(props: RichTextProps) {
  const id = createUniqueId()
  return (
    <div class={`grid min-w-0 gap-1 ${props.class ?? ''}`}>
      <span id={`${id}-label`} class={props.labelHidden ? 'sr-only' : 'text-sm'}>
        {props.label}
        <Show when={props.required}>
          <span class="text-soft" aria-hidden="true">
            {' '}
            · {t('required')}
          </span>
        </Show>
      </span>
      <ErrorBoundary fallback={<Plain {...props} id={id} />}>
        <Suspense fallback={<div class="bone h-39 rounded-md opacity-60" aria-busy="true" />}>
          <Editor {...props} id={id} />
        </Suspense>
      </ErrorBoundary>
      <Show when={props.hint}>
        <p id={`${id}-hint`} class="text-xs text-soft">
          {props.hint}
        </p>
      </Show>
      <Show when={props.error}>
        <p id={`${id}-error`} class="text-xs text-bad-ink">
          {props.error}
        </p>
      </Show>
    </div>
  )
}

function Plain(props: RichTextProps & { id: string }) {
  const [text] = createSignal(htmlToPlain(props.initial))
  return (
    <>
      <textarea
        aria-label={props.label}
        aria-invalid={props.error ? 'true' : undefined}
        rows={7}
        class={`${controlClass} py-2 text-sm`}
        value={text()}
        onInput={(event) => props.onInput(plainToHtml(event.currentTarget.value))}
      />
      <p class="text-xs text-soft">{t('editor.failed')}</p>
    </>
  )
}
