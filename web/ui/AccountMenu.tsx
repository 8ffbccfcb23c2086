import ChevronUp from 'lucide-solid/icons/chevron-up'
import { t } from '../i18n/common'
import { Menu, MenuItem, MenuRadios, MenuSeparator } from './Menu'
import { isTheme, setTheme, theme } from './theme'

/** Who is signed in, how the app looks to them, and the way out. */
export function AccountMenu(props: { name: string; onSignOut: () => void }) {
  return (
    <Menu
      look="quiet"
      class="w-full justify-between!"
      label={t('account.menu', props.name)}
      trigger={
        <>
          <span class="truncate">{props.name}</span>
          <ChevronUp size={14} aria-hidden="true" />
        </>
      }
    >
      <MenuRadios
        label={t('theme.label')}
        value={theme()}
        choices={[
          { value: 'system', label: t('theme.system') },
          { value: 'light', label: t('theme.light') },
          { value: 'dark', label: t('theme.dark') },
        ]}
        onChange={(value) => isTheme(value) && setTheme(value)}
      />
      <MenuSeparator />
      <MenuItem onSelect={props.onSignOut}>{t('account.signOut')}</MenuItem>
    </Menu>
  )
}
