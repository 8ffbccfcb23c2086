import sanitizeHtml from 'sanitize-html'
import { cleanText } from '../platform/body'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import {
  attributesOf,
  BECOME_DIV,
  BLOCKS,
  DROP_WITH_CONTENT,
  TAGS,
  type LiftedImage,
} from './allowList'

/** The file that holds a note which is too long to be shown. */
export const WHOLE_NOTE = 'note.html'

/**
 * Foreign HTML as Baton stores and shows it: an allow-list of tags and attributes, nothing that runs, submits or styles the page (T14).
 * Stable: cleaning what is clean changes nothing. Pictures inside the text (`data:`) are dropped; a note keeps them by `cleanNote`.
 * Throws TOO_LARGE, which names the field, beyond the limits of R13.
 */
export const cleanHtml = (input: string, field = 'note_html'): string =>
  clean(input, { field, images: null, room: 1 })

/** As `cleanHtml` for what a template made around a note, which may take as much room again. */
export const cleanRendered = (input: string, field: string): string =>
  clean(input, { field, images: null, room: 2 })

/**
 * As `cleanHtml`, and takes the pictures that stand in the text as base64 out of it, to be stored as attachments. A note that is too long
 * even so is cut at a boundary and says so; `whole` is all of it, to be kept as a file (R13).
 */
export function cleanNote(
  input: string,
  field = 'note_html',
): { html: string; images: LiftedImage[]; whole: string | null } {
  const images: LiftedImage[] = []
  // What comes in a body is shorter than that, so only depth and elements are refused here.
  const room = Math.ceil(limits.bodyBytes / limits.noteBytes) * 2
  const html = clean(input, { field, images, room, nodes: limits.htmlNodes })
  if (bytesOf(html) <= limits.noteBytes) return { html, images, whole: null }
  return { html: cleanHtml(cut(html) + CUT_MARK, field), images, whole: html }
}

const CUT_MARK = `<p><em>This note is longer than ${limits.noteBytes / 1024} KB. All of it is in the attached file ${WHOLE_NOTE}.</em></p>`

