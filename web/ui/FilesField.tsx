import Paperclip from 'lucide-solid/icons/paperclip'
import RotateCw from 'lucide-solid/icons/rotate-cw'
import X from 'lucide-solid/icons/x'
import { For, Show } from 'solid-js'
import { t } from '../i18n/common'
import { Button, IconButton } from './Button'
import type { FileEntry, Files } from './files'
import { fileSize } from './fileSize'

/** Files of a form: a button, and each file with how far it has got. Dropping and pasting is FileDrop's. */
export function FilesField(props: {
  files: Files
  error?: string | undefined
  size?: 'normal' | 'touch'
}) {
  let picker: HTMLInputElement | undefined
  return (
    <div class="grid min-w-0 grid-cols-1 gap-2" role="group" aria-label={t('files.label')}>
      <Show when={props.files.entries.length > 0}>
        <ul class="grid grid-cols-1 gap-1">
          <For each={props.files.entries}>
            {(entry) => <FileLine entry={entry} files={props.files} />}
          </For>
        </ul>
      </Show>
      <div class="flex flex-wrap items-center gap-2">
        <input
          ref={(input) => (picker = input)}
          type="file"
          multiple
          class="sr-only"
          tabIndex={-1}
          aria-hidden="true"
          aria-label={t('files.add')}
          onChange={(event) => {
            props.files.add(event.currentTarget.files ?? [])
            event.currentTarget.value = '' // so that the same file can be chosen again
          }}
        />
        <Button size={props.size ?? 'normal'} onClick={() => picker?.click()}>
          <Paperclip size={15} aria-hidden="true" />
          {t('files.add')}
        </Button>
        <span class="text-xs text-soft">{t('files.hint')}</span>
      </div>
      <Show when={props.error}>
        <p class="text-xs text-bad-ink" role="alert">
          {props.error}
        </p>
      </Show>
    </div>
  )
}

function FileLine(props: { entry: FileEntry; files: Files }) {
  const percent = () => Math.round(props.entry.share * 100)
  return (
    <li class="flex items-center gap-2 rounded-md border border-line bg-surface px-2 py-1">
      <div class="min-w-0 flex-1">
        <div class="flex items-baseline gap-2">
          <span class="truncate">{props.entry.name}</span>
          <span class="shrink-0 text-xs text-soft tabular-nums">
            {props.entry.size === 0 ? t('files.empty') : fileSize(props.entry.size)}
          </span>
        </div>
        <Show when={props.entry.state === 'sending'}>
          <progress
            class="h-1 w-full accent-accent"
            max={100}
            value={percent()}
            aria-label={t('files.sending', props.entry.name, percent())}
          />
        </Show>
        <Show when={props.entry.why}>
          <p class="text-xs text-bad-ink">{props.entry.why}</p>
        </Show>
      </div>
      <Show when={props.entry.state === 'failed'}>
        <IconButton
          size="small"
          label={t('files.retry', props.entry.name)}
          onClick={() => props.files.retry(props.entry.key)}
        >
          <RotateCw size={14} aria-hidden="true" />
        </IconButton>
      </Show>
      <IconButton
        size="small"
        label={
          props.entry.state === 'sending'
            ? t('files.cancel', props.entry.name)
            : t('files.remove', props.entry.name)
        }
        onClick={() => props.files.remove(props.entry.key)}
      >
        <X size={14} aria-hidden="true" />
      </IconButton>
    </li>
  )
}
