import { registerHooks } from 'node:module'
import type { DemoInstance } from '../../scripts/serve.mjs'
import { Deployment, type Slug } from './deployment.ts'

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
}
export type Pair = Record<Slug, Side>

/** Acme and Skyline in two deployments on two ports, linked over the network by the calls that an admin's program would make. */
export async function linkedPair(folder: string): Promise<Pair> {
  const [acme, skyline] = await Promise.all([side('acme', folder), side('skyline', folder)])
  const { linkDemo } = await import('../../worker/api/demoLink.ts')
  const desk = ({ demo: { url, api } }: Side) => ({
    url,
    clientId: api.client_id,
    secret: api.client_secret,
  })
  await linkDemo((request) => fetch(request), desk(acme), desk(skyline))
  return { acme, skyline }
}

async function side(slug: Slug, folder: string): Promise<Side> {
  const [deployment, demo] = await Deployment.make(slug, folder)
  return { deployment, demo }
}
