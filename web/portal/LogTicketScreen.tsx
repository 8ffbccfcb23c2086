import { useNavigate } from '@solidjs/router'
import { createMemo, createSignal, Match, Show, Switch, untrack } from 'solid-js'
import { createStore, unwrap } from 'solid-js/store'
import { useSlug } from '../data/desk'
import { draftName, openDraft, textOf } from '../data/drafts'
import { ApiError } from '../data/failure'
import { useTicketTypes } from '../data/lists'
import { useCreateTicket } from '../data/tickets'
import { t as common } from '../i18n/common'
import { t } from '../i18n/portal'
import { paths } from '../paths'
import { useMe } from '../sign-in/SignedIn'
import { announce } from '../ui/announce'
import { Button } from '../ui/Button'
import { Card } from '../ui/Card'
import { Failure, FailureLine } from '../ui/Failure'
import { FileDrop } from '../ui/FileDrop'
import { createFiles } from '../ui/files'
import { FilesField } from '../ui/FilesField'
import { Notice } from '../ui/Notice'
import { plainToHtml } from '../ui/plainText'
import { Select } from '../ui/Select'
import { DetailSkeletons } from '../ui/Skeletons'
import { TextArea, TextField } from '../ui/TextField'
import type { TicketType } from '../data/names'
import { PortalPage } from './PortalPage'

/** Logging a ticket: as few questions as will do. */
export default function LogTicketScreen() {
  const slug = useSlug()
  const types = useTicketTypes(slug)
  const offered = createMemo(() =>
    types.isPending ? [] : (types.data ?? []).filter((type) => type.enduserscanselect),
  )
  return (
    <PortalPage title={t('new.title')}>
      <Card class="p-4">
        <Switch fallback={<LogForm types={offered()} />}>
          <Match when={types.isPending}>
            <DetailSkeletons lines={4} />
          </Match>
          <Match when={types.data === undefined && types.error}>
            {(error) => <Failure error={error()} retry={() => void types.refetch()} />}
          </Match>
          <Match when={offered().length === 0}>
            <Notice tone="info">{t('new.noTypes')}</Notice>
          </Match>
        </Switch>
      </Card>
    </PortalPage>
  )
}

type Draft = { type: string; summary: string; details: string }

function LogForm(props: { types: TicketType[] }) {
  const slug = useSlug()
  const me = useMe()
  const navigate = useNavigate()
  const create = useCreateTicket(slug)
  const files = createFiles(slug)
  const kept = untrack(() => openDraft(draftName(slug(), me().id, 'portal-new')))
  const [draft, setDraft] = createStore<Draft>({
    type: textOf(kept.kept, 'type'),
    summary: textOf(kept.kept, 'summary'),
    details: textOf(kept.kept, 'details'),
  })
  const [errors, setErrors] = createSignal<Partial<Draft>>({})
  const [tried, setTried] = createSignal(false)
  let form: HTMLFormElement | undefined

  const type = () => draft.type || String(props.types[0]?.id ?? '')
  const set = (field: keyof Draft, value: string) => {
    setDraft(field, value)
    kept.keep(unwrap(draft))
    setErrors(({ [field]: _fixed, ...others }) => others)
  }
  const focusFirstError = () =>
    queueMicrotask(() => form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())

  const submit = async () => {
    if (create.isPending) return
    setTried(true)
    if (draft.summary.trim() === '') {
      setErrors({ summary: common('field.missing', t('new.summary')) })
      return focusFirstError()
    }
    if (files.unfinished()) return announce(common('files.wait'))
    try {
      const saved = await create.mutateAsync({
        ticket: {
          summary: draft.summary.trim(),
          details_html: plainToHtml(draft.details),
          tickettype_id: Number(type()),
          attachments: files.ids(),
        },
        key: kept.key(),
      })
      kept.drop()
      announce(t('new.sent', saved.id))
      navigate(paths.portalTicket(slug(), saved.id))
    } catch (error) {
      kept.failed(error, unwrap(draft))
      if (!(error instanceof ApiError)) return
      const why = (...names: string[]) =>
        names.map((name) => error.fields[name] ?? error.fields[`[0].${name}`]).find(Boolean)
      const summary = why('summary')
      const details = why('details', 'details_html')
      setErrors({ ...(summary ? { summary } : {}), ...(details ? { details } : {}) })
      focusFirstError()
    }
  }
  return (
    <FileDrop files={files}>
      <form
        ref={(element) => (form = element)}
        class="grid gap-4"
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
        <Show when={create.error}>{(error) => <FailureLine error={error()} />}</Show>
        <Show when={props.types.length > 1}>
          <Select
            label={t('new.type')}
            size="touch"
            value={type()}
            choices={props.types.map((it) => ({ value: String(it.id), label: it.name }))}
            onChange={(value) => set('type', value)}
          />
        </Show>
        <TextField
          label={t('new.summary')}
          hint={t('new.summary.hint')}
          size="touch"
          required
          maxLength={255}
          value={draft.summary}
          error={errors().summary}
          onInput={(value) => set('summary', value)}
        />
        <TextArea
          label={t('new.details')}
          size="touch"
          rows={6}
          value={draft.details}
          error={errors().details}
          onInput={(value) => set('details', value)}
        />
        <FilesField
          files={files}
          size="touch"
          error={tried() && files.unfinished() ? common('files.wait') : undefined}
        />
        <Button type="submit" look="primary" size="touch" busy={create.isPending}>
          {create.isPending ? t('new.sending') : t('new.send')}
        </Button>
      </form>
    </FileDrop>
  )
}
