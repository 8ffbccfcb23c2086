// Builds, migrates the account's database, deploys. `--dry-run` builds and shows what would be deployed.
import { parseArgs } from 'node:util'
import { fail, onOwnNode } from './own-node.mjs'

const REQUIRED_SECRETS = ['KEYS', 'SESSION_KEY']

await onOwnNode()
const { build } = await import('./build.mjs')
const { run } = await import('./run.mjs')
const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })

await build(['web'])
if (values['dry-run']) {
  await must(['wrangler', 'deploy', '--dry-run', '--outdir', 'dist/worker'])
  process.exit(0)
}
const { code, output } = await run(['wrangler', 'secret', 'list', '--format', 'json'])
if (code !== 0) fail(`${output}\nSign in with \`npx wrangler login\`, then \`npm run provision\`.`)
const missing = REQUIRED_SECRETS.filter((name) => !output.includes(`"${name}"`))
if (missing.length > 0)
  fail(`The secrets ${missing.join(' and ')} are missing. Run \`npm run provision\` first.`)
// The tables first: the old program works with a column it does not know, the new one not without it.
await must(['wrangler', 'd1', 'migrations', 'apply', 'DB', '--remote'])
await must(['wrangler', 'deploy'])

/** @param {string[]} command */
async function must(command) {
  const done = await run(command, { show: true, env: { CI: '1' } })
  if (done.code !== 0) fail(`\`${command.join(' ')}\` failed.`)
}
