import { limits } from '../platform/limits'

export type FieldType =
  | 'text'
  | 'longtext'
  | 'number'
  | 'date'
  | 'datetime'
  | 'checkbox'
  | 'choice'
  | 'choices'
/** A field's value as it is stored (JSON): choices by the number of the option. */
export type Value = string | number | boolean | number[] | null

interface Option {
  id: number
  name: string
}

/**
 * Reads a value somebody gave for a field: a choice by number or by its text without case. Returns the value, or why it does not fit
 * in words that stand behind the field's name. Null and "" empty it.
 */
export function readValue(
  type: FieldType,
  options: Option[],
  given: unknown,
): { value: Value } | { why: string } {
  if (given === null || given === undefined || given === '') return { value: null }
  switch (type) {
    case 'text':
    case 'longtext': {
      if (typeof given !== 'string' && typeof given !== 'number') return { why: 'must be text' }
      const text = String(given)
      const most = type === 'text' ? 1_000 : limits.noteBytes
      return text.length <= most ? { value: text } : { why: `must be at most ${most} characters` }
    }
    case 'number': {
      const number = typeof given === 'string' ? Number(given.trim()) : given
      return typeof number === 'number' && Number.isFinite(number)
        ? { value: number }
        : { why: 'must be a number' }
    }
    case 'checkbox': {
      const text = wordsOf(given).toLowerCase()
      if (text === 'true' || text === '1') return { value: true }
      return text === 'false' || text === '0' ? { value: false } : { why: 'must be true or false' }
    }
    case 'date':
    case 'datetime':
      return readDate(type, given)
    case 'choice': {
      if (given === 0 || given === '0') return { value: null }
      const option = findOption(options, given)
      return option ? { value: option.id } : { why: `there is no choice “${wordsOf(given)}”` }
    }
    case 'choices': {
      const found = []
      for (const one of Array.isArray(given) ? given : [given]) {
        const option = findOption(options, one)
        if (!option) return { why: `there is no choice “${wordsOf(one)}”` }
        found.push(option.id)
      }
      return { value: [...new Set(found)].sort((a, b) => a - b) }
    }
  }
}

function readDate(type: 'date' | 'datetime', given: unknown): { value: string } | { why: string } {
  const text = typeof given === 'string' ? given.trim() : ''
  const day = /^(\d{4}-\d{2}-\d{2})/.exec(text)?.[1]
  const zoned = /[zZ]$|[+-]\d{2}:?\d{2}$/.test(text) || text.length <= 10 ? text : `${text}Z`
  const at = new Date(zoned)
  if (
    !day ||
    Number.isNaN(at.getTime()) ||
    new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day
  ) {
    return { why: 'must be a date such as 2026-08-09' }
  }
  // A date without a time is a date, in every zone (case z01).
  return { value: type === 'date' ? day : at.toISOString() }
}

const idOf = (given: unknown): unknown =>
  typeof given === 'object' && given !== null && 'id' in given ? given.id : given
const wordsOf = (given: unknown): string => {
  if (typeof given === 'object' && given !== null)
    return 'name' in given ? String(given.name) : 'id' in given ? String(given.id) : '?'
  return String(given)
}

/** By its number, or by its name; an object `{id, name}` by its number here, since it came from this desk. */
function findOption(options: Option[], given: unknown): Option | undefined {
  const id = Number(idOf(given))
  const byId = Number.isInteger(id) ? options.find((option) => option.id === id) : undefined
  const name = wordsOf(given).trim().toLowerCase()
  return byId ?? options.find((option) => option.name.trim().toLowerCase() === name)
}

/** What people read for a stored value. */
export function showValue(options: Option[], value: Value): string {
  if (value === null) return ''
  if (Array.isArray(value))
    return value.map((id) => options.find((option) => option.id === id)?.name ?? '').join(', ')
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  const option = typeof value === 'number' ? options.find(({ id }) => id === value) : undefined
  return option?.name ?? String(value)
}
