// Writes dist/sbom.json: every package that the lockfile names, with version, licence and hash (CycloneDX 1.6).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onOwnNode, root } from './own-node.mjs'

await onOwnNode()
/** @typedef {{name?: string, version: string, integrity?: string, license?: string, dev?: boolean}} Package */
/** @type {{name: string, version: string, packages: Record<string, Package>}} */
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))

const components = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, { name = path.split('node_modules/').at(-1) ?? path, version, ...one }]) => ({
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    scope: one.dev ? 'excluded' : 'required',
    licenses: one.license ? [{ expression: one.license }] : [],
    hashes: (one.integrity ?? '')
      .split(' ')
      .filter(Boolean)
      .map((hash) => {
        const [, base64 = ''] = /^sha512-(.+)$/.exec(hash) ?? []
        return { alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }
      }),
  }))

mkdirSync(join(root, 'dist'), { recursive: true })
writeFileSync(
  join(root, 'dist/sbom.json'),
  JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        component: { type: 'application', name: lock.name, version: lock.version },
      },
      components,
    },
    null,
    2,
  ),
)
