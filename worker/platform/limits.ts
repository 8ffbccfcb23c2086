/** Every bound of the product, in one place (R13). The local runtime enforces few of the platform's own, so these are ours. */
export const limits = {
  bodyBytes: 1024 * 1024,
  bodyDepth: 20,
  /** A form at the door of tokens. */
  formBytes: 16 * 1024,
  /** Of one POST; fewer where each is a save of its own, since D1 takes 1,000 statements a request. */
  elements: 100,
  savesAtOnce: 20,
  noteBytes: 256 * 1024,
  /** Where a longer note is cut, at the next boundary before; what a template puts around it must fit too. */
  noteCutBytes: 240 * 1024,
  htmlDepth: 100,
  htmlNodes: 5_000,
  summaryGraphemes: 200,
  customFields: 50,
  mappings: 2_000,
  partnersAtOnce: 20,
  filesPerAction: 20,
  fileBytes: 25 * 1024 * 1024,
  fileAttemptMs: 60_000,
  /** Of all files of a desk. */
  storageBytes: 10 * 1024 * 1024 * 1024,
  /** That one partner has staged and no message has named yet. */
  stagedBytes: 1024 * 1024 * 1024,
  pageSize: 1_000,
  count: 10_000,
  partnerAnswerBytes: 256 * 1024,
  attemptMs: 10_000,
  viaHops: 5,
  /** What D1 takes: values and bytes of a statement, statements of a request, bytes of a row and of a database. */
  statementValues: 100,
  statementBytes: 100_000,
  requestStatements: 1_000,
  rowBytes: 2_000_000,
  databaseBytes: 10 * 1024 * 1024 * 1024,
  registers: 60,
  clockAhead: 1_000_000,
  /** End users of one customer that its desk may bring: in an hour, and in all (T44). */
  partnerPeopleAnHour: 30,
  partnerPeople: 1_000,
  /** On one link, of a partner that does not speak Baton; and of our own notes that it sends back within ten minutes (R10). */
  plainActionsAMinute: 20,
  echoes: 3,
} as const
