import { For, Match, Switch } from 'solid-js'
import type { Outcome } from '../../data/names'
import { t } from '../../i18n/agent'
import { Button } from '../../ui/Button'
import { preloadEditor } from '../../ui/RichText'

/** Id of an action's button, where the focus returns when its form closes. */
export const actionButtonId = (outcomeId: number): string => `action-${outcomeId}`

/** The actions that the workflow allows now. */
export function ActionBar(props: {
  allowed: Outcome[]
  openId: number | undefined
  open: (outcomeId: number | undefined) => void
}) {
  return (
    // On a phone they are one row to swipe, or they would push the timeline off the screen.
    <div
      role="group"
      aria-label={t('ticket.actions')}
      class="-mx-4 -my-1 flex min-h-10 gap-2 overflow-x-auto px-4 py-1 md:flex-wrap"
    >
      <Switch
        fallback={
          <For each={props.allowed}>
            {(outcome) => (
              <Button
                id={actionButtonId(outcome.id)}
                aria-expanded={props.openId === outcome.id}
                class="shrink-0 aria-expanded:border-accent aria-expanded:bg-accent-soft"
                onPointerEnter={preloadEditor}
                onFocus={preloadEditor}
                onClick={() => props.open(props.openId === outcome.id ? undefined : outcome.id)}
              >
                {outcome.buttonname}
              </Button>
            )}
          </For>
        }
      >
        <Match when={props.allowed.length === 0}>
          <p class="self-center text-soft">{t('ticket.noActions')}</p>
        </Match>
      </Switch>
    </div>
  )
}
