/** Types of a field as Halo numbers them. */
export const fieldType = {
  text: 0,
  memo: 1,
  single: 2,
  multiple: 3,
  date: 4,
  time: 5,
  checkbox: 6,
  rich: 10,
} as const

/** The kind of input that takes a field of one line. */
export function inputType(field: {
  type: number
  inputtype: number
}): 'text' | 'number' | 'date' | 'datetime-local' | 'url' {
  if (field.type === fieldType.date) return field.inputtype === 1 ? 'datetime-local' : 'date'
  if (field.type !== fieldType.text) return 'text'
  if (field.inputtype === 1 || field.inputtype === 4) return 'number'
  return field.inputtype === 5 ? 'url' : 'text'
}
