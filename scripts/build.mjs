import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './own-node.mjs'
import { run } from './run.mjs'

const SHARED = ['package-lock.json', 'tsconfig*.json']
const parts = {
  web: {
    sources: [...SHARED, 'web/**/*', 'vite.config.ts'],
    product: 'dist/web/index.html',
    command: ['vite', 'build', '--logLevel', 'warn'],
  },
  worker: {
    sources: [...SHARED, 'worker/**/*', 'db/**/*', 'wrangler.toml'],
    product: 'dist/worker/index.js',
    command: ['wrangler', 'deploy', '--dry-run', '--outdir', 'dist/worker'],
  },
}

/**
 * Builds what has changed since it was last built. The Worker's bundle is made by the same
 * command that deploys it, so what runs locally is what would run in production.
 * @param {readonly (keyof typeof parts)[]} names
 */
export async function build(names = ['web', 'worker']) {
  mkdirSync(join(root, 'dist/web'), { recursive: true }) // wrangler.toml names it, also when only the Worker is built
  for (const name of names) {
    const part = parts[name]
    const stamp = join(root, 'dist', `${name}.hash`)
    const hash = hashOf(part.sources)
    if (
      existsSync(join(root, part.product)) &&
      existsSync(stamp) &&
      readFileSync(stamp, 'utf8') === hash
    )
      continue
    const built = await run(part.command, { env: { CI: '1' } })
    if (built.code !== 0) throw new Error(`The build of ${name} failed.\n${built.output}`)
    writeFileSync(stamp, hash)
  }
}

function hashOf(/** @type {string[]} */ globs) {
  const hash = createHash('sha256')
  const files = globSync(globs, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}
