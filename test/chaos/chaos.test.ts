import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BREAKS, bundleOf } from './broken.ts'
import { runOnce, type Report } from './run.ts'

// The short form; `npm run chaos` has the whole one.
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 100_000))
const plan = { seed, actions: 300, faults: 25, kills: 5, silences: 1, hands: 8, long: false }

let report: Report | undefined
before(async () => {
  report = await runOnce(plan, null)
})

const promises = {
  'Q1 lost': 'what a desk has accepted exists there and at the partner',
  'Q2 doubled': 'nothing arrives twice, neither entries nor tickets nor people',
  'Q3 unexplained': 'every message has ended or is due',
  'Q4 out of order': 'each link keeps the order in which things were saved',
  'Q5 apart': 'both desks show the same values, as their mappings make them',
  'Q6 untrue': 'what a desk says of a delivery is true',
  'Q16 mails doubled or lost': 'the end user gets each mail once',
  'I10 files': 'the files of an action arrive once and whole',
  'Q9 late': 'what waited leaves within a minute, and nobody asks for it',
  'R1 refused': 'a request repeated under its key is answered as if nothing had happened',
  'Q14 5xx': 'no desk says that something broke on its side',
  'T21 crossed': 'nobody else’s connection reaches a ticket',
}
for (const [name, promise] of Object.entries(promises))
  test(`${name.split(' ')[0]} whatever breaks, ${promise}`, () => {
    const guarantee = report?.guarantees.find((one) => one.name === name)
    assert.ok(guarantee)
    assert.deepEqual(guarantee.faults.slice(0, 20), [])
  })

test('each rule that --broken takes out still stands where it is looked for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-broken-'))
  for (const broken of Object.keys(BREAKS)) assert.doesNotThrow(() => bundleOf(folder, broken))
  rmSync(folder, { recursive: true, force: true })
})
