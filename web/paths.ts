/** Every address of the app. A screen asks here and never joins strings, so that moving a page is one change. */
export const paths = {
  home: () => '/',
  signUp: () => '/signup',
  gallery: () => '/dev/gallery',
  signIn: (slug: string, next?: string) =>
    `/${slug}/sign-in${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}`,
  tickets: (slug: string) => `/${slug}`,
  newTicket: (slug: string) => `/${slug}/new`,
  ticket: (slug: string, id: number, highlight?: number) =>
    `/${slug}/tickets/${id}${highlight === undefined ? '' : `?highlight=${highlight}`}`,
  /** What the address of every ticket begins with. */
  ticketPages: (slug: string) => `/${slug}/tickets/`,
  portal: (slug: string) => `/${slug}/portal`,
  portalNew: (slug: string) => `/${slug}/portal/new`,
  portalTicket: (slug: string, id: number) => `/${slug}/portal/tickets/${id}`,
  config: (slug: string) => `/${slug}/config`,
  agents: (slug: string) => `/${slug}/config/agents`,
  connections: (slug: string) => `/${slug}/config/connections`,
  connection: (slug: string, id: number) => `/${slug}/config/connections/${id}`,
  mail: (slug: string) => `/${slug}/config/mail`,
}

/**
 * Where to go after signing in. Only an address of the same desk: `next` comes from a link that
 * anyone may have written, and must not lead to another site or another desk.
 */
export function safeNext(slug: string, next: string | undefined): string | undefined {
  if (next === undefined || next.includes('\\') || next.includes('//')) return undefined
  const home = paths.tickets(slug)
  const { pathname } = new URL(next, 'https://here.invalid') // without `..`, as a browser goes there
  if (pathname !== home && !pathname.startsWith(`${home}/`)) return undefined
  const inside = next === home || ['/', '?', '#'].some((mark) => next.startsWith(home + mark))
  return inside && !next.startsWith(paths.signIn(slug)) ? next : undefined
}
