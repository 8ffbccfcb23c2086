import { controlClass, Field, type FieldProps } from './Field'

type Size = 'normal' | 'touch'
export const heights: Record<Size, string> = {
  normal: 'min-h-8 py-1 text-sm',
  touch: 'min-h-11 py-2 text-base',
}

/** One line of text, or a number or a date. */
export function TextField(
  props: FieldProps & {
    value: string
    onInput?: (value: string) => void
    /** Told when the person has finished with the field, for what is saved where it stands. */
    onCommit?: (value: string) => void
    type?: 'text' | 'email' | 'password' | 'search' | 'number' | 'date' | 'datetime-local' | 'url'
    name?: string
    autocomplete?: string
    placeholder?: string
    maxLength?: number
    size?: Size
    disabled?: boolean
    ref?: (input: HTMLInputElement) => void
  },
) {
  return (
    <Field {...props}>
      {(control) => (
        <input
          {...control}
          ref={(input) => props.ref?.(input)}
          type={props.type ?? 'text'}
          name={props.name}
          autocomplete={props.autocomplete ?? 'off'}
          placeholder={props.placeholder}
          maxLength={props.maxLength}
          disabled={props.disabled}
          value={props.value}
          onInput={(event) => props.onInput?.(event.currentTarget.value)}
          onChange={(event) => props.onCommit?.(event.currentTarget.value)}
          class={`${controlClass} ${props.inline ? 'border-line!' : ''} ${heights[props.size ?? 'normal']}`}
        />
      )}
    </Field>
  )
}

/** Several lines of plain text. */
export function TextArea(
  props: FieldProps & {
    value: string
    onInput: (value: string) => void
    rows?: number
    name?: string
    size?: Size
  },
) {
  return (
    <Field {...props}>
      {(control) => (
        <textarea
          {...control}
          name={props.name}
          rows={props.rows ?? 5}
          value={props.value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
          class={`${controlClass} py-2 ${props.size === 'touch' ? 'text-base' : 'text-sm'}`}
        />
      )}
    </Field>
  )
}
