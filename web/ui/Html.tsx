import { lazy, Suspense } from 'solid-js'

const load = () => import('./HtmlContent')
const HtmlContent = lazy(load)

/** Fetches the purifier beside the text that will need it, and not after it. */
export const preloadHtml = () => void load().catch(() => undefined)

/** Shows what somebody else wrote. The purifier is a chunk of its own: lists and forms do without it. */
export function Html(props: { html: string }) {
  return (
    <Suspense fallback={<div class="bone h-[1.3125rem] w-3/5" />}>
      <HtmlContent html={props.html} />
    </Suspense>
  )
}
