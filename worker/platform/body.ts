import { limits } from './limits'
import { Problem } from './problem'

/**
 * Reads a JSON body once, bounded before it is parsed, and cleans what no field may hold: property names become lower case (Halo's
 * are case-insensitive), NUL and other control characters go, lone surrogates become U+FFFD, `__proto__` is dropped.
 * Throws MALFORMED, TOO_LARGE.
 */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request, limits.bodyBytes)
  if (text.trim() === '') return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Problem(
      'MALFORMED',
      error instanceof Error ? { message: `The body is not valid JSON: ${error.message}` } : {},
    )
  }
  return clean(value, 0)
}

/** The body as text, refused as soon as it is longer than `most` bytes, whatever Content-Length says. */
export async function readText(message: Request | Response, most: number): Promise<string> {
  if (!message.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of message.body) {
    size += chunk.byteLength
    if (size > most) {
      const said = Number(message.headers.get('content-length'))
      const why = `is larger than ${most / 1024} KB${said > most ? `, namely ${Math.ceil(said / 1024)} KB` : ''}`
      throw new Problem('TOO_LARGE', { message: `The body ${why}`, fields: { body: why } })
    }
    chunks.push(chunk)
  }
  return new TextDecoder().decode(concat(chunks, size))
}

function concat(chunks: Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.byteLength
  }
  return all
}

function clean(value: unknown, depth: number): unknown {
  if (depth > limits.bodyDepth)
    throw new Problem('TOO_LARGE', {
      message: `The body is nested deeper than ${limits.bodyDepth} levels`,
      fields: { body: `is nested deeper than ${limits.bodyDepth} levels` },
    })
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map((one) => clean(one, depth + 1))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== '__proto__')
      .map(([name, one]) => [name.toLowerCase(), clean(one, depth + 1)]),
  )
}

/** Text as any desk can store and show it: well-formed, without control characters but tab and line breaks. */
export const cleanText = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are the characters to remove
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '').toWellFormed()
