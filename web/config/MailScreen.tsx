import { A } from '@solidjs/router'
import MailIcon from 'lucide-solid/icons/mail'
import { For, Match, Show, Switch } from 'solid-js'
import { useSlug } from '../data/desk'
import { useMail } from '../data/mail'
import type { Mail } from '../data/names'
import { t } from '../i18n/config'
import { paths } from '../paths'
import { Ago } from '../ui/Ago'
import { Badge } from '../ui/Badge'
import { EmptyState } from '../ui/EmptyState'
import { Failure } from '../ui/Failure'
import { Html } from '../ui/Html'
import { Page } from '../ui/Page'
import { plainToHtml } from '../ui/plainText'
import { CardSkeletons } from '../ui/Skeletons'

/** The mail outbox. On a desk that runs on one's own machine this is where its email can be read. */
export default function MailScreen() {
  const slug = useSlug()
  const mail = useMail(slug)
  return (
    <Page title={t('mail.title')} sub={t('mail.sub')}>
      <div class="max-w-4xl p-4">
        <Switch
          fallback={
            <ul class="grid gap-3">
              <For each={mail.data?.mails ?? []}>
                {(one) => (
                  <li>
                    <Letter mail={one} />
                  </li>
                )}
              </For>
            </ul>
          }
        >
          <Match when={mail.isPending}>
            <CardSkeletons cards={4} />
          </Match>
          <Match when={mail.data === undefined && mail.error}>
            {(error) => <Failure error={error()} retry={() => void mail.refetch()} />}
          </Match>
          <Match when={mail.data?.mails.length === 0}>
            <EmptyState
              icon={<MailIcon size={28} />}
              title={t('mail.empty')}
              text={t('mail.empty.text')}
            />
          </Match>
        </Switch>
      </div>
    </Page>
  )
}

function Letter(props: { mail: Mail }) {
  const slug = useSlug()
  return (
    <details class="rounded-lg border border-line bg-surface">
      <summary class="grid gap-0.5 p-3 marker:content-none">
        <span class="flex flex-wrap items-center justify-between gap-2">
          <span class="font-medium">{props.mail.subject || t('mail.noSubject')}</span>
          <Badge tone={props.mail.error === null ? 'neutral' : 'bad'}>{props.mail.state}</Badge>
        </span>
        <span class="flex flex-wrap gap-x-3 text-xs text-soft">
          <span>
            {t('mail.to')} {props.mail.to}
          </span>
          <Ago at={props.mail.at} />
        </span>
      </summary>
      <div class="grid gap-2 border-t border-line p-3">
        <p class="flex flex-wrap gap-x-3 text-xs text-soft">
          <span>
            {t('mail.from')} {props.mail.from}
          </span>
          <Show when={props.mail.ticket_id}>
            {(id) => (
              <A
                href={paths.ticket(slug(), id(), props.mail.action_id)}
                class="text-accent-ink underline"
              >
                {t('mail.ticket', id())}
              </A>
            )}
          </Show>
        </p>
        <Show when={props.mail.error}>
          <p class="text-bad-ink">{props.mail.error}</p>
        </Show>
        <Html html={props.mail.html || plainToHtml(props.mail.text)} />
      </div>
    </details>
  )
}
