const marks: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Typed text as HTML: an empty line parts paragraphs, a line end stays one. */
export function plainToHtml(text: string): string {
  const safe = text.trim().replace(/[&<>"]/gu, (mark) => marks[mark] ?? mark)
  if (safe === '') return ''
  return safe
    .split(/\n\s*\n/u)
    .map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br>')}</p>`)
    .join('')
}

/** The text of our own editor's HTML, for the plain fallback. */
export function htmlToPlain(html: string): string {
  const page = new DOMParser().parseFromString(
    html.replaceAll(/<br\s*\/?>/gu, '\n').replaceAll(/<\/(p|li|h\d|blockquote)>/gu, '\n\n'),
    'text/html',
  )
  return (page.body.textContent ?? '').trim()
}

/** Whether the editor holds nothing a reader would see: it writes an empty paragraph for "nothing". */
export function isEmptyHtml(html: string): boolean {
  return !/<(img|hr|table)\b/iu.test(html) && html.replaceAll(/<[^>]*>|&nbsp;|\s/gu, '') === ''
}
