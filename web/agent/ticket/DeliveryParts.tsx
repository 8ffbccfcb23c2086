import { For, Show } from 'solid-js'
import { useSession } from '../../data/session'
import { useSlug } from '../../data/desk'
import type { Delivery } from '../../data/names'
import { t } from '../../i18n/agent'
import { paths } from '../../paths'
import { partWords } from './deliveryWords'

/** What was taken, part by part; one line, for those who open it. */
export function TakenParts(props: { parts: Delivery['parts'] }) {
  const taken = () => props.parts.filter(({ result }) => result === 'done')
  return (
    <Show when={taken().length > 0}>
      <div class="flex flex-wrap gap-x-1">
        <dt>{t('sync.taken')}</dt>
        <dd>{taken().map(partWords).join(' · ')}</dd>
      </div>
    </Show>
  )
}

/** What was not taken, why, and what makes it be taken: never folded away. */
export function PartsLeftOut(props: { delivery: Delivery }) {
  const left = () => props.delivery.parts.filter(({ result }) => result !== 'done')
  return (
    <Show when={left().length > 0}>
      <ul class="grid gap-1 text-warn-ink">
        <For each={left()}>
          {(part) => (
            <li class="wrap-anywhere">
              <span class="font-medium">{partWords(part)}</span>{' '}
              <span class="text-soft">{part.fix}</span>
            </li>
          )}
        </For>
      </ul>
    </Show>
  )
}

/** The way to the setting that a fix asks for, where it is on this desk and open to who reads it. */
export function FixLink(props: { delivery: Delivery }) {
  const slug = useSlug()
  const session = useSession(slug)
  const isAdmin = () => !session.isPending && session.data?.role === 'admin'
  return (
    <Show when={props.delivery.fix_here && isAdmin()}>
      <a
        class="w-fit text-accent underline-offset-2 hover:underline"
        href={paths.connection(slug(), props.delivery.connection_id)}
      >
        {t('sync.fix', props.delivery.partner)}
      </a>
    </Show>
  )
}
