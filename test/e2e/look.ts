import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { root } from '../../scripts/own-node.mjs'

// In both themes, on a desk and in a hand. The pictures are for people to look at.
const PICTURES = join(root, 'test-results/screens')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const WIDE = { width: 1280, height: 800 }
const HAND = { width: 390, height: 844 }
export const SMALLEST = { width: 320, height: 640 }
const looks = [
  { theme: 'light', size: WIDE },
  { theme: 'light', size: HAND },
  { theme: 'dark', size: HAND },
  { theme: 'dark', size: WIDE },
] as const

/** Looks at the screen that is open, in each of its looks. */
export async function look(page: Page, name: string, smallest = HAND): Promise<void> {
  mkdirSync(PICTURES, { recursive: true })
  for (const { theme, size } of looks) {
    await page.emulateMedia({ colorScheme: theme })
    await page.setViewportSize(size)
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    )
    const at = `${name}-${theme}-${size.width}`
    await page.screenshot({ path: join(PICTURES, `${at}.png`) })
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(RULES).analyze()
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      [],
      at,
    )
    if (size === HAND) assert.deepEqual(await tooWide(page), [], at)
  }
  if (smallest !== HAND) {
    await page.setViewportSize(smallest)
    assert.deepEqual(await tooWide(page), [], `${name} at ${smallest.width}`)
  }
  await page.setViewportSize(WIDE)
}

/** What makes the page scroll sideways. */
const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return []
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map((element) => `<${element.tagName.toLowerCase()} class="${element.className}">`)
  })
