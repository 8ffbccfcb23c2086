import ChevronUp from 'lucide-solid/icons/chevron-up'
import LogOut from 'lucide-solid/icons/log-out'
import { t } from '../i18n/common'
import { Button } from './Button'
import { ThemeChoice } from './ThemeChoice'

/** Who is signed in, how the app looks to them, and the way out. A plain disclosure: it is on every page. */
export function AccountMenu(props: { name: string; onSignOut: () => void }) {
  return (
    <details class="group" aria-label={t('account.menu', props.name)}>
      <summary class="flex min-h-8 items-center justify-between gap-2 rounded-md px-2 marker:content-none hover:bg-hover">
        <span class="truncate">{props.name}</span>
        <ChevronUp size={14} aria-hidden="true" class="shrink-0 group-open:rotate-180" />
      </summary>
      <div class="grid gap-2 px-2 pt-2">
        <ThemeChoice />
        <Button onClick={() => props.onSignOut()}>
          <LogOut size={15} aria-hidden="true" />
          {t('account.signOut')}
        </Button>
      </div>
    </details>
  )
}
