/** Why an action was not sent. Each has words and the setting that changes it: "nothing happened" is never the answer (design.md §5). */
const reasons = {
  not_linked: {
    words: 'This ticket is not linked to a partner of that direction.',
    fix: 'Send the ticket to the supplier first.',
  },
  hidden_from_user: {
    words: 'It is hidden from the user, and what a supplier sends to a customer must be visible.',
    fix: 'Switch “Hide from user” off on the action type.',
  },
  other_customer: {
    words: 'The customer on this ticket is not the one of the connection.',
    fix: 'Set the ticket’s customer to the one whose profile holds the connection.',
  },
  not_verified: {
    words: 'The connection is not verified.',
    fix: 'Open the API Access tab of the profile and authenticate the connection.',
  },
  link_ended: {
    words: 'The link to the partner’s ticket has ended.',
    fix: 'Send the ticket again to make a new link.',
  },
  connection_ended: {
    words: 'The connection with the partner has ended.',
    fix: 'Connect the two desks anew, then send the ticket again.',
  },
  no_partner_number: {
    words: 'The partner’s ticket has no number here, so nothing can be sent to it.',
    fix: 'The partner sends it with its next message.',
  },
  choose_partner: {
    words: 'The ticket is linked to several partners and none was chosen.',
    fix: 'Name the partner on the form.',
  },
  not_configured: {
    words:
      'The action is not set up to send a ticket: it needs system use “Log to supplier”, “Send an email” and the field Supplier.',
    fix: 'Change the action type, or use Log to supplier.',
  },
  not_mapped: {
    words: 'The action is not mapped in the partner’s instance.',
    fix: 'There: open the connection, Inbound settings, Action mappings, map this action or set a default action, then retry.',
  },
  ticket_gone: {
    words: 'The partner’s ticket was deleted.',
    fix: 'Send the ticket again to make a new one.',
  },
  connection_paused: {
    words: 'The connection is paused.',
    fix: 'An admin resumes it on the API Access tab of the profile; what waits then goes on in order.',
  },
  connection_broken: {
    words: 'The partner does not accept the credentials of the connection.',
    fix: 'Open the API Access tab of the profile, enter the values of the partner again and authenticate the connection; what waits then goes on in order.',
  },
  unclear: {
    words: 'It is not known yet whether the partner has it.',
    fix: 'The partner’s ticket is read first; it is sent again only where it is missing.',
  },
  waits_for_create: {
    words: 'Waits for the escalation to arrive.',
    fix: 'Retry the escalation; what waits goes after it.',
  },
  attachments_off: {
    words: 'Files stay on this desk: “Sync attachments” is off.',
    fix: 'Open the API Access tab of the profile and switch “Sync attachments” on; it holds for what is saved from then on.',
  },
  no_file_door: {
    words: 'Files stay on this desk: the partner’s desk takes none this way.',
    fix: 'Send the file in another way.',
  },
} as const

export type Reason = keyof typeof reasons

export const wordsOf = (reason: Reason): string => reasons[reason].words
export const fixOf = (reason: Reason): string => reasons[reason].fix
export const isReason = (text: string | null): text is Reason => text !== null && text in reasons

/** Reasons that are cured on this desk's own connection, and not at the partner. */
const ofOwnConnection: Reason[] = ['not_verified', 'connection_paused', 'connection_broken']
export const isCuredHere = (reason: Reason): boolean => ofOwnConnection.includes(reason)

/** What a partner is told to do on this desk, as this desk's own people read it. */
export const asReadHere = (fix: string): string => {
  const words = fix.replace(/^(In the receiving instance|There): /, '')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
