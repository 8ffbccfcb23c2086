import type { ConnectionRow } from './connections'

/** The version of the protocol that this desk speaks (protocol.md §3). What it adds within one, an older desk ignores. */
export const PROTOCOL = 1

/** Whether a message of this version can be read here: the whole part decides (F48). */
export const isReadable = (v: number): boolean => Math.trunc(v) === PROTOCOL

export const VERSION_FIX =
  'Bring the older of the two desks up to date, then authenticate the connection.'

/** What is to be said of a partner that speaks another version of the protocol (F48); null where it speaks ours, or none. */
export function versionWords({
  partnerV,
  partnerName,
}: Pick<ConnectionRow, 'partnerV' | 'partnerName'>): string | null {
  if (partnerV === null || isReadable(partnerV)) return null
  return `${partnerName ?? 'The partner'} speaks version ${partnerV} of the protocol and this desk version ${PROTOCOL}: each refuses what it cannot read.`
}
