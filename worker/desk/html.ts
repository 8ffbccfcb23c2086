import sanitizeHtml from 'sanitize-html'
import { cleanText } from '../platform/body'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'

/** A picture that stood inside a note as base64. It becomes an attachment, and the note shows it as `cid:`. */
export interface LiftedImage {
  cid: string
  filename: string
  bytes: Uint8Array<ArrayBuffer>
}

/**
 * Foreign HTML as Baton stores and shows it: an allow-list of tags and attributes, nothing that runs, submits or styles the page (T14).
 * Stable: cleaning what is clean changes nothing. Pictures inside the text (`data:`) are dropped; a note keeps them by `cleanNote`.
 * Throws TOO_LARGE, which names the field, beyond the limits of R13.
 */
export const cleanHtml = (input: string, field = 'note_html'): string => clean(input, { field, images: null, room: 1 })

/** As `cleanHtml` for what a template made around a note, which may take as much room again. */
export const cleanRendered = (input: string, field: string): string => clean(input, { field, images: null, room: 2 })

/** As `cleanHtml`, and takes the pictures that stand in the text as base64 out of it, to be stored as attachments. */
export function cleanNote(input: string, field = 'note_html'): { html: string; images: LiftedImage[] } {
  const images: LiftedImage[] = []
  return { html: clean(input, { field, images, room: 1 }), images }
}

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
  for (const [part, closing, tag, rest] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)([^<>]*)>|[^<]+|</g)) {
    if (tag === undefined) {
      write(pre > 0 ? decode(part) : decode(part).replace(/[ \t\n\r\f\u00a0]+/g, ' '))
      continue
    }
    if (BLOCKS.has(tag)) breaks = Math.max(breaks, CLOSE_BLOCKS.has(tag) || lists.length > 0 ? 1 : 2)
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
const escapeText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const decode = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

function bullet(lists: (number | null)[]): string {
  const number = lists.at(-1)
  if (number === null || number === undefined) return '- '
  lists[lists.length - 1] = number + 1
  return `${number}. `
}

const BLOCKS = new Set([
  'blockquote', 'caption', 'dd', 'div', 'dl', 'dt', 'figcaption', 'figure', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'li', 'ol', 'p', 'pre',
  'table', 'tr', 'ul',
])

/** Blocks that stand on the next line; the others leave one free. */
const CLOSE_BLOCKS = new Set(['caption', 'dd', 'div', 'dt', 'figcaption', 'li', 'tr'])

const TAGS = [
  ...BLOCKS, 'a', 'abbr', 'b', 'br', 'cite', 'code', 'col', 'colgroup', 'del', 'dfn', 'em', 'i', 'img', 'ins', 'kbd', 'mark', 'q', 's', 'samp',
  'small', 'span', 'strike', 'strong', 'sub', 'sup', 'tbody', 'td', 'tfoot', 'th', 'thead', 'u', 'var', 'wbr',
]

/** Blocks that are not kept but would glue the words around them together. */
const BECOME_DIV = [
  'address', 'article', 'aside', 'center', 'details', 'dialog', 'fieldset', 'footer', 'form', 'header', 'hgroup', 'legend', 'main', 'nav',
  'search', 'section', 'summary',
]

/** Tags that go with all that stands in them: it is no text for a person. */
const DROP_WITH_CONTENT = [
  'script', 'style', 'xml', 'svg', 'math', 'template', 'title', 'noscript', 'noembed', 'noframes', 'iframe', 'frameset', 'object', 'applet',
  'embed', 'audio', 'video', 'canvas', 'map', 'select', 'option', 'optgroup', 'datalist', 'textarea', 'xmp', 'plaintext', 'listing',
]

type Attributes = Record<string, string>
type Keep = (sent: Attributes, images: LiftedImage[] | null) => Attributes

const whole = (value: string | undefined): string | undefined => (value && /^\d{1,4}$/.test(value.trim()) ? value.trim() : undefined)
const span = (sent: Attributes): Attributes => present({ colspan: whole(sent['colspan']), rowspan: whole(sent['rowspan']) })

/** What each tag keeps of its attributes, beside those of `everywhere`. In a fixed order, so that the result is stable. */
const keep: Record<string, Keep> = {
  a: (sent) => {
    const href = linkOf(sent['href'])
    return href ? { href, ...present({ title: sent['title'] }), rel: 'noopener nofollow noreferrer' } : {}
  },
  img: (sent, images) =>
    present({ src: pictureOf(sent['src'], images), alt: sent['alt'], width: whole(sent['width']), height: whole(sent['height']) }),
  abbr: (sent) => present({ title: sent['title'] }),
  ol: (sent) => present({ start: whole(sent['start']), type: /^[1aAiI]$/.test(sent['type'] ?? '') ? sent['type'] : undefined }),
  li: (sent) => present({ value: whole(sent['value']) }),
  td: span,
  th: span,
  col: (sent) => present({ span: whole(sent['span']) }),
  colgroup: (sent) => present({ span: whole(sent['span']) }),
}

const everywhere = (sent: Attributes): Attributes =>
  present({
    dir: /^(ltr|rtl|auto)$/.test(sent['dir'] ?? '') ? sent['dir'] : undefined,
    style: styleOf(sent['style']) || undefined,
  })

const present = (values: Record<string, string | undefined>): Attributes =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])))

