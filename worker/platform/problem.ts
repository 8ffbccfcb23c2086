import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Every refusal a caller can meet: the status, the words a person reads, what to do. Look for a message, land here. */
const problems = {
  VALIDATION: {
    status: 400,
    message: 'Some of what was sent is not right',
    fix: 'Correct the named fields and send it again.',
  },
  MALFORMED: {
    status: 400,
    message: 'The body is not valid JSON',
    fix: 'Send one JSON object or an array of them.',
  },
  UNSUPPORTED_TYPE: {
    status: 415,
    message: 'Only JSON is taken here',
    fix: 'Send Content-Type: application/json.',
  },
  TOO_LARGE: {
    status: 413,
    message: 'That is larger than what can be taken',
    fix: 'Send less, or send files as attachments.',
  },
  DATABASE_FULL: {
    status: 423,
    message: 'The database has no room left, so nothing was saved',
    fix: 'Ask whoever runs this deployment to make room, then do it again.',
  },
  STORAGE_FULL: {
    status: 413,
    message: 'The storage for files is full',
    fix: 'Remove files that are not needed any more, or ask whoever runs this desk for more.',
  },
  DAMAGED: {
    status: 409,
    message: 'The bytes of this file are not those that were stored',
    fix: 'Ask whoever sent it to add it again.',
  },
  UNAUTHORIZED: {
    status: 401,
    message: 'You are not signed in, or your access has ended',
    fix: 'Sign in again, or fetch a new token.',
  },
  INVALID_CLIENT: {
    status: 401,
    message: 'The client id or client secret is wrong',
    fix: 'Copy both again from the page that issued them.',
  },
  INVALID_GRANT: {
    status: 400,
    message: 'This way of asking for a token is not offered',
    fix: 'Use grant_type client_credentials.',
  },
  INVALID_SCOPE: {
    status: 400,
    message: 'A scope that was asked for does not exist',
    fix: 'Ask for the scope "all".',
  },
  WRONG_PASSWORD: {
    status: 401,
    message: 'The email address or the password is wrong',
    fix: 'Check both and try again.',
  },
  TOO_MANY: {
    status: 429,
    message: 'Too many tries in a short time',
    fix: 'Wait a little, then try again.',
  },
  MAIL_NOT_SENT: {
    status: 502,
    message: 'The mail could not be sent',
    fix: 'Check the address, then try again in a minute.',
  },
  LINK_USED: {
    status: 410,
    message: 'This link has been used or has expired',
    fix: 'Ask for a new one.',
  },
  FORBIDDEN: { status: 403, message: 'You may not do this', fix: 'Ask an admin of your instance.' },
  BAD_ORIGIN: {
    status: 403,
    message: 'This request came from another site',
    fix: 'Open the page of your desk and do it there.',
  },
  NOT_FOUND: {
    status: 404,
    message: 'There is nothing here by that name or number',
    fix: 'Check the address or the id.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: 'That cannot be done with this method',
    fix: 'See the Allow header.',
  },
  CONFLICT: {
    status: 409,
    message: 'Somebody else changed this at the same moment',
    fix: 'Look at it again, then repeat what you did.',
  },
  IDEMPOTENCY_MISMATCH: {
    status: 422,
    message: 'This Idempotency-Key was used before with another body',
    fix: 'Use a new key for a new request.',
  },
  IN_USE: { status: 409, message: 'This is still in use', fix: 'Free it where it is used first.' },
  MODULE_OFF: {
    status: 400,
    message: 'The suppliers module is off',
    fix: 'Switch it on under Configuration, Modules.',
  },
  ACTION_NOT_ALLOWED: {
    status: 400,
    message: 'You do not have access to this action at the moment',
    fix: 'Map it to an action that the ticket\u2019s workflow step allows, or allow the action on that step.',
  },
  SUPPLIER_REF_SET: {
    status: 400,
    message:
      "Failed to Update ticket in Supplier's Instance - BadRequest - An action must be associated with a ticket_id",
    fix: 'Clear the supplier ref, then save again.',
  },
  TICKET_ID_NEEDED: {
    status: 400,
    message: 'An action must be associated with a ticket_id',
    fix: 'Name the ticket_id.',
  },
  OUTCOME_NEEDED: {
    status: 400,
    message: 'An Outcome must be entered for this Action',
    fix: 'Name an outcome_id or an outcome.',
  },
  CHOOSE_PARTNER: {
    status: 422,
    message: 'This ticket is linked to several partners',
    fix: 'Name those who should get it in connection_ids.',
  },
  ALREADY_ESCALATED: {
    status: 409,
    message: 'This ticket has been sent to this supplier already',
    fix: 'Add an action that is sent to the supplier instead.',
  },
  ANCESTOR: {
    status: 400,
    message:
      'This ticket came from that organisation, so it cannot be sent back to it as a new one',
    fix: 'Send an update to the customer instead.',
  },
  NOT_VERIFIED: {
    status: 400,
    message: 'The connection to this supplier is not verified',
    fix: 'Open the API Access tab of the supplier and authenticate the connection.',
  },
  // between desks (protocol.md §4)
  NOT_SUPPORTED: {
    status: 400,
    message: 'This functionality is not supported',
    fix: 'The supplier profile must hold the credentials that the customer profile in the connected instance shows.',
  },
  ACTION_NOT_MAPPED: {
    status: 422,
    message: 'This action is not mapped in the receiving instance',
    fix: 'There: open the connection, Inbound settings, Action mappings, and map it, or set a default action.',
  },
  EMAIL_TO_EMAIL: {
    status: 422,
    message: 'Two actions that both send an email are mapped together',
    fix: 'Map the email action to an action that does not send an email; its text then arrives as a note.',
  },
  UNKNOWN_SENDER: {
    status: 422,
    message: 'The sender is not known to the receiving instance',
    fix: 'There: add the agent as a user of this customer, or let unknown senders be created.',
  },
  CONTENT_MISMATCH: {
    status: 409,
    message: 'A message of this uid was taken before with other content',
    fix: 'Tell the admins of both desks.',
  },
  GAP: {
    status: 409,
    message: 'A message before this one has not arrived',
    fix: 'Send from the position named in have.',
  },
  LINK_UNKNOWN: {
    status: 409,
    message: 'This ticket is not linked here',
    fix: 'Send the ticket to the supplier again.',
  },
  UNKNOWN_STAGED: {
    status: 409,
    message: 'A file that this message names is not here',
    fix: 'Stage the files named in uids again, then send it again.',
  },
  TWIN_EXISTS: {
    status: 409,
    message: 'A ticket for this one exists already',
    fix: 'Work on that ticket; its number is in the answer.',
  },
  TICKET_GONE: {
    status: 410,
    message: 'The ticket was deleted',
    fix: 'Send the ticket again to make a new one.',
  },
  LOOP: {
    status: 422,
    message: 'This came from here and would go round in a circle',
    fix: 'Do not send it back.',
  },
  PAUSED: {
    status: 503,
    message: 'The connection is paused',
    fix: 'It goes on when an admin resumes it.',
  },
  OVERLOADED: {
    status: 503,
    message: 'Too much is asked at this moment, so nothing was done',
    fix: 'Do it again in a few seconds.',
  },
  SUSPENDED: { status: 403, message: 'This instance is suspended', fix: 'Ask its owner.' },
  ACCESS_OFF: {
    status: 403,
    message: 'Access to this instance is switched off',
    fix: 'Ask its admin to allow access on the API Access tab.',
  },
  IN_PROGRESS: {
    status: 409,
    message: 'The same request is being worked on',
    fix: 'Try again in a moment.',
  },
  PARTNER: {
    status: 502,
    message: 'The partner did not answer as expected',
    fix: 'Check the addresses, then try again.',
  },
  INTERNAL: {
    status: 500,
    message: 'Something broke on our side',
    fix: 'Try again; if it stays, tell support the id.',
  },
} satisfies Record<string, { status: ContentfulStatusCode; message: string; fix: string }>

