import Link2 from 'lucide-solid/icons/link-2'
import { For, Show } from 'solid-js'
import type { Link } from '../../data/names'
import { t } from '../../i18n/agent'
import { Ago } from '../../ui/Ago'

/** The twins of this ticket at partners. */
export function LinkedTickets(props: { links: Link[] }) {
  return (
    <For each={props.links}>
      {(link) => (
        <section class="grid gap-1 rounded-lg border border-line p-3" aria-label={t('link.title')}>
          <h2 class="flex items-center gap-2 font-semibold">
            <Link2 size={15} aria-hidden="true" />
            {t('link.title')}
          </h2>
          <p class="text-xs text-soft">{t(`link.${link.kind}`, link.partner)}</p>
          <dl class="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-xs">
            <dt class="text-soft">{t('link.number')}</dt>
            <dd class="tabular-nums">
              {link.remote_ticket_id === null ? t('link.none') : `#${link.remote_ticket_id}`}
            </dd>
            <Show when={link.remote_url}>
              {(url) => (
                <>
                  <dt class="text-soft">{t('link.address')}</dt>
                  <dd class="break-all">{url()}</dd>
                </>
              )}
            </Show>
            <dt class="text-soft">{t('link.state')}</dt>
            <dd>{t(`link.state.${link.state}`)}</dd>
          </dl>
          <Show when={link.ended_by}>
            {(by) => (
              <p class="text-xs text-soft">
                {t('link.endedBy', by())} <Ago at={link.ended_at} />
              </p>
            )}
          </Show>
          <Show when={link.only_there > 0}>
            <p class="text-xs text-warn-ink">{t('link.onlyThere', link.only_there)}</p>
          </Show>
          <Show when={link.may_differ && link.state !== 'ended'}>
            <p class="text-xs text-warn-ink">{t('link.differs')}</p>
          </Show>
        </section>
      )}
    </For>
  )
}
