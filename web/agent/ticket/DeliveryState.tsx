import ChevronDown from 'lucide-solid/icons/chevron-down'
import RotateCw from 'lucide-solid/icons/rotate-cw'
import Search from 'lucide-solid/icons/search'
import { Show } from 'solid-js'
import { useReplay } from '../../data/actions'
import { useSlug } from '../../data/desk'
import type { Delivery } from '../../data/names'
import { t } from '../../i18n/agent'
import { Button } from '../../ui/Button'
import { clock, createSecondHand } from '../../ui/clock'
import { FailureLine } from '../../ui/Failure'
import { announce } from '../../ui/announce'
import { canRetry, markTone, syncMark } from '../../ui/syncWords'
import { FixLink, PartsLeftOut, TakenParts } from './DeliveryParts'
import { deliveryWords, reasonWords } from './deliveryWords'

const tones = {
  good: 'text-soft',
  info: 'text-soft',
  neutral: 'text-soft',
  warn: 'rounded-md bg-warn-soft px-2.5 py-2 text-warn-ink',
  bad: 'rounded-md bg-bad-soft px-2.5 py-2 text-bad-ink',
}

/** What became of an action at one partner, in words, and what can be done about it. */
export function DeliveryState(props: { delivery: Delivery; outcome: string }) {
  const slug = useSlug()
  const replay = useReplay(slug)
  const tone = () => markTone[syncMark(props.delivery)]
  const isUnknown = () => props.delivery.state === 'unknown'
  const why = () => props.delivery.error ?? reasonWords(props.delivery.reason)
  const words = () => (
    <Show
      when={props.delivery.next_attempt_at !== null}
      fallback={deliveryWords(props.delivery, clock())}
    >
      <Countdown delivery={props.delivery} />
    </Show>
  )
  const retry = (check: boolean) =>
    replay.mutate(
      { connectionId: props.delivery.connection_id, ids: [props.delivery.id], check },
      { onSuccess: () => announce(t('sync.retried')) },
    )
  return (
    <div class={`grid gap-1 text-xs ${tones[tone()]}`}>
      <Show
        when={props.delivery.url ?? props.delivery.endpoint ?? props.delivery.parts.length > 0}
        fallback={<p>{words()}</p>}
      >
        <details class="group">
          <summary class="inline-flex min-h-6 items-center gap-1 marker:content-none hover:text-ink">
            {words()}
            <ChevronDown size={13} aria-hidden="true" class="group-open:rotate-180" />
          </summary>
          <dl class="grid gap-1 pt-1 wrap-anywhere text-soft">
            <Place label={t('sync.url')} value={props.delivery.url} />
            <Place label={t('sync.endpoint')} value={props.delivery.endpoint} />
            <TakenParts parts={props.delivery.parts} />
          </dl>
        </details>
      </Show>
      <Show when={props.delivery.state !== 'synced' && why()}>
        <p class="font-medium">{why()}</p>
      </Show>
      <Show when={props.delivery.state !== 'synced' && props.delivery.fix}>
        <p>{props.delivery.fix}</p>
      </Show>
      <PartsLeftOut delivery={props.delivery} />
      <FixLink delivery={props.delivery} />
      <Show when={replay.error}>{(error) => <FailureLine error={error()} />}</Show>
      <Show when={props.delivery.direction === 'out' && canRetry(props.delivery)}>
        <div class="flex flex-wrap items-center gap-3 pt-1">
          <Show when={isUnknown()}>
            <Button
              size="small"
              busy={replay.isPending}
              onClick={() => retry(true)}
              aria-label={t('sync.check.of', props.outcome)}
            >
              <Search size={13} aria-hidden="true" />
              {t('sync.check')}
            </Button>
          </Show>
          <Button
            size="small"
            busy={replay.isPending}
            onClick={() => retry(false)}
            aria-label={t(isUnknown() ? 'sync.sendAgain.of' : 'sync.retry.of', props.outcome)}
          >
            <RotateCw size={13} aria-hidden="true" />
            {replay.isPending
              ? t('sync.retrying')
              : t(isUnknown() ? 'sync.sendAgain' : 'sync.retry')}
          </Button>
        </div>
      </Show>
    </div>
  )
}

/** Only what has arrived has an address: it is how one tells at a glance. */
function Place(props: { label: string; value: string | null }) {
  return (
    <Show when={props.value}>
      <div class="flex flex-wrap gap-x-1">
        <dt>{props.label}</dt>
        <dd>{props.value}</dd>
      </div>
    </Show>
  )
}

/** A waiting delivery counts down by the second. */
function Countdown(props: { delivery: Delivery }) {
  const now = createSecondHand()
  return <>{deliveryWords(props.delivery, now())}</>
}
