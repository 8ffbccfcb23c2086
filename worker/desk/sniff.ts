/** How many of the first bytes of a file say what it is. */
export const SNIFFED_BYTES = 1024

/** Shown in the page; everything else is only downloaded (T15). None of them can hold script that runs there. */
export const INLINE_TYPES = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'application/pdf',
])

const ascii = (text: string): number[] => Array.from(text, (char) => char.charCodeAt(0))

/** [place, bytes, type] */
const SIGNATURES: readonly [number, readonly number[], string][] = [
  [0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 'image/png'],
  [0, [0xff, 0xd8, 0xff], 'image/jpeg'],
  [0, ascii('GIF87a'), 'image/gif'],
  [0, ascii('GIF89a'), 'image/gif'],
  [8, ascii('WEBP'), 'image/webp'],
  [8, ascii('WAVE'), 'audio/wav'],
  [0, ascii('%PDF-'), 'application/pdf'],
  [0, ascii('BM'), 'image/bmp'],
  [0, [0x49, 0x49, 0x2a, 0x00], 'image/tiff'],
  [0, [0x4d, 0x4d, 0x00, 0x2a], 'image/tiff'],
  [4, ascii('ftypheic'), 'image/heic'],
  [4, ascii('ftyp'), 'video/mp4'],
  [0, [0x1a, 0x45, 0xdf, 0xa3], 'video/webm'],
  [0, ascii('ID3'), 'audio/mpeg'],
  [0, ascii('OggS'), 'audio/ogg'],
  [0, [0x50, 0x4b, 0x03, 0x04], 'application/zip'],
  [0, [0x50, 0x4b, 0x05, 0x06], 'application/zip'],
  [0, [0x1f, 0x8b], 'application/gzip'],
  [0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 'application/x-7z-compressed'],
  [0, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 'application/x-ole-storage'],
]

const OOXML = 'application/vnd.openxmlformats-officedocument'
/** Kinds of a container or of text, which only the name tells apart. Never one that a browser runs. */
const BY_NAME: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'application/zip': {
    docx: `${OOXML}.wordprocessingml.document`,
    xlsx: `${OOXML}.spreadsheetml.sheet`,
    pptx: `${OOXML}.presentationml.presentation`,
    odt: 'application/vnd.oasis.opendocument.text',
    ods: 'application/vnd.oasis.opendocument.spreadsheet',
  },
  'application/x-ole-storage': {
    doc: 'application/msword',
    xls: 'application/vnd.ms-excel',
    ppt: 'application/vnd.ms-powerpoint',
    msg: 'application/vnd.ms-outlook',
  },
  'text/plain': {
    csv: 'text/csv',
    eml: 'message/rfc822',
    ics: 'text/calendar',
    json: 'application/json',
    log: 'text/plain',
    md: 'text/markdown',
  },
}

/**
 * What a file is, by its first bytes; what the sender claims does not count (T15). Text is never HTML or SVG, whatever it looks like:
 * a browser must not run it from our address.
 */
export function sniffType(first: Uint8Array, filename: string): string {
  const found = SIGNATURES.find(([at, bytes]) =>
    bytes.every((byte, i) => first[at + i] === byte),
  )?.[2]
  const base = found ?? (isText(first) ? 'text/plain' : 'application/octet-stream')
  return BY_NAME[base]?.[/\.([a-z0-9]{1,5})$/i.exec(filename)?.[1]?.toLowerCase() ?? ''] ?? base
}

/** Whether it reads as UTF-8 without control characters. The last character may be cut off. */
function isText(first: Uint8Array): boolean {
  if (first.length === 0) return false
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(first, {
      stream: true,
    })
    // oxlint-disable-next-line no-control-regex -- what no text file holds
    return !/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text)
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

const ENDINGS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'text/plain': 'txt',
}

/**
 * A name as it may be stored and shown: no path, no control characters, nothing that turns the direction of reading (`exe.fdp`), not
 * empty, at most 200 bytes with its ending kept.
 */
export function cleanFilename(given: string, type = 'application/octet-stream'): string {
  const last = given.normalize('NFC').toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const name = last
    .replace(/[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
  if (name === '') return `file.${ENDINGS[type] ?? 'bin'}`
  const ending = /\.[\w-]{1,10}$/.exec(name)?.[0] ?? ''
  let stem = ''
  let bytes = ending.length
  for (const char of name.slice(0, name.length - ending.length)) {
    bytes += new TextEncoder().encode(char).length
    if (bytes > 200) break
    stem += char
  }
  return `${stem}${ending}`
}

/** The header that names a download (RFC 6266): plain ASCII for old programs, the whole name beside it. */
export function dispositionOf(kind: 'attachment' | 'inline', filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(filename).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`
}
