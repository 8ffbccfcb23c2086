/** Where an instance lives: `https://HOST/SLUG`, or `https://SLUG.BASE_DOMAIN` when it was called there (design.md §3). No slash at the end. */
export function baseOf(env: Pick<Env, 'BASE_DOMAIN'>, url: string, slug: string): string {
  const { origin } = new URL(url)
  return slugOfHost(env, url) === slug ? origin : `${origin}/${slug}`
}

/** The slug in the host name; undefined on the bare host. */
export function slugOfHost(env: Pick<Env, 'BASE_DOMAIN'>, url: string): string | undefined {
  const { hostname } = new URL(url)
  const end = `.${env.BASE_DOMAIN}`
  return env.BASE_DOMAIN && hostname.endsWith(end) ? hostname.slice(0, -end.length) : undefined
}

/**
 * The request as the routes spell it: Halo's clients write paths and query names in any case and with a slash at the end
 * (halo-api.md §2). Pages of the web app are left alone.
 */
export function canonical(request: Request): Request {
  if (isCanonical(request.url)) return request
  const url = new URL(request.url)
  if (!/\/(api|auth)(\/|$)/i.test(url.pathname)) return request
  const path = url.pathname.toLowerCase().replace(/(?<!^)\/+$/, '')
  const names = [...url.searchParams].map(([name, value]): [string, string] => [
    name.toLowerCase(),
    value,
  ])
  const search = new URLSearchParams(names).toString()
  const same = path === url.pathname && names.every(([name]) => url.searchParams.has(name))
  return same ? request : new Request(`${url.origin}${path}${search && `?${search}`}`, request)
}

/** As nearly all are, so nothing is taken apart for those. */
function isCanonical(url: string): boolean {
  const [, path = '', query = ''] = /^([^?]*)(.*)$/.exec(url) ?? []
  return !/[A-Z]|\/$/.test(path) && !/[A-Z%+]/.test(query.replace(/=[^&]*/g, ''))
}

/** Names that no instance may take, since they mean something at the host's root. */
export const RESERVED_SLUGS = new Set([
  'api',
  'auth',
  'www',
  'help',
  'signup',
  'login',
  'sign-in',
  'healthz',
  'assets',
  'dev',
  'admin',
  'app',
  'mail',
  'status',
  'cdn-cgi',
  '.well-known',
])
