import { createSignal, type JSX } from 'solid-js'
import type { Files } from './files'

const carriesFiles = (transfer: DataTransfer | null) => transfer?.types.includes('Files') ?? false

/** Takes files that are dropped on, or pasted into, what it holds; not while `closed`. */
export function FileDrop(props: { files: Files; closed?: boolean; children: JSX.Element }) {
  const [over, setOver] = createSignal(false)
  return (
    <div
      class={`rounded-lg ${over() ? 'outline-2 outline-offset-2 outline-accent outline-dashed' : ''}`}
      onDragOver={(event) => {
        if (props.closed || !carriesFiles(event.dataTransfer)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false)
        if (props.closed || !carriesFiles(event.dataTransfer)) return
        event.preventDefault()
        props.files.add(event.dataTransfer?.files ?? [])
      }}
      on:paste={{
        // Before the editor sees it: it would put the picture itself into the text.
        capture: true,
        handleEvent(event: ClipboardEvent) {
          const pasted = event.clipboardData?.files
          if (props.closed || pasted === undefined || pasted.length === 0) return
          event.preventDefault()
          event.stopPropagation()
          props.files.add(pasted)
        },
      }}
    >
      {props.children}
    </div>
  )
}
