import Paperclip from 'lucide-solid/icons/paperclip'
import { For, Show } from 'solid-js'
import type { FileInfo } from '../data/names'
import { t } from '../i18n/common'
import { fileSize } from './fileSize'

/** Files that hang on an entry; `mark` says of each in a word where it has got to. */
export function AttachedFiles(props: {
  files: FileInfo[]
  mark?: (file: FileInfo) => string | undefined
}) {
  return (
    <Show when={props.files.length > 0}>
      <ul class="flex flex-wrap gap-2" aria-label={t('files.label')}>
        <For each={props.files}>
          {(file) => (
            <li class="max-w-full">
              <a
                href={file.url}
                download={file.filename}
                class="inline-flex min-h-8 max-w-full items-center gap-2 rounded-md border border-line bg-surface px-2 py-1 hover:bg-hover"
              >
                <Paperclip size={14} aria-hidden="true" class="shrink-0 text-soft" />
                <span class="truncate">{file.filename}</span>
                <span class="shrink-0 text-xs text-soft">
                  {file.filesize === 0 ? t('files.empty') : fileSize(file.filesize)}
                  <Show when={props.mark?.(file)}>{(words) => ` · ${words()}`}</Show>
                </span>
              </a>
            </li>
          )}
        </For>
      </ul>
    </Show>
  )
}
