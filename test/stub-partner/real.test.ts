import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from '../../scripts/build.mjs'
import { drain, inWords } from './drain.ts'
import { RealDesk } from './realDesk.ts'

/** A whole deployment and a partner behind a port: what only the real runtime and a real network can show. */

const MEGABYTE = 1024 * 1024
const folder = mkdtempSync(join(tmpdir(), 'baton-stub-'))
let desk: RealDesk

before(async () => {
  await build(['worker'])
  desk = await RealDesk.start(folder)
})
after(async () => {
  await desk.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('Q7 a partner that hangs costs the agent at most two seconds after the commit, and other links nothing', async (t) => {
  const [hanging = 0, other = 0] = await desk.sent(2)
  desk.partner.stub.will({ mode: 'silent', for: 'action', holding: 'hang', times: 1 })
  const first = desk.note(hanging, 'hang')
  await sleep(200)
  const beside = await desk.note(other, 'beside')
  const { waitedMs, state } = await first
  t.diagnostic(
    `Q7 waited ${Math.round(waitedMs)} ms after commit, beside ${Math.round(beside.waitedMs)} ms`,
  )
  assert.equal(state, 'pending')
  assert.ok(waitedMs < 2_600, `${waitedMs} ms`)
  assert.equal(beside.state, 'synced')
  assert.ok(beside.waitedMs < 1_500, `${beside.waitedMs} ms`)
})

test('F11 50 MB and a body without end are read up to 256 KB, and the runtime does not grow', async (t) => {
  const tickets = await desk.sent(3)
  const before = memory()
  const written = desk.partner.written()
  desk.partner.stub.will(
    { mode: 'huge', for: 'action', times: 6 },
    { mode: 'endless', for: 'action', times: 6 },
  )
  for (let n = 0; n < 4; n++) for (const ticket of tickets) await desk.note(ticket, `large ${n}`)
  const bytes = (desk.partner.written() - written) / 12
  t.diagnostic(
    `F11 ${Math.round(bytes / 1024)} KB left the partner an answer, memory ${megabytes(before)} to ${megabytes(memory())} MB`,
  )
  // What is in the buffers of the connection is written and not read.
  assert.ok(bytes < 10 * MEGABYTE, `${bytes} bytes`)
  assert.ok(memory() - before < 150 * MEGABYTE, `${megabytes(memory() - before)} MB more`)
  desk.partner.stub.heal()
})

test('F17 a redirect of any kind reaches nobody, and the connection names the new address', async (t) => {
  const asked: string[] = []
  const target: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    response.end('{}')
  })
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  t.after(() => target.close())
  const at = target.address()
  const to = `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}/api/actions`
  for (const status of [301, 302, 307, 308]) {
    await quiet() // a message that gets through takes the words off the connection
    const [ticket = 0] = await desk.sent(1)
    desk.partner.stub.will({
      mode: 'redirect',
      status,
      to,
      for: 'action',
      holding: `moved ${status}`,
      times: 1,
    })
    const { state } = await desk.note(ticket, `moved ${status}`)
    assert.equal(state, 'pending')
    assert.match(
      await desk.health(),
      new RegExp(`points to another address \\(${status} to ${to}\\)`),
    )
  }
  await quiet() // whatever is tried once more
  assert.deepEqual(asked, [])
})

test('F12 Q10 Q4 what was saved on ten links while the partner was away arrives once, in order and politely', async (t) => {
  const plan = { links: 10, messages: 100, downMs: 20_000 }
  const drained = await drain(desk, plan)
  t.diagnostic(inWords(plan, drained))
  const { arrived, outOfOrder, doubled, perSecond, drainedMs, messagesWhileDown, probes } = drained
  assert.deepEqual({ arrived, outOfOrder, doubled }, { arrived: 100, outOfOrder: 0, doubled: 0 })
  assert.ok(drainedMs < 120_000, `${drainedMs} ms`)
  assert.ok(perSecond <= 10.5, `${perSecond} requests a second`)
  assert.equal(messagesWhileDown, 0)
  assert.ok(probes <= 4, `${probes} probes while down`)
})

/** Until nothing waits for the partner. */
async function quiet(): Promise<void> {
  const until = Date.now() + 60_000
  while (/ waits?\b/.test(await desk.health())) {
    assert.ok(Date.now() < until, await desk.health())
    await sleep(200)
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / MEGABYTE)

/** What the runtime holds: the children of this process. Zero where the system does not tell. */
function memory(): number {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return pids
      .filter((pid) => Number(/^PPid:\s+(\d+)/m.exec(status(pid))?.[1]) === process.pid)
      .reduce((sum, pid) => sum + 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status(pid))?.[1] ?? 0), 0)
  } catch {
    return 0
  }
}

function status(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