/** The beginning of clean HTML, up to the end of a block; where there is none, up to the end of a word. Open tags are the next reader's. */
function cut(html: string): string {
  const bytes = new TextEncoder().encode(html).subarray(0, limits.noteCutBytes)
  const start = new TextDecoder().decode(bytes).replace(/\ufffd$/, '')
  const ends = ['</p>', '</li>', '</div>', '</tr>', '<br />'].map((end) => {
    const at = start.lastIndexOf(end)
    return at < 0 ? 0 : at + end.length
  })
  const end = Math.max(...ends)
  if (end > start.length / 2) return start.slice(0, end)
  const whole = start.slice(
    0,
    start.lastIndexOf('<') > start.lastIndexOf('>') ? start.lastIndexOf('<') : undefined,
  )
  const word = whole.lastIndexOf(' ')
  return word > whole.length / 2 ? whole.slice(0, word) : whole.replace(/&[a-z#0-9]*$/i, '')
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength

/**
 * The words of a note for search, previews, the text part of a mail and Halo's `note`. Takes HTML that `cleanHtml` made, where only
 * four characters are written as entities and no attribute holds an angle bracket.
 */
export function plainText(html: string): string {
  const lists: (number | null)[] = []
  let text = ''
  let breaks = 0 // line breaks that the next word needs before it
  let pre = 0
  const write = (words: string) => {
    if (words.trim() !== '' && text !== '') text += '\n'.repeat(breaks)
    if (words.trim() !== '') breaks = 0
    text += words
  }
  for (const [part, closing, tag, rest] of html.matchAll(
    /<(\/?)([a-z][a-z0-9]*)([^<>]*)>|[^<]+|</g,
  )) {
    if (tag === undefined) {
      write(pre > 0 ? decode(part) : decode(part).replace(/[ \t\n\r\f\u00a0]+/g, ' '))
      continue
    }
    if (BLOCKS.has(tag))
      breaks = Math.max(breaks, CLOSE_BLOCKS.has(tag) || lists.length > 0 ? 1 : 2)
    if (tag === 'pre') pre += closing ? -1 : 1
    if (closing && (tag === 'ol' || tag === 'ul')) lists.pop()
    if (closing && (tag === 'td' || tag === 'th')) text += '\t'
    if (closing) continue
    if (tag === 'br') text += '\n'
    if (tag === 'ul') lists.push(null)
    if (tag === 'ol') lists.push(Number(/ start="(\d{1,6})"/.exec(rest ?? '')?.[1] ?? 1))
    if (tag === 'li') write(bullet(lists))
    if (tag === 'img') write(decode(/ alt="([^"]*)"/.exec(rest ?? '')?.[1] ?? ''))
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Plain text as HTML that looks the same: a blank line parts paragraphs, and markup in it is only text. */
export function htmlOfText(text: string): string {
  const lines = cleanText(text).replace(/\r\n?/g, '\n').trim()
  if (lines === '') return ''
  return lines
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${escapeText(paragraph).replaceAll('\n', '<br />')}</p>`)
    .join('')
}

/** Text for a place inside an element or inside a quoted attribute. */
export const escapeHtml = (text: string): string => escapeText(text).replaceAll('"', '&quot;')

// Quotes stay as they are between tags, where the sanitiser leaves them too: text made into HTML is clean already.
const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const decode = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')

function bullet(lists: (number | null)[]): string {
  const number = lists.at(-1)
  if (number === null || number === undefined) return '- '
  lists[lists.length - 1] = number + 1
  return `${number}. `
}

/** Blocks that stand on the next line; the others leave one free. */
const CLOSE_BLOCKS = new Set(['caption', 'dd', 'div', 'dt', 'figcaption', 'li', 'tr'])

/** A dropped tag can leave an order of tags that the next reader would mend, so it is read again until nothing changes. */
const MOST_PASSES = 4

interface Terms {
  /** The field that a refusal names. */
  field: string
  /** Takes pictures out of the text; without it they are dropped. */
  images: LiftedImage[] | null
  /** How many times the limits of a note. */
  room: number
  /** At most so many elements, where that is less. */
  nodes?: number
}

function clean(input: string, terms: Terms): string {
  let html = pass(cleanText(input), terms)
  for (let passes = 1; passes < MOST_PASSES; passes += 1) {
    const again = pass(html, { ...terms, images: null })
    if (again === html) return html
    html = again
  }
  return htmlOfText(plainText(html)) // never seen; the words survive it, which matters more than their shape
}

/** One run of the sanitiser, bounded while it parses, so that a deep or endless input costs no more than the limit. */
function pass(input: string, { field, images, room, nodes: most }: Terms): string {
  const mostNodes = most ?? limits.htmlNodes * room
  const mostBytes = limits.noteBytes * room
  let nodes = 0
  let depth = 0
  const refuse = (why: string) =>
    new Problem('TOO_LARGE', { message: `${field}: ${why}`, fields: { [field]: why } })
  const made = sanitizeHtml(input, {
    allowedTags: TAGS,
    allowedAttributes: {
      a: ['href', 'title', 'rel'],
      abbr: ['title'],
      col: ['span'],
      colgroup: ['span'],
      img: ['src', 'alt', 'width', 'height'],
      li: ['value'],
      ol: ['start', 'type'],
      td: ['colspan', 'rowspan'],
      th: ['colspan', 'rowspan'],
      '*': ['dir', 'style'],
    },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['https', 'cid'] },
    allowProtocolRelative: false,
    parseStyleAttributes: false, // styleOf has done it, without a CSS parser
    disallowedTagsMode: 'discard',
    nonTextTags: DROP_WITH_CONTENT,
    transformTags: {
      ...Object.fromEntries(BECOME_DIV.map((tag) => [tag, 'div'])),
      '*': (tag, sent) => ({
        tagName: tag,
        attribs: attributesOf(tag, sent, images),
      }),
    },
    exclusiveFilter: ({ tag, attribs }) => tag === 'img' && !attribs['src'],
    onOpenTag: () => {
      nodes += 1
      depth += 1
      if (nodes > mostNodes) throw refuse(`has more than ${mostNodes} elements`)
      if (depth > limits.htmlDepth) throw refuse(`is nested deeper than ${limits.htmlDepth} levels`)
    },
    onCloseTag: () => {
      depth -= 1
    },
  })
  const html = cleanText(made).trim() // an entity may have been a control character
  const bytes = bytesOf(html)
  if (bytes > mostBytes)
    throw refuse(`is longer than ${mostBytes / 1024} KB, namely ${Math.ceil(bytes / 1024)} KB`)
  return html
}
