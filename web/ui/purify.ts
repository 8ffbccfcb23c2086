import DOMPurify from 'dompurify'

const isRemote = (src: string): boolean => {
  if (src.startsWith('data:')) return false
  try {
    return new URL(src, location.origin).origin !== location.origin
  } catch {
    return true
  }
}

/**
 * Makes foreign HTML fit to show. The server has cleaned it before; this is the second wall, and the
 * place where the reader is protected: remote pictures tell their owner who reads what and when.
 */
export function purify(
  html: string,
  showRemote: boolean,
): { content: DocumentFragment; blocked: number } {
  const content = DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: [
      'style',
      'form',
      'input',
      'button',
      'textarea',
      'select',
      'dialog',
      'video',
      'audio',
    ],
    FORBID_ATTR: ['style', 'class', 'id', 'name', 'srcset', 'background', 'autofocus', 'tabindex'],
    RETURN_DOM_FRAGMENT: true,
  })
  let blocked = 0
  // Nothing here has been fetched yet: the fragment belongs to no page until it is put into one.
  for (const image of content.querySelectorAll('img')) {
    if (!image.hasAttribute('alt')) image.setAttribute('alt', '')
    image.setAttribute('loading', 'lazy')
    if (isRemote(image.getAttribute('src') ?? '') && !showRemote) {
      image.remove()
      blocked += 1
    }
  }
  for (const link of content.querySelectorAll('a')) {
    link.setAttribute('rel', 'noopener nofollow')
    link.setAttribute('target', '_blank')
  }
  return { content, blocked }
}
