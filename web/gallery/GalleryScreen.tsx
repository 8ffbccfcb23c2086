import Inbox from 'lucide-solid/icons/inbox'
import Settings from 'lucide-solid/icons/settings'
import { createSignal, For, type JSX } from 'solid-js'
import { ApiError } from '../data/failure'
import type { SyncState } from '../data/names'
import { t } from '../i18n/gallery'
import { paths } from '../paths'
import { Badge, type Tone } from '../ui/Badge'
import { Button, ButtonLink, IconButton, type ButtonLook } from '../ui/Button'
import { Card } from '../ui/Card'
import { Checkbox } from '../ui/Checkbox'
import { Combobox } from '../ui/Combobox'
import { CopyButton } from '../ui/CopyButton'
import { Dialog } from '../ui/Dialog'
import { EmptyState } from '../ui/EmptyState'
import { Failure, FailureLine } from '../ui/Failure'
import { FileDrop } from '../ui/FileDrop'
import { createFiles } from '../ui/files'
import { FilesField } from '../ui/FilesField'
import { Html } from '../ui/Html'
import { Menu, MenuCheck, MenuItem } from '../ui/Menu'
import { Notice } from '../ui/Notice'
import { Page } from '../ui/Page'
import { RichText } from '../ui/RichText'
import { Select } from '../ui/Select'
import { CardSkeletons, DetailSkeletons, RowSkeletons } from '../ui/Skeletons'
import { Switch } from '../ui/Switch'
import { SyncBadge } from '../ui/SyncBadge'
import { TextArea, TextField } from '../ui/TextField'
import { ThemeChoice } from '../ui/ThemeChoice'
import { toast } from '../ui/toast'

const looks: ButtonLook[] = ['primary', 'plain', 'quiet', 'danger']
const tones: Tone[] = ['neutral', 'info', 'good', 'warn', 'bad']
const states: SyncState[] = [
  'synced',
  'pending',
  'parked',
  'skipped',
  'failed',
  'dead',
  'unknown',
  'withdrawn',
]
const choices = ['Low', 'Medium', 'High', 'Critical'].map((label) => ({ value: label, label }))
const refused = new ApiError(400, {
  error: 'action_not_allowed',
  message: 'You do not have access to this action at the moment',
  fix: 'Allow it on the workflow step.',
})
const foreign =
  '<p>Driver mismatch after patch <code>KB50</code>. <b>Rolling back.</b></p><img src="https://example.com/x.png"><script>alert(1)</script><ul><li>one</li><li>two</li></ul>'

function Part(props: { title: string; children: JSX.Element }) {
  return (
    <section class="grid gap-3">
      <h2 class="text-base font-semibold">{props.title}</h2>
      <Card class="grid gap-4 p-4">{props.children}</Card>
    </section>
  )
}

/** Each wrapper of `ui/` in each state. */
export default function GalleryScreen() {
  const [on, setOn] = createSignal(true)
  const [text, setText] = createSignal('Cannot print to HQ-3')
  const [choice, setChoice] = createSignal('Medium')
  const [open, setOpen] = createSignal(false)
  const files = createFiles(() => 'gallery')
  const row = 'flex flex-wrap items-center gap-2'
  return (
    <main id="main" class="min-h-dvh bg-bg">
      <Page title={t('title')} sub={t('lead')} actions={<ThemeChoice labelHidden />}>
        <div class="mx-auto grid max-w-4xl gap-6 p-4">
          <Part title={t('buttons')}>
            <div class={row}>
              <For each={looks}>{(look) => <Button look={look}>{t(look)}</Button>}</For>
              <Button disabled>{t('disabled')}</Button>
              <Button look="primary" busy>
                {t('busy')}
              </Button>
              <Button aria-pressed="true">{t('pressed')}</Button>
              <Button size="small">{t('small')}</Button>
              <Button size="touch">{t('touch')}</Button>
              <ButtonLink href={paths.gallery()}>{t('link')}</ButtonLink>
              <IconButton label={t('icon')}>
                <Settings size={16} aria-hidden="true" />
              </IconButton>
              <CopyButton what={t('label')} value={text()} />
            </div>
          </Part>
          <Part title={t('fields')}>
            <div class="grid gap-4 sm:grid-cols-2">
              <TextField label={t('label')} hint={t('hint')} value={text()} onInput={setText} />
              <TextField
                label={t('label')}
                required
                error={t('error')}
                value=""
                onInput={setText}
              />
              <TextField label={t('disabled')} disabled value={text()} onInput={setText} />
              <TextField label={t('touch')} size="touch" value={text()} onInput={setText} />
              <Select label={t('choice')} value={choice()} choices={choices} onChange={setChoice} />
              <Combobox label={t('long')} value={choice()} choices={choices} onChange={setChoice} />
              <TextArea label={t('label')} rows={3} value={text()} onInput={setText} />
              <div class="grid content-start gap-2">
                <Switch label={t('switch')} hint={t('hint')} on={on()} onChange={setOn} />
                <Switch label={t('disabled')} on={false} disabled onChange={setOn} />
                <Checkbox label={t('checkbox')} checked={on()} onChange={setOn} />
              </div>
            </div>
            <RichText
              label={t('rich')}
              initial="<p>Please <b>check</b> the driver</p>"
              onInput={setText}
            />
          </Part>
          <Part title={t('files')}>
            <FileDrop files={files}>
              <FilesField files={files} />
            </FileDrop>
          </Part>
          <Part title={t('states')}>
            <div class={row}>
              <For each={states}>
                {(state) => <SyncBadge look={{ state, partner: 'Skyline', attempts: 0 }} />}
              </For>
              <SyncBadge look={{ state: 'synced', direction: 'in', partner: 'Skyline MSP' }} />
              <SyncBadge look={{ state: 'pending', attempts: 2 }} />
            </div>
          </Part>
          <Part title={t('badges')}>
            <div class={row}>
              <For each={tones}>{(tone) => <Badge tone={tone}>{tone}</Badge>}</For>
            </div>
          </Part>
          <Part title={t('notices')}>
            <For each={tones}>{(tone) => <Notice tone={tone}>{t('emptyText')}</Notice>}</For>
            <FailureLine error={refused} />
          </Part>
          <Part title={t('boxes')}>
            <RowSkeletons rows={3} />
            <CardSkeletons cards={1} />
            <DetailSkeletons lines={2} />
            <Failure error={refused} retry={() => setOn((is) => !is)} />
            <EmptyState icon={<Inbox size={28} />} title={t('empty')} text={t('emptyText')} />
          </Part>
          <Part title={t('overlays')}>
            <div class={row}>
              <Button onClick={() => setOpen(true)}>{t('dialog')}</Button>
              <Menu trigger={t('menu')}>
                <MenuItem onSelect={() => setOn(true)}>{t('item')}</MenuItem>
                <MenuCheck checked={on()} onChange={setOn}>
                  {t('switch')}
                </MenuCheck>
              </Menu>
              <Button onClick={() => void toast(t('emptyText'))}>{t('toast')}</Button>
              <Button onClick={() => void toast(refused.message, 'bad')}>{t('toastBad')}</Button>
            </div>
            <Dialog title={t('dialogTitle')} open={open()} onClose={() => setOpen(false)}>
              <p>{t('emptyText')}</p>
            </Dialog>
          </Part>
          <Part title={t('html')}>
            <Html html={foreign} />
          </Part>
        </div>
      </Page>
    </main>
  )
}
