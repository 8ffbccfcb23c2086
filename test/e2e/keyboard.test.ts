import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator } from 'playwright-core'
import { entry, eventually, isFocused, note, openWorld, type Person, type World } from './world.ts'

let world: World
let ana: Person
before(async () => {
  world = await openWorld()
  ana = await world.stranger('acme')
})
after(() => world.close())

const press = (key: string) => ana.page.keyboard.press(key)
const type = (text: string) => ana.page.keyboard.type(text)
const TABS_AT_MOST = 40

/** Whether the eye can find the focus: an outline, on the thing itself or on the box around it. */
const isMarked = () =>
  ana.page.evaluate(() => {
    const focused = document.activeElement
    for (let at = focused; at && at !== document.body; at = at.parentElement)
      for (const part of ['', '::after']) {
        const { outlineStyle, outlineWidth } = getComputedStyle(at, part)
        if (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) return true
      }
    return false
  })

/** Goes on with Tab until the focus is there; each stop on the way has to be seen. */
async function tabTo(goal: Locator): Promise<void> {
  for (let tabs = 0; tabs < TABS_AT_MOST; tabs++) {
    await press('Tab')
    assert.ok(await isMarked(), `no focus to be seen at ${await focusedHtml()}`)
    if (await isFocused(goal)) return
  }
  assert.fail(`${goal.toString()} is more than ${TABS_AT_MOST} steps away`)
}

const focusedHtml = () =>
  ana.page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200) ?? 'nothing')

test('signing in, opening a ticket, adding a note and going back need no mouse, and the focus is always seen', async () => {
  const pat = await world.person('acme', 'user')
  await pat.post('/api/tickets', { summary: 'Lamp flickers', details: 'In room 4.' })
  await pat.post('/api/tickets', { summary: 'Door squeaks', details: 'In room 5.' })
  const { page, desk, open } = ana

  await open()
  await page.getByRole('heading', { name: 'Sign in to Acme' }).waitFor()
  await tabTo(page.getByLabel('Email'))
  await type(desk.agent.email)
  await tabTo(page.getByLabel('Password', { exact: true }))
  await type(desk.agent.password)
  await press('Enter')

  await page.getByRole('link', { name: 'Door squeaks' }).waitFor()
  await press('j')
  await press('j')
  const lamp = page.getByRole('link', { name: 'Lamp flickers' })
  await eventually(async () => assert.ok(await isFocused(lamp)))
  assert.ok(await isMarked())
  await press('Enter')

  const action = page.getByRole('button', { name: 'Internal note', exact: true })
  await action.waitFor()
  await eventually(async () =>
    assert.ok(
      await isFocused(page.getByRole('heading', { name: 'Lamp flickers' })),
      await focusedHtml(),
    ),
  )
  await tabTo(action)
  await press('Enter')
  const form = page.getByRole('form', { name: 'Internal note' })
  await eventually(async () => assert.ok(await isFocused(note(form))))
  assert.ok(await isMarked())
  await type('The bulb is loose.')
  await press('Control+Enter')
  await entry(page, 'The bulb is loose.').waitFor()
  await form.waitFor({ state: 'detached' })
  await eventually(async () => assert.ok(await isFocused(action), await focusedHtml()))

  for (let back = 0; back < TABS_AT_MOST; back++) {
    if (await isFocused(page.getByRole('link', { name: 'Tickets', exact: true }))) break
    await press('Shift+Tab')
  }
  await press('Enter')
  await page.getByRole('heading', { name: 'Open tickets' }).waitFor()
  await lamp.waitFor()
  assert.deepEqual(ana.faults, [])
})

test('news that comes while one writes takes neither the focus nor a word', async () => {
  const { page } = ana
  const open = (name: string) => page.getByRole('link', { name }).click()
  await open('Lamp flickers')
  await page.getByText('The bulb is loose.').waitFor()
  await page.getByRole('link', { name: 'Tickets', exact: true }).click()
  await open('Lamp flickers') // the second time its data lies in the cache
  await page.getByRole('button', { name: 'Internal note', exact: true }).click()
  const text = note(page.getByRole('form', { name: 'Internal note' }))
  await eventually(async () => assert.ok(await isFocused(text)))
  await type('Half a sen')
  for (const path of ['/api/tickets/', '/api/actions'])
    await page.waitForResponse((answer) => answer.url().includes(path))
  await type('tence')
  await eventually(async () => assert.equal(await text.innerText(), 'Half a sentence'), 1_000)
  assert.ok(await isFocused(text), await focusedHtml())
})
