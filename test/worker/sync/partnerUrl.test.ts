import { describe, expect, test } from 'vitest'
import { Problem } from '../../../worker/platform/problem'
import { checkPartnerUrl, partnerUrls } from '../../../worker/sync/partnerUrl'

const production = { loopbackAllowed: false }
const development = { loopbackAllowed: true }

const refused = [
  // not an address at all
  '',
  ' ',
  'desk.skyline.com',
  '//desk.skyline.com',
  'https://',
  'https:///',
  'https://desk skyline.com',
  'https://[',
  `https://a.com/${'x'.repeat(500)}`,
  // another protocol
  'http://desk.skyline.com',
  'ftp://desk.skyline.com',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/plain,x',
  'ws://desk.skyline.com',
  'gopher://desk.skyline.com',
  'blob:https://desk.skyline.com/1',
  // somebody's credentials
  'https://user@desk.skyline.com',
  'https://user:word@desk.skyline.com',
  'https://desk.skyline.com@169.254.169.254/',
  'https://:word@desk.skyline.com',
  // ports
  'https://desk.skyline.com:8443',
  'https://desk.skyline.com:22',
  'https://desk.skyline.com:80',
  // loopback in every spelling
  'https://127.0.0.1',
  'http://127.0.0.1:8787',
  'https://127.1',
  'https://0x7f.1',
  'https://017700000001',
  'https://2130706433',
  'https://0x7f000001',
  'https://①②⑦.0.0.1',
  'https://127。0。0。1',
  'https://127.0.0.1.',
  'https://%31%32%37.0.0.1',
  'https://[::1]',
  'https://[::ffff:7f00:1]',
  'https://[::ffff:127.0.0.1]',
  'https://[64:ff9b::7f00:1]',
  'https://[2002:7f00:1::]',
  'https://[::]',
  'https://0.0.0.0',
  'https://0',
  'https://localhost',
  'https://LOCALHOST',
  'https://localhost.',
  'https://localhost..',
  'https://desk.localhost',
  'https://ⓛocalhost',
  'https://loc\tal\nhost',
  'https:\\\\localhost',
  'http://localhost',
  'https://localhost.localdomain',
  // private, link-local, CGNAT, metadata, multicast, and plain numbers of the public network
  'https://10.0.0.1',
  'https://172.16.0.1',
  'https://192.168.1.1',
  'https://169.254.169.254/latest/meta-data',
  'https://100.64.0.1',
  'https://192.0.2.1',
  'https://198.18.0.1',
  'https://224.0.0.1',
  'https://255.255.255.255',
  'https://8.8.8.8',
  'https://[fe80::1]',
  'https://[fc00::1]',
  'https://[fd12:3456::1]',
  'https://[2001:4860:4860::8888]',
  'https://[::ffff:10.0.0.1]',
  'https://[64:ff9b:1::a00:1]',
  'https://[2001:0:7f00:1::]',
  // names of a network's inside
  'https://metadata.google.internal',
  'https://metadata.google.internal.',
  'https://printer.local',
  'https://router.lan',
  'https://intranet',
  'https://db.corp',
  'https://nas.home.arpa',
  'https://1.0.0.127.in-addr.arpa',
  'https://desk.skyline.com.',
]

const taken = [
  ['https://desk.skyline.com/skyline', 'desk.skyline.com'],
  ['HTTPS://DESK.Skyline.com/skyline', 'desk.skyline.com'],
  ['https://desk.skyline.com:443/skyline', 'desk.skyline.com'],
  ['  https://desk.skyline.com  ', 'desk.skyline.com'],
  ['https://skyline.halopsa.com/api', 'skyline.halopsa.com'],
  ['https://bücher.de', 'xn--bcher-kva.de'],
  ['https://127.0.0.1.nice.com', '127.0.0.1.nice.com'],
  ['https://localhost.com', 'localhost.com'],
  ['https://internal.skyline.com', 'internal.skyline.com'],
] as const

