/**
 * The only places where time, chance and the outside enter (reliability.md §7.1). A test replaces a member and puts it back; nothing
 * else in the Worker reads the clock, draws a number or calls out by itself.
 */
export const seams = {
  now: (): number => Date.now(),
  random: (): number => Math.random(),
  uid: (): string => crypto.randomUUID(),
  /** 256 random bits, for what nobody may guess. */
  secret: (): string => crypto.getRandomValues(new Uint8Array(32)).toHex(),
  fetch: (request: Request): Promise<Response> => fetch(request),
  sendMail: (env: Pick<Env, 'EMAIL'>, mail: EmailMessageBuilder): Promise<EmailSendResult> =>
    env.EMAIL.send(mail),
  /** Sees every statement before it runs. Tests look for one that names no tenant, or fail it. */
  beforeQuery: undefined as undefined | ((sql: readonly string[]) => void | Promise<void>),
  /** Sees every batch after it ran: a test throws here to lose an answer after the commit. */
  afterQuery: undefined as undefined | ((sql: readonly string[]) => void | Promise<void>),
}
