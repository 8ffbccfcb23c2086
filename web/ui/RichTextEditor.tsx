import StarterKit from '@tiptap/starter-kit'
import Bold from 'lucide-solid/icons/bold'
import Code from 'lucide-solid/icons/code'
import Italic from 'lucide-solid/icons/italic'
import List from 'lucide-solid/icons/list'
import ListOrdered from 'lucide-solid/icons/list-ordered'
import TextQuote from 'lucide-solid/icons/text-quote'
import { createEffect, createSignal, For, Show, untrack, type Component } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { createEditorTransaction, createTiptapEditor } from 'solid-tiptap'
import { t } from '../i18n/common'
import type { RichTextProps } from './RichText'

type Tool = {
  name: 'bold' | 'italic' | 'bulletList' | 'orderedList' | 'blockquote' | 'code'
  label: string
  icon: Component<{ size: number; 'aria-hidden': 'true' }>
}

const tools: Tool[] = [
  { name: 'bold', label: t('editor.bold'), icon: Bold },
  { name: 'italic', label: t('editor.italic'), icon: Italic },
  { name: 'bulletList', label: t('editor.bullets'), icon: List },
  { name: 'orderedList', label: t('editor.numbers'), icon: ListOrdered },
  { name: 'blockquote', label: t('editor.quote'), icon: TextQuote },
  { name: 'code', label: t('editor.code'), icon: Code },
]

/** The editor itself: the only file that knows it is Tiptap. */
export default function RichTextEditor(props: RichTextProps & { id: string }) {
  const [element, setElement] = createSignal<HTMLDivElement>()
  return (
    <div
      class={`overflow-hidden rounded-md border bg-surface focus-within:outline-2 focus-within:outline-accent ${props.error ? 'border-bad-ink' : 'border-edge'}`}
    >
      <Show when={element()}>{(host) => <Tools {...props} element={host()} />}</Show>
      <div ref={setElement} class="prose max-h-[50vh] max-w-none overflow-y-auto text-sm" />
    </div>
  )
}

function Tools(props: RichTextProps & { id: string; element: HTMLDivElement }) {
  const editor = createTiptapEditor(() =>
    // The editor must be built once: reading a changing prop here would build it anew at each key.
    untrack(() => ({
      element: props.element,
      extensions: [StarterKit.configure({ link: { openOnClick: false, autolink: true } })],
      content: props.initial,
      injectCSS: false, // the content security policy allows no inline style sheet
      autofocus: props.focusFirst ? ('end' as const) : false,
      editorProps: {
        attributes: {
          role: 'textbox',
          'aria-multiline': 'true',
          'aria-labelledby': `${props.id}-label`,
        },
      },
      onUpdate: ({ editor: it }) => props.onInput(it.isEmpty ? '' : it.getHTML()),
    })),
  )
  createEffect(() => {
    const area = editor()?.view.dom
    if (area === undefined) return
    const described = [props.hint && `${props.id}-hint`, props.error && `${props.id}-error`]
    area.setAttribute('aria-describedby', described.filter(Boolean).join(' '))
    if (props.error) area.setAttribute('aria-invalid', 'true')
    else area.removeAttribute('aria-invalid')
    if (props.required) area.setAttribute('aria-required', 'true')
  })
  const run = (name: Tool['name']) => {
    const chain = editor()?.chain().focus()
    if (chain === undefined) return
    switch (name) {
      case 'bold':
        return chain.toggleBold().run()
      case 'italic':
        return chain.toggleItalic().run()
      case 'bulletList':
        return chain.toggleBulletList().run()
      case 'orderedList':
        return chain.toggleOrderedList().run()
      case 'blockquote':
        return chain.toggleBlockquote().run()
      case 'code':
        return chain.toggleCode().run()
    }
  }
  return (
    <div
      role="group"
      aria-label={t('editor.tools', props.label)}
      class="flex flex-wrap gap-0.5 border-b border-line p-1"
    >
      <For each={tools}>
        {(tool) => {
          const on = createEditorTransaction(editor, (it) => it?.isActive(tool.name) ?? false)
          return (
            <button
              type="button"
              class="grid size-7 place-items-center rounded hover:bg-hover aria-pressed:bg-accent-soft"
              aria-label={tool.label}
              title={tool.label}
              aria-pressed={on()}
              onClick={() => run(tool.name)}
            >
              <Dynamic component={tool.icon} size={15} aria-hidden="true" />
            </button>
          )
        }}
      </For>
    </div>
  )
}
