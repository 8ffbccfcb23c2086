import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { somePort, startDeployment, type Running } from '../../scripts/deployment.mjs'
import { run } from '../../scripts/run.mjs'

const folder = mkdtempSync(join(tmpdir(), 'baton-'))
const data = join(folder, 'data')
let port = 0
let desk: Running

const start = (...flags: string[]) => run([process.execPath, 'scripts/start.mjs', ...flags])
const isUp = async () => (await fetch(`${desk.url}/healthz`)).ok

before(async () => {
  port = await somePort()
  desk = await startDeployment({ port, data, flags: ['--no-sweep'] })
})
after(async () => {
  await desk.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('a fresh folder gets the demo pair, and demo.json says how to sign in', async () => {
  assert.deepEqual(Object.keys(desk.demo.instances).toSorted(), ['acme', 'skyline'])
  assert.equal(desk.demo.base, desk.url)
  const acme = desk.demo.instances['acme']
  assert.ok(acme)
  const answer = await fetch(`${acme.url}/auth/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: desk.url },
    body: JSON.stringify(acme.agent),
  })
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`)
})

test('only the owner of the folder can read its keys', () => {
  assert.equal(statSync(join(data, 'secrets.json')).mode & 0o777, 0o600)
})

test('a folder in use is refused in one sentence', async () => {
  const { code, output } = await start('--port', '0', '--data', data)
  assert.equal(code, 1)
  assert.match(output, /^The data folder .* is in use by process \d+\. .*\n$/)
})

test('a port in use is refused in one sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const address = other.address()
  assert.ok(typeof address === 'object' && address)
  const { code, output } = await start(
    '--port',
    String(address.port),
    '--data',
    join(folder, 'second'),
  )
  other.close()
  assert.equal(code, 1)
  assert.equal(output, `Port ${address.port} is in use. Choose another with --port N.\n`)
})

test('a flag that does not exist is refused in one sentence', async () => {
  const { code, output } = await start('--prot', '1')
  assert.equal(code, 1)
  assert.match(output, /^Unknown option '--prot'. Usage: .*\n$/)
})

test('a data folder that is a file is refused in one sentence', async () => {
  writeFileSync(join(folder, 'file'), '')
  const { code, output } = await start('--port', '0', '--data', join(folder, 'file'))
  assert.equal(code, 1)
  assert.match(output, /^The data folder .* cannot be used: .*\n$/)
})

test('after a power cut the same folder comes up again with the same keys and sign-ins', async () => {
  const keys = readFileSync(join(data, 'secrets.json'), 'utf8')
  const { instances } = desk.demo
  await desk.kill()
  desk = await startDeployment({ port, data, flags: ['--no-sweep'] })
  assert.ok(await isUp())
  assert.deepEqual(desk.demo.instances, instances)
  assert.equal(readFileSync(join(data, 'secrets.json'), 'utf8'), keys)
})
