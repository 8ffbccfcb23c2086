import { Match, Show, Switch } from 'solid-js'
import { useAuthenticate, useConnection } from '../data/connections'
import { useIdInPath, useSlug } from '../data/desk'
import type { Connection } from '../data/names'
import { t } from '../i18n/config'
import { Ago } from '../ui/Ago'
import { announce } from '../ui/announce'
import { Badge } from '../ui/Badge'
import { Button } from '../ui/Button'
import { Card } from '../ui/Card'
import { Failure, FailureLine } from '../ui/Failure'
import { Notice } from '../ui/Notice'
import { Page } from '../ui/Page'
import { CardSkeletons } from '../ui/Skeletons'
import { ConnectionLog } from './ConnectionLog'
import { connectionTone } from './connectionTone'
import { Credentials } from './Credentials'
import { Findings } from './Findings'
import { Life } from './Life'
import { Mappings } from './Mappings'
import { OnlyThere } from './OnlyThere'
import { OutboundSettings } from './OutboundSettings'

/** One partner: what each side gave the other, what becomes of what they send, and what has travelled. */
export default function ConnectionScreen() {
  const slug = useSlug()
  const id = useIdInPath()
  const connection = useConnection(slug, id)
  const loaded = () => (connection.isPending ? undefined : connection.data)
  const title = () => {
    const it = loaded()
    return t('connection.title', it === undefined ? t('connection.fallback', id()) : it.name)
  }
  return (
    <Page
      title={title()}
      sub={
        <Show when={loaded()} fallback={'\u00A0'}>
          {(it) => <>{t(`connections.${it().kind}`)}</>}
        </Show>
      }
      actions={
        <Show when={loaded()}>
          {(it) => <Badge tone={connectionTone(it().state)}>{t(`life.state.${it().state}`)}</Badge>}
        </Show>
      }
    >
      <div class="grid max-w-5xl gap-4 p-4">
        <Switch fallback={<Show when={loaded()}>{(it) => <Detail connection={it()} />}</Show>}>
          <Match when={connection.isPending}>
            <CardSkeletons cards={4} />
          </Match>
          <Match when={connection.data === undefined && connection.error}>
            {(error) => <Failure error={error()} retry={() => void connection.refetch()} />}
          </Match>
        </Switch>
      </div>
    </Page>
  )
}

function Detail(props: { connection: Connection }) {
  return (
    <>
      <Life connection={props.connection} />
      <Show when={props.connection.only_there > 0}>
        <OnlyThere connection={props.connection} />
      </Show>
      <Show when={props.connection.state !== 'ended'}>
        <Settings connection={props.connection} />
      </Show>
      <section class="grid gap-2">
        <h2 class="text-base font-semibold">{t('log.title')}</h2>
        <ConnectionLog connectionId={props.connection.id} />
      </section>
    </>
  )
}

/** Nothing of an ended connection can be changed or used any more. */
function Settings(props: { connection: Connection }) {
  return (
    <>
      <Authenticate connection={props.connection} />
      <div class="grid gap-4 lg:grid-cols-2">
        <Credentials side="issued" values={props.connection.issued} />
        <Credentials side="partner" values={props.connection.partner} />
      </div>
      <section class="grid gap-2">
        <h2 class="text-base font-semibold">{t('connection.inbound')}</h2>
        <p class="text-soft">{t('connection.inbound.text')}</p>
        <Findings connectionId={props.connection.id} />
        <Mappings mappings={props.connection.mappings} />
      </section>
      <OutboundSettings connection={props.connection} />
    </>
  )
}

function Authenticate(props: { connection: Connection }) {
  const authenticate = useAuthenticate(useSlug(), () => props.connection.id)
  return (
    <Card class="grid gap-3 p-3">
      <div class="flex flex-wrap items-center justify-between gap-3">
        <p>
          {props.connection.allow_access ? t('connection.access.on') : t('connection.access.off')}{' '}
          <span class="text-soft">
            {t('connection.verified')}:{' '}
            <Show when={props.connection.verified_at} fallback={t('connection.never')}>
              {(at) => <Ago at={at()} />}
            </Show>
          </span>
        </p>
        <Button
          look="primary"
          busy={authenticate.isPending}
          onClick={() =>
            authenticate.mutate(undefined, {
              onSuccess: (answer) => announce(answer.message || t('connection.ok')),
            })
          }
        >
          {authenticate.isPending ? t('connection.authenticating') : t('connection.authenticate')}
        </Button>
      </div>
      <Show when={authenticate.isSuccess && authenticate.data}>
        {(answer) => <Notice tone="good">{answer().message || t('connection.ok')}</Notice>}
      </Show>
      <Show when={authenticate.error}>{(error) => <FailureLine error={error()} />}</Show>
    </Card>
  )
}
