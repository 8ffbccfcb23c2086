import { describe, expect, test } from 'vitest'
import { fixOf, wordsOf, type Reason } from '../../../worker/sync/reasons'
import { reach, type Leaving, type LinkAt } from '../../../worker/sync/reach'

/** A note on a ticket of customer 7. */
const note: Leaving = {
  sendTo: 'yes',
  hidden: false,
  cameFrom: null,
  connectionIds: undefined,
  automatic: false,
  customerId: 7,
}
const supplier: LinkAt = {
  linkId: 1,
  connectionId: 11,
  kind: 'supplier',
  state: 'live',
  customerId: null,
  verified: true,
  remoteTicketId: 501,
  dialect: 'baton',
  syncAttachments: false,
}
const customer: LinkAt = {
  ...supplier,
  linkId: 2,
  connectionId: 12,
  kind: 'customer',
  customerId: 7,
}
const second: LinkAt = { ...supplier, linkId: 3, connectionId: 13 }

/** Where it goes by connection, or why not; `choose` where a person has to say. */
function told(action: Partial<Leaving>, links: LinkAt[]): string[] | 'choose' {
  const { to, choose } = reach({ ...note, ...action }, links)
  if (choose) return 'choose'
  return to.map((one) => `${one.link?.connectionId ?? 'nobody'}: ${one.send ? 'sent' : one.why}`)
}

describe('where an action goes', () => {
  const cases: [name: string, Partial<Leaving>, LinkAt[], string[] | 'choose'][] = [
    ['G68 not set to send goes nowhere and needs no words', { sendTo: 'none' }, [supplier], []],
    ['G69 Yes means the direction the link gives: to the supplier', {}, [supplier], ['11: sent']],
    ['G69 Yes means the direction the link gives: to the customer', {}, [customer], ['12: sent']],
    [
      'G69 forced to the supplier, it goes there alone',
      { sendTo: 'supplier' },
      [supplier, customer],
      ['11: sent'],
    ],
    [
      'G69 forced to the customer, it goes there alone',
      { sendTo: 'customer' },
      [supplier, customer],
      ['12: sent'],
    ],
    [
      'G69 forced to a direction without a link',
      { sendTo: 'customer' },
      [supplier],
      ['nobody: not_linked'],
    ],
    ['G125 on a ticket that is linked to nobody', {}, [], ['nobody: not_linked']],
    ['on a link that has ended', {}, [{ ...supplier, state: 'ended' }], ['nobody: link_ended']],
    ['R11 two partners and none named: a person chooses', {}, [supplier, customer], 'choose'],
    [
      'R11 two suppliers and none named: a person chooses',
      { sendTo: 'supplier' },
      [supplier, second],
      'choose',
    ],
    ['R11 named ones are meant', { connectionIds: [13] }, [supplier, second], ['13: sent']],
    [
      'R11 both may be named',
      { connectionIds: [11, 13] },
      [supplier, second],
      ['11: sent', '13: sent'],
    ],
    [
      'R11 nobody is there to choose: skipped with that reason',
      { automatic: true },
      [supplier, second],
      ['nobody: choose_partner'],
    ],
    [
      'a user’s reply on a ticket that is linked to nobody needs no words',
      { automatic: true },
      [],
      [],
    ],
    [
      'G85 never back on the connection it arrived on',
      { cameFrom: 11, automatic: true },
      [supplier],
      [],
    ],
    [
      'R11 but on to the next desk of a chain',
      { cameFrom: 11, automatic: true },
      [supplier, customer],
      ['12: sent'],
    ],
    [
      'G82 hidden from the user does not go to a customer',
      { hidden: true },
      [customer],
      ['12: hidden_from_user'],
    ],
    ['G86 hidden from the user does go to a supplier', { hidden: true }, [supplier], ['11: sent']],
    ['G106 another customer on the ticket', { customerId: 8 }, [customer], ['12: other_customer']],
    [
      'G106 the customer does not matter to a supplier',
      { customerId: 8 },
      [supplier],
      ['11: sent'],
    ],
    [
      'G127 a connection that is not verified',
      {},
      [{ ...customer, verified: false }],
      ['12: not_verified'],
    ],
    ['R12 the partner’s ticket is gone', {}, [{ ...supplier, state: 'gone' }], ['11: ticket_gone']],
    [
      'protocol §5 a partner that named no number',
      {},
      [{ ...supplier, remoteTicketId: null }],
      ['11: no_partner_number'],
    ],
    [
      'protocol §5 a ticket still being made has no number yet, and waits',
      {},
      [{ ...supplier, state: 'creating', remoteTicketId: null }],
      ['11: sent'],
    ],
    ['a broken link is tried', {}, [{ ...supplier, state: 'broken' }], ['11: sent']],
  ]
  test.each(cases)('%s', (_, action, links, expected) => {
    expect(told(action, links)).toEqual(expected)
  })

  test('design §5 every reason has words and names what changes it', () => {
    const reasons: Reason[] = [
      'not_linked',
      'hidden_from_user',
      'other_customer',
      'not_verified',
      'link_ended',
      'no_partner_number',
      'choose_partner',
      'not_mapped',
      'ticket_gone',
      'connection_paused',
      'connection_broken',
      'waits_for_create',
    ]
    for (const reason of reasons) {
      expect(wordsOf(reason)).toMatch(/^[A-Z].*\.$/)
      expect(fixOf(reason)).toMatch(/^[A-Z].*\.$/)
    }
    expect(new Set(reasons.map(wordsOf)).size).toBe(reasons.length)
  })
})
