import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { Problem } from '../platform/problem'

/**
 * What a password costs: scrypt as OWASP lists it (T27), 16 MiB and about a tenth of a second. The runtime computes one within its
 * call, so two never run at the same time in an isolate. `computed` counts them: a throttle is only worth what it keeps from here.
 */
export const hashing = { N: 2 ** 14, r: 8, p: 5, computed: 0 }

const KEY_BYTES = 32
const LONGEST_BYTES = 1024

/** The stored form, `scrypt$N$r$p$salt$key`: it names its parameters, so that they can grow (T27). */
export async function hashPassword(password: string): Promise<string> {
  const { N, r, p } = hashing
  const salt = randomBytes(16)
  const key = await derive(password, { salt, N, r, p })
  return ['scrypt', N, r, p, salt.toString('base64'), key.toString('base64')].join('$')
}

/**
 * Whether the password is the stored one. Without a stored one it computes all the same and says no, so that an unknown address
 * takes as long as a known one (T11). `renewed` is the hash to store when the parameters have grown since.
 */
export async function checkPassword(
  password: string,
  stored: string | null,
): Promise<{ right: boolean; renewed?: string }> {
  const read = readStored(stored)
  const key = await derive(password, read ?? { ...hashing, salt: Buffer.alloc(16) })
  if (!read || !timingSafeEqual(key, read.key)) return { right: false }
  const old = read.N !== hashing.N || read.r !== hashing.r || read.p !== hashing.p
  return { right: true, ...(old && { renewed: await hashPassword(password) }) }
}

/**
 * Refuses a new password that is too short, among the commonest, or made of what everybody knows about its owner. Any characters are
 * fine and no mixture is asked for; long ones are welcome (ASVS 6.2). Throws VALIDATION on `field`.
 */
export function judgePassword(password: string, known: string[], field = 'password'): void {
  if (password.length < 8) throw Problem.field(field, 'use at least 8 characters')
  if (Buffer.byteLength(password) > LONGEST_BYTES)
    throw Problem.field(field, `use at most ${LONGEST_BYTES} bytes`)
  const bare = password.toLowerCase().normalize('NFKC')
  const core = bare.replace(/[^\p{L}]+$/u, '') // "password2026!" is no better than "password"
  const alike =
    new Set(bare).size <= 2 ||
    '01234567890123456789'.includes(bare) ||
    'abcdefghijklmnopqrstuvwxyz'.includes(bare)
  const owned = known
    .map((word) => word.toLowerCase())
    .some((word) => word.length > 3 && (bare === word || core === word))
  if (COMMON.has(bare) || COMMON.has(core) || alike || owned)
    throw Problem.field(field, 'this one is easily guessed; use another')
}

/** Words that the lists of stolen passwords begin with; digits and signs after them do not help. */
const COMMON = new Set(
  `password passwort passw0rd p@ssword p@ssw0rd qwerty qwertz qwertyuiop qwertzuiop azerty asdfghjkl asdfasdf zxcvbnm zxcvbnm,. 1q2w3e4r
  1q2w3e4r5t 1qaz2wsx q1w2e3r4 qazwsx qazwsxedc letmein welcome willkommen bienvenue admin administrator root superuser changeme default
  secret geheim iloveyou sunshine princess football baseball basketball superman batman spiderman pokemon starwars dragon monkey shadow
  master michael jordan jennifer ashley charlie daniel jessica thomas andrea computer internet service support helpdesk servicedesk
  trustno1 whatever freedom mustang corvette ferrari mercedes liverpool chelsea arsenal barcelona november december january february
  september october summer winter spring autumn sommer monday friday test tester testing guest hello hellohello abc abcd abcdef abcabc
  access login flower cheese cookie pepper ginger killer hunter soccer hockey matrix phoenix company office microsoft windows google
  linkedin facebook samsung apple baton 12345678 123456789 1234567890 87654321 11111111 00000000 12341234 123123123 147258369 11223344
  69696969 a1b2c3d4 abc12345 aa123456 1234qwer qwer1234`.split(/\s+/),
)

interface Parameters {
  salt: Buffer
  N: number
  r: number
  p: number
}

function readStored(stored: string | null): (Parameters & { key: Buffer }) | undefined {
  const [scheme, N, r, p, salt, key] = stored?.split('$') ?? []
  if (scheme !== 'scrypt' || !salt || !key) return undefined
  return {
    N: Number(N),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }
}

/** The same letter can be typed in two ways (NFKC). A password beyond the longest is cut: it cannot have been set. */
function derive(password: string, { salt, N, r, p }: Parameters): Promise<Buffer> {
  hashing.computed++
  const typed = Buffer.from(password.normalize('NFKC')).subarray(0, LONGEST_BYTES)
  return new Promise((done, failed) => {
    scrypt(typed, salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? failed(error) : done(key),
    )
  })
}
