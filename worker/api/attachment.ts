import { Hono } from 'hono'
import { z } from 'zod'
import { isStaff, type EndUser, type Staff } from '../auth/principal'
import {
  addAttachments,
  checkPlaces,
  findAttachment,
  findAttachments,
  openFile,
  removeAttachment,
  type Attachment,
} from '../desk/attachments'
import { storeBytes, storeStream, type StoredFile } from '../desk/files'
import { dispositionOf, INLINE_TYPES } from '../desk/sniff'
import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { Uid } from '../sync/message'
import { stageStream } from '../sync/staging'
import {
  answers,
  answersOf,
  bodies,
  may,
  parse,
  query,
  refuses,
  type At,
  type Door,
} from './declare'
import { saveOnce } from './idempotency'
import {
  Bool,
  created,
  createdOf,
  envelope,
  Enveloped,
  Id,
  isoUtc,
  opt,
  OptionalId,
  pageOf,
  Paging,
  pathId,
  QueryBool,
  Returnall,
  Text,
} from './wire'

export const AttachmentOut = z
  .object({
    id: z.int(),
    guid: z.string(),
    filename: z.string(),
    filesize: z.int(),
    type: z.int(),
    unique_id: z.int(),
    ticket_id: z.int().nullable(),
    action_id: z.int().nullable(),
    isimage: z.boolean(),
    content_type: z.string(),
    cid: z.string().nullable(),
    sha256: z.string(),
    datecreated: z.string(),
  })
  .meta({ id: 'Attachment' })

/** A file as the wire has it. Halo's `type` 0 is a file of a ticket, `unique_id` that ticket. */
export const attachmentOut = (file: Attachment): z.infer<typeof AttachmentOut> => ({
  id: file.id,
  guid: file.uid,
  filename: file.filename,
  filesize: file.size,
  type: 0,
  unique_id: file.ticketId ?? 0,
  ticket_id: file.ticketId,
  action_id: file.actionId,
  isimage: file.type.startsWith('image/'),
  content_type: file.type,
  cid: file.cid,
  sha256: file.sha256,
  datecreated: isoUtc(file.createdAt),
})

/** A small file in JSON: plain base64 or a data URI, whose claim of a type is not believed (T15). */
export const AttachmentIn = z.object({
  ticket_id: opt(OptionalId),
  action_id: opt(OptionalId),
  filename: Text(1_000).default(''),
  isimage: opt(Bool),
  data_base64: z
    .string('must be base64 or a data URI')
    .transform((given, c): Uint8Array<ArrayBuffer> => {
      try {
        return Uint8Array.fromBase64(given.replace(/^data:[^,]{0,200},/, '').replace(/\s+/g, ''))
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        c.addIssue({ code: 'custom', message: 'must be base64 or a data URI' })
        return z.NEVER
      }
    })
    .meta({ contentEncoding: 'base64' }),
})

const Filter = z.object({
  ticket_id: Id.optional(),
  action_id: Id.optional(),
  unique_id: Id.optional(),
  ...Paging,
})
const Upload = z.object({
  filename: Text(1_000).default(''),
  ticket_id: Id.optional(),
  action_id: Id.optional(),
  cid: Text(250).optional(),
})

const Stage = z.object({
  link: Uid,
  filename: Text(1_000).default(''),
  cid: Text(250).optional(),
})

const StagedOut = z
  .object({ uid: z.string(), size: z.int(), sha256: z.string() })
  .meta({ id: 'Staged' })

