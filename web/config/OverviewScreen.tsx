import { A } from '@solidjs/router'
import Cable from 'lucide-solid/icons/cable'
import Mail from 'lucide-solid/icons/mail'
import Users from 'lucide-solid/icons/users'
import { For } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { useSlug } from '../data/desk'
import { t } from '../i18n/config'
import { paths } from '../paths'
import { Page } from '../ui/Page'

const places = [
  { name: 'agents', icon: Users },
  { name: 'connections', icon: Cable },
  { name: 'mail', icon: Mail },
] as const

/** What can be configured. */
export default function OverviewScreen() {
  const slug = useSlug()
  return (
    <Page title={t('overview.title')}>
      <ul class="grid max-w-4xl gap-3 p-4 sm:grid-cols-2">
        <For each={places}>
          {(place) => (
            <li class="relative grid grid-cols-[auto_1fr] gap-x-3 rounded-lg border border-line bg-surface p-4 hover:bg-hover">
              <Dynamic
                component={place.icon}
                size={18}
                aria-hidden="true"
                class="mt-0.5 text-soft"
              />
              <div>
                <A
                  href={paths[place.name](slug())}
                  class="font-semibold after:absolute after:inset-0"
                >
                  {t(`nav.${place.name}`)}
                </A>
                <p class="text-soft">{t(`overview.${place.name}`)}</p>
              </div>
            </li>
          )}
        </For>
      </ul>
    </Page>
  )
}
