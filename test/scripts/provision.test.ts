import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { run } from '../../scripts/run.mjs'

test('a dry run of provisioning names everything that wrangler.toml needs, and changes nothing', async () => {
  const before = readFileSync('wrangler.toml', 'utf8')
  const { code, output } = await run([process.execPath, 'scripts/provision.mjs', '--dry-run'])
  assert.equal(code, 0, output)
  for (const command of [
    'wrangler d1 create baton',
    'wrangler r2 bucket create baton-files',
    'wrangler queues create deliveries',
    'wrangler queues create deliveries-dead',
    'wrangler secret put KEYS',
    'wrangler secret put SESSION_KEY',
  ])
    assert.ok(output.split('\n').includes(command), `${command} is not among:\n${output}`)
  assert.equal(readFileSync('wrangler.toml', 'utf8'), before)
})
