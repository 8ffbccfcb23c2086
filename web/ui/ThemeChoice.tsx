import { t } from '../i18n/common'
import { Select } from './Select'
import { isTheme, setTheme, theme } from './theme'

/** Light, dark, or as the system has it. */
export function ThemeChoice(props: { size?: 'normal' | 'touch'; labelHidden?: boolean }) {
  return (
    <Select
      label={t('theme.label')}
      labelHidden={props.labelHidden}
      size={props.size ?? 'normal'}
      value={theme()}
      choices={[
        { value: 'system', label: t('theme.system') },
        { value: 'light', label: t('theme.light') },
        { value: 'dark', label: t('theme.dark') },
      ]}
      onChange={(value) => isTheme(value) && setTheme(value)}
    />
  )
}
