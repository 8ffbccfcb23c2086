import Lock from 'lucide-solid/icons/lock'
import Mail from 'lucide-solid/icons/mail'
import Eye from 'lucide-solid/icons/eye'
import { createMemo, createSignal, For, Match, onMount, Show, Switch, untrack } from 'solid-js'
import { createStore, unwrap } from 'solid-js/store'
import { useAddAction } from '../../data/actions'
import { useSlug } from '../../data/desk'
import { draftName, openDraft, type FieldValue, type FormValues } from '../../data/drafts'
import { ApiError } from '../../data/failure'
import { useSuppliers } from '../../data/lists'
import type { Outcome, Ticket } from '../../data/names'
import { t as common } from '../../i18n/common'
import { t } from '../../i18n/agent'
import { useMe } from '../../sign-in/SignedIn'
import { announce } from '../../ui/announce'
import { Button } from '../../ui/Button'
import { FailureLine } from '../../ui/Failure'
import { failureWords } from '../../ui/failureWords'
import { FileDrop } from '../../ui/FileDrop'
import { createFiles } from '../../ui/files'
import { FilesField } from '../../ui/FilesField'
import { toast } from '../../ui/toast'
import { actionButtonId } from './ActionBar'
import { ActionFormField } from './ActionFormField'
import { Partners } from './Partners'
import { destinationWords, submitWords } from './destinationWords'
import {
  actionBody,
  audience,
  destination,
  errorsByField,
  fieldKey,
  isEscalation,
  liveLinks,
  missing,
  mustNamePartners,
  PARTNERS,
  startValues,
} from './form'
import type { Sending } from './sending'

/**
 * The form of one action. It stays alive, unseen, while the action is being saved: when that fails,
 * everything typed is still there.
 */