export type ProblemCode = keyof typeof problems

export const statusOf = (code: ProblemCode): number => problems[code].status

export interface ProblemDetail {
  message?: string
  fix?: string
  /** Why, by the name of the field on the wire; `[0].name` for an element of an array. */
  fields?: Record<string, string>
  /** For a partner desk: position, clock, uid (protocol.md §3). */
  baton?: Record<string, unknown>
  retryAfterS?: number
}

/** A refusal in words. Only `app.onError` turns it into HTTP; everything else that is thrown is our fault. */
export class Problem extends Error {
  readonly status: ContentfulStatusCode
  readonly fix: string
  constructor(
    readonly code: ProblemCode,
    readonly detail: ProblemDetail = {},
  ) {
    super(detail.message ?? problems[code].message)
    this.status = problems[code].status
    this.fix = detail.fix ?? problems[code].fix
  }

  /** Refuses one field. */
  static field(name: string, why: string): Problem {
    return new Problem('VALIDATION', { message: `${name}: ${why}`, fields: { [name]: why } })
  }
}

/** The refusal in an error, however deep: what the guard of the database throws arrives wrapped as a failed query. */
export function problemIn(error: unknown): Problem | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof Problem) return at
  return undefined
}

/** The body of a refusal: Baton's shape, and beside it the keys that Halo's clients read (halo-api.md §5). */
export function problemBody(problem: Problem): Record<string, unknown> {
  const { fields, baton } = problem.detail
  const halo = Object.fromEntries(
    Object.entries(fields ?? {}).map(([name, why]) => [
      name.startsWith('[') ? name : `[0].${name}`,
      [why],
    ]),
  )
  return {
    error: problem.code,
    message: problem.message,
    fix: problem.fix,
    ...(fields && { fields }),
    error_description: problem.message,
    Message: problem.message,
    ClassName: 'BatonError',
    ...halo,
    ...(baton && { baton }),
  }
}

/**
 * A refusal as JSON text. A known client splits the body at space, hyphen, space (halo-api.md §5), so that sequence is escaped: the
 * parsed words are the same.
 */
export const problemText = (problem: Problem): string =>
  JSON.stringify(problemBody(problem)).replaceAll(' - ', ' \\u002d ')
