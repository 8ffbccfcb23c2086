import { Index, type JSX } from 'solid-js'
import { t } from '../i18n/common'

/** Says "loading" once, and hides its bones from screen readers. */
function Loading(props: { class?: string; children: JSX.Element }) {
  return (
    <div class={props.class} role="status" aria-busy="true">
      <span class="sr-only">{t('loading')}</span>
      <div aria-hidden="true">{props.children}</div>
    </div>
  )
}

const lengths = ['w-3/5', 'w-2/5', 'w-1/2', 'w-4/6', 'w-1/3']
const times = (n: number) => Array.from({ length: n }, (_, i) => i)

/** Bones of a list with one line for each row. */
export function RowSkeletons(props: { rows: number }) {
  return (
    <Loading>
      <Index each={times(props.rows)}>
        {(i) => (
          <div class="flex h-9 items-center gap-4 border-b border-line px-4">
            <div class="bone h-3 w-12" />
            <div class={`bone h-3 ${lengths[i() % lengths.length]}`} />
          </div>
        )}
      </Index>
    </Loading>
  )
}

/** A page whose code is still on its way: its header's place, and rows. */
export function PageSkeleton() {
  return (
    <div class="bg-surface">
      <div class="min-h-14 border-b border-line" />
      <RowSkeletons rows={14} />
    </div>
  )
}

/** Bones of entries in boxes: a timeline, cards. */
export function CardSkeletons(props: { cards: number }) {
  return (
    <Loading>
      <div class="grid gap-3">
        <Index each={times(props.cards)}>
          {(i) => (
            <div class="grid gap-2 rounded-lg border border-line bg-surface p-3">
              <div class="bone h-3 w-40" />
              <div class={`bone h-3 ${lengths[i() % lengths.length]}`} />
            </div>
          )}
        </Index>
      </div>
    </Loading>
  )
}

/** Bones of labelled values. */
export function DetailSkeletons(props: { lines: number }) {
  return (
    <Loading>
      <div class="grid gap-4">
        <Index each={times(props.lines)}>
          {() => (
            <div class="flex gap-4">
              <div class="bone h-3 w-16" />
              <div class="bone h-3 w-28" />
            </div>
          )}
        </Index>
      </div>
    </Loading>
  )
}
