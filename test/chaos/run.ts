import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from '../../scripts/build.mjs'
import { bundleOf } from './broken.ts'
import { chaos, type Report } from './chaos.ts'
import type { Plan } from './plan.ts'
import { seconds } from './seen.ts'

export type { Report }

const SHOWN = 10
const tell = (line: string) => process.stdout.write(`${line}\n`)

/** Builds, runs a plan, prints a line for each guarantee and keeps what the desks hold where one is broken. */
export async function runOnce(plan: Plan, broken: string | null): Promise<Report> {
  const { actions, faults, kills, seed } = plan
  const began = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'baton-chaos-'))
  tell(
    `chaos: ${actions} actions, ${faults} faults, ${kills} kills, seed ${seed}` +
      (broken === null ? '' : `, broken: ${broken}`),
  )
  await build(['worker'])
  const report = await chaos(plan, folder, bundleOf(folder, broken), tell).catch(
    (error: unknown) => {
      tell(`What the desks hold is kept in ${folder}`)
      throw error
    },
  )
  const run = `${report.actions} actions, ${report.faults} faults, seed ${seed}`
  for (const { name, of, faults: found } of report.guarantees) {
    tell(`${name} ${found.length} / ${run}; of ${of}`)
    for (const fault of found.slice(0, SHOWN)) tell(`  ${fault.slice(0, 300)}`)
  }
  if (report.guarantees.every(({ faults: found }) => found.length === 0))
    rmSync(folder, { recursive: true, force: true })
  else {
    writeFileSync(join(folder, 'worker.log'), report.log)
    tell(`What the desks hold and printed is kept in ${folder}`)
  }
  tell(`chaos took ${seconds(performance.now() - began)}`)
  return report
}
