import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { liveIn } from './livedIn.ts'
import { look, SMALLEST } from './look.ts'
import { openAction, openWorld, type Person, type World } from './world.ts'

// Every screen, on a desk and in a hand, in both themes.
let world: World
let pat: Person
let ana: Person
let lena: Person
let alex: Person
let nobody: Person
let ours = 0
let twin = 0
before(async () => {
  world = await openWorld()
  const still = { reducedMotion: 'reduce' } as const
  ;[pat, ana, lena, alex, nobody] = await Promise.all([
    world.person('acme', 'user', still),
    world.person('acme', 'agent', still),
    world.person('skyline', 'agent', still),
    world.person('acme', 'admin', still),
    world.stranger('acme', still),
  ])
})
after(() => world.close())

/** Opens a page and waits until nothing stands there in place of something else. */
async function arrive({ page, open }: Person, path: string, heading: string | RegExp) {
  await open(path)
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
  await page.waitForFunction(() => document.querySelector('.bone') === null)
}

const quiet = ({ faults }: Person) => assert.deepEqual(faults, [])

/** The API is out of order for this page. */
async function outOfOrder(person: Person, path: string, heading: string) {
  const { page } = person
  await page.route('**/api/tickets?*', (route) => route.fulfill({ status: 500, json: {} }))
  await person.open(path)
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).waitFor()
}

async function repaired({ page, faults }: Person, found: string) {
  await page.unrouteAll()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText(found).first().waitFor()
  assert.ok(faults.every((fault) => fault.includes('status of 500')))
  faults.length = 0
}

test('the list with no ticket yet', async () => {
  await arrive(lena, '', 'Open tickets')
  await lena.page.getByText('No ticket here yet').waitFor()
  await look(lena.page, 'list-empty')
  quiet(lena)
})

test('the portal with no ticket yet', async () => {
  await arrive(pat, '/portal', 'How can we help?')
  await pat.page.getByText('You have no open ticket').waitFor()
  await look(pat.page, 'portal-empty', SMALLEST)
  quiet(pat)
})

test('a lived-in pair of desks', async () => {
  ;({ ours, twin } = await liveIn(world, { pat, ana, lena }))
  assert.ok(ours > 0 && twin > 0)
})

test('the list', async () => {
  await arrive(ana, '', 'Open tickets')
  await look(ana.page, 'list')
  await ana.page.getByRole('button', { name: 'Status' }).click()
  await ana.page.getByRole('menuitemcheckbox').first().waitFor()
  await look(ana.page, 'list-menu')
  quiet(ana)
})

test('the list when nothing fits the filters', async () => {
  await arrive(ana, '?q=zebra', 'Open tickets')
  await ana.page.getByText('No ticket fits these filters').waitFor()
  await look(ana.page, 'list-no-match')
  quiet(ana)
})

test('the list when the desk does not answer, and then does', async () => {
  await outOfOrder(ana, '', 'Open tickets')
  await look(ana.page, 'list-failed')
  await repaired(ana, 'VPN drops every hour')
})

test('a ticket', async () => {
  await arrive(ana, `/tickets/${ours}`, /Cannot print/)
  await look(ana.page, 'ticket')
  await openAction(ana.page, 'Private note')
  await ana.page.getByRole('textbox', { name: 'Note' }).waitFor()
  await look(ana.page, 'ticket-form')
  quiet(ana)
})

test('a ticket whose update was refused', async () => {
  await arrive(ana, '?sync=problems', 'Open tickets')
  await ana.page.getByRole('link', { name: 'Wi-Fi on floor 3 is slow' }).click()
  await ana.page.getByRole('button', { name: /^Retry/ }).waitFor()
  await look(ana.page, 'ticket-failed')
  quiet(ana)
})

test('the twin', async () => {
  await arrive(lena, `/tickets/${twin}`, /Cannot print/)
  await look(lena.page, 'twin')
  quiet(lena)
})

test('a new ticket', async () => {
  await arrive(ana, '/new', 'New ticket')
  await ana.page.getByRole('textbox', { name: 'Details' }).waitFor()
  await look(ana.page, 'new')
  quiet(ana)
})

test('the portal', async () => {
  await arrive(pat, '/portal', 'How can we help?')
  await look(pat.page, 'portal', SMALLEST)
  quiet(pat)
})

test('the portal when the desk does not answer, and then does', async () => {
  await outOfOrder(pat, '/portal', 'How can we help?')
  await look(pat.page, 'portal-failed', SMALLEST)
  await repaired(pat, 'Cannot print to HQ-3')
})

test('a ticket in the portal', async () => {
  await arrive(pat, `/portal/tickets/${ours}`, /Cannot print/)
  await look(pat.page, 'portal-ticket', SMALLEST)
  quiet(pat)
})

test('logging a ticket in the portal', async () => {
  await arrive(pat, '/portal/new', 'Log a ticket')
  await look(pat.page, 'portal-new', SMALLEST)
  quiet(pat)
})

test('the door: start page and signing in', async () => {
  await arrive(nobody, '/sign-in', 'Sign in to Acme')
  await look(nobody.page, 'sign-in', SMALLEST)
  await nobody.page.goto(world.url)
  await nobody.page.getByRole('heading', { name: 'Tickets that travel' }).waitFor()
  await look(nobody.page, 'home', SMALLEST)
  await nobody.page.goto(`${world.url}/nowhere/sign-in`)
  await nobody.page.getByRole('heading', { name: 'There is no desk “nowhere” here.' }).waitFor()
  await look(nobody.page, 'no-desk', SMALLEST)
})

test('the configuration', async () => {
  await arrive(alex, '/config', 'Configuration')
  await look(alex.page, 'config')
  await arrive(alex, '/config/connections', 'Connections')
  await look(alex.page, 'connections')
  await alex.page.getByRole('link', { name: 'Skyline' }).click()
  await alex.page.getByRole('heading', { name: 'Connection with Skyline' }).waitFor()
  await alex.page.waitForFunction(() => document.querySelector('.bone') === null)
  await look(alex.page, 'connection')
  await arrive(alex, '/config/mail', 'Mail')
  await alex.page.getByText('Cannot print to HQ-3').first().click()
  await look(alex.page, 'mail')
  quiet(alex)
})

test('the gallery', async () => {
  await alex.page.goto(`${world.url}/dev/gallery`)
  await alex.page.getByRole('textbox', { name: 'Formatted text' }).waitFor()
  await look(alex.page, 'gallery')
  await alex.page.getByRole('button', { name: 'Open a dialog' }).click()
  await alex.page.getByRole('dialog').waitFor()
  await look(alex.page, 'gallery-dialog')
  quiet(alex)
})
