import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packaged, { inflate } from '@sparticuz/chromium'
import { chromium } from 'playwright-core'

/** Installed browsers, tried where the packaged one does not start. */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
// The package's own list is not used: it switches off the web security that these tests look at.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * A browser for tests: CHROME_PATH if it is set, else the one that npm installed, else one that
 * the machine has. Each launch has a fresh profile.
 * @param {import('playwright-core').LaunchOptions} [options]
 * @returns {Promise<import('playwright-core').Browser>}
 */
export async function launchBrowser(options = {}) {
  const failures = []
  for (const candidate of candidates()) {
    try {
      const { executablePath, env = {} } = await candidate()
      return await chromium.launch({
        ...options,
        executablePath,
        args: [...FLAGS, ...(options.args ?? [])],
        env: { ...process.env, ...env },
      })
    } catch (error) {
      failures.push(error instanceof Error ? error.message.split('\n', 3).join(' ') : String(error))
    }
  }
  throw new Error(
    `No browser starts here. Install Chromium, or name one in CHROME_PATH.\n${failures.join('\n')}`,
  )
}

/** @returns {(() => Promise<{executablePath: string, env?: Record<string, string>}>)[]} */
function candidates() {
  const chosen = process.env['CHROME_PATH']
  if (chosen) return [async () => ({ executablePath: chosen })]
  return [
    async () => ({ executablePath: await packaged.executablePath(), env: fonts() }),
    // The same with the libraries that come with it, for a machine that has none of its own.
    async () => ({
      executablePath: await packaged.executablePath(),
      env: { ...fonts(), LD_LIBRARY_PATH: join(await inflate(libraries), 'lib') },
    }),
    ...INSTALLED.filter((path) => existsSync(path)).map((executablePath) => async () => ({
      executablePath,
    })),
  ]
}

const libraries = fileURLToPath(
  new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium')),
)

/** A machine without fonts gets those of the package: text without glyphs has no size to test. */
function fonts() {
  return existsSync('/etc/fonts') ? {} : { FONTCONFIG_PATH: join(tmpdir(), 'fonts') }
}
