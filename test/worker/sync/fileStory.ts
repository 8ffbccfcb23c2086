import { and, eq, sql } from 'drizzle-orm'
import { env } from 'cloudflare:test'
import { expect } from 'vitest'
import { attachment } from '../../../db/schema'
import type { Client, TestDesk } from '../pair'

/** A picture of one dot. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export const inBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(text))

/** A file as a person adds it in a form: it is streamed at once, the action names it later. */
export async function upload(
  who: Client,
  filename: string,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<{ id: number }> {
  const bytes = typeof body === 'string' ? inBytes(body) : body
  const { status, body: made } = await who.ask<{ id: number }>(
    'PUT',
    `attachment/upload?${new URLSearchParams({ filename }).toString()}`,
    new Blob([bytes]).stream(),
    { 'content-length': String(bytes.byteLength), 'content-type': 'application/octet-stream' },
  )
  expect(status).toBe(201)
  return { id: made.id }
}

/** What a file holds, as an agent downloads it. */
export const bytesAt = async (desk: TestDesk, id: number | undefined): Promise<string> =>
  (await desk.agent.ask('GET', `attachment/${id}`)).text

/** The rows of a desk's files of that name. */
export const rowsNamed = ({ db, t }: TestDesk, filename: string) =>
  db.orm
    .select()
    .from(attachment)
    .where(and(eq(attachment.t, t), eq(attachment.filename, filename)))

/** Every object of a desk has a row, every row its object (I10). */
export async function mustBeWhole({ db, t, tenantId }: TestDesk): Promise<void> {
  const { objects } = await env.FILES.list({ prefix: `${tenantId}/` })
  const rows = await db.orm
    .select({ key: sql<string>`${tenantId} || '/' || coalesce(object, uid)`.as('key') })
    .from(attachment)
    .where(eq(attachment.t, t))
  expect(rows.map(({ key }) => key).sort()).toEqual(objects.map(({ key }) => key).sort())
}

/** What a partner's desk sends when it stages a file by hand. */
export async function stage(
  partner: Client,
  uid: string,
  link: string,
  body: string | Uint8Array<ArrayBuffer>,
  change: { filename?: string; cid?: string; headers?: Record<string, string> } = {},
) {
  const bytes = typeof body === 'string' ? inBytes(body) : body
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const query = new URLSearchParams({
    link,
    filename: change.filename ?? 'staged.txt',
    ...(change.cid && { cid: change.cid }),
  })
  const reply = await partner.ask(
    'PUT',
    `attachment/${uid}?${query.toString()}`,
    new Blob([bytes]).stream(),
    {
      'content-length': String(bytes.byteLength),
      'content-type': 'application/octet-stream',
      'repr-digest': `sha-256=:${digest.toBase64()}:`,
      ...change.headers,
    },
  )
  return { ...reply, sha256: digest.toHex(), size: bytes.byteLength }
}