export const attachments = new Hono<Door>()
  .get(
    '/',
    may(['agent', 'user'], 'Lists the files of a ticket or an action'),
    query(Filter),
    answers(
      200,
      Enveloped('attachments', AttachmentOut, {
        type: z.literal(0),
        unique_id: z.int(),
        ticket_id: z.int(),
        action_id: z.int(),
      }),
    ),
    async (c) => {
      const wanted = c.req.valid('query')
      const page = pageOf(wanted)
      const ticketId = wanted.ticket_id ?? wanted.unique_id
      const { rows, total } = await findAttachments(
        c.var.db,
        whoOf(c),
        { ticketId, actionId: wanted.action_id },
        page,
      )
      return c.json({
        ...envelope('attachments', rows.map(attachmentOut), total, page),
        type: 0,
        unique_id: ticketId ?? 0,
        ticket_id: ticketId ?? 0,
        action_id: wanted.action_id ?? 0,
      })
    },
  )
  .post(
    '/',
    may(['agent', 'user'], 'Stores small files sent as base64'),
    query(Returnall),
    bodies(AttachmentIn),
    answers(201, createdOf(AttachmentOut)),
    refuses('IDEMPOTENCY_MISMATCH'),
    refuses('STORAGE_FULL'),
    async (c) => {
      const sent = c.req.valid('json')
      const who = whoOf(c)
      if (sent.length > limits.filesPerAction)
        throw Problem.field('attachments', `at most ${limits.filesPerAction} files at once`)
      const places = sent.map(({ ticket_id, action_id }) => ({
        ticketId: ticket_id ?? undefined,
        actionId: action_id ?? undefined,
      }))
      await checkPlaces(
        c.var.db,
        who,
        places,
        sent.reduce((sum, { data_base64: bytes }) => sum + bytes.byteLength, 0),
      )
      const save = async () => {
        const stored: StoredFile[] = []
        for (const { filename, data_base64 } of sent)
          stored.push(await storeBytes(c.env, c.var.instance.tenantId, { filename }, data_base64))
        return addAttachments(c.var.db, who, stored, places)
      }
      const read = (id: number) => findAttachment(c.var.db, who, id)
      const rows = await saveOnce(c, 'attachment', sent, save, read)
      return created(c, rows.map(attachmentOut), c.req.valid('query').returnall)
    },
  )
  .put(
    '/upload',
    may(['agent', 'user'], 'Stores one file, the body of the request'),
    query(Upload),
    answers(201, AttachmentOut),
    refuses('TOO_LARGE', 'STORAGE_FULL'),
    async (c) => {
      const { filename, ticket_id: ticketId, action_id: actionId, cid } = c.req.valid('query')
      const who = whoOf(c)
      const length = lengthOf(c)
      await checkPlaces(c.var.db, who, [{ ticketId, actionId }], length)
      const body = c.req.raw.body ?? new Blob([]).stream()
      const stored = await storeStream(
        c.env,
        c.var.instance.tenantId,
        { filename, ...(cid && { cid }) },
        body,
        length,
      )
      const [row] = await addAttachments(c.var.db, who, [stored], [{ ticketId, actionId }])
      if (!row) throw new Error('The file has no row')
      return c.json(attachmentOut(row), 201)
    },
  )
  .put(
    '/:id',
    may(['connection'], 'Stages a file, the body of the request, for a message that will name it'),
    query(Stage),
    answers(201, StagedOut),
    answers(200, StagedOut),
    refuses(
      'PAUSED',
      'NOT_SUPPORTED',
      'LINK_UNKNOWN',
      'TICKET_GONE',
      'LOOP',
      'CONTENT_MISMATCH',
      'IN_PROGRESS',
      'TOO_LARGE',
      'STORAGE_FULL',
      'DAMAGED',
    ),
    async (c) => {
      const { who, db, instance } = c.var
      if (who.kind !== 'connection') throw new Problem('FORBIDDEN')
      const { link: linkUid, filename, cid } = c.req.valid('query')
      const uid = parse(Uid, c.req.param('id'))
      const { repeat, ...staged } = await stageStream(
        { env: c.env, db, instance },
        who,
        { uid, linkUid, filename, cid, size: lengthOf(c), sha256: digestOf(c) },
        c.req.raw.body ?? new Blob([]).stream(),
      )
      return c.json(staged, repeat ? 200 : 201)
    },
  )
  .get(
    '/:id',
    may(['agent', 'user'], 'The bytes of a file; with includedetails=true its description'),
    query(z.object({ includedetails: QueryBool.optional() })),
    answers(200, AttachmentOut),
    answersOf(200, '*/*'),
    answers(304),
    refuses('DAMAGED'),
    async (c) => {
      const file = await findAttachment(c.var.db, whoOf(c), pathId(c))
      if (c.req.valid('query').includedetails) return c.json(attachmentOut(file))
      return bytesOf(c, file)
    },
  )
  .delete(
    '/:id',
    may(['agent', 'user'], 'Removes a file'),
    answers(200, AttachmentOut),
    async (c) => c.json(attachmentOut(await removeAttachment(c.var.db, whoOf(c), pathId(c)))),
  )

/** The bytes, so that no browser runs them from our address: not sniffed, in a sandbox, shown only where the type is harmless (T15). */
async function bytesOf(c: At, file: Attachment): Promise<Response> {
  const etag = `"${file.sha256}"`
  const headers = {
    etag,
    'cache-control': 'private, no-cache', // asked for each time, since access may have ended; sent only when it is new
    'content-disposition': dispositionOf(
      INLINE_TYPES.has(file.type) ? 'inline' : 'attachment',
      file.filename,
    ),
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'content-type': file.type,
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  }
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers)
  const bytes = await openFile(c.env, c.var.instance.tenantId, file)
  return c.body(bytes, 200, { ...headers, 'content-length': String(file.size) })
}

/** The SHA-256 of the body as RFC 9530 writes it, in hex: `Repr-Digest: sha-256=:BASE64:`. Throws VALIDATION. */
function digestOf(c: At): string {
  const [, base64 = ''] =
    /(?:^|,)\s*sha-256=:([\w+/]{43}=):/.exec(c.req.header('repr-digest') ?? '') ?? []
  if (!base64)
    throw Problem.field('repr-digest', 'is missing; send sha-256 of the file as RFC 9530 has it')
  return Uint8Array.fromBase64(base64).toHex()
}

function whoOf(c: At): Staff | EndUser {
  const { who } = c.var
  if (isStaff(who) || who.kind === 'user') return who
  throw new Problem('FORBIDDEN')
}

/** The length must be known before the store takes the file; every browser and `fetch` says it. */
function lengthOf(c: At): number {
  const text = c.req.header('content-length') ?? ''
  if (!/^\d{1,12}$/.test(text))
    throw Problem.field('content-length', 'is missing; send the file with its length')
  return Number(text)
}
