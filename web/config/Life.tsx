import { createSignal, Match, Show, Switch } from 'solid-js'
import { useConnectionState } from '../data/connections'
import { useSlug } from '../data/desk'
import type { Connection } from '../data/names'
import { t } from '../i18n/config'
import { Ago } from '../ui/Ago'
import { announce } from '../ui/announce'
import { Button } from '../ui/Button'
import { Card } from '../ui/Card'
import { FailureLine } from '../ui/Failure'
import { EndDialog } from './EndDialog'
import { PauseDialog } from './PauseDialog'
import { RotateDialog } from './RotateDialog'

/** How a connection stands, what waits on it, who must act next, and the buttons that pause, resume and end it. */
export function Life(props: { connection: Connection }) {
  const [asks, setAsks] = createSignal<'pause' | 'end' | 'rotate' | null>(null)
  const setState = useConnectionState(useSlug(), () => props.connection.id)
  const close = () => setAsks(null)
  const state = () => props.connection.state
  const resume = () =>
    setState.mutate('live', { onSuccess: () => announce(t('life.resumed', props.connection.name)) })
  return (
    <Card class="grid gap-3 p-3">
      <div class="grid gap-1">
        <h2 class="text-base font-semibold">{t('life.title')}</h2>
        <p>{props.connection.health}</p>
        <Show when={props.connection.waiting > 0}>
          <p>
            {t('life.oldest')} <Ago at={props.connection.waiting_since} />
          </p>
        </Show>
        <Show when={props.connection.fix}>
          {(fix) => (
            <p class="text-warn-ink">
              {t('life.next')} {fix()}
            </p>
          )}
        </Show>
        <Show when={props.connection.ended_at}>
          {(at) => (
            <p class="text-soft">
              {t('life.ended')} <Ago at={at()} />
            </p>
          )}
        </Show>
      </div>
      <Show when={state() !== 'ended'}>
        <div class="flex flex-wrap gap-2">
          <Switch>
            <Match when={state() === 'paused'}>
              <Button look="primary" busy={setState.isPending} onClick={resume}>
                {t('life.resume')}
              </Button>
            </Match>
            <Match when={state() === 'live' || state() === 'broken'}>
              <Button onClick={() => setAsks('pause')}>{t('life.pause')}</Button>
            </Match>
          </Switch>
          <Show when={props.connection.allow_access}>
            <Button onClick={() => setAsks('rotate')}>{t('life.rotate')}</Button>
          </Show>
          <Button look="danger" onClick={() => setAsks('end')}>
            {t('life.end')}
          </Button>
        </div>
      </Show>
      <Show when={setState.error}>{(error) => <FailureLine error={error()} />}</Show>
      <PauseDialog connection={props.connection} open={asks() === 'pause'} close={close} />
      <RotateDialog connection={props.connection} open={asks() === 'rotate'} close={close} />
      <EndDialog
        connection={props.connection}
        open={asks() === 'end'}
        close={close}
        pauseInstead={() => setAsks('pause')}
      />
    </Card>
  )
}
