import { createSignal, Show, untrack } from 'solid-js'
import { useAddAction } from '../data/actions'
import { useSlug } from '../data/desk'
import { draftName, openDraft, textOf } from '../data/drafts'
import { t as common } from '../i18n/common'
import { t } from '../i18n/portal'
import { useMe } from '../sign-in/SignedIn'
import { announce } from '../ui/announce'
import { Button } from '../ui/Button'
import { Card } from '../ui/Card'
import { FailureLine } from '../ui/Failure'
import { FileDrop } from '../ui/FileDrop'
import { createFiles } from '../ui/files'
import { FilesField } from '../ui/FilesField'
import { plainToHtml } from '../ui/plainText'
import { TextArea } from '../ui/TextField'

/** The answer of the person who raised the ticket. What they typed survives a reload of the tab. */
export function Reply(props: { ticketId: number; outcomeId: number }) {
  const slug = useSlug()
  const me = useMe()
  const add = useAddAction(slug)
  const files = createFiles(slug)
  const draft = untrack(() => openDraft(draftName(slug(), me().id, props.ticketId, 'reply')))
  const [text, setText] = createSignal(textOf(draft.kept, 'text'))
  const [error, setError] = createSignal('')
  let form: HTMLFormElement | undefined

  const type = (value: string) => {
    setText(value)
    setError('')
    draft.keep({ text: value })
  }
  const submit = async () => {
    if (add.isPending) return
    if (text().trim() === '' && files.entries.length === 0) {
      setError(t('ticket.reply.empty'))
      form?.querySelector('textarea')?.focus()
      return
    }
    if (files.unfinished()) {
      setError(common('files.wait'))
      return
    }
    try {
      await add.mutateAsync({
        action: {
          ticket_id: props.ticketId,
          outcome_id: props.outcomeId,
          note_html: plainToHtml(text()),
          attachments: files.ids(),
        },
        key: draft.key(),
      })
      draft.drop()
      setText('')
      files.reset()
      announce(t('ticket.reply.sent'))
    } catch (failure) {
      draft.failed(failure, { text: text() })
    }
  }
  return (
    <Card class="p-4">
      <FileDrop files={files}>
        <form
          ref={(element) => (form = element)}
          class="grid gap-3"
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
          <Show when={add.error}>{(failure) => <FailureLine error={failure()} />}</Show>
          <TextArea
            label={t('ticket.reply')}
            size="touch"
            rows={3}
            value={text()}
            error={error()}
            onInput={type}
          />
          <FilesField files={files} size="touch" />
          <Button
            type="submit"
            look="primary"
            size="touch"
            class="sm:justify-self-start"
            busy={add.isPending}
          >
            {add.isPending ? t('ticket.reply.sending') : t('ticket.reply.send')}
          </Button>
        </form>
      </FileDrop>
    </Card>
  )
}
