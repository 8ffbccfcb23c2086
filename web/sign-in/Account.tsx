import { useSlug } from '../data/desk'
import { useSignOut } from '../data/session'
import { t } from '../i18n/common'
import { AccountMenu } from '../ui/AccountMenu'
import { toast } from '../ui/toast'
import { useMe } from './SignedIn'

/** The account menu of a face. Signing out empties the session, and the door then leads to the sign-in page. */
export function Account() {
  const signOut = useSignOut(useSlug())
  const me = useMe()
  return (
    <AccountMenu
      name={me().name}
      onSignOut={() =>
        signOut.mutate(undefined, { onError: () => void toast(t('signOut.failed'), 'bad') })
      }
    />
  )
}
