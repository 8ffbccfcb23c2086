import { errors } from 'jose'

export interface Keys {
  /** The first one named: it signs and encrypts. */
  current: { id: string; bytes: Uint8Array<ArrayBuffer> }
  /** The key of that id; throws where there is none. */
  byId: (id: string | undefined) => Uint8Array<ArrayBuffer>
}

/**
 * Reads `k2:BASE64,k1:BASE64`: the first key is used, all are accepted (T35). A value without an id is one key called `k1`.
 * Throws when it is missing: no deployment runs on a made-up key.
 */
export function keysOf(secret: string | undefined): Keys {
  if (!secret) throw new Error('KEYS and SESSION_KEY must be set')
  const known = read.get(secret)
  if (known) return known
  const keys = keysIn(secret)
  read.set(secret, keys)
  return keys
}

/** By the value they were read from: a deployment has two. */
const read = new Map<string, Keys>()

function keysIn(secret: string): Keys {
  const all = secret.split(',').map((entry) => {
    const [id, base64] = entry.includes(':') ? entry.split(':', 2) : ['k1', entry]
    return { id: id ?? '', bytes: Uint8Array.fromBase64(base64 ?? '') }
  })
  const [current] = all
  if (!current || all.some(({ id, bytes }) => !id || bytes.length < 32))
    throw new Error('KEYS must hold keys of 32 bytes, each with an id')
  return {
    current,
    byId: (id) => {
      const key = all.find((one) => one.id === id)
      if (!key) throw new errors.JWKSNoMatchingKey()
      return key.bytes
    },
  }
}

/** Encrypts a secret of a partner (AES-GCM). `bound` names where it belongs, so that it opens nowhere else (T34). */
export async function seal(keys: Keys, secret: string, bound: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const sealed = await crypto.subtle.encrypt(
    aes(iv, bound),
    await importKey(keys.current.bytes),
    new TextEncoder().encode(secret),
  )
  return `${keys.current.id}.${iv.toBase64()}.${new Uint8Array(sealed).toBase64()}`
}

/** The secret that `seal` was given; throws when it was sealed for somewhere else. */
export async function unseal(keys: Keys, sealed: string, bound: string): Promise<string> {
  const [id, iv, text] = sealed.split('.')
  const bytes = Uint8Array.fromBase64(text ?? '')
  const plain = await crypto.subtle.decrypt(
    aes(Uint8Array.fromBase64(iv ?? ''), bound),
    await importKey(keys.byId(id)),
    bytes,
  )
  return new TextDecoder().decode(plain)
}

/** SHA-256 in hex: how random secrets are stored, and how contents are compared. */
export async function sha256(text: string): Promise<string> {
  return new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)),
  ).toHex()
}

const aes = (iv: Uint8Array<ArrayBuffer>, bound: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(bound),
})
const importKey = (bytes: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
