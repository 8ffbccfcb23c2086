import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { build } from '../../scripts/build.mjs'
import { chaos, type Report } from './chaos.ts'

// The short form. `npm run chaos` sets these for the whole one; CHAOS_SEED runs a plan again.
const kills = Number(process.env['CHAOS_KILLS'] ?? 6)
const silence = process.env['CHAOS_SILENCE'] === 'each' ? 'each' : 'last'
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 100_000))

const folder = mkdtempSync(join(tmpdir(), 'baton-chaos-'))
const tell = (line: string) => process.stdout.write(`${line}\n`)
let report: Report | undefined

before(async () => {
  tell(`chaos: ${kills} kills, seed ${seed}`)
  await build(['worker'])
  report = await chaos({ seed, kills, silence }, folder, tell)
  for (const { name, of, faults } of report.guarantees)
    tell(`${name} ${faults.length} / ${of}, ${kills} kills, seed ${seed}`)
})
after(() => {
  if (report?.guarantees.every(({ faults }) => faults.length === 0))
    return rmSync(folder, { recursive: true, force: true })
  if (report) writeFileSync(join(folder, 'worker.log'), report.log)
  tell(`What the desks hold and printed is kept in ${folder}`)
})

const promises = {
  'Q1 lost': 'what a desk has accepted exists there and at the partner',
  'Q2 doubled': 'nothing arrives twice, neither entries nor tickets nor people',
  'Q3 unexplained': 'every message has ended or is due',
  'Q4 out of order': 'each link keeps the order in which things were saved',
  'Q5 apart': 'both desks show the same values, as their mappings make them',
  'Q6 untrue': 'what a desk says of a delivery is true',
  'Q16 mails doubled or lost': 'the end user gets each mail once',
  'Q9 late': 'after a restart all that waited leaves within a minute, and nobody asks for it',
  'R1 refused': 'a request repeated under its key is answered as if nothing had happened',
}
for (const [name, promise] of Object.entries(promises))
  test(`${name.split(' ')[0]} whatever is killed, ${promise}`, () => {
    const guarantee = report?.guarantees.find((one) => one.name === name)
    assert.ok(guarantee)
    assert.deepEqual(guarantee.faults.slice(0, 20), [])
  })
