import type { Partner } from '../auth/principal'
import { sha256 } from '../platform/keys'
import { seams } from '../platform/seams'
import { contentHash, type BatonIn, type Message } from '../sync/message'
import { madeBefore, placeOf } from '../sync/plainMessage'
import type { At } from './declare'

/** Halo's number of an action or a ticket of the partner's, where it names it. */
export type Plain = NonNullable<Message['plain']>

/**
 * What a partner that does not speak Baton leaves out of an action (R10): it stands where the link stands and brings no registers. The
 * partner's number makes its uid, so that a repeat is known for ever; a message without one is known by its text for ten minutes.
 * Throws as `placeOf`.
 */
export async function plainAction(
  c: At,
  who: Partner,
  message: { ticketId: number; html: string; outcomeId: string; plain: Plain },
): Promise<BatonIn> {
  const { ticketId, html: noteHtml, outcomeId, plain } = message
  const made = madeHere(who, 'action')
  const hash = await contentHash({ noteHtml, outcomeId, plain, files: [], baton: made })
  const numbered = plain.actionId !== null
  const at = await placeOf(c.var.db, who.connectionId, { ticketId, noteHtml, hash, numbered })
  return {
    ...made,
    uid: numbered
      ? await uidOf(`action:${at.linkUid}:${plain.actionId}`)
      : (at.repeats ?? made.uid),
    link: at.linkUid,
    ticket: at.remoteTicketUid ?? made.ticket,
    prev: at.have,
    author: { ...made.author, name: at.partnerName ?? made.author.name },
  }
}

/** The same for a ticket: the partner's number of it makes the uid of their ticket, so that one of theirs is one of ours. */
export async function plainTicket(c: At, who: Partner, { ticketId }: Plain): Promise<BatonIn> {
  const made = madeHere(who, 'create')
  return ticketId === null
    ? made
    : {
        ...made,
        ticket: await uidOf(`ticket:${c.var.instance.tenantId}:${who.connectionId}:${ticketId}`),
      }
}

/** The answer to a ticket that this partner sent before; null where it is new. */
export async function ticketBefore(c: At, who: Partner, baton: BatonIn) {
  const one = await madeBefore(c.var.db, who.connectionId, baton.ticket)
  return (
    one && {
      repeat: true,
      ticketId: one.ticketId,
      actionId: 1,
      ticketUid: one.ticketUid,
      have: { n: one.inN, uid: one.inUid },
      clock: one.clock,
      registers: [],
      parts: [],
    }
  )
}

const madeHere = (who: Partner, kind: BatonIn['kind']): BatonIn => ({
  v: 1,
  kind,
  uid: seams.uid(),
  link: seams.uid(),
  ticket: seams.uid(),
  prev: { n: 0, uid: null },
  clock: 0,
  at: seams.now(),
  via: [],
  author: { kind: 'agent', uid: `connection:${who.connectionId}`, name: 'Partner' },
  registers: [],
})

const uidOf = async (text: string): Promise<string> => (await sha256(text)).slice(0, 32)
