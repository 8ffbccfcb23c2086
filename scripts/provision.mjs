// Makes on a Cloudflare account what wrangler.toml names, and the two secrets. What exists is left
// alone, so it can be run again. `--dry-run` prints the commands and runs none.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, onOwnNode, root } from './own-node.mjs'

const configFile = join(root, 'wrangler.toml')
const SECRETS = {
  KEYS: () => `k1:${randomBytes(32).toString('base64')}`,
  SESSION_KEY: () => randomBytes(32).toString('base64'),
}

await onOwnNode()
const { unstable_readConfig: readConfig } = await import('wrangler')
const { run } = await import('./run.mjs')
const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
const dry = values['dry-run']
const config = readConfig({ config: configFile })

for (const { binding, database_name: name = '', database_id: id } of config.d1_databases) {
  if (id) say(`D1 database ${name} has its id in wrangler.toml.`)
  else await database(name, binding)
}
for (const { bucket_name: name = '' } of config.r2_buckets)
  await make(['r2', 'bucket', 'create', name])
/** @type {{queue: string}[]} */
const ends = [...(config.queues.producers ?? []), ...(config.queues.consumers ?? [])]
const queues = new Set(ends.map(({ queue }) => queue))
for (const name of queues) await make(['queues', 'create', name])
await secrets()
say(dry ? 'Nothing was changed.' : 'Done. `npm run deploy` puts the program there.')

/** @param {string} name @param {string} binding */
async function database(name, binding) {
  await make(['d1', 'create', name])
  if (dry) return say(`write its database_id below binding = "${binding}" in wrangler.toml`)
  const { output } = await wrangler(['d1', 'list', '--json'])
  /** @type {{name: string, uuid: string}[]} */
  const databases = JSON.parse(output.slice(output.indexOf('[')))
  const made = databases.find((one) => one.name === name)
  if (made === undefined)
    return fail(`The database ${name} was made and is not in the account's list. Run this again.`)
  const text = readFileSync(configFile, 'utf8')
  writeFileSync(
    configFile,
    text.replace(
      `database_name = "${name}"\n`,
      `database_name = "${name}"\ndatabase_id = "${made.uuid}"\n`,
    ),
  )
}

/** A secret that is there stays: what was encrypted with the old one could not be read again. */
async function secrets() {
  const present = dry ? [] : await secretNames()
  for (const [name, value] of Object.entries(SECRETS)) {
    if (present.includes(name)) say(`Secret ${name} is there.`)
    else await make(['secret', 'put', name], value())
  }
}

/** @returns {Promise<string[]>} none before the first deployment, when the Worker does not exist */
async function secretNames() {
  const { code, output } = await run(['wrangler', 'secret', 'list', '--format', 'json'])
  if (code !== 0) {
    if (/not found|does not exist|10007/i.test(output)) return []
    return fail(output)
  }
  return JSON.parse(output.slice(output.indexOf('['))).map(
    (/** @type {{name: string}} */ secret) => secret.name,
  )
}

/** @param {string[]} args @param {string} [input] */
async function make(args, input) {
  say(`wrangler ${args.join(' ')}`)
  if (dry) return
  const { code, output } = await run(['wrangler', ...args], {
    env: { CI: '1' },
    ...(input === undefined ? {} : { input }),
  })
  if (code !== 0 && !/already exists|already taken|11009/i.test(output)) fail(output)
}

/** @param {string[]} args */
async function wrangler(args) {
  const done = await run(['wrangler', ...args], { env: { CI: '1' } })
  if (done.code !== 0) fail(done.output)
  return done
}

function say(/** @type {string} */ line) {
  process.stdout.write(`${line}\n`)
}
