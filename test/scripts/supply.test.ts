import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { root } from '../../scripts/own-node.mjs'
import { run } from '../../scripts/run.mjs'

interface Package {
  version?: string
  resolved?: string
  integrity?: string
  hasInstallScript?: boolean
  link?: boolean
  license?: string
  dev?: boolean
  /** It comes inside another package, whose hash counts. */
  inBundle?: boolean
}
interface Manifest {
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  allowScripts: Record<string, boolean>
}
interface Component {
  name: string
  scope: string
  licenses: object[]
  hashes: { content: string }[]
}
const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const lock: { lockfileVersion: number; packages: Record<string, Package> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
)
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
const nameOf = (path: string) => path.split('node_modules/').at(-1) ?? path

/** What may be built upon. Another licence is read by a person before it stands here. */
const FINE = new Set(
  'MIT ISC 0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BlueOak-1.0.0 CC0-1.0 MPL-2.0 Python-2.0 Unlicense MIT-0 CC-BY-4.0'.split(
    ' ',
  ),
)
/** Only for tools: nothing of them is in what is served. */
const FINE_FOR_TOOLS = new Set([...FINE, 'LGPL-3.0-or-later'])

describe('T42 what is built upon', () => {
  test('every version that is asked for is one version', () => {
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, wanted]) => !/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(wanted),
    )
    assert.deepEqual(loose, [])
  })

  test('the lockfile names the hash of every package, and none comes from anywhere but the registry', () => {
    assert.equal(lock.lockfileVersion, 3)
    assert.ok(packages.length > 100)
    for (const [path, one] of packages) {
      if (!one.inBundle) assert.match(one.integrity ?? '', /^sha512-/, path)
      assert.deepEqual([one.resolved, one.link], [undefined, undefined], path)
    }
  })

  test('only the packages of allowScripts run anything when they are installed', () => {
    const running = packages.filter(([, one]) => one.hasInstallScript).map(([path]) => nameOf(path))
    assert.deepEqual(
      running.filter((name) => manifest.allowScripts[name] === undefined),
      [],
    )
    assert.deepEqual(
      Object.keys(manifest.scripts).filter((name) =>
        /^(pre|post)?(install|prepare|publish)/.test(name),
      ),
      [],
    )
  })

  test('every licence is one of those that are known to be fine', () => {
    const others = packages.filter(([, { license = '', dev = false }]) => {
      const fine = dev ? FINE_FOR_TOOLS : FINE
      const choices = license.replace(/[()]/g, '').split(/ OR /)
      return !choices.some((choice) => choice.split(/ AND /).every((one) => fine.has(one)))
    })
    assert.deepEqual(
      others.map(([path, { license }]) => `${nameOf(path)} ${license}`),
      [],
    )
  })

  test('the bill of materials names every package, and those that are served with a hash and a licence', async () => {
    const { code, output } = await run([process.execPath, 'scripts/sbom.mjs'])
    assert.equal(code, 0, output)
    const { components }: { components: Component[] } = JSON.parse(
      readFileSync(join(root, 'dist/sbom.json'), 'utf8'),
    )
    assert.equal(components.length, packages.length)
    const served = components.filter(({ scope }) => scope === 'required')
    assert.ok(served.length > 10)
    for (const { name, licenses, hashes } of served)
      assert.deepEqual([licenses.length, hashes[0]?.content.length], [1, 128], name)
  })
})
