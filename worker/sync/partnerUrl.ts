import { Problem } from '../platform/problem'

export interface UrlRules {
  /** A desk on this machine may be a partner: only while developing and testing. */
  loopbackAllowed: boolean
  /** The field as the caller wrote it, for the refusal. */
  name?: string
}

/** Where a deployment that is not for the public may call: its own machine. */
export const urlRules = (env: { ENVIRONMENT: string }): { loopbackAllowed: boolean } => ({
  loopbackAllowed: env.ENVIRONMENT === 'development' || env.ENVIRONMENT === 'test',
})

const MOST_CHARACTERS = 500
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
const IP_LITERAL = /^(\[.*\]|\d+\.\d+\.\d+\.\d+)$/
/** Names that mean something only inside a network (RFC 6761, 6762, 8375, and what routers and clouds use). */
const INSIDE = /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|arpa)$/
/** Second-level suffixes under which anybody can register; `co.uk` and its like are recognised by their form. */
const SHARED = new Set(
  (
    'workers.dev pages.dev trycloudflare.com vercel.app netlify.app herokuapp.com onrender.com fly.dev web.app firebaseapp.com github.io ' +
    'ngrok.io ngrok.app ngrok-free.app azurewebsites.net cloudfront.net amazonaws.com'
  ).split(' '),
)

/**
 * Checks that a partner's address is one this Worker may call (T12), after the parser has undone every spelling (`0x7f.1`, `①②⑦.0.0.1`).
 * No IP literal is a partner, so private, link-local, CGNAT, 6to4, NAT64 and mapped addresses need no list of their own. A name that
 * resolves to such an address cannot be seen from here: the platform has no private network to reach, and we rely on that.
 * Throws VALIDATION that says what is wrong.
 */
export function checkPartnerUrl(text: string, { loopbackAllowed, name = 'url' }: UrlRules): URL {
  const refuse = (why: string) => Problem.field(name, why)
  if (text.length > MOST_CHARACTERS)
    throw refuse(`an address has at most ${MOST_CHARACTERS} characters`)
  const url = URL.parse(text.trim())
  if (!url) throw refuse('this is not an address; it looks like https://desk.example.com/acme')
  if (url.username || url.password)
    throw refuse('a user name or password does not belong into an address')
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refuse('an address begins with https://')
  if (loopbackAllowed && LOOPBACK.test(url.hostname)) return url // with any port: two deployments on one machine
  if (url.protocol !== 'https:') throw refuse('an address begins with https://')
  if (IP_LITERAL.test(url.hostname)) throw refuse('use the name of the host, not its number')
  if (INSIDE.test(url.hostname.replace(/\.+$/, '')))
    throw refuse('this host is inside a private network')
  if (url.hostname.endsWith('.')) throw refuse('the host ends in a dot')
  if (!url.hostname.includes('.')) throw refuse('this host has no domain')
  if (url.port) throw refuse('only the usual port is called; leave it out')
  return url
}

/**
 * Both addresses of a partner as they are stored: `.../auth` and `.../api`, without a slash at the end. Takes the instance's own address
 * and those with `/token` or `/instanceinfo` behind, which people copy. Throws VALIDATION where either may not be called, or where they
 * are of two sites: a secret is sent to one and its token to the other.
 */
export function partnerUrls(
  typed: { authUrl?: string | undefined; resourceUrl?: string | undefined },
  rules: { loopbackAllowed: boolean },
  names = { authUrl: 'partner.auth_url', resourceUrl: 'partner.resource_url' },
): { authUrl: string | null; resourceUrl: string | null } {
  const auth = typed.authUrl
    ? checkPartnerUrl(typed.authUrl, { ...rules, name: names.authUrl })
    : null
  const resource = typed.resourceUrl
    ? checkPartnerUrl(typed.resourceUrl, { ...rules, name: names.resourceUrl })
    : null
  if (
    auth &&
    resource &&
    (siteOf(auth) !== siteOf(resource) || auth.protocol !== resource.protocol)
  ) {
    throw Problem.field(
      names.authUrl,
      'the authorisation URL and the resource URL belong to different sites',
    )
  }
  return {
    authUrl: auth && withDoor(auth, 'auth'),
    resourceUrl: resource && withDoor(resource, 'api'),
  }
}

function withDoor(url: URL, door: 'auth' | 'api'): string {
  const path = url.pathname.replace(/\/+$/, '').replace(/\/(token|instanceinfo|authinfo)$/i, '')
  // Halo's shared authorisation server is a host of its own and has no path (halo-api.md §1).
  if (door === 'auth' && path === '' && url.hostname.startsWith('auth.')) return url.origin
  return `${url.origin}${path.replace(/\/(auth|api)$/i, '')}/${door}`
}

/** Whether an address is of this machine. */
export const isLoopback = (url: string): boolean => LOOPBACK.test(new URL(url).hostname)

/** The part of a host that one owner has, near enough without the public suffix list; a loopback host with its port. */
function siteOf(url: URL): string {
  if (LOOPBACK.test(url.hostname)) return url.host
  const labels = url.hostname.split('.')
  const [second = '', top = ''] = labels.slice(-2)
  const shared = SHARED.has(`${second}.${top}`) || (top.length === 2 && second.length <= 3)
  return labels.slice(shared ? -3 : -2).join('.')
}
