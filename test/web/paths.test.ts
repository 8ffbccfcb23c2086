import { expect, test } from 'vitest'
import { safeNext } from '../../web/paths'

test.each(['/acme', '/acme/tickets/1001', '/acme?mine=1', '/acme/portal#top'])(
  'T29 after signing in one may go on to %s',
  (next) => expect(safeNext('acme', next)).toBe(next),
)

test.each([
  undefined,
  '',
  '/skyline',
  '/acmeagain',
  'https://evil.example/acme',
  '//evil.example',
  '/acme//evil.example',
  '/acme\\evil',
  '/\\evil.example',
  'https:evil.example',
  '\t//evil.example',
  ' /acme',
  '/acme/../skyline',
  'javascript:alert(1)',
  '/acme/sign-in?next=/acme',
])('T29 but not to %s', (next) => expect(safeNext('acme', next)).toBeUndefined())
