import type { SendTo } from '../desk/draft'
import type { Reason } from './reasons'

/** What decides whether an action leaves on a link. */
export interface Leaving {
  sendTo: SendTo
  hidden: boolean
  /** The connection it arrived on, null when it was made here. */
  cameFrom: number | null
  /** Chosen on the form or over the API. */
  connectionIds: number[] | undefined
  /** Nobody is there to choose: a received or automatic action. */
  automatic: boolean
  /** The customer on the ticket after the action. */
  customerId: number
}

export interface LinkAt {
  linkId: number
  connectionId: number
  kind: 'customer' | 'supplier'
  state: 'creating' | 'live' | 'broken' | 'ended' | 'gone'
  customerId: number | null
  verified: boolean
  remoteTicketId: number | null
  dialect: 'baton' | 'halo' | null
  syncAttachments: boolean
}

export type Reach =
  | { link: LinkAt | null; send: true }
  | { link: LinkAt | null; send: false; why: Reason }

/**
 * Decides for each link of a ticket whether an action leaves on it, and if not, why. `choose` is true when a person must name the
 * partners first (R11). An action nobody asked to send reaches nothing and needs no words. Pure.
 */
export function reach(action: Leaving, links: LinkAt[]): { to: Reach[]; choose: boolean } {
  if (action.sendTo === 'none') return { to: [], choose: false }
  const live = links.filter(({ state }) => state !== 'ended')
  const asked = live.filter((link) => {
    if (link.connectionId === action.cameFrom) return false // loop rule 1: never back on the connection it arrived on
    if (action.connectionIds) return action.connectionIds.includes(link.connectionId)
    return action.sendTo === 'yes' || action.sendTo === link.kind
  })
  if (asked.length === 0) {
    if (action.automatic) return { to: [], choose: false }
    return {
      to: [
        {
          link: null,
          send: false,
          why: links.length > 0 && live.length === 0 ? 'link_ended' : 'not_linked',
        },
      ],
      choose: false,
    }
  }
  if (asked.length > 1 && !action.connectionIds) {
    return action.automatic
      ? { to: [{ link: null, send: false, why: 'choose_partner' }], choose: false }
      : { to: [], choose: true }
  }
  return { to: asked.map((link) => reachOne(action, link)), choose: false }
}

function reachOne(action: Leaving, link: LinkAt): Reach {
  const no = (why: Reason): Reach => ({ link, send: false, why })
  if (link.state === 'gone') return no('ticket_gone')
  if (link.kind === 'customer' && action.hidden) return no('hidden_from_user')
  if (link.kind === 'customer' && action.customerId !== link.customerId) return no('other_customer')
  if (!link.verified) return no('not_verified')
  if (link.state === 'live' && link.remoteTicketId === null) return no('no_partner_number')
  return { link, send: true }
}