export function ActionForm(props: {
  outcome: Outcome
  ticket: Ticket
  close: () => void
  setSending: (change: (now: Sending[]) => Sending[]) => void
}) {
  const slug = useSlug()
  const me = useMe()
  const add = useAddAction(slug)
  const suppliers = useSuppliers(slug, () => isEscalation(props.outcome))
  const files = createFiles(slug)

  const draft = untrack(() =>
    openDraft(draftName(slug(), me().id, props.ticket.id, props.outcome.id)),
  )
  const [values, setValues] = createStore<FormValues>(
    untrack(() => ({ ...startValues(props.outcome, props.ticket), ...draft.kept })),
  )
  const [draftKept, setDraftKept] = createSignal(draft.kept !== undefined)
  const [errors, setErrors] = createSignal<Record<string, string>>({})
  const [failure, setFailure] = createSignal<unknown>()
  const [busy, setBusy] = createSignal(false)
  const [tried, setTried] = createSignal(false)
  let form: HTMLFormElement | undefined

  const set = (field: string, value: FieldValue) => {
    setValues(field, value)
    setErrors(({ [field]: _fixed, ...others }) => others)
    setDraftKept(draft.keep(unwrap(values)))
  }
  const supplierName = () => {
    if (suppliers.isLoading) return undefined
    return suppliers.data?.find((it) => String(it.id) === values['supplier'])?.name
  }
  const who = () => audience(props.outcome)
  const to = createMemo(() => destination(props.outcome, props.ticket, values, supplierName()))
  const shown = () => props.outcome.fields.filter((field) => field.builtin !== 'attachments')

  const takesFiles = () => props.outcome.fields.some((field) => field.builtin === 'attachments')

  onMount(() => {
    // The editor takes the focus itself once it is there.
    if (shown()[0]?.builtin !== 'note') {
      form?.querySelector<HTMLElement>('input:not([type=file]), select, textarea')?.focus()
    }
  })
  const focusFirstError = () =>
    queueMicrotask(() => form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  const leave = () => {
    props.close()
    document.getElementById(actionButtonId(props.outcome.id))?.focus()
  }
  const discard = () => {
    draft.drop()
    leave()
  }

  const submit = async () => {
    if (busy()) return
    const lacks = missing(props.outcome, props.ticket, values, files.ids().length)
    if (isEscalation(props.outcome) && values['supplier_ref']) {
      lacks['supplier_ref'] = t('form.ref.error')
    }
    setErrors(lacks)
    setFailure(undefined)
    if (Object.keys(lacks).length > 0) return focusFirstError()
    setTried(true)
    if (files.unfinished()) return announce(common('files.wait'))

    const outcome = props.outcome
    const sentKey = draft.key()
    const html = typeof values['note'] === 'string' ? values['note'] : ''
    setBusy(true)
    props.setSending((now) => [
      {
        key: sentKey,
        outcome: outcome.outcome,
        who: me().name,
        html,
        hidden: outcome.hidefromuser,
      },
      ...now,
    ])
    try {
      const saved = await add.mutateAsync({
        action: actionBody(outcome, props.ticket, unwrap(values), files.ids()),
        key: sentKey,
      })
      props.setSending((now) =>
        now.map((it) => (it.key === sentKey ? { ...it, savedId: saved.id } : it)),
      )
      draft.drop()
      if (form?.isConnected) leave()
    } catch (error) {
      props.setSending((now) => now.filter((it) => it.key !== sentKey))
      draft.failed(error, unwrap(values))
      if (error instanceof ApiError) setErrors(errorsByField(outcome, error.fields))
      setFailure(error)
      if (document.hidden || !form?.isConnected) {
        void toast(`${outcome.buttonname}: ${failureWords(error).message}`, 'bad')
      }
      focusFirstError()
    } finally {
      setBusy(false)
    }
  }

  return (
    <FileDrop files={files} closed={!takesFiles()}>
      <form
        ref={(element) => (form = element)}
        class="grid gap-3 rounded-lg border border-line bg-surface p-3"
        classList={{ hidden: busy() }}
        aria-label={props.outcome.buttonname}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault()
            void submit()
          }
        }}
      >
        <p class="flex items-start gap-2" id={`destination-${props.outcome.id}`}>
          <span class="pt-0.5" aria-hidden="true">
            <Switch fallback={<Eye size={15} />}>
              <Match when={who() === 'agents'}>
                <Lock size={15} />
              </Match>
              <Match when={who() === 'email'}>
                <Mail size={15} />
              </Match>
            </Switch>
          </span>
          <span>
            <strong class="font-semibold">{props.outcome.buttonname}</strong>
            <span class="text-soft"> · </span>
            {destinationWords(to(), who())}
          </span>
        </p>
        <Show when={failure()}>{(error) => <FailureLine error={error()} />}</Show>
        <For each={shown()}>
          {(field, index) => (
            <>
              <ActionFormField
                field={field}
                outcome={props.outcome}
                ticket={props.ticket}
                value={values[fieldKey(field)] ?? ''}
                error={errors()[fieldKey(field)]}
                focusFirst={index() === 0}
                onChange={(value) => set(fieldKey(field), value)}
              />
              <Show when={field.builtin === 'send_to' && mustNamePartners(props.ticket, values)}>
                <Partners
                  links={liveLinks(props.ticket, String(values['send_to']))}
                  value={values[PARTNERS] ?? []}
                  onChange={(value) => set(PARTNERS, value)}
                />
              </Show>
            </>
          )}
        </For>
        <Show when={takesFiles()}>
          <FilesField
            files={files}
            error={
              errors()['attachments'] ??
              (files.unfinished() && tried() ? common('files.wait') : undefined)
            }
          />
        </Show>
        <div class="flex flex-wrap items-center gap-2">
          <Button type="submit" look="primary" busy={busy()}>
            {submitWords(to(), who())}
          </Button>
          <Button onClick={leave}>{common('cancel')}</Button>
          <span class="text-xs text-soft max-md:hidden">{t('form.keys')}</span>
          <Show when={draftKept()}>
            <span class="ml-auto flex items-center gap-2 text-xs text-soft">
              {t('form.draft')}
              <Button size="small" look="quiet" onClick={discard}>
                {t('form.discard')}
              </Button>
            </span>
          </Show>
        </div>
      </form>
    </FileDrop>
  )
}
