import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/own-node.mjs'

interface Break {
  find: RegExp
  put: string
  /** How often it stands there; once, where nothing is said. */
  times?: number | 'some'
}

const NO_POSITION: Break = {
  find: /throw new Problem\("GAP"/,
  put: 'void new Problem("GAP"',
}
const ONLY_ID =
  '(row, j) => (row && "lastAction" in row ? { ...row, lastAction: fresh[i][j].lastAction } : row)'

/** Rules taken out of the built Worker, to prove that the run notices. Nothing of this is in the product. */
export const BREAKS: Record<string, Break[]> = {
  /** A message is taken whether or not it was taken before, at whatever position (R2, R3). */
  dedupe: [
    { find: /if \(before\) \{\n(\s+if \(linked\?\.ticketId)/, put: 'if (false) {\n$1' },
    {
      find: /if \(\w+\)(\s+throw new Problem\("LOOP", \{\s+message: \w+\.authorKind)/,
      put: 'if (false)$1',
    },
    { find: /(signatureOf = .*?\n\s+uid: )baton\.uid/, put: '$1seams.uid()' },
    {
      find: /insert\(inbox\)\.values\(\{ \.\.\.row, t \}\)/,
      // Not seams.uid(): such a statement is written once, and its values with it.
      put: 'insert(inbox).values({ ...row, t, uid: sql`lower(hex(randomblob(16)))` })',
    },
    NO_POSITION,
  ],
  /** Neither desk minds where a message stands on its link: the sender does not wait, the receiver does not look (R3). */
  position: [
    NO_POSITION,
    { find: /shut \|\| parcel\.waits \|\| this\.#busy\.has\(parcel\.linkUid\)/, put: 'shut' },
    { find: /if \(this\.#busy\.has\(linkUid\)\) return null;/, put: '' },
  ],
  /** Writers of a ticket do not take turns, and whoever comes second writes what it had decided before (R4). */
  fence: [
    { find: /const turn = \w+\.then\(work, work\);/, put: 'const turn = work();' },
    {
      find: /rows = await readRecord\(db, (\w+)\);\n(\s+\}\n\s+\}\n\})/,
      put: `const fresh = await readRecord(db, $1); rows = rows.map((one, i) => one.map(${ONLY_ID}));\n$2`,
      times: 'some',
    },
    {
      find: /const rows = (await db\.orm\.batch\(\[[^;]*?\.\.\.actionQueries\(db, arrival\)\s*\]\));/,
      put: `const fresh = $1; var rows = tries === 1 ? fresh : rows.map((one, i) => one.map(${ONLY_ID}));`,
    },
  ],
  /** No timer is ever set (R8). */
  alarm: [{ find: /\.setAlarm\(/, put: '.getAlarm({}, ', times: 'some' }],
  /** A repeat under its key is a new request (R1). */
  key: [
    {
      find: /(\w+\.insert\(idem\)\.values\(\{\n\s+t,\n[^}]*?key: )[\w.]+/,
      put: '$1seams.uid()',
      times: 'some',
    },
  ],
  /** Any 4xx is a refusal, whoever says it (R6). */
  final: [
    {
      find: /if \(!refusal\) return \{ kind: "retry", words: strange\((\w+)\), retryAfterMs \};/,
      put: 'if (!refusal) return { kind: "failed", words: strange($1), fix: null, have: null };',
    },
  ],
}

/** The built Worker, or a copy of it that lacks a rule. */
export function bundleOf(folder: string, broken: string | null): string {
  const built = join(root, 'dist/worker/index.js')
  const copy = join(folder, 'worker.js')
  if (broken === null) {
    copyFileSync(built, copy)
    return copy
  }
  const breaks = BREAKS[broken]
  if (!breaks) throw new Error(`--broken takes one of ${Object.keys(BREAKS).join(', ')}`)
  let text = readFileSync(built, 'utf8')
  for (const { find, put, times = 1 } of breaks) {
    const found = [...text.matchAll(new RegExp(find, 'g'))].length
    if (times === 'some' ? found === 0 : found !== times)
      throw new Error(`${broken}: ${String(find)} stands ${found} times, not ${times}`)
    text = text.replaceAll(new RegExp(find, 'g'), put)
  }
  writeFileSync(copy, text)
  return copy
}
