import Lock from 'lucide-solid/icons/lock'
import { For, onMount, Show, type JSX } from 'solid-js'
import type { Action } from '../../data/names'
import { t } from '../../i18n/agent'
import { Ago } from '../../ui/Ago'
import { Badge } from '../../ui/Badge'
import { Html } from '../../ui/Html'
import { isEmptyHtml } from '../../ui/plainText'
import { SyncBadge } from '../../ui/SyncBadge'
import { DeliveryState } from './DeliveryState'
import { EmailDetails } from './EmailDetails'
import { EntryFiles } from './EntryFiles'
import type { Sending } from './sending'

function Frame(props: { hidden: boolean; highlighted?: boolean; children: JSX.Element }) {
  let frame: HTMLElement | undefined
  onMount(() => {
    if (props.highlighted) frame?.scrollIntoView({ block: 'center' })
  })
  return (
    <article
      ref={(element) => (frame = element)}
      class={`grid min-w-0 gap-2 rounded-lg border p-3 ${props.highlighted ? 'outline-2 outline-accent' : ''} ${props.hidden ? 'border-private-line bg-private' : 'border-line bg-surface'}`}
    >
      {props.children}
    </article>
  )
}

const Private = () => (
  <span
    class="inline-flex items-baseline gap-1 text-xs text-warn-ink"
    title={t('entry.private.long')}
  >
    <Lock size={12} aria-hidden="true" class="self-center" />
    {t('entry.private')}
  </span>
)

/** One action: who did what when, who can see it, and what became of it at the partners. */
export function Entry(props: { action: Action; highlighted: boolean }) {
  const who = () => {
    const name = props.action.who || t('entry.system')
    return props.action.partner === null ? name : t('entry.from', name, props.action.partner)
  }
  // A plain change has nothing to read: it takes one line between the entries that have.
  const isPlain = () =>
    isEmptyHtml(props.action.note_html) &&
    props.action.attachments.length === 0 &&
    props.action.emailto === null &&
    props.action.deliveries.length === 0
  return (
    <Show when={!isPlain()} fallback={<Change action={props.action} who={who()} />}>
      <Frame hidden={props.action.hiddenfromuser} highlighted={props.highlighted}>
        <div class="flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1">
          <p class="flex min-w-0 flex-wrap items-baseline gap-x-2">
            <strong class="font-semibold">{who()}</strong>
            <span class="text-xs text-soft">{props.action.outcome}</span>
            <span class="text-xs text-soft">
              <Ago at={props.action.datetime} />
            </span>
            <Show when={props.action.hiddenfromuser}>
              <Private />
            </Show>
          </p>
          <Show when={props.action.sync}>{(sync) => <SyncBadge look={sync()} />}</Show>
        </div>
        <Show when={!isEmptyHtml(props.action.note_html)}>
          <Html html={props.action.note_html} />
        </Show>
        <Show when={props.action.changes.length > 0}>
          <p class="flex flex-wrap gap-x-4 text-xs text-soft">
            <Changes changes={props.action.changes} />
          </p>
        </Show>
        <EntryFiles action={props.action} />
        <Show when={props.action.emailto}>
          <EmailDetails action={props.action} />
        </Show>
        <For each={props.action.deliveries}>
          {(delivery) => <DeliveryState delivery={delivery} outcome={props.action.outcome} />}
        </For>
      </Frame>
    </Show>
  )
}

function Change(props: { action: Action; who: string }) {
  return (
    <p class="flex flex-wrap gap-x-2 px-3 text-xs text-soft">
      <span class="font-medium text-ink">{props.who}</span>
      <span>{props.action.outcome}</span>
      <Changes changes={props.action.changes} />
      <Ago at={props.action.datetime} />
    </p>
  )
}

/** What an action changed, from what to what. */
function Changes(props: { changes: Action['changes'] }) {
  return (
    <For each={props.changes}>
      {(change) => (
        <span>
          {change.from === null
            ? t('entry.changeTo', change.name, change.to)
            : t('entry.change', change.name, change.from, change.to)}
        </span>
      )}
    </For>
  )
}

/** The same before the desk has answered. */
export function SendingEntry(props: { entry: Sending }) {
  return (
    <Frame hidden={props.entry.hidden}>
      <div class="flex flex-wrap items-baseline justify-between gap-x-3">
        <p class="flex flex-wrap items-baseline gap-x-2">
          <strong class="font-semibold">{props.entry.who}</strong>
          <span class="text-xs text-soft">{props.entry.outcome}</span>
          <Show when={props.entry.hidden}>
            <Private />
          </Show>
        </p>
        <Badge tone="info">{t('entry.sending')}</Badge>
      </div>
      <Show when={!isEmptyHtml(props.entry.html)}>
        <Html html={props.entry.html} />
      </Show>
    </Frame>
  )
}
