/** What Halo calls the parts of a desk; a client asks for `read:` or `edit:` of them (halo-api.md §1). */
const PARTS = [
  'tickets',
  'calendar',
  'customers',
  'crm',
  'timesheets',
  'contracts',
  'suppliers',
  'items',
  'projects',
  'sales',
  'quotes',
  'sos',
  'pos',
  'invoices',
  'reporting',
  'software',
  'softwarelicensing',
  'kb',
  'assets',
]

export const SCOPES = [
  'all',
  'all:standard',
  'admin',
  'access:chat',
  ...PARTS.flatMap((part) => [`read:${part}`, `edit:${part}`]),
]

/** The scopes asked for, `all` when none are; undefined when one of them does not exist. */
export function scopesOf(asked: string | undefined): string | undefined {
  const names = (asked ?? '')
    .toLowerCase()
    .split(/[\s+]+/)
    .filter(Boolean)
  if (names.some((name) => !SCOPES.includes(name))) return undefined
  return names.join(' ') || 'all'
}
