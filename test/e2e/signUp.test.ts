import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../../scripts/browser.mjs'
import { serve, type Deployment } from '../../scripts/serve.mjs'
import { look } from './look.ts'
import { described, eventually, isFocused } from './world.ts'

// An empty deployment: nobody is known, and the only way in is to sign up.
let deployment: Deployment
let browser: Browser
let page: Page
const mails: { to: string; link: string }[] = []
const faults: string[] = []
const folder = mkdtempSync(join(tmpdir(), 'baton-signup-'))
before(async () => {
  deployment = await serve({
    port: 0,
    data: join(folder, 'data'),
    sweep: false,
    demo: false,
    sendMail: ({ to, html = '' }) => {
      mails.push({ to: String(to), link: /href="([^"]+)"/.exec(html)?.[1] ?? '' })
    },
  })
  browser = await launchBrowser()
  const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' })
  context.setDefaultTimeout(15_000)
  page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`))
})
after(async () => {
  await browser.close()
  await deployment.stop()
  rmSync(folder, { recursive: true, force: true })
})

const mailTo = (to: string) =>
  eventually(() => {
    const found = mails.findLast((mail) => mail.to === to)
    assert.ok(found, `no mail to ${to}`)
    return Promise.resolve(found.link)
  })
const heading = (name: string) => page.getByRole('heading', { name, level: 1 }).waitFor()

test('an admin signs up by keyboard, confirms by mail and is at the new desk', async () => {
  await page.goto(deployment.url)
  await look(page, 'home')
  await page.getByRole('link', { name: 'Get a desk' }).click()
  await heading('Get a desk')

  // Wrong first: said at the field, the caret is there, nothing typed is lost.
  const [name, address, email] = ['Organisation', 'Address', 'Your work email'].map((label) =>
    page.getByLabel(label, { exact: true }),
  )
  assert.ok(name && address && email)
  await name.fill('Müller & Söhne')
  assert.equal(await address.inputValue(), 'muller-sohne')
  await page.keyboard.press('Enter')
  assert.match(await described(email), /email/i)
  assert.ok(await isFocused(email))
  await email.fill('not an address')
  await page.keyboard.press('Enter')
  await eventually(async () => assert.match(await described(email), /not an email address/))
  assert.equal(await name.inputValue(), 'Müller & Söhne')
  await look(page, 'signup-refused')
  faults.length = 0 // the refusal stands on the console

  await email.fill('kim@muller.example')
  await page.keyboard.press('Enter')
  await heading('Look into your mail')
  await look(page, 'signup-sent')

  await page.goto(await mailTo('kim@muller.example'))
  await heading('Müller & Söhne')
  assert.equal(new URL(page.url()).hash, '', 'the token has left the address')
  await look(page, 'signup-confirm')
  await page.reload()
  await page.getByRole('button', { name: 'Open the desk' }).click()
  await page.waitForURL(`${deployment.url}/muller-sohne/config`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  assert.deepEqual(faults, [])
})

test('a link that was used says so and leads on', async () => {
  await page.goto('about:blank')
  await page.goto(await mailTo('kim@muller.example'))
  await heading('This link has been used or has expired')
  await look(page, 'signup-used')
  await page.getByRole('link', { name: 'Get a desk' }).click()
  await heading('Get a desk')
  faults.length = 0
})

test('who has no password is sent a link, chooses one, and signs in with it', async () => {
  await page.context().clearCookies()
  await page.goto(`${deployment.url}/muller-sohne/sign-in`)
  await heading('Sign in to Müller & Söhne')
  await page.getByRole('button', { name: 'Email me a link instead' }).click()
  const email = page.getByLabel('Email', { exact: true })
  assert.ok(await isFocused(email))
  await email.fill('kim@muller.example')
  await page.getByRole('button', { name: 'Email me a link instead' }).click()
  await page.getByText('a link that signs you in is on its way').first().waitFor()
  await look(page, 'sign-in-link-sent')

  const signUp = await mailTo('kim@muller.example')
  const link = await eventually(async () => {
    const found = await mailTo('kim@muller.example')
    assert.match(found, /sign-in\/link#/, `only ${signUp}`)
    return found
  })
  await page.goto(link)
  const password = page.getByLabel('New password')
  await password.fill('password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await eventually(async () => assert.notEqual(await described(password), ''))
  await look(page, 'sign-in-link-refused')
  await password.fill('grey otters swim')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${deployment.url}/muller-sohne`)

  await page.context().clearCookies()
  await page.goto(`${deployment.url}/muller-sohne/sign-in`)
  await page.getByLabel('Email', { exact: true }).fill('kim@muller.example')
  await page.getByLabel('Password', { exact: true }).fill('grey otters swim')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${deployment.url}/muller-sohne`)
})

test('the admin invites an agent, who joins and works tickets', async () => {
  await page.goto(`${deployment.url}/muller-sohne/config/agents`)
  await heading('Agents')
  await look(page, 'agents')
  await page.getByRole('button', { name: 'Invite an agent' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite an agent' })
  await dialog.getByLabel('Name').fill('Lee Park')
  await page.keyboard.press('Enter')
  await eventually(async () => assert.ok(await isFocused(dialog.getByLabel('Email'))))
  await dialog.getByLabel('Email').fill('kim@muller.example')
  await page.keyboard.press('Enter')
  await eventually(async () =>
    assert.match(await described(dialog.getByLabel('Email')), /another agent has this address/),
  )
  await look(page, 'agents-refused')
  faults.length = 0
  await dialog.getByLabel('Email').fill('lee@muller.example')
  await dialog.getByLabel('Service desk').check()
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('Invited', { exact: true }).waitFor()

  const kim = await page.context().cookies()
  await page.context().clearCookies()
  await page.goto(await mailTo('lee@muller.example'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${deployment.url}/muller-sohne`)
  await page.getByRole('heading', { level: 1 }).waitFor()

  await page.context().clearCookies()
  await page.context().addCookies(kim)
  await page.goto(`${deployment.url}/muller-sohne/config/agents`)
  await page.getByRole('button', { name: 'Lee Park' }).click()
  const change = page.getByRole('dialog', { name: 'Change Lee Park' })
  await change.getByLabel('May sign in').press('Space')
  await look(page, 'agents-change')
  await change.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Disabled', { exact: true }).waitFor()
  assert.deepEqual(faults, [])
})
