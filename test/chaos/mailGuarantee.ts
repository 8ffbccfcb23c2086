import type { Guarantee, Seen } from './seen.ts'

/** Q16: one mail for each action that sends one, handed over once, and once more for each time that nobody knows. */
export function mails({ accepted, ends: { acme, skyline } }: Seen): Guarantee {
  const byEntry = Map.groupBy(
    acme.mails,
    ({ ticket_id: ticket, action_id: action }) => `${ticket}/${action}`,
  )
  const faults = accepted
    .filter(({ mails: wanted }) => wanted !== 'none')
    .flatMap(({ mark, mails: wanted }) => {
      const [entry] = acme.marked.entries.get(mark) ?? []
      const found = byEntry.get(`${entry?.ticket_id}/${entry?.id}`)?.length ?? 0
      const right = found === 1 || (wanted === 'at most one' && found === 0)
      return right ? [] : [`${mark} has ${found} mails`]
    })
  let unclear = 0
  const handed = acme.mails.flatMap(
    ({ uid, state, attempts, ticket_id: id, action_id: action }) => {
      const times = acme.handedOver.get(uid) ?? 0
      const most = attempts - (acme.refusedMails.get(uid) ?? 0)
      unclear += most - 1
      return state === 'sent' && times >= 1 && times <= most
        ? []
        : [
            `the mail of ${id}/${action} is ${state}, handed over ${times} times in ${most} tries that were not refused`,
          ]
    },
  )
  const wrong = skyline.mails.map(({ to_address: to }) => `skyline wrote to ${to}`)
  return {
    name: 'Q16 mails doubled or lost',
    of: `${acme.mails.length} mails (${unclear} tries unclear)`,
    faults: [...faults, ...handed, ...wrong],
  }
}
