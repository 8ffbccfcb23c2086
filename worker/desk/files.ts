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
  /** The name of its bytes, where that is not the uid. */
  object: string | null
}

export interface Incoming {
  filename: string
  /** Of a picture inside a text. */
  cid?: string
  /** Of a file of another desk's, with what its bytes must come to. Each try is stored under a name of its own. */
  foreign?: { uid: string; sha256: string }
}

type Files = Pick<Env, 'FILES'>

/** Where the bytes of a file are: no tenant's key can name another's. `name` is the file's `object`, or its uid. */
export const fileKey = (tenantId: string, name: string): string => `${tenantId}/${name}`

/** Who a file is, and under which name its bytes are stored. The name begins with the uid, so that the sweep finds its row. */
function namesOf({ foreign }: Incoming): { uid: string; object: string | null } {
  return foreign
    ? { uid: foreign.uid, object: `${foreign.uid}.${seams.uid().slice(0, 8)}` }
    : { uid: seams.uid(), object: null }
}

/** Stores a small file that is in memory anyway. Throws TOO_LARGE. */
export async function storeBytes(
  env: Files,
  tenantId: string,
  file: Incoming,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<StoredFile> {
  if (bytes.byteLength > limits.fileBytes) throw tooLarge(bytes.byteLength)
  const names = namesOf(file)
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  await env.FILES.put(fileKey(tenantId, names.object ?? names.uid), bytes)
  FAULTS && (await fault('P13'))
  return described(
    file,
    names,
    bytes.subarray(0, SNIFFED_BYTES),
    bytes.byteLength,
    new Uint8Array(digest).toHex(),
  )
}

/**
 * Streams a file into the store without holding it: measured, hashed and looked at while it passes. The object stands before its row
 * (R9); one without a row is swept. Throws TOO_LARGE, VALIDATION where the length is another than was said; for a file of another desk's
 * DAMAGED where length or hash are others.
 */
export async function storeStream(
  env: Files,
  tenantId: string,
  file: Incoming,
  body: ReadableStream<Uint8Array>,
  length: number,
): Promise<StoredFile> {
  if (length > limits.fileBytes) throw tooLarge(length)
  const names = namesOf(file)
  const key = fileKey(tenantId, names.object ?? names.uid)
  const pipe = new FixedLengthStream(length)
  const digest = new crypto.DigestStream('SHA-256')
  const put = env.FILES.put(key, pipe.readable)
  const passing = pass(body, pipe.writable.getWriter(), digest.getWriter(), length)
  const [passed, stored] = await Promise.allSettled([passing, put])
  if (passed.status === 'rejected' || stored.status === 'rejected') {
    await env.FILES.delete(key)
    if (passed.status === 'rejected') {
      if (file.foreign && passed.reason instanceof WrongLength) throw new Problem('DAMAGED')
      throw passed.reason
    }
    throw new Error('The file was not stored', { cause: stored })
  }
  const sha256 = new Uint8Array(await digest.digest).toHex()
  if (file.foreign && sha256 !== file.foreign.sha256) {
    await env.FILES.delete(key)
    throw new Problem('DAMAGED')
  }
  FAULTS && (await fault('P13'))
  return described(file, names, passed.value, length, sha256)
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
      if (size + chunk.byteLength > length) throw new WrongLength()
      if (size < first.byteLength) first.set(chunk.subarray(0, first.byteLength - size), size)
      size += chunk.byteLength
      await Promise.all([store.write(chunk), hash.write(chunk)])
    }
    if (size !== length) throw new WrongLength()
    await Promise.all([store.close(), hash.close()])
  } catch (error) {
    await Promise.allSettled([store.abort(error)])
    throw error
  }
  return first
}

/**
 * The same bytes, and breaks off before the last of them when they do not come to the hash: whoever reads to the end has the right file.
 */
export function verified(
  body: ReadableStream<Uint8Array>,
  { sha256, size }: Pick<StoredFile, 'sha256' | 'size'>,
  onDamage?: () => void,
): ReadableStream<Uint8Array> {
  const digest = new crypto.DigestStream('SHA-256')
  const hash = digest.getWriter()
  let held: Uint8Array | null = null
  const check = new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, out) {
      if (held) out.enqueue(held)
      held = chunk
      await hash.write(chunk)
    },
    async flush(out) {
      await hash.close()
      if (new Uint8Array(await digest.digest).toHex() !== sha256) {
        onDamage?.()
        throw new Problem('DAMAGED')
      }
      if (held) out.enqueue(held)
    },
  })
  return body.pipeThrough(check).pipeThrough(new FixedLengthStream(size))
}

function described(
  file: Incoming,
  names: { uid: string; object: string | null },
  first: Uint8Array,
  size: number,
  sha256: string,
): StoredFile {
  const type = sniffType(first, file.filename)
  return {
    ...names,
    filename: cleanFilename(file.filename, type),
    type,
    size,
    sha256,
    cid: file.cid ?? null,
  }
}

const tooLarge = (bytes: number) => {
  const megabytes = (bytes / 1024 / 1024).toFixed(1)
  const why = `is larger than ${limits.fileBytes / 1024 / 1024} MB, namely ${megabytes} MB`
  return new Problem('TOO_LARGE', { message: `The file ${why}`, fields: { file: why } })
}
class WrongLength extends Problem {
  constructor() {
    const why = 'the file is of another length than was said'
    super('VALIDATION', { message: `content-length: ${why}`, fields: { 'content-length': why } })
  }
}
