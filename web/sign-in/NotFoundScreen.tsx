import SearchX from 'lucide-solid/icons/search-x'
import { t } from '../i18n/common'
import { paths } from '../paths'
import { ButtonLink } from '../ui/Button'
import { EmptyState } from '../ui/EmptyState'
import { Page } from '../ui/Page'

export function NotFoundScreen() {
  return (
    <Page title={t('page.notFound')}>
      <EmptyState
        icon={<SearchX size={28} />}
        title={t('page.notFound')}
        text={t('error.gone.fix')}
      >
        <ButtonLink href={paths.home()}>{t('page.home')}</ButtonLink>
      </EmptyState>
    </Page>
  )
}
