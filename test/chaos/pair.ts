import { registerHooks } from 'node:module'
import type { DemoInstance } from '../../scripts/serve.mjs'
import { Deployment, type Slug } from './deployment.ts'
import type { History } from './history.ts'
import { Wire } from './wire.ts'

// The product's files name each other without an ending, as its bundler reads them.
registerHooks({
  resolve: (name, context, next) =>
    name.startsWith('.') && !/\.\w+$/.test(name)
      ? next(`${name}.ts`, context)
      : next(name, context),
})

export interface Side {
  deployment: Deployment
  demo: DemoInstance
  /** The way on which its partner reaches it. */
  wire: Wire
  /** Its address as the partner knows it. */
  wired: string
}
export type Pair = Record<Slug, Side>

/**
 * Acme and Skyline in two deployments on two ports, linked by the calls that an admin's program would make. Whatever one says to the
 * other passes a wire; their own people call them directly.
 */
export async function linkedPair(folder: string, bundle: string, history: History): Promise<Pair> {
  const [acme, skyline] = await Promise.all([
    side('acme', folder, bundle, history),
    side('skyline', folder, bundle, history),
  ])
  const { linkDemo } = await import('../../worker/api/demoLink.ts')
  const desk = ({ wired, demo: { api } }: Side) => ({
    url: wired,
    clientId: api.client_id,
    secret: api.client_secret,
  })
  await linkDemo((request) => fetch(request), desk(acme), desk(skyline))
  return { acme, skyline }
}

async function side(slug: Slug, folder: string, bundle: string, history: History): Promise<Side> {
  const [deployment, demo] = await Deployment.make(slug, folder, bundle)
  const wire = new Wire(slug, deployment.origin, history)
  return { deployment, demo, wire, wired: `${await wire.open()}/${slug}` }
}
