import { sql, type SQL } from 'drizzle-orm'
import { ticket } from '../../db/schema'

/**
 * The MATCH expression for what a person typed: every word quoted, so that nothing in it is syntax (case s03), the last one as a
 * beginning; and the tenant's token inside, so that only this tenant's entries are read (T3), of those the ones that end users may
 * see where `publicOnly` (G119). Null when nothing searchable is left.
 */
export function matchOf(
  t: number,
  typed: string,
  { publicOnly }: { publicOnly: boolean },
): string | null {
  const words = typed
    .normalize('NFC')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, 12)
  if (words.length === 0) return null
  const quoted = words.map(
    (word, i) => `"${word.replaceAll('"', '""')}"${i === words.length - 1 ? '*' : ''}`,
  )
  const scope = publicOnly ? `p${t}` : `t${t}`
  return `scope : "${scope}" AND words : (${quoted.join(' AND ')})`
}

/** The numbers of the tickets with an entry that matches; the row number packs tenant, ticket and entry. */
export const ticketsMatching = (match: string): SQL =>
  sql`${ticket.id} in (select (rowid >> 13) & 1073741823 from search where search match ${match})`
