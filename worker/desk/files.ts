import { limits } from '../platform/limits'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { cleanFilename, SNIFFED_BYTES, sniffType } from './sniff'
import { fault } from '../platform/fault'

/** A file whose bytes are stored and whose row is not written yet. */
export interface StoredFile {
  uid: string
  filename: string
  type: string
  size: number
  sha256: string
  cid: string | null
}

export interface Incoming {
  filename: string
  /** Of a picture inside a text. */
  cid?: string
  /** From another desk; else it is drawn. */
  uid?: string
}

type Files = Pick<Env, 'FILES'>

/** Where the bytes of a file are: no tenant's key can name another's. */
export const fileKey = (tenantId: string, uid: string): string => `${tenantId}/${uid}`

/** Stores a small file that is in memory anyway. Throws TOO_LARGE. */
export async function storeBytes(
  env: Files,
  tenantId: string,
  file: Incoming,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<StoredFile> {
  if (bytes.byteLength > limits.fileBytes) throw tooLarge()
  const uid = file.uid ?? seams.uid()
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  await env.FILES.put(fileKey(tenantId, uid), bytes)
  FAULTS && (await fault('P13'))
  return described(
    file,
    uid,
    bytes.subarray(0, SNIFFED_BYTES),
    bytes.byteLength,
    new Uint8Array(digest).toHex(),
  )
}

/**
 * Streams a file into the store without holding it: measured, hashed and looked at while it passes. The object stands before its row
 * (R9); one without a row is swept. Throws TOO_LARGE, VALIDATION where the length is missing or another than was said.
 */
export async function storeStream(
  env: Files,
  tenantId: string,
  file: Incoming,
  body: ReadableStream<Uint8Array>,
  length: number,
): Promise<StoredFile> {
  if (length > limits.fileBytes) throw tooLarge()
  const uid = file.uid ?? seams.uid()
  const key = fileKey(tenantId, uid)
  const pipe = new FixedLengthStream(length)
  const digest = new crypto.DigestStream('SHA-256')
  const put = env.FILES.put(key, pipe.readable)
  const passing = pass(body, pipe.writable.getWriter(), digest.getWriter(), length)
  const [passed, stored] = await Promise.allSettled([passing, put])
  if (passed.status === 'rejected' || stored.status === 'rejected') {
    await env.FILES.delete(key)
    throw passed.status === 'rejected'
      ? passed.reason
      : stored.status === 'rejected'
        ? stored.reason
        : new Error('The file was not stored')
  }
  FAULTS && (await fault('P13'))
  return described(file, uid, passed.value, length, new Uint8Array(await digest.digest).toHex())
}

/** Hands each chunk to the store and to the hash; answers the first bytes. */
async function pass(
  body: ReadableStream<Uint8Array>,
  store: WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView>,
  hash: WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView>,
  length: number,
): Promise<Uint8Array> {
  const first = new Uint8Array(Math.min(SNIFFED_BYTES, length))
  let size = 0
  try {
    for await (const chunk of body) {
      if (size + chunk.byteLength > length) throw wrongLength()
      if (size < first.byteLength) first.set(chunk.subarray(0, first.byteLength - size), size)
      size += chunk.byteLength
      await Promise.all([store.write(chunk), hash.write(chunk)])
    }
    if (size !== length) throw wrongLength()
    await Promise.all([store.close(), hash.close()])
  } catch (error) {
    await Promise.allSettled([store.abort(error)])
    throw error
  }
  return first
}

function described(
  file: Incoming,
  uid: string,
  first: Uint8Array,
  size: number,
  sha256: string,
): StoredFile {
  const type = sniffType(first, file.filename)
  return {
    uid,
    filename: cleanFilename(file.filename, type),
    type,
    size,
    sha256,
    cid: file.cid ?? null,
  }
}

const tooLarge = () => {
  const why = `is larger than ${limits.fileBytes / 1024 / 1024} MB`
  return new Problem('TOO_LARGE', { message: `The file ${why}`, fields: { file: why } })
}
const wrongLength = () =>
  Problem.field('content-length', 'the file is of another length than was said')
