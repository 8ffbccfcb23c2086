import { createMemo, onCleanup, type Accessor } from 'solid-js'
import { createStore } from 'solid-js/store'
import { upload } from '../data/upload'
import { t } from '../i18n/common'
import { announce } from './announce'
import { failureWords } from './failureWords'
import { fileLimits } from './fileLimits'

export type FileEntry = {
  key: string
  name: string
  size: number
  share: number
  /** `refused`: the desk would not take it, so it is not even sent. */
  state: 'sending' | 'done' | 'failed' | 'refused'
  why: string
  /** The number the server gave; what the form sends. */
  id: number | undefined
}

export type Files = {
  entries: FileEntry[]
  add: (files: Iterable<File>) => void
  retry: (key: string) => void
  remove: (key: string) => void
  /** True while the form must not be sent: a file is on its way or did not arrive. */
  unfinished: Accessor<boolean>
  ids: () => { id: number }[]
  reset: () => void
}

/** Why the desk would not take a file; empty where it would. */
export function refusal({ size }: { size: number }, already: number): string {
  if (size > fileLimits.bytes) return t('files.tooBig', `${fileLimits.bytes / 1024 / 1024} MB`)
  return already >= fileLimits.count ? t('files.tooMany', fileLimits.count) : ''
}

/** The files of one form. Each is uploaded at once, so that sending the form takes no waiting. */
export function createFiles(slug: Accessor<string>): Files {
  const [entries, setEntries] = createStore<FileEntry[]>([])
  const sources = new Map<string, { file: File; cancel: () => void }>()
  const at = (key: string) => (entry: FileEntry) => entry.key === key

  const start = (key: string, file: File) => {
    const { done, cancel } = upload(slug(), file, (share) => setEntries(at(key), 'share', share))
    sources.set(key, { file, cancel })
    done.then(
      (saved) => {
        setEntries(at(key), { state: 'done', id: saved.id, share: 1 })
        announce(t('files.done', file.name))
      },
      (error: unknown) => {
        if (error instanceof DOMException && error.name === 'AbortError') return
        setEntries(at(key), { state: 'failed', why: failureWords(error).message })
        announce(t('files.failed', file.name))
      },
    )
  }

  const cancelAll = () => {
    for (const source of sources.values()) source.cancel()
    sources.clear()
  }
  onCleanup(cancelAll)

  const unfinished = createMemo(() => entries.some((entry) => entry.state !== 'done'))

  return {
    entries,
    add(files) {
      for (const file of files) {
        const key = crypto.randomUUID()
        const why = refusal(file, entries.length)
        setEntries(entries.length, {
          key,
          name: file.name,
          size: file.size,
          share: 0,
          state: why === '' ? 'sending' : 'refused',
          why,
          id: undefined,
        })
        if (why === '') start(key, file)
        else announce(`${file.name}: ${why}`)
      }
    },
    retry(key) {
      const source = sources.get(key)
      if (source === undefined) return
      setEntries(at(key), { state: 'sending', share: 0, why: '' })
      start(key, source.file)
    },
    remove(key) {
      sources.get(key)?.cancel()
      sources.delete(key)
      setEntries((all) => all.filter((entry) => entry.key !== key))
    },
    unfinished,
    ids: () => entries.flatMap((entry) => (entry.id === undefined ? [] : [{ id: entry.id }])),
    reset() {
      cancelAll()
      setEntries([])
    },
  }
}
