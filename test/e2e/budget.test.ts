import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { root } from '../../scripts/own-node.mjs'
import { openWorld, type Person, type World } from './world.ts'

// What a browser fetches for the first page of each face, in kB after gzip (design.md §10).
const BUILT = join(root, 'dist/web')
const kB = (file: string) => gzipSync(readFileSync(join(BUILT, file)), { level: 9 }).length / 1000

let world: World
let pat: Person
let ana: Person
let ticketId = 0
before(async () => {
  world = await openWorld()
  ;[pat, ana] = await Promise.all([world.person('acme', 'user'), world.person('acme', 'agent')])
  const { id } = await pat.post('/api/tickets', { summary: 'Cannot print', details: 'Nothing.' })
  ticketId = id
})
after(() => world.close())

/** Scripts that come until the page has nothing more to ask for. */
async function scriptsOf({ page, open }: Person, path: string, shows: string): Promise<string[]> {
  const scripts = new Set<string>()
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.startsWith('/assets/') && pathname.endsWith('.js')) scripts.add(pathname)
  })
  await open(path)
  await page.getByText(shows).first().waitFor()
  await page.waitForLoadState('networkidle')
  page.removeAllListeners('response')
  return [...scripts]
}

const editor = () => {
  const [file, ...others] = globSync('assets/RichTextEditor-*.js', { cwd: BUILT })
  assert.ok(file && others.length === 0)
  return file
}

async function within(limit: number, person: Person, path: string, shows: string) {
  const scripts = await scriptsOf(person, path, shows)
  assert.ok(scripts.length > 1, `${path} loads ${scripts.length} scripts`)
  assert.ok(!scripts.includes(`/${editor()}`), `${path} loads the editor before anybody writes`)
  const size = scripts.reduce((sum, script) => sum + kB(script), 0)
  assert.ok(size <= limit, `${path} loads ${size.toFixed(1)} kB of scripts, ${limit} are allowed`)
}

test('the entry takes at most 50 kB', () => {
  const html = readFileSync(join(BUILT, 'index.html'), 'utf8')
  const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].flatMap(
    ([, file]) => file ?? [],
  )
  assert.ok(scripts.length > 0)
  const size = scripts.reduce((sum, script) => sum + kB(script), 0)
  assert.ok(size <= 50, `${size.toFixed(1)} kB`)
})

test('the portal takes at most 60 kB', () => within(60, pat, '/portal', 'Cannot print'))

test('the list takes at most 95 kB', () => within(95, ana, '', 'Cannot print'))

test('a ticket takes at most 90 kB', () => within(90, ana, `/tickets/${ticketId}`, 'Nothing.'))

test('the editor takes at most 130 kB', () => {
  assert.ok(kB(editor()) <= 130, `${kB(editor()).toFixed(1)} kB`)
})

test('all styles together take at most 15 kB', () => {
  const size = globSync('assets/*.css', { cwd: BUILT }).reduce((sum, file) => sum + kB(file), 0)
  assert.ok(size > 0 && size <= 15, `${size.toFixed(1)} kB`)
})
