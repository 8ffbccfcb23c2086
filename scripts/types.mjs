// The types of the bindings, from wrangler.toml. `--check` fails when they are out of date.
import { fail, onOwnNode } from './own-node.mjs'
import { run } from './run.mjs'

await onOwnNode()
const { code, output } = await run([
  'wrangler',
  'types',
  'worker/worker-configuration.d.ts',
  '--include-runtime=false', // @cloudflare/workers-types has those
  '--strict-vars=false',
  ...process.argv.slice(2),
])
if (code !== 0) fail(`${output}\nRun \`npm run types\`.`)
