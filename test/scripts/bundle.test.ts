import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from '../../scripts/build.mjs'
import { root } from '../../scripts/own-node.mjs'

test('T43 the bundle that is deployed has none of the points at which tests break it', async () => {
  await build(['worker'])
  const bundle = readFileSync(join(root, 'dist/worker/index.js'), 'utf8')
  assert.ok(bundle.includes('worker/sync/LinkedTicket.ts'), 'this is not the bundle')
  // Not the whole bundle in the failure's words.
  assert.deepEqual(bundle.match(/(?<!\w)fault\(.{0,20}/g), null)
  assert.deepEqual(bundle.match(/nemesis.{0,20}/g), null)
})
