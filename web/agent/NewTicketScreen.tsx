import { useNavigate } from '@solidjs/router'
import { createMemo, createSignal, Show, untrack } from 'solid-js'
import { createStore, unwrap } from 'solid-js/store'
import { useSlug } from '../data/desk'
import { draftName, openDraft } from '../data/drafts'
import { ApiError } from '../data/failure'
import { useTicketTypes } from '../data/lists'
import { useCreateTicket } from '../data/tickets'
import { t } from '../i18n/agent'
import { t as common } from '../i18n/common'
import { paths } from '../paths'
import { useMe } from '../sign-in/SignedIn'
import { announce } from '../ui/announce'
import { Button, ButtonLink } from '../ui/Button'
import { Card } from '../ui/Card'
import { Combobox } from '../ui/Combobox'
import { FailureLine } from '../ui/Failure'
import { FileDrop } from '../ui/FileDrop'
import { createFiles } from '../ui/files'
import { FilesField } from '../ui/FilesField'
import { Page } from '../ui/Page'
import { RichText } from '../ui/RichText'
import { Select } from '../ui/Select'
import { TextField } from '../ui/TextField'
import {
  useCategoryChoices,
  useCustomerChoices,
  usePriorityChoices,
  userChoice,
  useUserRows,
} from './choices'
import { draftOf, fieldErrors, missingIn, newTicketBody, type TicketDraft } from './newTicket'

/** A ticket that an agent logs for somebody, for instance after a call. */
export default function NewTicketScreen() {
  const slug = useSlug()
  const me = useMe()
  const navigate = useNavigate()
  const create = useCreateTicket(slug)
  const files = createFiles(slug)
  const kept = untrack(() => openDraft(draftName(slug(), me().id, 'new')))
  const [draft, setDraft] = createStore<TicketDraft>(draftOf(kept.kept))
  const [errors, setErrors] = createSignal<Partial<Record<keyof TicketDraft, string>>>({})
  const [tried, setTried] = createSignal(false)
  let form: HTMLFormElement | undefined

  const customers = useCustomerChoices(slug)
  const users = useUserRows(slug, () => draft.customer)
  const types = useTicketTypes(slug)
  const priorities = usePriorityChoices(slug)
  const categories = useCategoryChoices(slug)
  const typeRows = createMemo(() =>
    types.isPending
      ? []
      : (types.data ?? []).filter((type) => 'agentscanselect' in type && type.agentscanselect),
  )
  // The commonest type stands there already; the agent changes it when it is another.
  const type = () => draft.type || String(typeRows()[0]?.id ?? '')

  const set = (field: keyof TicketDraft, value: string) => {
    setDraft(field, value)
    kept.keep(unwrap(draft))
    setErrors(({ [field]: _fixed, ...others }) => others)
  }
  const setUser = (value: string) => {
    const user = users().find((it) => String(it.id) === value)
    set('user', value)
    if (user !== undefined) set('customer', String(user.client_id))
  }
  const focusFirstError = () =>
    queueMicrotask(() => form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())

  const submit = async () => {
    if (create.isPending) return
    const filled = { ...draft, type: type() }
    const lacks = missingIn(filled)
    setErrors(lacks)
    setTried(true)
    if (Object.keys(lacks).length > 0) return focusFirstError()
    if (files.unfinished()) return announce(common('files.wait'))
    try {
      const saved = await create.mutateAsync({
        ticket: newTicketBody(filled, files.ids()),
        key: kept.key(),
      })
      kept.drop()
      announce(t('new.saved', saved.id))
      navigate(paths.ticket(slug(), saved.id))
    } catch (error) {
      kept.failed(error, unwrap(draft))
      if (error instanceof ApiError) setErrors(fieldErrors(error.fields))
      focusFirstError()
    }
  }
  return (
    <Page title={t('new.title')}>
      <div class="max-w-3xl p-4">
        <Card class="p-4">
          <FileDrop files={files}>
            <form
              ref={(element) => (form = element)}
              class="grid gap-4 sm:grid-cols-2"
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
              <Show when={create.error}>
                {(error) => (
                  <div class="sm:col-span-2">
                    <FailureLine error={error()} />
                  </div>
                )}
              </Show>
              <Combobox
                label={t('new.customer')}
                value={draft.customer}
                error={errors().customer}
                choices={customers()}
                onChange={(value) => {
                  set('customer', value)
                  setDraft('user', '') // a user belongs to one customer
                }}
              />
              <Combobox
                label={t('new.user')}
                hint={t('new.user.hint')}
                required
                value={draft.user}
                error={errors().user}
                choices={users().map(userChoice)}
                onChange={setUser}
              />
              <Select
                label={t('new.type')}
                required
                value={type()}
                error={errors().type}
                choices={typeRows().map((it) => ({ value: String(it.id), label: it.name }))}
                onChange={(value) => set('type', value)}
              />
              <Select
                label={t('new.priority')}
                value={draft.priority}
                empty={t('new.byType')}
                choices={priorities()}
                onChange={(value) => set('priority', value)}
              />
              <TextField
                class="sm:col-span-2"
                label={t('new.summary')}
                required
                maxLength={255}
                value={draft.summary}
                error={errors().summary}
                onInput={(value) => set('summary', value)}
              />
              <RichText
                class="sm:col-span-2"
                label={t('new.details')}
                initial={untrack(() => draft.details)}
                error={errors().details}
                onInput={(html) => set('details', html)}
              />
              <Select
                class="sm:col-span-2"
                label={t('new.category')}
                value={draft.category}
                empty={t('new.noCategory')}
                choices={categories()}
                onChange={(value) => set('category', value)}
              />
              <div class="sm:col-span-2">
                <FilesField
                  files={files}
                  error={tried() && files.unfinished() ? common('files.wait') : undefined}
                />
              </div>
              <div class="flex gap-2 sm:col-span-2">
                <Button type="submit" look="primary" busy={create.isPending}>
                  {create.isPending ? t('new.saving') : t('new.save')}
                </Button>
                <ButtonLink href={paths.tickets(slug())}>{common('cancel')}</ButtonLink>
              </div>
            </form>
          </FileDrop>
        </Card>
      </div>
    </Page>
  )
}
