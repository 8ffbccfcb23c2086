import { findInstance, type Instance } from '../platform/directory'
import { Problem } from '../platform/problem'
import { isOwnZone, partnerFetch, type Target, type World } from './partnerFetch'
import { objectOf } from './partnerToken'
import { isLoopback } from './partnerUrl'

/** One of the five values of the partner, as the wire calls it. */
export type Value = 'auth_url' | 'resource_url' | 'tenant_id' | 'client_id' | 'client_secret'

/** Where this deployment was called, so that its own addresses are looked up and never fetched (T12). */
export interface Here {
  instance: Instance
  base: string
}

export interface Partner {
  name: string
  dialect: 'baton' | 'halo'
  /** The version of the protocol it speaks; null where it speaks none. */
  v: number | null
}

/** Whether the instance at the two addresses is the one of the tenant id; says which of the three is likely wrong. */
export async function whoIsThere(world: World, here: Here, target: Target): Promise<Partner> {
  await refuseOtherHosts(world, here, target)
  const atResource = await tenantAt(world, here, target.resourceUrl.replace(/\/api$/, ''))
  if (typeof atResource === 'string')
    throw wrong(
      ['resource_url'],
      `No instance answers at the resource URL: ${atResource}`,
      copyFix('resource URL'),
    )
  const authBase = target.authUrl.replace(/\/auth$/, '')
  const elsewhere =
    authBase !== target.resourceUrl.replace(/\/api$/, '') && target.authUrl.endsWith('/auth')
  const atAuth = elsewhere ? await tenantAt(world, here, authBase) : atResource
  const right = (one: Found | string): boolean =>
    typeof one !== 'string' && one.tenantId === target.tenantId
  if (!right(atResource)) {
    if (elsewhere && right(atAuth))
      throw wrong(
        ['resource_url'],
        `The resource URL is that of another instance, ${atResource.name}`,
        copyFix('resource URL'),
      )
    throw wrong(
      ['tenant_id'],
      `The instance at this address, ${atResource.name}, has another tenant id`,
      `Copy the tenant id again from the partner’s profile, or from ${target.resourceUrl}/instanceinfo.`,
    )
  }
  // A server that only gives tokens has no instanceinfo; the token itself is asked for next.
  if (!right(atAuth) && (typeof atAuth !== 'string' || isHere(world, here, target.authUrl))) {
    throw wrong(
      ['auth_url'],
      'The authorisation URL does not belong to the instance of this tenant id',
      copyFix('authorisation URL'),
    )
  }
  return { name: atResource.name, dialect: atResource.dialect, v: atResource.v }
}

/**
 * A desk of this deployment is called inside, and takes the host of the stored address for its own: its mails then link there. So that
 * host must be one of ours, and not one that only answers with the right tenant id (T13).
 */
async function refuseOtherHosts(world: World, here: Here, target: Target): Promise<void> {
  if (!(await findInstance(world.env, target.tenantId))) return
  const others = [
    ['resource_url', 'resource URL', target.resourceUrl],
    ['auth_url', 'authorisation URL', target.authUrl],
  ] as const
  for (const [value, name, url] of others)
    if (!isHere(world, here, url) && !(isLoopback(url) && isLoopback(here.base)))
      throw wrong([value], `The instance of this tenant id is not at the ${name}`, copyFix(name))
}

interface Found extends Partner {
  tenantId: string
}

export const copyFix = (name: string) => `Copy the ${name} again from the partner’s profile.`

/** The instance at a base address, as its `instanceinfo` says; in words why there is none. An own address is looked up, not fetched. */
async function tenantAt(world: World, here: Here, base: string): Promise<Found | string> {
  let tenantId = ''
  if (isHere(world, here, base)) {
    const instance = await findInstance(world.env, slugOf(world, base))
    if (!instance) return 'there is no instance of that name'
    tenantId = instance.tenantId
  }
  const answer = await partnerFetch(
    world,
    { tenantId, authUrl: `${base}/auth`, resourceUrl: `${base}/api` },
    { door: 'api', path: 'instanceinfo' },
  )
  if ('error' in answer) return answer.error
  const info = objectOf(answer.json)
  if (answer.location !== undefined) return `it points to ${answer.location}`
  if (answer.status !== 200 || typeof info['tenant_id'] !== 'string')
    return `it answered with status ${answer.status}`
  const name =
    [info['name'], info['app_name'], 'the partner']
      .filter((one) => typeof one === 'string')
      .find(Boolean) ?? ''
  return {
    tenantId: info['tenant_id'].toLowerCase(),
    name: name.slice(0, 200),
    dialect: info['baton'] === undefined ? 'halo' : 'baton',
    v: versionIn(info['baton']),
  }
}

const versionIn = (baton: unknown): number | null => {
  const { v } = objectOf(baton)
  return typeof v === 'number' && Number.isFinite(v) ? v : null
}

function isHere(world: World, { base }: Here, url: string): boolean {
  const at = new URL(url)
  return at.host === new URL(base).host || isOwnZone(world.env, at)
}

function slugOf({ env }: World, base: string): string {
  const { hostname, pathname } = new URL(base)
  const [first = ''] = pathname.slice(1).split('/')
  const zone = `.${env.BASE_DOMAIN}`
  return (
    first || (env.BASE_DOMAIN && hostname.endsWith(zone) ? hostname.slice(0, -zone.length) : '')
  )
}

/** A refusal that names which of the five values is likely wrong. */
export function wrong(values: Value[], message: string, fix: string): Problem {
  const fields = Object.fromEntries(values.map((value) => [`partner.${value}`, message]))
  return new Problem('VALIDATION', { message, fix, ...(values.length > 0 && { fields }) })
}
