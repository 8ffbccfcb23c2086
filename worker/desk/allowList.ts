import { limits } from '../platform/limits'
import { seams } from '../platform/seams'

/** What foreign HTML may keep (T14). Whatever is not named here goes; `html.ts` reads by it. */

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Tags that stand on lines of their own. */
export const BLOCKS = new Set(
  words(`
  blockquote caption dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre table
  tr ul
`),
)

export const TAGS = [
  ...BLOCKS,
  ...words(`
  a abbr b br cite code col colgroup del dfn em i img ins kbd mark q s samp small span
  strike strong sub sup tbody td tfoot th thead u var wbr
`),
]

/** Blocks that are not kept but would glue the words around them together. */
export const BECOME_DIV = words(`
  address article aside center details dialog fieldset footer form header hgroup legend
  main nav search section summary
`)

/** Tags that go with all that stands in them: it is no text for a person. */
export const DROP_WITH_CONTENT = words(`
  script style xml svg math template title noscript noembed noframes iframe frameset object
  applet embed audio video canvas map select option optgroup datalist textarea xmp
  plaintext listing
`)

/** A picture that stood inside a note as base64. It becomes an attachment, and the note shows it as `cid:`. */
export interface LiftedImage {
  cid: string
  filename: string
  bytes: Uint8Array<ArrayBuffer>
}

export type Attributes = Record<string, string>
type Keep = (sent: Attributes, images: LiftedImage[] | null) => Attributes

const whole = (value: string | undefined): string | undefined =>
  value && /^\d{1,4}$/.test(value.trim()) ? value.trim() : undefined
const span = (sent: Attributes): Attributes =>
  present({ colspan: whole(sent['colspan']), rowspan: whole(sent['rowspan']) })

/** What each tag keeps of its attributes, beside those of `everywhere`. */
const keep: Record<string, Keep> = {
  a: (sent) => {
    const href = linkOf(sent['href'])
    return href
      ? { href, ...present({ title: sent['title'] }), rel: 'noopener nofollow noreferrer' }
      : {}
  },
  img: (sent, images) =>
    present({
      src: pictureOf(sent['src'], images),
      alt: sent['alt'],
      width: whole(sent['width']),
      height: whole(sent['height']),
    }),
  abbr: (sent) => present({ title: sent['title'] }),
  ol: (sent) =>
    present({
      start: whole(sent['start']),
      type: /^[1aAiI]$/.test(sent['type'] ?? '') ? sent['type'] : undefined,
    }),
  li: (sent) => present({ value: whole(sent['value']) }),
  td: span,
  th: span,
  col: (sent) => present({ span: whole(sent['span']) }),
  colgroup: (sent) => present({ span: whole(sent['span']) }),
}

/** The attributes that a tag keeps, in a fixed order, so that the result is stable. */
export const attributesOf = (
  tag: string,
  sent: Attributes,
  images: LiftedImage[] | null,
): Attributes => ({
  ...keep[tag]?.(sent, images),
  ...everywhere(sent),
})

const everywhere = (sent: Attributes): Attributes =>
  present({
    dir: /^(ltr|rtl|auto)$/.test(sent['dir'] ?? '') ? sent['dir'] : undefined,
    style: styleOf(sent['style']) || undefined,
  })

const present = (values: Record<string, string | undefined>): Attributes =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )

/** Only a full address of the web, a mail address or a telephone number; what the browser would read as anything else goes. */
function linkOf(href: string | undefined): string | undefined {
  const address = href?.trim()
  return address &&
    /^(https?:\/\/|mailto:|tel:)/i.test(address) &&
    address.length <= 2048 &&
    URL.canParse(address)
    ? address
    : undefined
}

/** An attachment (`cid:`, or its own address), or one on the web, which a screen shows only when asked to. */
function pictureOf(src: string | undefined, images: LiftedImage[] | null): string | undefined {
  const address = src?.trim() ?? ''
  if (/^cid:[^\s<>"']{1,250}$/.test(address)) return address
  if (/^(\/[a-z0-9-]{1,63})?\/api\/attachment\/\d{1,15}$/.test(address)) return address
  if (/^https:\/\//i.test(address) && address.length <= 2048 && URL.canParse(address))
    return address
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
const STYLES = new Set(
  words(`
  background-color border border-bottom border-collapse border-left border-right border-top
  color font-style font-weight padding text-align text-decoration vertical-align
  white-space
`),
)

/** Colour and shape of text and tables. Nothing that fetches (`url()`), covers the screen, or moves out of the note. */
function styleOf(style: string | undefined): string {
  if (!style) return ''
  const kept: string[] = []
  for (const declaration of style.slice(0, 4096).toLowerCase().split(';')) {
    const [name = '', value = '', ...more] = declaration.split(':').map((part) => part.trim())
    if (
      more.length === 0 &&
      STYLES.has(name) &&
      /^[a-z0-9#%., ()]{1,80}$/.test(value) &&
      !/url|expression|\d{4,}/.test(value)
    ) {
      kept.push(`${name}:${value}`)
    }
  }
  return kept.join(';')
}