describe('T12: an address of a partner', () => {
  test.each(refused)('refuses %j in production', (url) => {
    expect(() => checkPartnerUrl(url, production)).toThrow(Problem)
  })

  test.each(taken)('takes %j', (url, host) => {
    expect(checkPartnerUrl(url, production).hostname).toBe(host)
  })

  test('names the field and says what is wrong', () => {
    const refusal = caught(() =>
      checkPartnerUrl('http://desk.skyline.com', { ...production, name: 'partner.auth_url' }),
    )
    expect(refusal.detail.fields).toEqual({ 'partner.auth_url': 'an address begins with https://' })
  })

  test('lets a desk on this machine be a partner while developing, and nothing else more', () => {
    for (const url of [
      'http://127.0.0.1:8787/acme',
      'http://localhost:8788',
      'https://127.0.0.1',
      'http://[::1]:8787',
      'http://127.1:1',
    ])
      expect(checkPartnerUrl(url, development).href).toBeTruthy()
    for (const url of [
      'http://desk.skyline.com',
      'http://10.0.0.1',
      'http://[::ffff:7f00:1]:8787',
      'http://localhost.',
      'http://user@127.0.0.1',
      'http://0.0.0.0:8787',
    ])
      expect(() => checkPartnerUrl(url, development)).toThrow(Problem)
  })
})

describe('both addresses of a partner', () => {
  const both = (authUrl: string, resourceUrl: string, rules = production) =>
    partnerUrls({ authUrl, resourceUrl }, rules)

  test.each([
    ['https://desk.skyline.com/skyline', 'https://desk.skyline.com/skyline'],
    ['https://desk.skyline.com/skyline/', 'https://desk.skyline.com/skyline/'],
    ['https://desk.skyline.com/skyline/auth', 'https://desk.skyline.com/skyline/api'],
    ['https://desk.skyline.com/skyline/auth/token', 'https://desk.skyline.com/skyline/api/'],
    ['https://desk.skyline.com/skyline/Auth/', 'https://desk.skyline.com/skyline/API'],
    [
      'https://desk.skyline.com/skyline/auth?tenant=x#y',
      'https://desk.skyline.com/skyline/api/instanceinfo',
    ],
    ['https://desk.skyline.com/skyline/api', 'https://desk.skyline.com/skyline/auth'],
  ])('come out the same from %s and %s', (authUrl, resourceUrl) => {
    expect(both(authUrl, resourceUrl)).toEqual({
      authUrl: 'https://desk.skyline.com/skyline/auth',
      resourceUrl: 'https://desk.skyline.com/skyline/api',
    })
  })

  test('of an instance with a host of its own have no path before the door', () => {
    expect(both('https://skyline.halopsa.com', 'https://skyline.halopsa.com')).toEqual({
      authUrl: 'https://skyline.halopsa.com/auth',
      resourceUrl: 'https://skyline.halopsa.com/api',
    })
  })

  test('may be a shared authorisation host of the same site, which has no path', () => {
    expect(both('https://auth.halopsa.com/token', 'https://skyline.halopsa.com/api').authUrl).toBe(
      'https://auth.halopsa.com',
    )
  })

  test.each([
    ['https://evil.com/auth', 'https://desk.skyline.com/api'],
    ['https://skyline.com.evil.com/auth', 'https://skyline.com/api'],
    ['https://evil.co.uk/auth', 'https://skyline.co.uk/api'],
    ['https://evil.workers.dev/auth', 'https://skyline.workers.dev/api'],
  ])('are refused when they are of two sites: %s and %s', (authUrl, resourceUrl) => {
    expect(() => both(authUrl, resourceUrl)).toThrow('different sites')
  })

  test('of two ports of this machine are two sites', () => {
    expect(() => both('http://127.0.0.1:8787/a', 'http://127.0.0.1:8788/a', development)).toThrow(
      'different sites',
    )
    expect(both('http://127.0.0.1:8787/a', 'http://127.0.0.1:8787/a', development).authUrl).toBe(
      'http://127.0.0.1:8787/a/auth',
    )
  })

  test('may be given one at a time', () => {
    expect(partnerUrls({ resourceUrl: 'https://desk.skyline.com' }, production)).toEqual({
      authUrl: null,
      resourceUrl: 'https://desk.skyline.com/api',
    })
  })
})

function caught(run: () => unknown): Problem {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
  }
  throw new Error('nothing was refused')
}
