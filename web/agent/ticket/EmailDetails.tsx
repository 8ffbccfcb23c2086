import Mail from 'lucide-solid/icons/mail'
import { Show } from 'solid-js'
import type { Action } from '../../data/names'
import { t } from '../../i18n/agent'
import { Html } from '../../ui/Html'

/** The email that an action sent: to whom, from where, and its text inside the template. */
export function EmailDetails(props: { action: Action }) {
  return (
    <details class="rounded-md border border-line bg-surface">
      <summary class="flex min-h-8 items-center gap-2 px-2 text-xs marker:content-none">
        <Mail size={14} aria-hidden="true" />
        <span class="truncate">{t('entry.email.show', props.action.emailto ?? '')}</span>
        <Show when={props.action.email_state}>
          <span class="ml-auto text-soft">{props.action.email_state}</span>
        </Show>
      </summary>
      <div class="grid gap-2 border-t border-line p-3">
        <dl class="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-xs">
          <dt class="text-soft">{t('entry.email.to')}</dt>
          <dd>{props.action.emailto}</dd>
          <Show when={props.action.emailfrom}>
            <dt class="text-soft">{t('entry.email.from')}</dt>
            <dd>{props.action.emailfrom}</dd>
          </Show>
          <Show when={props.action.emailsubject}>
            <dt class="text-soft">{t('entry.email.subject')}</dt>
            <dd>{props.action.emailsubject}</dd>
          </Show>
        </dl>
        <Show when={props.action.email_html}>{(html) => <Html html={html()} />}</Show>
      </div>
    </details>
  )
}
