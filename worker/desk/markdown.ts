import { marked } from 'marked'
import { cleanHtml, htmlOfText, plainText } from './html'

/**
 * A note that an AI wrote or improved, as the HTML it was meant to be: code fences go, Markdown is rendered, tags that stand in it as
 * text become tags (G122). A note without any of these is left alone, and so is every note of an action type whose AI is off.
 * Clean afterwards like any foreign HTML (T40).
 */
export function tidyAiNote(type: { aiOn: boolean }, noteHtml: string, field = 'note_html'): string {
  const note = cleanHtml(noteHtml, field)
  if (!type.aiOn || noteHtml.length > MOST_CHARS) return note
  const written = writtenText(noteHtml, note)
  if (written === undefined) return cleanHtml(tidyInside(note), field)
  return isMarked(written) ? cleanHtml(render(unfence(written)), field) : note
}

/** No AI writes a note as long as this, and reading Markdown takes longer than its length grows. */
const MOST_CHARS = 32 * 1024

/** What the AI wrote, where the note is nothing but a text: as it came, or wrapped by an editor line by line; undefined in real HTML. */
function writtenText(sent: string, note: string): string | undefined {
  if (!/^\s*</.test(sent)) return sent
  const onlyLines = !/<(?!\/?(?:p|div|br|span)[\s>])/.test(note)
  const onlyCode = /^<pre>(?:<code>)?[^<]*(?:<\/code>)?<\/pre>$/.test(note)
  return onlyLines || onlyCode ? plainText(note).replace(BLANK_BETWEEN_ITEMS, '$1\n') : undefined
}

const BLANK_BETWEEN_ITEMS =
  /^([ \t]*(?:[-*+]|\d{1,3}[.)]) [^\n]*)\n\n(?=[ \t]*(?:[-*+]|\d{1,3}[.)]) )/gm
const FENCE = /^[ \t]*(?:```|~~~)[ \t]*[\w-]*[ \t]*$/m
const TAGS_AS_TEXT =
  /<\/(?:p|div|ul|ol|li|strong|b|em|i|h[1-6]|table|span|a|html|body|blockquote|code|pre)>|<br ?\/?>/i
/** Headings, lists, quotes, rules and tables at the start of a line; bold, code and links within one. */
const MARKDOWN =
  /^[ \t]{0,3}(?:#{1,6} \S|[-*+] \S|\d{1,3}[.)] \S|> \S|\|.{1,200}\||(?:-{3,}|\*{3,}|_{3,})[ \t]*$)|\*\*[^\s*][^*\n]{0,500}\*\*|__[^\s_][^_\n]{0,500}__|`[^`\n]{1,500}`|\[[^\]\n]{1,200}\]\(https?:[^)\s]{1,500}\)/m

const isMarked = (text: string): boolean =>
  FENCE.test(text) || TAGS_AS_TEXT.test(text) || MARKDOWN.test(text)

/** Takes the fence off that encloses the whole answer, with the words some put before it. Code inside an answer keeps its own. */
function unfence(text: string): string {
  const lines = text.split('\n')
  const fences = lines.flatMap((line, at) => (FENCE.test(line) ? [at] : []))
  const [first, last] = [fences[0], fences.at(-1)]
  if (first === undefined || last === undefined) return text
  const before = lines.slice(0, first).join('\n').trim()
  const named = /(?:html|markdown|md)[ \t]*$/i.test(lines[first] ?? '')
  const bare = /(?:```|~~~)[ \t]*$/.test(lines[first] ?? '') && before === '' && fences.length <= 2
  if ((!named && !bare) || before.includes('\n\n')) return text
  return [
    before,
    ...lines.slice(first + 1, last === first ? undefined : last),
    ...(last === first ? [] : lines.slice(last + 1)),
  ]
    .join('\n')
    .trim()
}

/** Markdown passes HTML through; text that is neither keeps its line breaks. */
function render(text: string): string {
  if (TAGS_AS_TEXT.test(text) && !MARKDOWN.test(text)) return text
  if (!isMarked(text)) return htmlOfText(text)
  try {
    return marked.parse(text, { async: false, gfm: true, breaks: true })
  } catch (error) {
    if (error instanceof RangeError) return htmlOfText(text) // quotes nested thousands deep: the reader calls itself for each
    throw error
  }
}

/** In a note that is HTML already, only what stands in its text: fences of their own, bold, code and links. */
function tidyInside(html: string): string {
  let code = 0
  return html.replace(
    /<(\/?)([a-z][a-z0-9]*)[^<>]*>|[^<]+/g,
    (part: string, closing: string | undefined, tag: string | undefined) => {
      if (tag !== undefined) {
        if (tag === 'pre' || tag === 'code') code += closing ? -1 : 1
        return part
      }
      if (code > 0) return part
      const unfenced = part.replace(/^[ \t]*(?:```|~~~)(?:html|markdown|md)?[ \t]*$/gm, '')
      return MARKDOWN.test(unfenced)
        ? marked.parseInline(unfenced, { async: false, gfm: true })
        : unfenced
    },
  )
}
