import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { launchBrowser } from '../../scripts/browser.mjs'
import { serve, type DemoInstance, type Deployment, type SignIn } from '../../scripts/serve.mjs'

export type Slug = 'acme' | 'skyline'
export type Role = 'admin' | 'agent' | 'user'
export type Id = { id: number }

/** A whole deployment with the demo pair, and a browser. One for each file: it takes two seconds. */
export interface World {
  url: string
  desk: (slug: Slug) => DemoInstance
  /** A person at a browser of their own, signed in. */
  person: (slug: Slug, role: Role, options?: BrowserContextOptions) => Promise<Person>
  /** A browser in which nobody is signed in. */
  stranger: (slug: Slug, options?: BrowserContextOptions) => Promise<Person>
  /** Takes an action off the desk's workflow, for which there is no page yet; what is returned puts it back. */
  offWorkflow: (slug: Slug, action: string) => Promise<() => Promise<void>>
  /** Has the desk not know whether the newest message of a ticket arrived, which takes a Halo partner and a minute otherwise. */
  unsure: (slug: Slug, ticketId: number) => Promise<void>
  /** Ends the server as it stands; the data stays. */
  stop: () => Promise<void>
  /** Serves the same data at the same address again. */
  start: () => Promise<void>
  close: () => Promise<void>
}

export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'baton-e2e-'))
  const data = join(folder, 'data')
  let running = await serve({ port: 0, data, sweep: false })
  const { url, demo } = running
  const browser = await launchBrowser()
  const desk = (slug: Slug): DemoInstance => {
    const found = demo?.instances[slug]
    assert.ok(found, `${slug} is not in the demo pair`)
    return found
  }
  const stranger = (slug: Slug, options?: BrowserContextOptions) =>
    openPerson(browser, desk(slug), options)
  return {
    url,
    desk,
    stranger,
    person: async (slug, role, options) => {
      const person = await stranger(slug, options)
      await person.post('/auth/session', desk(slug)[role])
      return person
    },
    offWorkflow: (slug, action) => offWorkflow(running, slug, action),
    unsure: (slug, ticketId) => unsure(running, slug, ticketId),
    stop: () => running.stop(),
    start: async () => {
      running = await serve({ port: Number(new URL(url).port), data, sweep: false })
    },
    close: async () => {
      await browser.close()
      await running.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function offWorkflow({ runtime }: Deployment, slug: Slug, action: string) {
  const database = await runtime.getD1Database('DB')
  const { results } = await database
    .prepare(
      `DELETE FROM step_action WHERE t = (SELECT no FROM instance WHERE slug = ?)
       AND action_type_id = (SELECT id FROM action_type WHERE t = step_action.t AND name = ?) RETURNING *`,
    )
    .bind(slug, action)
    .run()
  assert.ok(results.length > 0, `${action} is on no step of ${slug}`)
  return async () => {
    for (const row of results) {
      const names = Object.keys(row)
      const gaps = names.map(() => '?').join(', ')
      await database
        .prepare(`INSERT INTO step_action (${names.join(', ')}) VALUES (${gaps})`)
        .bind(...Object.values(row))
        .run()
    }
  }
}

async function unsure({ runtime }: Deployment, slug: Slug, ticketId: number) {
  const database = await runtime.getD1Database('DB')
  await database
    .prepare(
      `UPDATE outbox SET state = 'unknown', reason = 'unclear', next_at = NULL, remote_id = NULL, parts = NULL, last_status = 0,
       error = 'The partner does not let us see whether it has this (403)'
       WHERE t = (SELECT no FROM instance WHERE slug = ?1) AND ticket_id = ?2
       AND action_id = (SELECT max(o.action_id) FROM outbox o WHERE o.t = outbox.t AND o.ticket_id = ?2)`,
    )
    .bind(slug, ticketId)
    .run()
}

/** Somebody at one desk: what they see, and what their browser may ask of the API. */
export interface Person {
  page: Page
  desk: DemoInstance
  /** Errors on the console and in the page's own code, as they come. */
  faults: string[]
  open: (path?: string) => Promise<void>
  get: <T>(path: string) => Promise<T>
  post: <T = Id>(path: string, body: unknown) => Promise<T>
  put: <T = Id>(path: string, body: unknown) => Promise<T>
}

async function openPerson(
  browser: Browser,
  desk: DemoInstance,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    ...options,
  })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`))

  const { origin } = new URL(desk.url)
  async function ask<T>(method: string, path: string, data?: unknown): Promise<T> {
    const answer = await context.request.fetch(desk.url + path, {
      method,
      headers: { origin },
      ...(data === undefined ? {} : { data }),
    })
    assert.ok(answer.ok(), `${method} ${path} answered ${answer.status()} ${await answer.text()}`)
    const body: T = await answer.json()
    return body
  }
  return {
    page,
    desk,
    faults,
    open: async (path = '') => {
      await page.goto(desk.url + path)
    },
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    put: (path, body) => ask('PUT', path, body),
  }
}

/** Fills the sign-in page as a person does. */
export async function signIn(page: Page, { email, password }: SignIn): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Opens the form of an action on an agent's ticket page. */
export async function openAction(page: Page, name: string): Promise<Locator> {
  await page
    .getByRole('group', { name: 'Actions' })
    .getByRole('button', { name, exact: true })
    .click()
  const form = page.getByRole('form', { name, exact: true })
  await form.waitFor()
  return form
}

export const note = (form: Locator): Locator => form.getByRole('textbox', { name: 'Note' })
export const sendTo = (form: Locator): Locator => form.getByLabel('Send to connected instance')

/** An entry of the timeline, found by what it says. */
export const entry = (page: Page, text: string | RegExp): Locator =>
  page.getByRole('article').filter({ hasText: text })

/** The same in the portal. */
export const portalEntry = (page: Page, text: string | RegExp): Locator =>
  page
    .getByRole('region', { name: 'What has happened' })
    .getByRole('listitem')
    .filter({ hasText: text })

/** Asks again until it holds, and fails with the last reason. */
export async function eventually<T>(look: () => Promise<T>, withinMs = 10_000): Promise<T> {
  const until = Date.now() + withinMs
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((again) => setTimeout(again, 50))
    }
  }
}

/** The text of the element that describes a control, such as its hint or its error. */
export const described = (control: Locator): Promise<string> =>
  control.evaluate((element) =>
    (element.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join(' '),
  )

export const isFocused = (control: Locator): Promise<boolean> =>
  control.evaluate((element) => element === document.activeElement)
