import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { root } from '../../scripts/own-node.mjs'

const page = readFileSync(join(root, 'docs/security.md'), 'utf8')
const rows = [...page.matchAll(/^\| (T\d+) +\| ([^|]+) \| ([^|]*) \|$/gm)].map(
  ([, threat = '', rule = '', files = '']) => ({
    threat,
    rule: rule.trim(),
    files: [...files.matchAll(/`([\w/]+)`/g)].map(([, file = '']) => file),
  }),
)

const fileOf = (name: string) =>
  [`test/worker/${name}.test.ts`, `test/${name}.test.ts`].find((path) =>
    existsSync(join(root, path)),
  )

describe('the table of threats in docs/security.md', () => {
  test('has all 45, each with a test or without a door', () => {
    assert.deepEqual(
      rows.map(({ threat }) => threat),
      Array.from({ length: 45 }, (_, at) => `T${at + 1}`),
    )
    for (const { threat, rule, files } of rows)
      assert.equal(files.length > 0, !/^There (is|are) no/.test(rule), threat)
  })

  test('names files whose tests have the number in their names', () => {
    for (const { threat, files } of rows)
      for (const file of files) {
        const path = fileOf(file)
        assert.ok(path, `${threat}: there is no ${file}`)
        const text = readFileSync(join(root, path), 'utf8')
        assert.match(text, new RegExp(`['"\`][^'"\`\\n]*\\b${threat}\\b`), `${threat} in ${path}`)
      }
  })
})