/** Only a full address of the web, a mail address or a telephone number; what the browser would read as anything else goes. */
function linkOf(href: string | undefined): string | undefined {
  const address = href?.trim()
  return address && /^(https?:\/\/|mailto:|tel:)/i.test(address) && address.length <= 2048 && URL.canParse(address) ? address : undefined
}

/** An attachment (`cid:`, or its own address), or one on the web, which a screen shows only when asked to. */
function pictureOf(src: string | undefined, images: LiftedImage[] | null): string | undefined {
  const address = src?.trim() ?? ''
  if (/^cid:[^\s<>"']{1,250}$/.test(address)) return address
  if (/^(\/[a-z0-9-]{1,63})?\/api\/attachment\/\d{1,15}$/.test(address)) return address
  if (/^https:\/\//i.test(address) && address.length <= 2048 && URL.canParse(address)) return address
  return images ? liftImage(address, images) : undefined
}

/** Reads `data:image/...;base64,...`; its bytes, not its claim, decide later what it is. */
function liftImage(address: string, images: LiftedImage[]): string | undefined {
  const type = /^data:image\/(png|jpe?g|gif|webp);base64,/i.exec(address)
  if (!type || images.length >= limits.filesPerAction) return undefined
  try {
    const bytes = Uint8Array.fromBase64(address.slice(type[0].length).replace(/\s+/g, ''))
    if (bytes.length === 0) return undefined
    const cid = seams.uid()
    const ending = (type[1] ?? 'png').toLowerCase().replace('jpeg', 'jpg')
    images.push({ cid, filename: `picture-${images.length + 1}.${ending}`, bytes })
    return `cid:${cid}`
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // not base64
    throw error
  }
}

const STYLES = new Set([
  'background-color', 'border', 'border-bottom', 'border-collapse', 'border-left', 'border-right', 'border-top', 'color', 'font-style',
  'font-weight', 'padding', 'text-align', 'text-decoration', 'vertical-align', 'white-space',
])

/** Colour and shape of text and tables. Nothing that fetches (`url()`), covers the screen, or moves out of the note. */
function styleOf(style: string | undefined): string {
  if (!style) return ''
  const kept: string[] = []
  for (const declaration of style.slice(0, 4096).toLowerCase().split(';')) {
    const [name = '', value = '', ...more] = declaration.split(':').map((part) => part.trim())
    if (more.length === 0 && STYLES.has(name) && /^[a-z0-9#%., ()]{1,80}$/.test(value) && !/url|expression|\d{4,}/.test(value)) {
      kept.push(`${name}:${value}`)
    }
  }
  return kept.join(';')
}

/** A dropped tag can leave an order of tags that the next reader would mend, so it is read again until nothing changes. */
const MOST_PASSES = 4

interface Terms {
  /** The field that a refusal names. */
  field: string
  /** Takes pictures out of the text; without it they are dropped. */
  images: LiftedImage[] | null
  /** How many times the limits of a note. */
  room: number
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
function pass(input: string, { field, images, room }: Terms): string {
  const mostNodes = limits.htmlNodes * room
  const mostBytes = limits.noteBytes * room
  let nodes = 0
  let depth = 0
  const refuse = (why: string) => new Problem('TOO_LARGE', { message: `${field}: ${why}`, fields: { [field]: why } })
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
      '*': (tag, sent) => ({ tagName: tag, attribs: { ...keep[tag]?.(sent, images), ...everywhere(sent) } }),
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
  const bytes = new TextEncoder().encode(html).byteLength
  if (bytes > mostBytes) throw refuse(`is longer than ${mostBytes / 1024} KB`)
  return html
}
